"""Tiles from levels: the colours of all cells in a pixel, not of the one that is hit."""

import io
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from PIL import Image

from soc_monitor.indicators import load_indicators
from soc_monitor.maps import many
from soc_monitor.maps.cells import cell_at
from soc_monitor.maps.doubt import Style, grid_doubt_tile
from soc_monitor.maps.held import Array, Held
from soc_monitor.maps.image import clear
from soc_monitor.maps.mercator import pixel_centres
from soc_monitor.maps.sheet import Sheet, column_of, find_sheet, row_of, sample
from soc_monitor.maps.tiles import grid_tile
from soc_monitor.model import Freq, Grid, Slice
from soc_monitor.runs.levels import finish
from soc_monitor.store.store import Store

from .conftest import Write

GRID = Grid(nx=4320, ny=2160)
STOCK = load_indicators()["soc_stock_0_30cm"]
FILL = -1


def land(*, noise: float = 0.0) -> Array:
    """Continents of smooth soils, with a coast that winds; and what changes from cell to cell."""
    lat = np.linspace(90, -90, GRID.ny)[:, None]
    lon = np.linspace(-180, 180, GRID.nx)[None, :]
    wave = np.sin(np.radians(3 * lon) + 0.3 * np.sin(np.radians(11 * lat)))
    values = 600 + 5 * np.abs(lat) + 60 * wave
    values += noise * np.random.default_rng(2).normal(size=GRID.shape)
    return np.where(wave + np.cos(np.radians(2 * lat)) > 0.2, values, FILL).astype(np.int16)


def piece_of(
    shelf: Store, write: Write, values: Array, *, levels: bool = True, **other: object
) -> Slice:
    kept: dict[str, object] = {"dtype": "int16", "scale": 0.1, "fill": FILL, **other}
    made = write(values, grid=GRID, **kept)
    return replace(made, checksum=finish(shelf, made.path, made.cube)) if levels else made


def classes(content: bytes) -> Array:
    return np.asarray(Image.open(io.BytesIO(content)))


