"""Making: long exports are made by a worker, and what goes wrong costs one of them."""

import hashlib
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from soc_monitor.api import files
from soc_monitor.api.app import create_api
from soc_monitor.api.desk import EXPORTS
from soc_monitor.api.routes import grid
from soc_monitor.making import UNFORESEEN, make_all, make_next, sweep
from soc_monitor.settings import Settings
from soc_monitor.store import exports
from soc_monitor.store.store import Store

from .conftest import World
from .exported import ASKED, SERIES


def test_a_long_export_is_made_by_the_worker_and_then_handed_out(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data=tmp_path)
    app = create_api(world.store, settings)
    address = f"{SERIES}.parquet?{ASKED}&rel={world.first.name}"
    at_once = world.client.get(address).content
    monkeypatch.setattr(files, "AT_ONCE", 5)
    with TestClient(app) as client:
        asked = client.get(address)
        assert asked.status_code == 202
        assert asked.headers["retry-after"]
        where = asked.headers["location"]
        assert client.get(where).json()["state"] == "waiting"
        assert client.get(f"{where}/file").status_code == 404
        assert client.get(address).headers["location"] == where, "asked twice, made once"
        made = make_next(world.store, settings)
        assert made is not None
        told = client.get(where).json()
        assert (told["state"], told["done"]) == ("done", told["total"])
        file = client.get(told["file"])
        assert hashlib.sha256(file.content).hexdigest() == told["sha256"]
        assert "immutable" not in file.headers["cache-control"], "it expires"
        again = client.get(address)
        assert again.status_code == 200
        assert again.content == file.content == at_once
        assert make_next(world.store, settings) is None
        (tmp_path / EXPORTS / told["id"]).unlink()
        assert client.get(address).status_code == 202, "its file was lost: it is made anew"
        with world.store.engine.begin() as connection:
            connection.execute(text("UPDATE app.exports SET expires_at = now() - interval '1s'"))
        assert client.get(where).status_code == 404
        (tmp_path / EXPORTS / ".left.part").write_bytes(b"half")
        sweep(world.store, settings)
        assert list((tmp_path / EXPORTS).iterdir()) == []


def test_a_large_cut_out_is_made_by_the_worker_and_then_read_by_its_parts(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data=tmp_path)
    address = f"/api/v1/grid.tif?v=stock&t=2000&rel={world.first.name}"
    at_once = world.client.get(address).content
    monkeypatch.setattr(grid, "CELLS_AT_ONCE", 5)
    with TestClient(create_api(world.store, settings)) as client:
        asked = client.get(address)
        assert asked.status_code == 202
        assert asked.json()["total"] == 36 * 18
        assert make_next(world.store, settings) is not None
        told = client.get(asked.headers["location"]).json()
        assert (told["state"], told["done"]) == ("done", told["total"])
        part = client.get(address, headers={"Range": "bytes=0-99"})
        assert part.status_code == 206
        assert part.content == at_once[:100]
        assert client.get(address).content == at_once


def test_what_cannot_be_made_fails_with_its_reason(world: World, tmp_path: Path) -> None:
    name = uuid.uuid4().hex
    exports.ask(
        world.store,
        name,
        address="/api/v1/series.csv?area=XXX",
        name="a.csv",
        media_type="text/csv",
        total=2,
    )
    make_next(world.store, Settings(data=tmp_path))
    found = exports.find(world.store, name)
    assert found.state == "failed"
    assert "no area 'XXX'" in found.detail


def wait_for(store: Store, name: str, state: str) -> exports.Export:
    for _ in range(200):
        found = exports.find(store, name)
        if found.state == state:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{found.state}: {found.detail}")


MAKER = """
import sys
from pathlib import Path
from soc_monitor.making import make_next
from soc_monitor.settings import Settings
from soc_monitor.store.store import open_store
store = open_store(sys.argv[1], Path(sys.argv[2]), statement_s=600)
make_next(store, Settings(data=Path(sys.argv[3])))
"""


