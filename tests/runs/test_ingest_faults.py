"""What sources send wrongly: each is refused by name, nothing of it is seen, the rest is taken.

The rasters are made here, of 36 x 18 cells; what is wrong with each is one line in a table.
"""

import gzip
import hashlib
import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from sqlalchemy import text

from soc_monitor.errors import FeedUnreachable, NoSpace
from soc_monitor.feeds import ShelfFeed, UrlFeed, decode
from soc_monitor.feeds.client import Limits
from soc_monitor.model import (
    Access,
    Areas,
    Cube,
    DataClass,
    Feed,
    Freq,
    Grid,
    IngestJob,
    Item,
    Layer,
    Observation,
    Register,
    Run,
    RunState,
    Sample,
    Samples,
    SnapEdges,
    Station,
    Stations,
    Target,
)
from soc_monitor.runs.ingest import ingest
from soc_monitor.runs.jobs import ShelvedJob
from soc_monitor.runs.verify import verify
from soc_monitor.store import arrays, read, runs
from soc_monitor.store.store import Store, open_store

GRID = Grid(nx=36, ny=18)
NORTH_UP = Affine(10, 0, -180, 0, -10, 90)
NODATA = -32767
# Values 21 to 99 t/ha, and a corner without data: the median is 60.
GOOD = (21 + np.arange(36 * 18).reshape(18, 36) % 79).astype(np.int16)
GOOD[:2, :4] = NODATA


def cube(grid: Grid = GRID) -> Cube:
    return Cube(
        product="made_up",
        variable="soc_stock_0_30cm",
        unit="t ha-1",
        freq=Freq.YEAR,
        grid=grid,
        data_class=DataClass.MODELLED,
        dtype="int16",
        fill=NODATA,
    )


def layer(item: str, year: int, **other: Any) -> Layer:
    values: dict[str, Any] = {
        "cube": cube(),
        "item": item,
        "period": date(year, 1, 1),
        "period_end": date(year, 12, 31),
        "unit": "t ha-1",
        "valid": (0.0, 1000.0),
        "nodata": NODATA,
        "median": (30.0, 120.0),
        "min_valid_share": 0.2,
    }
    return Layer(**{**values, **other})


def job(feed: Feed, *layers: Layer, into: Target | None = None) -> IngestJob:
    return IngestJob(
        id="made_up",
        title={"en": "Made up", "fr": "Inventé", "es": "Inventado"},
        feed=feed,
        layers=layers,
        into=into,
        licence="CC0-1.0",
        citation="-",
        link="-",
    )


def run(made: IngestJob, store: Store, folder: Path, mirror: str = "") -> Run:
    return ingest(ShelvedJob(made, folder, "v1"), store, datetime.now(UTC), mirror=mirror)


def raster(
    file: Path,
    values: np.ndarray[Any, Any] = GOOD,
    *,
    crs: str | None = "EPSG:4326",
    transform: Affine = NORTH_UP,
    nodata: float | None = NODATA,
    scale: float = 1.0,
    offset: float = 0.0,
    unit: str = "",
    **profile: Any,
) -> None:
    """A GeoTIFF as rasterio writes it."""
    rows, columns = values.shape
    with rasterio.open(
        file, "w", driver="GTiff", width=columns, height=rows, count=1, dtype=values.dtype,
        crs=crs, transform=transform, nodata=nodata, **profile,
    ) as out:  # fmt: skip
        out.write(values, 1)
        out.scales, out.offsets = (scale,), (offset,)
        if unit:
            out.units = (unit,)


def ask(store: Store, query: str) -> list[tuple[Any, ...]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def rejections(store: Store) -> dict[str, tuple[str, str]]:
    return {k: (r, f) for k, r, f in ask(store, "SELECT item_key, rule, found FROM app.rejections")}


def arrays_on_disk(store: Store) -> set[str]:
    found = store.arrays.glob("made_up.*/*/*")
    return {path.relative_to(store.arrays).as_posix() for path in found}


def nothing_left(store: Store) -> bool:
    """No array without a row, no row without its array, no file of the run."""
    rows = {path for (path,) in ask(store, "SELECT path FROM app.slices")}
    return (
        arrays_on_disk(store) == rows
        and list(verify(store)) == []
        and not any((store.arrays / ".scratch").rglob("*.npy"))
    )


# --- rasters -----------------------------------------------------------------------------------


def values(**places: float) -> np.ndarray[Any, Any]:
    """The good values as floats, with one cell changed."""
    changed = GOOD.astype(np.float32)
    changed[9, 9] = places["cell"]
    return changed


def truncated(file: Path, share: float) -> None:
    raster(file, compress="deflate")
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])


def netcdf(file: Path) -> None:
    shared = Path(os.environ.get("SOC_TEST_SHARED", Path(__file__).parents[3] / "shared"))
    real = shared / "data/era5-daily-cities/daily_surface_cancities_1990-1993.nc"
    # Without the real one, the first bytes of the classic format: they are what is looked at.
    file.write_bytes(real.read_bytes() if real.is_file() else b"CDF\x01" + bytes(100))


