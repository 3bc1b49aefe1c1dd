"""What sources send wrongly: each is refused by name, nothing of it is seen, the rest is taken.

The rasters are made here; what is wrong with each is one line in a table.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import (
    IngestJob,
    Run,
    RunState,
    SnapEdges,
)
from soc_monitor.store import arrays, read_slices
from soc_monitor.store.store import Store, open_store

from .made_up import (
    GOOD,
    GOOD_JOB,
    NODATA,
    NORTH_UP,
    arrays_on_disk,
    ask,
    cube,
    files,
    job,
    layer,
    nothing_left,
    raster,
    rejections,
    run,
)


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
    "empty": (Path.touch, {}, "size", "0 bytes"),
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
    found = {
        s.period.year - 1900 - len(FAULTS): s for s in read_slices.newest_slices(outcome.store)
    }
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
        if not content:
            assert found == "", "there are no bytes to be named"
            continue
        assert hashlib.sha256(content).hexdigest() == found


def test_a_source_that_mends_its_file_is_taken_by_the_next_run(outcome: Outcome) -> None:
    name = "cut in the middle.tif"
    (outcome.folder / "files" / name).unlink()
    # Not the bytes of another period: those would wait for an operator's word.
    raster(outcome.folder / "files" / name, np.where(GOOD == NODATA, NODATA, GOOD + 1))
    only = replace(
        outcome.job,
        feed=ShelfFeed(folder="files", keys=(name,), version="1"),
        layers=tuple(one for one in outcome.job.layers if one.item == name),
    )
    ended = run(only, outcome.store, outcome.folder)
    assert (ended.state, ended.taken, ended.rejected) == (RunState.DONE, 1, 0)
    again = run(only, outcome.store, outcome.folder)
    assert (again.state, again.taken) == (RunState.NOTHING_NEW, 0)


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
    assert ended.state is RunState.REFUSED
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
    (newest,) = read_slices.newest_slices(store)
    assert newest.version == 2
    assert arrays.read_window(store, newest)[17, 35] == GOOD[17, 35] + 1


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
