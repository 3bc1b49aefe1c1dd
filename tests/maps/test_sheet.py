"""Cells of maps: the right ones, in the right unit, or an error that says so."""

import shutil
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from soc_monitor.errors import ArrayDamaged, UnknownPeriod, UnknownProduct
from soc_monitor.indicators import load_indicators
from soc_monitor.maps.cells import cell_at
from soc_monitor.maps.held import Held
from soc_monitor.maps.sheet import (
    Sheet,
    cell_scale,
    column_of,
    find_sheet,
    row_of,
    sample,
)
from soc_monitor.maps.tiles import grid_tile
from soc_monitor.model import Freq, Grid
from soc_monitor.model.period import last_day
from soc_monitor.store.store import Store

from .conftest import GRID, Write

STOCK = load_indicators()["soc_stock_0_30cm"]
NUMBERS = np.arange(32.0).reshape(4, 8)


@pytest.mark.parametrize(
    "grid",
    [
        Grid(nx=36, ny=18),
        Grid(nx=4320, ny=2160),
        Grid(nx=7, ny=5, west=-10, south=-5, east=25, north=20),
        Grid(nx=360, ny=100, west=0, south=-30, east=360, north=70),
    ],
)
def test_each_cell_s_centre_is_in_it_and_its_edges_begin_it(grid: Grid) -> None:
    rows, columns = np.arange(grid.ny), np.arange(grid.nx)
    lats = grid.north - (rows + 0.5) * (grid.north - grid.south) / grid.ny
    lons = grid.west + (columns + 0.5) * (grid.east - grid.west) / grid.nx

    assert (row_of(grid, lats) == rows).all()
    assert (column_of(grid, lons) == columns).all()
    assert (column_of(grid, lons - 360) == columns).all(), "once round the globe"
    assert row_of(grid, np.array([grid.north, grid.south])).tolist() == [0, grid.ny - 1]


def test_what_is_outside_of_a_regional_grid_is_in_no_cell(shelf: Store, write: Write) -> None:
    grid = Grid(nx=2, ny=2, west=-10, south=0, east=10, north=20)
    piece = write(np.array([[1.0, 2.0], [3.0, 4.0]]), grid=grid)
    sheet = Sheet(STOCK, (piece,), None)

    found = sample(shelf, Held(1 << 20), sheet, np.array([-11.0, -5, 5, 11]), np.array([21.0, 5]))

    np.testing.assert_array_equal(found, [[np.nan] * 4, [np.nan, 3, 4, np.nan]])
    assert cell_at(shelf, Held(1 << 20), sheet, 50, 5) is None
    assert cell_at(shelf, Held(1 << 20), sheet, 5, -5) is None


def test_whole_numbers_are_scaled_and_their_fill_is_no_data(shelf: Store, write: Write) -> None:
    piece = write(np.where(NUMBERS == 9, 65535, NUMBERS), dtype="uint16", scale=0.1, fill=65535)
    sheet = Sheet(STOCK, (piece,), None)

    cell = cell_at(shelf, Held(1 << 20), sheet, -180, 90)
    assert cell is not None
    assert (cell.row, cell.column, cell.value) == (0, 0, 0.0)
    lons = np.array([-180 + 45 * 1.5, -180 + 45 * 2.5])
    found = sample(shelf, Held(1 << 20), sheet, lons, np.array([90 - 45 * 1.5]))
    np.testing.assert_allclose(found, [[np.nan, 1.0]], rtol=1e-6)


def test_arrays_too_large_to_keep_are_read_in_parts_with_the_same_result(
    shelf: Store, write: Write
) -> None:
    sheet = Sheet(STOCK, (write(NUMBERS * 5),), None)
    small, large = Held(16), Held(1 << 20)

    for tile in ((0, 0, 0), (2, 3, 1)):
        assert grid_tile(shelf, small, sheet, *tile) == grid_tile(shelf, large, sheet, *tile)
    assert small.nbytes == 0
    assert large.nbytes == 32 * 4


def test_cubes_of_two_grids_are_compared_place_by_place(shelf: Store, write: Write) -> None:
    debt = load_indicators()["soc_debt_0_30cm"]
    now = write(NUMBERS)
    coarse = Grid(nx=4, ny=2)
    before = write(
        np.full((2, 4), 40.0),
        variable="soc_stock_no_land_use_0_30cm",
        grid=coarse,
        freq=Freq.STATIC,
        period=date(1800, 1, 1),
    )
    sheet = find_sheet([before, now], debt, "p", date(2010, 1, 1))

    assert sheet.inputs == (now, before)
    found = sample(shelf, Held(1 << 20), sheet, np.array([-170.0, 170.0]), np.array([80.0]))
    assert found.tolist() == [[40.0, 33.0]]


def test_a_static_cube_alone_holds_for_every_period(write: Write) -> None:
    piece = write(NUMBERS, freq=Freq.STATIC)

    assert find_sheet([piece], STOCK, "p", date(1999, 1, 1)).inputs == (piece,)