def bomb(file: Path, side: int, **profile: Any) -> None:
    """A small file that declares a huge block."""
    with rasterio.open(
        file, "w", driver="GTiff", width=36, height=18, dtype="int16", crs="EPSG:4326",
        transform=NORTH_UP, nodata=NODATA, tiled=True, blockxsize=side, blockysize=side,
        sparse_ok=True, compress="deflate", **profile,
    ):  # fmt: skip
        pass
    assert file.stat().st_size < 300_000


def text_file(file: Path) -> None:
    file.write_text("404 Not Found\n")


def vrt(file: Path) -> None:
    file.write_text(
        '<VRTDataset rasterXSize="36" rasterYSize="18"><SRS>EPSG:4326</SRS><VRTRasterBand '
        'dataType="Int16" band="1"><SimpleSource><SourceFilename>/etc/passwd</SourceFilename>'
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )


def shifted(west: float, south: float = -90, east: float | None = None) -> Affine:
    width = 10 if east is None else (east - west) / 36
    return Affine(width, 0, west, 0, -10, south + 180)


SOUTH_UP = Affine(10, 0, -180, 0, 10, -90)
INF = float("inf")

# name: (how the file is made, what is declared otherwise, the rule that refuses it, what is told)
Make = Callable[[Path], None]
FAULTS: dict[str, tuple[Make, dict[str, Any], str, str]] = {
    "cut in its first bytes": (lambda f: truncated(f, 0.002), {}, "format|decode", ""),
    "cut in its header": (lambda f: truncated(f, 0.1), {}, "decode", ""),
    "cut in the middle": (lambda f: truncated(f, 0.5), {}, "decode", ""),
    "cut at its end": (lambda f: truncated(f, 0.97), {}, "decode|crs", ""),
    "empty": (Path.touch, {}, "empty", "no bytes"),
    "NetCDF": (netcdf, {}, "format", "begins with b'"),
    "virtual raster": (vrt, {}, "format", "begins with b'<VRT"),
    "text": (text_file, {}, "format", "b'404 '"),
    "Mercator": (lambda f: raster(f, crs="EPSG:3857"), {}, "crs", "EPSG:3857"),
    "another datum": (lambda f: raster(f, crs="EPSG:4267"), {}, "crs", "EPSG:4267"),
    "no CRS": (lambda f: raster(f, crs=None), {}, "crs", "none"),
    "half a pixel east": (lambda f: raster(f, transform=shifted(-175)), {}, "grid", "off by 5"),
    "half a pixel south": (lambda f: raster(f, transform=shifted(-180, -95)), {}, "grid", "by 5"),
    "0 to 360": (lambda f: raster(f, transform=shifted(0)), {}, "grid", "off by 180"),
    "first row in the south": (
        lambda f: raster(f, GOOD[::-1], transform=SOUTH_UP), {}, "grid", "not the northern",
    ),
    "rotated": (
        lambda f: raster(f, transform=Affine(10, 0.1, -180, 0.1, -10, 90)), {}, "grid", "rotated",
    ),
    "edges that are no numbers": (
        lambda f: raster(f, transform=Affine(10, 0, float("nan"), 0, -10, 90)), {}, "grid|crs", "",
    ),
    "half the cells": (lambda f: raster(f, GOOD[:, :18]), {}, "grid", "18 x 18 cells, 36 x 18"),
    "rounded edges": (
        lambda f: raster(f, transform=shifted(-180, east=179.9)), {}, "grid", "off by 0.1",
    ),
    "edges past the declared repair": (
        lambda f: raster(f, transform=shifted(-180, east=179.9)),
        {"snap": SnapEdges(tolerance_deg=0.09)}, "grid", "off by 0.1",
    ),
    "nodata of another value": (lambda f: raster(f, nodata=0), {}, "nodata", "0.0, -32767"),
    "no nodata": (lambda f: raster(f, nodata=None), {}, "nodata", "None, -32767"),
    "nodata where none is declared": (raster, {"nodata": None}, "nodata", "-32767.0, None"),
    "scale": (lambda f: raster(f, scale=0.1), {}, "scale", "scale 0.1, offset 0"),
    "scale missing": (raster, {"scale": 0.1}, "scale", "scale 1.0"),
    "offset": (lambda f: raster(f, offset=273.15), {}, "scale", "offset 273.15"),
    "another unit": (lambda f: raster(f, unit="kg m-2"), {}, "unit", "'kg m-2', 't ha-1'"),
    "a unit that is none": (lambda f: raster(f, unit="tons?"), {}, "unit", "'tons?'"),
    "ten times too large": (
        lambda f: raster(f, np.where(GOOD > 0, GOOD * 10, GOOD)), {}, "median", "590, 30..120",
    ),
    "ten times too small": (
        lambda f: raster(f, np.where(GOOD > 0, GOOD // 10, GOOD)), {}, "median", "30..120",
    ),
    "all nodata": (lambda f: raster(f, np.full_like(GOOD, NODATA)), {}, "all nodata", "648 cells"),
    "nearly all nodata": (
        lambda f: raster(f, np.where(np.arange(36) < 7, GOOD, NODATA).astype(np.int16)),
        {}, "valid share", "0.18",
    ),
    "an infinity": (lambda f: raster(f, values(cell=INF)), {}, "infinity", "1 cells"),
    "a value too high": (lambda f: raster(f, values(cell=1001)), {}, "range", "such as 1001"),
    "a value too low": (lambda f: raster(f, values(cell=-1)), {}, "range", "such as -1"),
    "a fill value left unmasked": (lambda f: raster(f, values(cell=-9999)), {}, "range", "-9999"),
    "a band that is not there": (raster, {"band": 2}, "bands", "1 bands, band 2"),
    "one huge block": (lambda f: bomb(f, 16384, count=1), {}, "block", "16384 x 16384"),
    "many bands in one block": (
        lambda f: bomb(f, 1024, count=500, interleave="pixel"), {}, "block", "x 500 bands",
    ),
}  # fmt: skip
FINE: dict[str, tuple[Make, dict[str, Any]]] = {
    "as declared": (raster, {}),
    "with its unit": (lambda f: raster(f, unit="t/ha"), {}),
    "NaN beside nodata": (lambda f: raster(f, values(cell=float("nan"))), {}),
    "repaired edges": (
        lambda f: raster(f, transform=shifted(-180, east=179.9)),
        {"snap": SnapEdges(tolerance_deg=0.11)},
    ),
    "another unit as declared": (
        lambda f: raster(f, unit="kg m-2"), {"unit": "kg m-2", "median": (30.0, 120.0)}
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """One run over every faulty file and every good one."""

    store: Store
    job: IngestJob
    folder: Path
    run: Run
    refused: dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def own_store(
    clone: Callable[[str], str], template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    opened = open_store(clone(template), tmp_path_factory.mktemp("arrays"), statement_s=60)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def outcome(own_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("shelf")
    (folder / "files").mkdir()
    layers = []
    declared = [(n, m, d) for n, (m, d, _, _) in FAULTS.items()]
    declared += [(n, m, d) for n, (m, d) in FINE.items()]
    for year, (name, make, other) in enumerate(declared, 1900):
        make(folder / "files" / f"{name}.tif")
        layers.append(layer(f"{name}.tif", year, **other))
    keys = tuple(one.item for one in layers)
    made = job(ShelfFeed(folder="files", keys=keys, version="1"), *layers)
    ended = run(made, own_store, folder)
    return Outcome(own_store, made, folder, ended, rejections(own_store))


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_raster_is_refused_by_the_rule_that_it_breaks(outcome: Outcome, name: str) -> None:
    _, _, rule, told = FAULTS[name]
    assert f"{name}.tif" in outcome.refused, "it was taken"
    found = outcome.refused[f"{name}.tif"]
    assert found[0] in rule.split("|"), found
    assert told in found[1]


def test_the_other_files_of_the_same_run_are_taken(outcome: Outcome) -> None:
    assert outcome.run.state is RunState.PARTLY
    assert (outcome.run.taken, outcome.run.rejected) == (len(FINE), len(FAULTS))
    assert set(outcome.refused) == {f"{name}.tif" for name in FAULTS}
    keys = ask(outcome.store, "SELECT key FROM app.items")
    assert {key for (key,) in keys} == {f"{name}.tif" for name in FINE}


def test_nothing_of_a_refused_file_is_left_and_nothing_is_published(outcome: Outcome) -> None:
    assert len(arrays_on_disk(outcome.store)) == len(FINE)
    assert nothing_left(outcome.store)
    assert ask(outcome.store, "SELECT count(*) FROM app.releases") == [(0,)]


def test_what_is_taken_holds_the_values_of_the_file(outcome: Outcome) -> None:
    found = {s.period.year - 1900 - len(FAULTS): s for s in read.newest_slices(outcome.store)}
    for number, name in enumerate(FINE):
        expected = GOOD.copy()
        if name == "NaN beside nodata":
            expected[9, 9] = NODATA
        if name == "another unit as declared":
            expected = np.where(GOOD == NODATA, NODATA, GOOD * 10)
        window = arrays.read_window(outcome.store, found[number])
        np.testing.assert_array_equal(window, expected, err_msg=name)
        assert found[number].valid_cells == (expected != NODATA).sum()


def test_a_rejection_names_the_bytes_that_were_refused(outcome: Outcome) -> None:
    for key, found in ask(outcome.store, "SELECT item_key, sha256 FROM app.rejections"):
        content = (outcome.folder / "files" / key).read_bytes()
        assert hashlib.sha256(content).hexdigest() == found


def test_a_source_that_mends_its_file_is_taken_by_the_next_run(outcome: Outcome) -> None:
    name = "cut in the middle.tif"
    (outcome.folder / "files" / name).unlink()
    raster(outcome.folder / "files" / name)
    only = replace(
        outcome.job,
        feed=ShelfFeed(folder="files", keys=(name,), version="1"),
        layers=tuple(one for one in outcome.job.layers if one.item == name),
    )
    ended = run(only, outcome.store, outcome.folder)
    assert (ended.state, ended.taken, ended.rejected) == (RunState.DONE, 1, 0)
    again = run(only, outcome.store, outcome.folder)
    assert (again.state, again.taken) == (RunState.NOTHING_NEW, 0)


# --- one file at a time ------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder of job files with a good file, ``files/good.tif``."""
    (tmp_path / "shelf" / "files").mkdir(parents=True)
    raster(tmp_path / "shelf" / "files" / "good.tif")
    return tmp_path / "shelf"


def files(*keys: str) -> ShelfFeed:
    return ShelfFeed(folder="files", keys=keys, version="1")


GOOD_JOB = job(files("good.tif"), layer("good.tif", 2000))


def test_one_bad_band_refuses_the_whole_file(store: Store, shelf: Path) -> None:
    bands = np.stack([GOOD, GOOD])
    bands[1, 5, 5] = 2000
    with rasterio.open(
        shelf / "files" / "good.tif", "w", driver="GTiff", width=36, height=18, count=2,
        dtype="int16", crs="EPSG:4326", transform=NORTH_UP, nodata=NODATA,
    ) as out:  # fmt: skip
        out.write(bands)
    made = job(files("good.tif"), layer("good.tif", 2000, band=1), layer("good.tif", 2001, band=2))
    ended = run(made, store, shelf)
    assert ended.state is RunState.FAILED
    assert rejections(store)["good.tif"][0] == "range"
    assert arrays_on_disk(store) == set()
    assert nothing_left(store)


def test_a_revision_is_a_new_version_and_the_old_bytes_again_do_not_undo_it(
    store: Store, shelf: Path
) -> None:
    file = shelf / "files" / "good.tif"
    first = file.read_bytes()
    run(GOOD_JOB, store, shelf)
    raster(file, np.where(GOOD > 0, GOOD + 1, GOOD))
    assert run(GOOD_JOB, store, shelf).taken == 1
    file.write_bytes(first)
    assert run(GOOD_JOB, store, shelf).state is RunState.NOTHING_NEW
    (newest,) = read.newest_slices(store)
    assert newest.version == 2
    assert arrays.read_window(store, newest)[17, 35] == GOOD[17, 35] + 1


@contextmanager
def hunter(number: signal.Signals) -> Iterator[list[int]]:
    """Sends a signal to the first decoder that this process starts."""
    hit: list[int] = []
    stop = threading.Event()

    def hunt() -> None:
        while not stop.wait(0.002) and not hit:
            for listed in Path("/proc/self/task").glob("*/children"):
                for child in listed.read_text().split():
                    with suppress(FileNotFoundError, ProcessLookupError):
                        if b"soc_monitor.decoding" in Path(f"/proc/{child}/cmdline").read_bytes():
                            os.kill(int(child), number)
                            hit.append(int(child))

    thread = threading.Thread(target=hunt)
    thread.start()
    try:
        yield hit
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_decoder_that_dies_costs_its_file_alone(
    store: Store, shelf: Path, number: signal.Signals
) -> None:
    raster(shelf / "files" / "first.tif")
    made = job(files("first.tif", "good.tif"), layer("first.tif", 2000), layer("good.tif", 2001))
    with hunter(number) as hit:
        ended = run(made, store, shelf)
    assert hit
    assert ended.state is RunState.PARTLY
    assert rejections(store) == {"first.tif": ("decoder died", f"stopped by {number.name}")}
    assert [s.period.year for s in read.newest_slices(store)] == [2001]
    assert nothing_left(store)


def test_a_decoder_that_hangs_is_stopped(
    store: Store, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "WALL_S", 1.0)
    with hunter(signal.SIGSTOP):
        ended = run(GOOD_JOB, store, shelf)
    assert ended.state is RunState.FAILED
    assert rejections(store) == {"good.tif": ("decoder died", "no end after 1 s")}


def test_files_that_a_killed_run_left_are_gone_after_the_next(store: Store, shelf: Path) -> None:
    left = store.arrays / ".scratch" / "made_up" / "old"
    left.mkdir(parents=True)
    (left / "0.npy").touch()
    run(GOOD_JOB, store, shelf)
    assert not left.exists()
    assert nothing_left(store)


@dataclass(frozen=True)
class Declared:
    """A feed that declares the checksum of its one file."""

    sha256: str

    def find(self, access: Access) -> Iterable[Item]:
        assert access.shelf is not None
        return [Item(key="good.tif", address="good.tif", sha256=self.sha256)]

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        assert access.shelf is not None
        return Path(shutil.copy(access.shelf / "files" / item.key, folder))


def test_a_flipped_bit_breaks_the_declared_checksum(store: Store, shelf: Path) -> None:
    file = shelf / "files" / "good.tif"
    whole = file.read_bytes()
    made = job(Declared(hashlib.sha256(whole).hexdigest()), layer("good.tif", 2000))
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert run(made, store, shelf).state is RunState.FAILED
    assert rejections(store)["good.tif"][0] == "checksum"
    file.write_bytes(whole)
    assert run(made, store, shelf).state is RunState.DONE
    assert ask(store, "SELECT verified FROM app.items") == [(True,)]


# --- disk full ---------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount, umount = map(shutil.which, ("mount", "umount"))
    if mount is None or umount is None:
        pytest.skip("no program to mount a small file system with")
    command = [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode:
        pytest.skip(f"only root may mount a small file system: {told.stderr.strip()}")
    yield folder
    # Lazily: the kernel may hold a file of a decoder that has just ended for a moment.
    subprocess.run([umount, "--lazy", folder], check=True)


def test_a_full_disk_shows_nothing_half_and_works_again_with_room(
    database_url: str, shelf: Path, small_disk: Path
) -> None:
    wide = Grid(nx=360, ny=180)
    noise = np.random.default_rng(1).integers(30, 120, wide.shape).astype(np.int16)
    file = shelf / "files" / "good.tif"
    raster(file, noise, transform=Affine(1, 0, -180, 0, -1, 90))
    made = job(files("good.tif"), layer("good.tif", 2000, cube=cube(wide)))
    store = open_store(database_url, small_disk, statement_s=60)
    size = file.stat().st_size
    filler = small_disk / "filler"
    try:
        # Room for nothing, for part of the file, of the decoded band, of the array.
        for share in (0, 0.5, 1.5, 1.98, 2.04):
            free = os.statvfs(small_disk).f_bavail * 4096
            filler.write_bytes(bytes(free - int(size * share)))
            with pytest.raises(NoSpace):
                run(made, store, shelf)
            assert runs.list_runs(store)[0].state is RunState.FAILED
            assert read.newest_slices(store) == []
            filler.unlink()
            assert arrays_on_disk(store) == set()
        assert run(made, store, shelf).state is RunState.DONE
        assert nothing_left(store)
    finally:
        store.close()


# --- the network -------------------------------------------------------------------------------


class Upstream(ThreadingHTTPServer):
    """A server on loopback that does at each path what its name says."""

    def __init__(self, good: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.good = good
        self.asked: list[str] = []
        self.stop = threading.Event()
        self.address = f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    """One request."""

    server: Upstream

    def do_GET(self) -> None:  # its name in the library
        self.server.asked.append(self.path)
        # A client that has had enough goes away.
        with suppress(BrokenPipeError, ConnectionResetError):
            BEHAVIOUR.get(self.path.rpartition("/")[2], Answer.good)(self)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def head(self, headers: dict[str, str] | None = None, status: int = 200) -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.end_headers()

    def send(self, body: bytes, length: int | None = None, status: int = 200) -> None:
        self.head({"Content-Length": str(len(body) if length is None else length)}, status)
        self.wfile.write(body)

    def good(self) -> None:
        self.send(self.server.good)

    def cut(self) -> None:
        self.send(self.server.good[:300], len(self.server.good))

    def long(self) -> None:
        self.send(self.server.good + b"x" * 9, len(self.server.good))

    def cut_in_a_chunk(self) -> None:
        self.protocol_version = "HTTP/1.1"
        self.head({"Transfer-Encoding": "chunked"})
        self.wfile.write(b"100\r\n" + self.server.good[:256] + b"\r\n")

    def endless(self) -> None:
        self.head()
        while not self.server.stop.is_set():
            self.wfile.write(bytes(1 << 16))

    def explodes(self) -> None:
        body = gzip.compress(bytes(9_000_000))
        self.head({"Content-Length": str(len(body)), "Content-Encoding": "gzip"})
        self.wfile.write(body)

    def silent(self) -> None:
        self.head()
        self.server.stop.wait(20)

    def slow(self) -> None:
        self.head()
        while not self.server.stop.wait(0.05):
            self.wfile.write(b"x")


def moved(address: str) -> Callable[[Answer], None]:
    return lambda answer: answer.head({"Location": address}, 302)


BEHAVIOUR: dict[str, Callable[[Answer], None]] = {
    "cut.tif": Answer.cut,
    "long.tif": Answer.long,
    "chunked.tif": Answer.cut_in_a_chunk,
    "endless.tif": Answer.endless,
    "gzip.tif": Answer.explodes,
    "silent.tif": Answer.silent,
    "slow.tif": Answer.slow,
    "error.tif": lambda answer: answer.send(b"sorry", status=500),
    "away.tif": moved("http://localhost:9/good.tif"),
    "inside.tif": moved("file:///etc/passwd"),
    "moved.tif": moved("/files/good.tif"),
    "loop.tif": moved("/files/loop.tif"),
}


@pytest.fixture
def upstream(shelf: Path) -> Iterator[Upstream]:
    """The server, serving."""
    server = Upstream((shelf / "files" / "good.tif").read_bytes())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.stop.set()
    server.shutdown()
    server.server_close()
    thread.join()


def url_job(*keys: str, base: str = "", limits: Limits | None = None) -> IngestJob:
    limits = replace(limits or Limits(), pause_s=0.01)
    feed = UrlFeed(base=base, folder="files", keys=keys, limits=limits)
    return job(feed, *(layer(key, 2000 + k) for k, key in enumerate(keys)))


def test_a_mirror_may_be_reached_by_plain_http(
    store: Store, shelf: Path, upstream: Upstream
) -> None:
    ended = run(url_job("good.tif", "moved.tif"), store, shelf, upstream.address)
    assert (ended.state, ended.taken) == (RunState.DONE, 2)
    assert upstream.asked == ["/files/good.tif", "/files/moved.tif", "/files/good.tif"]


def test_plain_http_is_refused_elsewhere(store: Store, shelf: Path, upstream: Upstream) -> None:
    with pytest.raises(FeedUnreachable, match="only https is fetched"):
        run(url_job("good.tif", base=upstream.address), store, shelf)
    assert upstream.asked == []


@pytest.mark.parametrize(
    ("name", "rule", "limits"),
    [
        ("cut.tif", "length", Limits()),
        ("chunked.tif", "length", Limits()),
        ("endless.tif", "size", Limits(max_bytes=1 << 20)),
        ("gzip.tif", "size", Limits(max_bytes=1 << 20)),
    ],
)
def test_a_body_that_is_cut_or_too_large_is_refused_and_the_next_file_taken(
    store: Store, shelf: Path, upstream: Upstream, name: str, rule: str, limits: Limits
) -> None:
    ended = run(url_job(name, "good.tif", limits=limits), store, shelf, upstream.address)
    assert ended.state is RunState.PARTLY
    assert {key: found for key, (found, _) in rejections(store).items()} == {name: rule}
    assert nothing_left(store)


def test_bytes_past_the_declared_length_are_not_read(
    store: Store, shelf: Path, upstream: Upstream
) -> None:
    run(url_job("long.tif"), store, shelf, upstream.address)
    size = (shelf / "files" / "good.tif").stat().st_size
    assert ask(store, "SELECT bytes FROM app.items") == [(size,)]


@pytest.mark.parametrize(
    ("name", "told", "limits"),
    [
        ("error.tif", "answered 500", Limits()),
        ("away.tif", "localhost:9 is not a host of this feed", Limits()),
        ("inside.tif", "only https is fetched", Limits()),
        ("loop.tif", "more than 3 redirects", Limits()),
        ("silent.tif", "ReadTimeout", Limits(silence_s=0.2)),
        ("slow.tif", "not complete after", Limits(total_s=0.3)),
    ],
)
def test_a_source_that_cannot_be_reached_fails_the_run_in_words(
    store: Store, shelf: Path, upstream: Upstream, name: str, told: str, limits: Limits
) -> None:
    with pytest.raises(FeedUnreachable, match=told):
        run(url_job(name, limits=limits), store, shelf, upstream.address)
    (ended,) = runs.list_runs(store)
    assert ended.state is RunState.FAILED
    assert told in ended.detail
    assert nothing_left(store)


@pytest.mark.parametrize("base", ["https://127.0.0.1:9", "https://nowhere.invalid"])
def test_no_network_is_told_as_such(store: Store, shelf: Path, base: str) -> None:
    with pytest.raises(FeedUnreachable, match=f"{base}/good.tif: Connect"):
        run(url_job("good.tif", base=base, limits=Limits(connect_s=2)), store, shelf)


def test_a_mirror_folder_is_looked_into_first(store: Store, shelf: Path) -> None:
    made = url_job("good.tif", "absent.tif", base="https://127.0.0.1:9")
    with pytest.raises(FeedUnreachable, match="absent"):
        run(made, store, shelf, str(shelf))
    # What was taken before the source failed stays.
    assert [s.period.year for s in read.newest_slices(store)] == [2000]


def test_a_file_that_is_nowhere_is_said_to_be_missing(store: Store, shelf: Path) -> None:
    with pytest.raises(FeedUnreachable, match=r"files/absent\.tif is not in the mirror"):
        run(url_job("absent.tif"), store, shelf, str(shelf))
    with pytest.raises(FeedUnreachable, match=r"files/absent\.tif is not beside the job files"):
        run(job(files("absent.tif"), layer("absent.tif", 2000)), store, shelf)


# --- tables, documents and polygons ------------------------------------------------------------


def reading(row: dict[str, str]) -> Observation:
    time = datetime.fromisoformat(row["time"])
    return Observation(
        station=row["station"], variable="v", time=time, result_time=time,
        value=float(row["value"]), unit="1",
    )  # fmt: skip


def place(row: dict[str, str]) -> Station:
    return Station(id=row["station"], name="-", lon=float(row["lon"]), lat=float(row["lat"]))


def soil(row: dict[str, str]) -> Sample:
    return Sample(
        key=row["key"], lon=1.0, lat=2.0, top_cm=0, bottom_cm=30, variable="soc_content",
        value=float(row["value"]), unit="%", sampled_on=None, data_class=DataClass.OBSERVED,
        attributes={"note": row.get("note", "")},
    )  # fmt: skip


def records(document: Any) -> list[tuple[str, dict[str, object]]]:
    return [(entry["id"], entry) for entry in document["objectives"]]


STATIONS = Stations(
    stations="places.csv", readings="readings.csv", station_of=place, observation_of=reading
)
PLACES = "station,lon,lat\ns1,5,6\n"
READING = "station,time,value\ns1,"
LAUGHS = "\n".join(
    ["a0: &a0 [ha]", *(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 12))]
)

ROWS: dict[str, tuple[Target, dict[str, str], str, str]] = {
    "a column is missing": (
        STATIONS, {"places.csv": PLACES, "readings.csv": "station,value\ns1,1\n"},
        "row", "KeyError: 'time'",
    ),
    "a reading is not a number": (
        STATIONS, {"places.csv": PLACES, "readings.csv": READING + "2020-01-01T00:00Z,x\n"},
        "row", "could not convert",
    ),
    "a reading is NaN": (
        STATIONS, {"places.csv": PLACES, "readings.csv": READING + "2020-01-01T00:00Z,nan\n"},
        "value", "v is nan",
    ),
    "a reading is beyond all numbers": (
        STATIONS, {"places.csv": PLACES, "readings.csv": READING + "2020-01-01T00:00Z,1e999\n"},
        "value", "v is inf",
    ),
    "a time has no zone": (
        STATIONS, {"places.csv": PLACES, "readings.csv": READING + "2020-01-01T00:00,1\n"},
        "time zone", "2020-01-01T00:00:00",
    ),
    "a row is longer than the header": (
        STATIONS, {"places.csv": PLACES, "readings.csv": READING + "2020-01-01T00:00Z,1,2\n"},
        "format", "another number of values",
    ),
    "a table is not in UTF-8": (
        Samples(item="samples.csv", sample_of=soil), {"samples.csv": "key,value\n\udce9,1\n"},
        "encoding", "not UTF-8",
    ),
    "a sample has no value": (
        Samples(item="samples.csv", sample_of=soil), {"samples.csv": "key,value\na,inf\n"},
        "value", "soc_content is inf",
    ),
    "a text holds a NUL": (
        Samples(item="samples.csv", sample_of=soil), {"samples.csv": "key,value,note\na,1,\0\n"},
        "row", "Unicode",
    ),
    "a document has another shape": (
        Register(name="plan", item="plan.yaml", records_of=records), {"plan.yaml": "- a\n- b\n"},
        "row", "TypeError",
    ),
    "a document has no record": (
        Register(name="plan", item="plan.yaml", records_of=records),
        {"plan.yaml": "objectives: []"},
        "empty", "no record for plan",
    ),
    "a document is no YAML": (
        Register(name="plan", item="plan.yaml", records_of=records), {"plan.yaml": "a: [1, 2"},
        "format", "expected",
    ),
    "a document refers to itself": (
        Register(name="plan", item="plan.yaml", records_of=records), {"plan.yaml": "a: &a [*a]"},
        "alias", "refers to another",
    ),
    "a document would make an object": (
        Register(name="plan", item="plan.yaml", records_of=records),
        {"plan.yaml": "a: !!python/object/apply:os.system ['true']"},
        "format", "could not determine a constructor",
    ),
    "a document is a bomb": (
        Register(name="plan", item="plan.yaml", records_of=records), {"plan.yaml": LAUGHS},
        "alias", "refers to another",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_rows_that_cannot_be_taken_are_refused_and_none_is_kept(
    store: Store, tmp_path: Path, name: str
) -> None:
    into, contents, rule, told = ROWS[name]
    folder = tmp_path / "shelf" / "files"
    folder.mkdir(parents=True)
    for key, content in contents.items():
        (folder / key).write_bytes(content.encode("utf-8", "surrogateescape"))
    ended = run(job(files(*contents), into=into), store, tmp_path / "shelf")
    assert ended.state is RunState.FAILED
    ((found_rule, found),) = rejections(store).values()
    assert found_rule == rule, found
    assert told in found
    for table in ("items", "observations", "stations", "samples", "records"):
        assert ask(store, f"SELECT count(*) FROM app.{table}") == [(0,)], table  # noqa: S608


def box(west: float, south: float, east: float, north: float) -> list[Any]:
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return [[list(corner) for corner in corners]]


POLYGONS = {
    "a band across the map": (box(-179, 60, 179, 70), "a band across the map"),
    "beyond the antimeridian": (box(170, 0, 190, 10), "outside the globe"),
    "beyond the pole": (box(0, 80, 10, 91), "outside the globe"),
    "a bow tie": ([[[0, 0], [10, 10], [10, 0], [0, 10], [0, 0]]], "Self-intersection"),
    "a line": ([[[0, 0], [10, 10]]], ""),
}
TABLES = {
    "countries.csv": "code,parent,name_en,name_fr,name_es\nAAA,WLD,A,A,A\n",
    "regions.csv": "code,parent,name_en,name_fr,name_es\nWLD,,World,Monde,Mundo\n",
}


def areas_job(folder: Path, features: list[dict[str, Any]]) -> IngestJob:
    (folder / "files").mkdir(parents=True, exist_ok=True)
    for key, content in TABLES.items():
        (folder / "files" / key).write_text(content)
    content = json.dumps({"type": "FeatureCollection", "features": features})
    (folder / "files" / "areas.geojson").write_text(content)
    into = Areas(areas="areas.geojson", countries="countries.csv", regions="regions.csv")
    return job(files("areas.geojson", *TABLES), into=into)


def feature(coordinates: list[Any], code: str = "AAA-1", country: str = "AAA") -> dict[str, Any]:
    names = {"code": code, "country": country, "name_en": "A", "name_fr": "A", "name_es": "A"}
    return {
        "type": "Feature",
        "properties": names,
        "geometry": {"type": "Polygon", "coordinates": coordinates},
    }


@pytest.mark.parametrize("name", POLYGONS)
def test_a_polygon_that_is_none_refuses_the_boundaries(
    store: Store, tmp_path: Path, name: str
) -> None:
    coordinates, told = POLYGONS[name]
    made = areas_job(tmp_path, [feature(box(0, 0, 5, 5)), feature(coordinates, "AAA-2")])
    assert run(made, store, tmp_path).state is RunState.FAILED
    ((rule, found),) = rejections(store).values()
    assert rule in {"geometry", "format"}
    assert told in found
    assert read.newest_boundaries(store) is None


@pytest.mark.parametrize(
    ("features", "rule"),
    [
        ([], "empty"),
        ([feature(box(0, 0, 5, 5)), feature(box(5, 0, 9, 5))], "area code"),
        ([feature(box(0, 0, 5, 5), country="ZZZ")], "area parent"),
    ],
)
def test_boundaries_that_do_not_nest_are_refused(
    store: Store, tmp_path: Path, features: list[dict[str, Any]], rule: str
) -> None:
    assert run(areas_job(tmp_path, features), store, tmp_path).state is RunState.FAILED
    assert next(iter(rejections(store).values()))[0] == rule
    assert read.newest_boundaries(store) is None


def test_boundaries_that_are_right_are_taken_once(store: Store, tmp_path: Path) -> None:
    made = areas_job(tmp_path, [feature(box(0, 0, 5, 5))])
    assert run(made, store, tmp_path).state is RunState.DONE
    assert run(made, store, tmp_path).state is RunState.NOTHING_NEW
    # Other bytes, the same areas: a file packed anew is not a new set.
    file = tmp_path / "files" / "areas.geojson"
    file.write_text(file.read_text() + "\n")
    assert run(made, store, tmp_path).state is RunState.NOTHING_NEW
    assert ask(store, "SELECT count(*) FROM app.boundaries") == [(1,)]


# --- layers beside each other ------------------------------------------------------------------


def test_a_layer_that_lies_below_what_it_must_hold_is_refused(store: Store, shelf: Path) -> None:
    deep = replace(cube(), variable="soc_stock_0_100cm")
    more = GOOD.copy()
    more[GOOD != NODATA] += 30
    wrong = more.copy()
    wrong[10, 3:6] = 1
    raster(shelf / "files" / "top.tif")
    raster(shelf / "files" / "more.tif", more)
    raster(shelf / "files" / "wrong.tif", wrong)
    top = layer("top.tif", 2000, at_most=deep)
    below = {"cube": deep, "median": None, "at_least": cube()}
    assert run(job(files("wrong.tif"), layer("wrong.tif", 2001, **below)), store, shelf).taken == 1
    assert run(job(files("top.tif"), top), store, shelf).taken == 1
    ended = run(job(files("wrong.tif"), layer("wrong.tif", 2000, **below)), store, shelf)
    assert ended.taken == 0
    assert "order: 3 of 640 cells lie below made_up.soc_stock_0_30cm" in ended.detail
    few = layer("wrong.tif", 2000, max_crossing_share=0.005, **below)
    assert run(job(files("wrong.tif"), few), store, shelf).taken == 1
    # The other way round, when it is the upper one that comes later.
    raster(shelf / "files" / "higher.tif", np.where(GOOD == NODATA, GOOD, GOOD + 200))
    higher = layer("higher.tif", 2000, median=None, at_most=deep)
    ended = run(job(files("higher.tif"), higher), store, shelf)
    assert "lie above made_up.soc_stock_0_100cm" in ended.detail