@contextmanager
def a_maker_at_work(world: World, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has begun the export that waits, stopped in the middle of reading for it.

    The table that it reads is locked until it is stopped: it can have written nothing.
    """
    plain = world.store.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", MAKER, plain, str(world.store.arrays), str(folder)]
    waits = text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'app.estimates'::regclass"
    )
    with world.store.engine.connect() as lock:
        lock.execute(text("LOCK TABLE app.estimates IN ACCESS EXCLUSIVE MODE"))
        with subprocess.Popen(command) as child:
            try:
                with world.store.engine.connect() as look:
                    while not look.execute(waits).scalar_one():
                        assert child.poll() is None, "it has ended, and made nothing"
                        time.sleep(0.05)
                child.send_signal(signal.SIGSTOP)
                lock.rollback()
                yield child
            finally:
                child.kill()


def ask_for(world: World, area: str) -> str:
    """The id of a new export of a series."""
    name = uuid.uuid4().hex
    address = f"{SERIES}.csv?rel={world.first.name}&area={area}"
    exports.ask(world.store, name, address=address, name="a.csv", media_type="text/csv", total=2)
    return name


def run_out(world: World, name: str) -> None:
    """As if nobody had renewed a lease for its whole time."""
    late = text("UPDATE app.exports SET lease_until = now() - interval '1s' WHERE id = :id")
    with world.store.engine.begin() as connection:
        connection.execute(late, {"id": name})


def test_a_maker_that_was_killed_is_taken_over_and_gives_up_at_last(
    world: World, tmp_path: Path
) -> None:
    name, settings = ask_for(world, "AAA"), Settings(data=tmp_path)
    with a_maker_at_work(world, tmp_path) as child:
        child.kill()
    assert exports.claim(world.store) is None, "its lease has not run out yet"
    run_out(world, name)
    taken = make_next(world.store, settings)
    assert taken is not None
    assert (taken.id, taken.tries) == (name, 2)
    assert exports.find(world.store, name).state == "done"
    with world.store.engine.begin() as connection:
        again = "UPDATE app.exports SET state = 'waiting', tries = 3 WHERE id = :id"
        connection.execute(text(again), {"id": name})
    assert exports.claim(world.store) is None
    assert exports.find(world.store, name).state == "failed"


def test_a_maker_that_was_taken_over_leaves_the_file_of_the_other_alone(
    world: World, tmp_path: Path
) -> None:
    name, settings = ask_for(world, "AAA"), Settings(data=tmp_path)
    with a_maker_at_work(world, tmp_path) as child:
        run_out(world, name)
        other = make_next(world.store, settings)
        assert other is not None
        assert (other.id, other.tries) == (name, 2)
        # Marked, so that the same bytes from the first would be seen.
        (tmp_path / EXPORTS / name).write_bytes(b"of the other")
        child.send_signal(signal.SIGCONT)
        assert child.wait() == 0, "to be taken over is no fault"
    assert (tmp_path / EXPORTS / name).read_bytes() == b"of the other"
    assert exports.find(world.store, name).state == "done"
    assert [path.name for path in (tmp_path / EXPORTS).iterdir()] == [name]


@pytest.fixture
def wrong_state(world: World) -> Iterator[None]:
    """Somebody has written into the database by hand: a state that no version of ours knows."""
    write = text("UPDATE app.estimates SET state = :state WHERE area = 'AAA'")
    with world.store.engine.begin() as connection:
        connection.execute(write, {"state": "no such state"})
    yield
    with world.store.engine.begin() as connection:
        connection.execute(write, {"state": None})


@pytest.mark.usefixtures("wrong_state")
def test_what_nobody_foresaw_fails_one_export_and_not_the_maker(
    world: World, tmp_path: Path
) -> None:
    wrong, right = ask_for(world, "AAA"), ask_for(world, "BBB")
    stop = threading.Event()
    maker = threading.Thread(target=make_all, args=(world.store, Settings(data=tmp_path), stop))
    maker.start()
    try:
        wait_for(world.store, right, "done")
    finally:
        stop.set()
        maker.join(20)
    found = exports.find(world.store, wrong)
    assert (found.state, found.detail) == ("failed", UNFORESEEN)