def test_what_looks_back_is_counted_from_the_months_up_to_it(shelf: Store, write: Write) -> None:
    bare = load_indicators()["bare_soil_days"]
    months = [date(2020 + k // 12, k % 12 + 1, 1) for k in range(13)]
    pieces = [
        write(np.full((4, 8), 0.1 if k < 4 else 0.8), variable="ndvi", period=month,
              freq=Freq.MONTH)
        for k, month in enumerate(months)
    ]  # fmt: skip
    product = pieces[0].cube.product
    lons, lats = np.array([0.0]), np.array([10.0])
    sheet = find_sheet(pieces, bare, product, months[-1])
    assert sample(shelf, Held(1 << 20), sheet, lons, lats).round(1).tolist() == [[100.0]]
    early = find_sheet(pieces, bare, product, months[5])
    assert np.isnan(sample(shelf, Held(1 << 20), early, lons, lats)).all()


def test_a_monthly_change_reads_its_steps_once_for_all_tiles_of_a_block(
    shelf: Store, write: Write
) -> None:
    months = [date(2020 + k // 12, k % 12 + 1, 1) for k in range(40)]
    fields = 50 + np.random.default_rng(1).normal(0, 1, (40, 4, 8)).cumsum(0)
    fields[20, 1, 2] = np.nan
    pieces = [
        replace(write(one, period=month, freq=Freq.MONTH), period_end=last_day(f"{month:%Y-%m}"))
        for month, one in zip(months, fields, strict=True)
    ]
    sheet = find_sheet(pieces, load_indicators()["soc_change_0_30cm"], "p", months[-1])
    assert len(sheet.record) == 40
    lons, lats = -180 + 45 * (np.arange(8) + 0.5), 90 - 45 * (np.arange(4) + 0.5)
    ends = np.array([fields[k : k + 12].mean(0) for k in range(29)])
    slope = np.polyfit(np.arange(29) / 12, np.nan_to_num(ends).reshape(29, -1), 1)[0]
    expected = np.where(np.isnan(ends).any(0), np.nan, slope.reshape(4, 8))

    held, small = Held(1 << 20), Held(16)
    for one in (small, held):
        found = sample(shelf, one, sheet, lons, lats)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
        found = sample(shelf, one, sheet, lons[[1, 6]], lats[[3]])
        np.testing.assert_allclose(found, expected[[3]][:, [1, 6]], rtol=1e-4, atol=1e-5)
    assert (small.nbytes, held.nbytes) == (0, 2 * 32 * 8), "base and gain, and no step"

    for piece in pieces:
        shutil.rmtree(shelf.arrays / piece.path)
    again = sample(shelf, held, sheet, lons[:3], lats)
    np.testing.assert_allclose(again, expected[:, :3], rtol=1e-4, atol=1e-5)
    with pytest.raises(ArrayDamaged):
        sample(shelf, small, sheet, lons[:3], lats)


def test_what_is_missing_is_named(write: Write) -> None:
    piece = write(NUMBERS)

    with pytest.raises(UnknownProduct, match="other has no map"):
        find_sheet([piece], STOCK, "other", date(2010, 1, 1))
    with pytest.raises(UnknownPeriod) as told:
        find_sheet([piece], STOCK, "p", date(2011, 1, 1))
    assert told.value.allowed == ("2010-01-01",)


def test_errors_of_cells_are_those_of_the_same_period(shelf: Store, write: Write) -> None:
    piece = write(NUMBERS)
    other = write(NUMBERS, variable="soc_stock_0_30cm_sd", period=date(1990, 1, 1))
    same = write(NUMBERS / 10, variable="soc_stock_0_30cm_sd")

    assert find_sheet([piece, other], STOCK, "p", date(2010, 1, 1)).errors is None
    sheet = find_sheet([piece, other, same], STOCK, "p", date(2010, 1, 1))
    cell = cell_at(shelf, Held(1 << 20), sheet, 179, -89)
    assert cell is not None
    assert cell.value == 31.0
    assert cell.std_error == pytest.approx(3.1)


@pytest.mark.parametrize("harm", ["flip", "cut", "remove", "gone"])
def test_a_damaged_array_is_told_and_never_drawn(shelf: Store, write: Write, harm: str) -> None:
    piece = write(NUMBERS)
    root = shelf.arrays / piece.path
    (chunk,) = (root / "c").rglob("0/0")
    content = bytearray(chunk.read_bytes())
    if harm == "flip":
        content[len(content) // 2] ^= 0xFF
        chunk.write_bytes(content)
    elif harm == "cut":
        chunk.write_bytes(content[:-9])
    elif harm == "remove":
        chunk.unlink()
    else:
        root.rename(root.with_name("elsewhere"))

    for held in (Held(16), Held(1 << 20)):
        with pytest.raises(ArrayDamaged):
            grid_tile(shelf, held, Sheet(STOCK, (piece,), None), 0, 0, 0)


def test_a_total_has_the_cell_classes_of_its_stock_and_a_debt_total_of_its_debt() -> None:
    known = load_indicators()

    assert cell_scale(known["soc_total_0_30cm"]) == STOCK.scale
    assert cell_scale(known["soc_total_0_100cm"]) == known["soc_stock_0_100cm"].scale
    assert cell_scale(known["soc_debt_total_0_30cm"]) == known["soc_debt_0_30cm"].scale
    assert GRID.shape == (4, 8)
