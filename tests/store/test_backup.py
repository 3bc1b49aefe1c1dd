"""Backup and restore: what was published is there again, to the bit, in another place."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from soc_monitor.errors import BadValue, NoSpace, StoreUnavailable
from soc_monitor.store import arrays, backup, control, read, schema
from soc_monitor.store.engine import make_engine
from soc_monitor.store.store import Store

from .conftest import PERIODS, Hand
from .test_schema import dump


@pytest.fixture
def published(hand: Hand) -> Hand:
    """A store with one release."""
    hand.boundaries()
    hand.publish(hand.result({"AAA": 1.5, "BBB": None}, (hand.slice(),)))
    return hand


@pytest.fixture
def empty(clone: Callable[[str], str]) -> str:
    """URL of a database with PostGIS and nothing else, as a new server has it."""
    url = clone("template0")
    engine = make_engine(url, statement_s=60)
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION postgis"))
    engine.dispose()
    return url


def told(store: Store) -> dict[str, object]:
    release = read.find_release(store)
    found = read.read_map(store, release, "soc_stock_0_30cm", "made_up", PERIODS[0])
    return {area: estimate.value for area, estimate in found.items()}


def command(data: Path, url: str, *words: str) -> "subprocess.CompletedProcess[str]":
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SOC_")}
    return subprocess.run(
        [sys.executable, "-m", "soc_monitor.cli", *words, "--json"],
        env=kept | {"SOC_DATA": str(data), "DATABASE_URL": url.replace("+psycopg", "")},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_the_steps_that_are_written_down(published: Hand, empty: str, tmp_path: Path) -> None:
    """Backup, loss, restore into an empty database and folder, and it reads as before."""
    kept, elsewhere = tmp_path / "kept", tmp_path / "elsewhere"
    backup.back_up(published.store.engine, published.store.arrays, kept)
    done = command(elsewhere, empty, "restore", str(kept))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["arrays"] == "all as they were written"
    listed = command(elsewhere, empty, "release", "list")
    before = read.list_releases(published.store)
    assert [json.loads(line)["release"] for line in listed.stdout.splitlines()] == [
        one.name for one in before
    ]
    engine = make_engine(empty, statement_s=60)
    again = Store(engine, elsewhere / "arrays")
    assert told(again) == told(published.store) == {"AAA": 1.5, "BBB": None}
    assert dump(empty) == dump(published.store.engine.url.render_as_string()), "all tables, views"
    assert control.worker_seen(again) is None, "the queue is there too"
    again.close()
    # Into a database that has something nothing is written.
    twice = command(elsewhere, empty, "restore", str(kept))
    assert twice.returncode == 1
    assert "not empty" in twice.stderr


def test_a_damaged_backup_is_told_by_name(published: Hand, empty: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    backup.back_up(published.store.engine, published.store.arrays, kept)
    chunk = next(path for path in (kept / "arrays").rglob("*") if path.parent.name == "0")
    chunk.write_bytes(chunk.read_bytes()[:-1] + b"!")
    done = command(tmp_path / "elsewhere", empty, "restore", str(kept))
    assert done.returncode == 1
    assert "made_up" in json.loads(done.stdout.splitlines()[0])["damaged"]


def test_the_next_backup_costs_what_is_new(published: Hand, tmp_path: Path) -> None:
    first = backup.back_up(published.store.engine, published.store.arrays, tmp_path / "kept")
    again = backup.back_up(published.store.engine, published.store.arrays, tmp_path / "kept")
    assert first.copied == first.files == again.files > 0
    assert again.copied == 0
    published.slice(PERIODS[1])
    more = backup.back_up(published.store.engine, published.store.arrays, tmp_path / "kept")
    assert 0 < more.copied < more.files


def test_an_array_that_was_being_written_is_copied_again(published: Hand, tmp_path: Path) -> None:
    """Chunks are written in place until the row is committed."""
    kept, store = tmp_path / "kept", published.store
    path, array = arrays.create(store, published.cube(), PERIODS[1])
    array[:] = 0.0
    (store.arrays / ".scratch").mkdir(exist_ok=True)
    (store.arrays / ".scratch" / "half").write_bytes(b"of a source")
    backup.back_up(store.engine, store.arrays, kept)
    array[:] = 1.0
    arrays.seal(store, path)
    backup.back_up(store.engine, store.arrays, kept)
    copied = Store(store.engine, kept / "arrays")
    assert arrays.checksum(copied, path) == arrays.checksum(store, path)
    assert not (kept / "arrays" / ".scratch").exists()


def test_a_copy_that_was_killed_is_made_again(published: Hand, tmp_path: Path) -> None:
    """What it left half-written is no file of the backup."""
    kept = tmp_path / "kept"
    backup.back_up(published.store.engine, published.store.arrays, kept)
    whole = next(path for path in (kept / "arrays").rglob("*") if path.is_file())
    draft = whole.with_name(whole.name + backup.DRAFT)
    draft.write_bytes(whole.read_bytes()[:1])
    whole.unlink()
    assert backup.back_up(published.store.engine, published.store.arrays, kept).copied == 1
    source = published.store.arrays / whole.relative_to(kept / "arrays")
    assert whole.read_bytes() == source.read_bytes()
    assert not draft.exists()


def test_a_backup_that_fails_leaves_the_one_before(published: Hand, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    backup.back_up(published.store.engine, published.store.arrays, kept)
    before = (kept / backup.DUMP).read_bytes()
    gone = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/none", statement_s=5)
    with pytest.raises(StoreUnavailable, match="pg_dump"):
        backup.back_up(gone, published.store.arrays, kept)
    gone.dispose()
    assert (kept / backup.DUMP).read_bytes() == before
    assert not list(kept.glob(f"*{backup.DRAFT}"))


def test_half_a_backup_is_none(published: Hand, empty: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    backup.back_up(published.store.engine, published.store.arrays, kept)
    shutil.rmtree(kept / "arrays")
    engine = make_engine(empty, statement_s=60)
    assert schema.current(engine) is None
    with pytest.raises(BadValue, match="no backup"):
        backup.restore(engine, tmp_path / "arrays", kept)
    engine.dispose()


def test_a_folder_that_cannot_be_written_to_is_told_plainly(
    published: Hand, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadValue, match="file"):
        backup.back_up(published.store.engine, published.store.arrays, tmp_path / "file")


def test_a_disk_that_is_full_while_the_database_is_dumped_is_told_as_that(
    hand: Hand, tmp_path: Path
) -> None:
    (tmp_path / "database.dump.new").symlink_to("/dev/full")
    with pytest.raises(NoSpace, match="No space left on device"):
        backup.back_up(hand.store.engine, hand.store.arrays, tmp_path)
