"""Cut-outs that are read a part at a time are made once, and kept in a bounded folder."""

import os
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from pathlib import Path
from threading import Event

import pytest
from starlette.testclient import TestClient

from soc_monitor.api import desk
from soc_monitor.api.app import create_api
from soc_monitor.api.cuts import FOLDER, LEFT_S, MOST_WAITING, Cuts
from soc_monitor.errors import BeingMade
from soc_monitor.settings import Settings

from .conftest import World


class Maker:
    """Writes a file of some bytes, and counts how often."""

    def __init__(self, size: int) -> None:
        self.size, self.times = size, 0

    def __call__(self, path: Path) -> None:
        self.times += 1
        path.write_bytes(b"x" * self.size)


def test_a_file_is_made_once_however_many_ask_at_a_time(tmp_path: Path) -> None:
    cuts, maker = Cuts(folder=tmp_path), Maker(10)

    def ask(_: int) -> bytes:
        path, give_back = cuts.borrow("ab" * 16, maker, "tif")
        try:
            return path.read_bytes()
        finally:
            give_back()

    with ThreadPoolExecutor(1 + MOST_WAITING) as pool:
        assert set(pool.map(ask, range(40))) == {b"x" * 10}
    assert maker.times == 1
    assert [one.name for one in tmp_path.iterdir()] == [f"{'ab' * 16}.tif"]


def test_who_would_hold_up_all_others_is_told_to_come_again(tmp_path: Path) -> None:
    cuts, begun, go_on = Cuts(folder=tmp_path), Event(), Event()

    def slow(path: Path) -> None:
        begun.set()
        assert go_on.wait(60)
        path.write_bytes(b"x")

    def ask() -> bytes:
        path, give_back = cuts.borrow("ab" * 16, slow, "tif")
        try:
            return path.read_bytes()
        finally:
            give_back()

    with ThreadPoolExecutor(10) as pool:
        making = pool.submit(ask)
        assert begun.wait(60)
        asked = [pool.submit(ask) for _ in range(9)]
        try:
            refused = list(islice(as_completed(asked, timeout=60), 9 - MOST_WAITING))
        finally:
            go_on.set()
    assert all(isinstance(one.exception(), BeingMade) for one in refused)
    assert {one.result() for one in [making, *asked] if one not in refused} == {b"x"}


def test_what_nobody_asked_for_longest_goes_first_and_whoever_reads_it_reads_on(
    tmp_path: Path,
) -> None:
    cuts = Cuts(folder=tmp_path, most_bytes=40)
    reading, give_back = cuts.borrow("00" * 16, Maker(10), "tif")
    for number in range(1, 6):
        os.utime(tmp_path / f"{'00' * 16}.tif", (0, 0)) if cuts.has("00" * 16, "tif") else None
        cuts.borrow(f"{number:02x}" * 16, Maker(10), "tif")[1]()
    assert not cuts.has("00" * 16, "tif")
    assert sum(one.stat().st_size for one in tmp_path.glob("*.tif")) <= 40
    assert reading.read_bytes() == b"x" * 10
    give_back()
    assert list(tmp_path.glob(".*")) == []


def test_a_file_that_would_fill_the_folder_is_not_kept_and_a_failure_leaves_nothing(
    tmp_path: Path,
) -> None:
    cuts = Cuts(folder=tmp_path, most_bytes=40)
    cuts.borrow("00" * 16, Maker(11), "tif")[1]()
    assert list(tmp_path.iterdir()) == []

    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        cuts.borrow("01" * 16, fail, "tif")
    assert list(tmp_path.iterdir()) == []


def test_what_a_stopped_process_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / ".left"
    left.mkdir()
    (left / "a.tif").write_bytes(b"half")
    old = time.time() - LEFT_S - 1
    os.utime(left, (old, old))
    Cuts(folder=tmp_path).borrow("00" * 16, Maker(1), "tif")[1]()
    assert not left.exists()


def test_parts_of_a_grid_come_from_one_file_whatever_release_is_meant(
    world: World, tmp_path: Path
) -> None:
    with TestClient(create_api(world.store, Settings(data=tmp_path))) as client:
        address = "/api/v1/grid.tif?v=stock&area=AAA"
        parts = [
            client.get(address, headers={"Range": f"bytes={at}-{at + 99}"})
            for at in range(0, 1000, 100)
        ]
        assert {part.status_code for part in parts} == {206}
        pinned = parts[0].headers["content-location"]
        (kept,) = (tmp_path / FOLDER).iterdir()
        made = kept.stat().st_ino
        whole = client.get(pinned).content
        assert b"".join(part.content for part in parts) == whole[:1000]
        (again,) = (tmp_path / FOLDER).iterdir()
        assert again.stat().st_ino == made, "it was not made again"
        assert again.read_bytes() == whole


def test_many_ranges_in_one_request_are_refused(client: TestClient) -> None:
    ranges = ",".join(f"{at}-{at}" for at in range(1000))
    answer = client.get("/api/v1/grid.tif?v=stock", headers={"Range": f"bytes={ranges}"})
    assert answer.status_code == 416
    assert answer.json()["hint"] == "Ask once for each part."


def test_large_files_are_counted_when_they_are_made_and_not_when_they_are_there(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "LIGHT", desk.CELLS_AT_ONCE)
    settings = Settings(data=tmp_path, requests_per_minute=20)
    with TestClient(create_api(world.store, settings)) as client:
        address = "/api/v1/grid.tif?v=stock&area="
        part = {"Range": "bytes=0-9"}
        # One heavy request a minute: it fills again too slowly to matter here.
        assert client.get(address + "AAA").status_code == 200
        refused = client.get(address + "CCC-1")
        assert refused.status_code == 429
        assert refused.json()["type"] == "/api/problems/too-often"
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert client.get("/api/v1/series.xlsx?v=stock&area=WLD&lvl=adm1").status_code == 429
        for _ in range(10):
            assert client.get(address + "AAA", headers=part).status_code == 206
        assert client.get("/api/v1/series.json?v=stock").status_code == 200


@pytest.mark.parametrize("kind", ["csv-metadata.json", "datapackage.json"])
def test_what_describes_a_large_csv_counts_as_the_csv_does(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(desk, "LIGHT", desk.AT_ONCE + 1)
    settings = Settings(data=tmp_path, requests_per_minute=20)
    with TestClient(create_api(world.store, settings)) as client:
        address = f"/api/v1/series.{kind}?v=stock&area=WLD&lvl=adm1"
        first = client.get(address)
        assert first.status_code == 200
        assert client.get(f"{address}&labels=fr").status_code == 429
        same = client.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert same.status_code == 304, "nothing is made for it"
