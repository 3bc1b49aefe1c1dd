"""Levels of a slice: written with it, from its own blocks, and part of what is checked of it."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasterio.transform import Affine
from sqlalchemy import text

from soc_monitor.aggregate import row_area
from soc_monitor.errors import ArrayDamaged
from soc_monitor.model import Cube, DataClass, Freq, Grid, RunState, Slice
from soc_monitor.runs.closing import close_blocks
from soc_monitor.runs.levels import finish
from soc_monitor.runs.verify import verify
from soc_monitor.store import arrays, intake, levels, read_slices, runs
from soc_monitor.store.levels import MEAN, SHARE, WHOLE, class_plane
from soc_monitor.store.store import Store

from .made_up import NODATA, ask, cube, files, job, layer, nothing_left, raster, run

GRID = Grid(nx=3200, ny=1400, west=-20, south=20, east=12, north=34)
"""A part of the world in cells of 0.01 degrees: the smallest that has two levels, cut unevenly."""
FACTORS = (4, 12)


@cache
def field() -> np.ndarray[Any, Any]:
    drawn = np.random.default_rng(1)
    values = drawn.integers(30, 90, GRID.shape).astype(np.int16)
    values[drawn.random(GRID.shape) < 0.4] = NODATA
    values[100:200, 300:420] = NODATA
    values.flags.writeable = False
    return values


def reference(values: np.ndarray[Any, Any], factor: int) -> tuple[Any, Any]:
    """Mean and valid share of each square of the whole field, padded to whole squares."""
    valid = values != NODATA
    area = np.broadcast_to(row_area(GRID)[:, None], values.shape)
    rows, columns = (-(-n // factor) for n in values.shape)

    def total(cells: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        padded = np.zeros((rows * factor, columns * factor))
        padded[: cells.shape[0], : cells.shape[1]] = cells
        found: np.ndarray[Any, Any] = padded.reshape(rows, factor, columns, factor).sum((1, 3))
        return found

    held = total(area * valid)
    with np.errstate(invalid="ignore"):
        return total(area * valid * values) / held, held / total(area)


def check(store: Store, piece: Slice, values: np.ndarray[Any, Any]) -> None:
    for factor in FACTORS:
        mean, share = reference(values, factor)
        stored = levels.read_plane(store, piece, factor, MEAN)
        empty = np.isnan(mean)
        assert np.array_equal(stored == NODATA, empty)
        assert np.abs(stored[~empty] - mean[~empty]).max() <= 0.5 + 1e-9, "to the stored step"
        found = levels.read_plane(store, piece, factor, SHARE)
        assert np.abs(found / WHOLE - share).max() <= 0.5 / WHOLE + 1e-12


def newest(store: Store) -> list[Slice]:
    return read_slices.newest_slices(store, product="made_up")


def test_a_raster_is_taken_with_its_levels(store: Store, shelf: Path) -> None:
    values = field()
    raster(
        shelf / "files" / "fine.tif", values, transform=Affine(0.01, 0, -20, 0, -0.01, 34),
        compress="deflate",
    )  # fmt: skip
    made = job(files("fine.tif"), layer("fine.tif", 2000, cube=cube(GRID)))
    ended = run(made, store, shelf)
    assert (ended.state, ended.taken) == (RunState.DONE, 1), ended.detail
    (piece,) = newest(store)
    check(store, piece, values)
    assert np.array_equal(arrays.read_window(store, piece), values)
    assert nothing_left(store)
    # Again is no work, and what is there is what was there.
    assert run(made, store, shelf).taken == 0
    assert newest(store) == [piece]


def test_a_grid_that_is_in_memory_at_once_has_no_levels(store: Store, shelf: Path) -> None:
    run(job(files("good.tif"), layer("good.tif", 2000)), store, shelf)
    (piece,) = newest(store)
    assert sorted(path.name for path in (store.arrays / piece.path).iterdir()) == ["c", "zarr.json"]
    assert levels.coarsest(store, piece, 1000.0) == 1


@contextmanager
def a_run(store: Store) -> Iterator[runs.OpenRun]:
    now = datetime.now(UTC)
    with runs.open_run(store, "made_up", now, job_version="1", code_version="1") as opened:
        yield opened
        opened.taken = 1


@pytest.fixture
def feed(store: Store) -> Store:
    query = text(
        "INSERT INTO app.feeds (id, title, licence, citation, link, notes, schedule)"
        " VALUES ('made_up', '{}', '', '', '', '{}', '')"
    )
    with store.engine.begin() as connection:
        connection.execute(query)
    return store


def put(
    store: Store, made: Cube, values: np.ndarray[Any, Any], period: date, *, level: bool = True
) -> None:
    """Write a slice chunk by chunk from the south, as blocks of a model may come."""
    path, array = arrays.create(store, made, period)
    for top in reversed(range(0, GRID.ny, 1080)):
        array[top : top + 1080] = values[top : top + 1080]
    checksum = finish(store, path, made) if level else arrays.seal(store, path)
    piece = intake.NewSlice(
        cube=made, period=period, period_end=period, path=path, checksum=checksum,
        valid_cells=1, median=None,
    )  # fmt: skip
    with a_run(store) as opened:
        intake.add_slices(store, opened, [piece], None)


def test_what_is_filled_in_any_order_has_the_same_levels(feed: Store) -> None:
    values = field()
    put(feed, cube(GRID), values, date(2000, 1, 1))
    (piece,) = newest(feed)
    check(feed, piece, values)


@pytest.mark.parametrize("harm", ["flip", "remove"])
def test_a_damaged_level_is_told_and_found_by_verify(feed: Store, harm: str) -> None:
    put(feed, cube(GRID), field(), date(2000, 1, 1))
    (piece,) = newest(feed)
    assert list(verify(feed)) == []
    chunk = feed.arrays / piece.path / "levels" / "12" / MEAN / "c" / "0" / "0"
    if harm == "flip":
        content = bytearray(chunk.read_bytes())
        content[len(content) // 2] ^= 0xFF
        chunk.write_bytes(content)
    else:
        chunk.unlink()
    with pytest.raises(ArrayDamaged, match="level 12"):
        levels.read_plane(feed, piece, 12, MEAN)
    assert any("changed since" in line for line in verify(feed))


def test_levels_of_a_run_that_died_go_with_their_array(feed: Store) -> None:
    path, array = arrays.create(feed, cube(GRID), date(2000, 1, 1))
    array[:] = field()
    finish(feed, path, cube(GRID))
    arrays.discard(feed, path)
    assert not (feed.arrays / path).exists()
    assert ask(feed, "SELECT count(*) FROM app.slices") == [(0,)]


def of_months(year: int, *, without: int | None = None) -> Iterator[tuple[date, Any, bool]]:
    for month in range(1, 13):
        # Of few values, so that twelve of them are packed in a moment.
        values = np.where(field() == NODATA, NODATA, month).astype(np.int16)
        yield date(year, month, 1), values, month != without


@pytest.mark.parametrize("without", [None, 7])
def test_a_closed_year_has_the_levels_of_its_months(feed: Store, without: int | None) -> None:
    monthly = Cube(
        product="made_up", variable="moisture", unit="1", freq=Freq.MONTH, grid=GRID,
        data_class=DataClass.OBSERVED, dtype="int16", fill=NODATA,
    )  # fmt: skip
    for period, values, level in of_months(2023, without=without):
        put(feed, monthly, values, period, level=level)
    before = newest(feed)
    with a_run(feed) as opened:
        assert close_blocks(feed, opened, before, date(2024, 3, 1)) == 1
    after = newest(feed)
    assert [piece.step for piece in after] == list(range(12))
    if without is not None:
        # A month of before there were levels: the block is read cell by cell.
        assert {levels.coarsest(feed, piece, 1e3) for piece in after} == {1}
        return
    for old, piece in zip(before, after, strict=True):
        assert levels.coarsest(feed, piece, 1e3) == 12
        for factor in FACTORS:
            for name in (MEAN, SHARE):
                expected = levels.read_plane(feed, old, factor, name)
                assert np.array_equal(levels.read_plane(feed, piece, factor, name), expected)
    assert list(verify(feed)) == []


def test_a_level_of_classes_has_the_share_of_each(feed: Store) -> None:
    classes = Cube(
        product="made_up", variable="land_cover", unit="1", freq=Freq.YEAR, grid=GRID,
        data_class=DataClass.OBSERVED, dtype="int16", fill=NODATA, classes={3: "three", -1: "lost"},
    )  # fmt: skip
    values = np.random.default_rng(3).choice([3, -1, NODATA], GRID.shape).astype(np.int16)
    put(feed, classes, values, date(2000, 1, 1))
    (piece,) = newest(feed)
    for factor in FACTORS:
        for code in classes.classes:
            _, share = reference(np.where(values == code, 1, NODATA), factor)
            found = levels.read_plane(feed, piece, factor, class_plane(code))
            assert np.abs(found / WHOLE - share).max() <= 0.5 / WHOLE + 1e-12

    named = replace(piece, cube=replace(classes, classes={3: "three", -1: "lost", 4: "new"}))
    assert levels.coarsest(feed, named, math.inf) == 1, "its level knows nothing of the new class"


@pytest.mark.parametrize(
    ("cells", "level"), [(0.0, 1), (3.9, 1), (4.0, 4), (11.0, 4), (12.0, 12), (math.inf, 12)]
)
def test_the_coarsest_level_within_a_pixel_is_taken(feed: Store, cells: float, level: int) -> None:
    put(feed, cube(GRID), np.full(GRID.shape, 50, np.int16), date(2000, 1, 1))
    (piece,) = newest(feed)
    assert levels.coarsest(feed, piece, cells) == level