def from_all_cells(values: Array, tile: tuple[int, int, int], factor: int) -> Array:
    """Class of each pixel, from a mean that is counted over the whole grid in one go."""
    lons, lats = pixel_centres(*tile)
    squares = np.where(values == FILL, np.nan, values * 0.1).reshape(
        GRID.ny // factor, factor, GRID.nx // factor, factor
    )
    weight = np.broadcast_to(
        np.cos(np.radians(90 - (np.arange(GRID.ny) + 0.5) * GRID.dy)).reshape(-1, factor, 1, 1),
        squares.shape,
    )
    valid = np.isfinite(squares)
    held = (weight * valid).sum((1, 3))
    with np.errstate(invalid="ignore"):
        mean = (np.nan_to_num(squares) * weight).sum((1, 3)) / held
    mean[held < 0.5 * weight.sum((1, 3))] = np.nan
    seen = mean[np.ix_(row_of(GRID, lats) // factor, column_of(GRID, lons) // factor)]
    found = np.searchsorted(np.array(STOCK.scale.breaks), seen, side="right")
    return np.where(np.isnan(seen), clear(STOCK.scale), found)


@pytest.mark.parametrize(("tile", "factor"), [((0, 0, 0), 12), ((1, 1, 0), 4), ((2, 2, 1), 4)])
@pytest.mark.parametrize("held", [1 << 10, 256 << 20])
def test_a_tile_has_the_colours_of_the_means_of_all_cells(
    shelf: Store, write: Write, tile: tuple[int, int, int], factor: int, held: int
) -> None:
    values = land(noise=150.0)
    sheet = Sheet(STOCK, (piece_of(shelf, write, values),), None)
    found = classes(grid_tile(shelf, Held(held), sheet, *tile))
    expected = from_all_cells(values, tile, factor)
    # A mean beside a limit may fall on its other side: it is stored to a tenth of a tonne.
    assert (found == expected).mean() > 0.98
    drawn = (found < len(STOCK.scale.colours)) & (expected < len(STOCK.scale.colours))
    assert np.abs(found[drawn].astype(int) - expected[drawn]).max() <= 1
    assert ((found == clear(STOCK.scale)) == (expected == clear(STOCK.scale))).mean() > 0.999


def test_where_neighbours_are_alike_the_map_is_the_one_of_the_cells(
    shelf: Store, write: Write
) -> None:
    values = land()
    cells = Sheet(STOCK, (piece_of(shelf, write, values, levels=False),), None)
    coarse = Sheet(STOCK, (piece_of(shelf, write, values),), None)
    for tile in ((0, 0, 0), (1, 0, 0), (2, 1, 1)):
        one, other = (
            classes(grid_tile(shelf, Held(256 << 20), sheet, *tile)) for sheet in (cells, coarse)
        )
        assert (one == other).mean() > 0.97, "all but the pixels of coasts and of limits"


def test_deep_tiles_and_single_cells_are_those_of_the_array(shelf: Store, write: Write) -> None:
    values = land(noise=150.0)
    held = Held(256 << 20)
    cells = Sheet(STOCK, (piece_of(shelf, write, values, levels=False),), None)
    coarse = Sheet(STOCK, (piece_of(shelf, write, values),), None)
    for tile in ((4, 8, 5), (7, 70, 40)):
        assert grid_tile(shelf, held, cells, *tile) == grid_tile(shelf, held, coarse, *tile)
    assert cell_at(shelf, held, cells, 12.3, 45.6) == cell_at(shelf, held, coarse, 12.3, 45.6)


def test_a_low_tile_opens_no_chunk_of_the_array(shelf: Store, write: Write) -> None:
    piece = piece_of(shelf, write, land())
    (shelf.arrays / piece.path / "c").rename(shelf.arrays / piece.path / "elsewhere")
    sheet = Sheet(STOCK, (piece,), None)
    assert (classes(grid_tile(shelf, Held(1 << 10), sheet, 0, 0, 0)) < 7).any()


def test_doubt_of_many_cells_is_the_doubt_that_they_have(shelf: Store, write: Write) -> None:
    values = land()
    certain, doubtful = values // 50, values
    halves = np.where(np.arange(GRID.nx) < GRID.nx // 2, certain, doubtful)
    errors = piece_of(
        shelf, write, np.where(values == FILL, FILL, halves), variable="soc_stock_0_30cm_sd"
    )
    sheet = Sheet(STOCK, (piece_of(shelf, write, values),), errors)
    tile = grid_doubt_tile(shelf, Held(256 << 20), sheet, Style.MASK, (0, 0, 0), signed=False)
    seen = classes(tile) > 0
    assert not seen[:, :127].any()
    assert seen[:, 129:].any()


def test_a_pixel_of_classes_has_the_share_of_its_land(shelf: Store, write: Write) -> None:
    degraded = load_indicators()["sdg_soc_degraded_0_30cm"]
    drawn = np.random.default_rng(4)
    # A twentieth is lost, everywhere alike; the cell that a pixel hits would be all or nothing.
    values = np.where(drawn.random(GRID.shape) < 0.05, -1.0, 0.0)
    values[:, : GRID.nx // 2] = np.nan
    made = write(values, grid=GRID, variable="sdg_soc_class_0_30cm")
    cube = replace(made.cube, classes={-1: "degraded", 0: "stable", 1: "improved"})
    piece = replace(made, cube=cube, checksum=finish(shelf, made.path, cube))
    sheet = Sheet(degraded, (piece,), None)
    lons, lats = np.array([-90.0, 20.0, 90.0]), np.array([45.0, -30.0])
    found = sample(shelf, Held(256 << 20), sheet, lons, lats, pixel=1.4)
    inside = (row_of(GRID, lats) // 12 * 12)[:, None], (column_of(GRID, lons) // 12 * 12)[None, :]
    for i, j in np.ndindex(2, 3):
        y, x = inside[0][i, 0], inside[1][0, j]
        square = values[y : y + 12, x : x + 12]
        share = np.nan if np.isnan(square).all() else 100 * (square == -1).mean()
        np.testing.assert_allclose(found[i, j], share, atol=0.1)
    cells = sample(shelf, Held(256 << 20), sheet, lons, lats)
    assert set(cells[:, 1:].ravel()) <= {0.0, 100.0}


def test_a_plane_of_shares_is_held_when_it_fits_as_it_is_stored(shelf: Store, write: Write) -> None:
    degraded = load_indicators()["sdg_soc_degraded_0_30cm"]
    made = write(
        np.ones(GRID.shape), grid=GRID, variable="sdg_soc_class_0_30cm", dtype="uint8", fill=255
    )
    cube = replace(made.cube, classes={1: "degraded", 2: "stable"})
    piece = replace(made, cube=cube, checksum=finish(shelf, made.path, cube))
    sheet = Sheet(degraded, (piece,), None)
    lons, lats = np.array([-90.0, 20.0]), np.array([45.0, -30.0])
    plane = (GRID.ny // 12) * (GRID.nx // 12) * 2
    for limit, kept in ((4 * plane, True), (4 * plane - 4, False)):
        held = Held(limit)
        sample(shelf, held, sheet, lons, lats, pixel=1.4)
        assert (held.nbytes > 0) is kept


@pytest.mark.parametrize("held", [1 << 10, 256 << 20])
def test_a_change_is_drawn_from_the_levels_of_all_its_dates(
    shelf: Store, write: Write, held: int
) -> None:
    first = land()
    last = np.where(first == FILL, FILL, first + 40).astype(np.int16)
    pieces = [
        piece_of(shelf, write, values, period=date(year, 1, 1))
        for year, values in ((1990, first), (2010, last))
    ]
    change = load_indicators()["soc_change_0_30cm"]
    sheet = find_sheet(pieces, change, "p", date(2010, 1, 1))
    lons, lats = pixel_centres(1, 1, 0)
    found = sample(shelf, Held(held), sheet, lons, lats, 4 * GRID.dx)
    stock = sample(shelf, Held(held), Sheet(STOCK, (pieces[1],), None), lons, lats, 4 * GRID.dx)
    assert np.array_equal(np.isnan(found), np.isnan(stock))
    assert not np.isnan(found).all()
    assert np.nanmax(np.abs(found - 4.0 / 20)) < 0.011, "means are stored to a tenth of a tonne"


def test_a_pixel_of_ranks_is_the_mean_of_the_ranks_of_its_cells(
    shelf: Store, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid, box = Grid(nx=3072, ny=1368), np.s_[600:672, 1200:1272]
    noise = np.random.default_rng(3)
    pieces = []
    for year in range(2010, 2021):
        wet = np.full(grid.shape, FILL, np.int16)
        # Neighbours go their own ways, and the last year is drier than most in all of them.
        wet[box] = noise.integers(100, 300, (72, 72)) - 60 * (year == 2020)
        piece = write(
            wet, grid=grid, variable="soil_moisture_0_5cm", period=date(year, 7, 1),
            freq=Freq.MONTH, dtype="int16", scale=0.001, fill=FILL,
        )  # fmt: skip
        sealed = finish(shelf, piece.path, piece.cube)
        pieces.append(replace(piece, checksum=sealed, period_end=date(year, 7, 31)))
    rank = load_indicators()["moisture_percentile_0_5cm"]
    sheet = find_sheet(pieces, rank, "p", date(2020, 7, 1))
    lons = grid.west + (np.arange(1200, 1272) + 0.5) * grid.dx
    lats = grid.north - (np.arange(600, 672) + 0.5) * grid.dy
    cells = sample(shelf, Held(1 << 20), sheet, lons, lats)
    drawn = sample(shelf, Held(1 << 20), sheet, lons[6::12], lats[6::12], 12 * grid.dx)
    squares = cells.reshape(6, 12, 6, 12).mean((1, 3))
    assert 20 < squares.min() < squares.max() < 40
    assert drawn == pytest.approx(squares, abs=0.05), "as that of an area is"
    beside = sample(shelf, Held(1 << 20), sheet, lons[:1] - 20, lats[:1], 12 * grid.dx)
    assert np.isnan(beside).all()
    # Of too many cells means are ranked, of squares as small as may be: here of all in a pixel.
    monkeypatch.setattr(many, "MOST", 1)
    coarse = sample(shelf, Held(1 << 20), sheet, lons[6::12], lats[6::12], 12 * grid.dx)
    assert coarse.max() < squares.min()


def test_a_pixel_of_what_is_computed_is_the_mean_of_its_cells(shelf: Store, write: Write) -> None:
    grid, box = Grid(nx=3072, ny=1368), np.s_[600:612, 1200:1212]
    noise = np.random.default_rng(5)
    before = np.full(grid.shape, FILL, np.int16)
    before[box] = noise.integers(300, 900, (12, 12))
    now = np.where(before == FILL, FILL, before - 50).astype(np.int16)
    now[before > 600] = FILL  # The rich cells are not known today: means of each are of other land.
    pieces = []
    for name, values in (("", now), ("_no_land_use", before)):
        piece = write(
            values, grid=grid, variable=f"soc_stock{name}_0_30cm", period=date(2010, 1, 1),
            dtype="int16", scale=0.1, fill=FILL,
        )  # fmt: skip
        pieces.append(replace(piece, checksum=finish(shelf, piece.path, piece.cube)))
    sheet = find_sheet(pieces, load_indicators()["soc_debt_0_30cm"], "p", date(2010, 1, 1))
    lon, lat = grid.west + 1206 * grid.dx, grid.north - 606 * grid.dy
    drawn = sample(shelf, Held(1 << 20), sheet, np.array([lon]), np.array([lat]), 12 * grid.dx)
    assert drawn == pytest.approx(np.array([[5.0]]), abs=1e-6)
