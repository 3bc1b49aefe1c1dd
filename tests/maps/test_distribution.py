"""How a stock lies within a shape, against cells that are sorted and added up one by one."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soc_monitor.aggregate import row_area
from soc_monitor.aggregate.histogram import STEP
from soc_monitor.errors import OutsideGrid, TooMuchToRead
from soc_monitor.maps import distribution
from soc_monitor.maps.distribution import COVERS, SHARES, bound, nearest_cover, spreads
from soc_monitor.model import Freq, Grid
from soc_monitor.store.store import Store

from .conftest import GRID, Write

CROP, WOOD, LAKE, NOTHING = 10, 50, 210, 0
RNG = np.random.default_rng(11)
STOCK = RNG.uniform(5, 250, GRID.shape)
STOCK[0, :3] = np.nan
CODES = RNG.choice([CROP, WOOD, LAKE, NOTHING], GRID.shape)
AREA = np.broadcast_to(row_area(GRID)[:, None], GRID.shape)
WHOLE = shapely.box(-180, -90, 180, 90)


def by_hand(stock: np.ndarray, area: np.ndarray) -> tuple[float, float, float, list[float]]:
    """Mapped area, mean, total and quantiles: the least value that holds the share of the area."""
    some = ~np.isnan(stock)
    order = np.argsort(stock[some])
    values, weights = stock[some][order], area[some][order]
    below = np.cumsum(weights) / weights.sum()
    found = [float(values[np.searchsorted(below, share - 1e-12)]) for share in SHARES]
    total = float((values * weights).sum())
    return float(weights.sum()), total / float(weights.sum()), total, found


def test_all_of_it_and_each_land_cover_are_what_the_cells_add_up_to(
    shelf: Store, write: Write
) -> None:
    piece = write(STOCK)
    cover = write(CODES, variable="land_cover", dtype="uint8", fill=0, freq=Freq.YEAR)
    found = {one.cover: one for one in spreads(shelf, piece, cover, WHOLE)}
    assert set(found) == {"", "cropland", "forest", "water", "not_known"} <= {"", *COVERS}
    for name, code in (("", None), ("cropland", CROP), ("forest", WOOD), ("water", LAKE)):
        here = np.ones(GRID.shape, bool) if code is None else code == CODES
        mapped, mean, total, quantiles = by_hand(np.where(here, STOCK, np.nan), AREA)
        assert found[name].mapped_m2 == pytest.approx(mapped, rel=1e-9)
        assert found[name].mean == pytest.approx(mean, rel=1e-6)
        assert found[name].total == pytest.approx(total, rel=1e-6)
        np.testing.assert_allclose(found[name].quantiles, quantiles, atol=STEP / 2 + 1e-5)
    # The parts are all of it.
    parts = [one for name, one in found.items() if name]
    assert sum(one.total for one in parts) == pytest.approx(found[""].total, rel=1e-12)
    assert sum(one.mapped_m2 for one in parts) == pytest.approx(found[""].mapped_m2, rel=1e-12)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(west=st.floats(-170, 100), south=st.floats(-80, 40), size=st.floats(5, 45))
def test_quantiles_rise_and_hold_the_mean_between_them(
    shelf: Store, write: Write, west: float, south: float, size: float
) -> None:
    (one,) = spreads(shelf, write(STOCK), None, shapely.box(west, south, west + size, south + size))
    assert all(low <= high for low, high in pairwise(one.quantiles))
    assert np.nanmin(STOCK) - STEP <= one.quantiles[0]
    assert one.quantiles[-1] <= np.nanmax(STOCK) + STEP
    assert one.mean * one.mapped_m2 == pytest.approx(one.total)


def test_what_is_stored_as_whole_numbers_is_exact(shelf: Store, write: Write) -> None:
    stored = np.where(np.isnan(STOCK), -1, np.rint(STOCK * 10))
    piece = write(stored, dtype="int16", scale=0.1, fill=-1)
    (one,) = spreads(shelf, piece, None, None)
    expected = by_hand(np.where(stored < 0, np.nan, stored * 0.1), AREA)[3]
    assert one.quantiles == pytest.approx(expected, rel=1e-12)
    assert (bound(piece.cube), bound(write(STOCK).cube)) == (0.0, STEP / 2)


def test_land_cover_of_a_finer_grid_is_that_at_the_centre(shelf: Store, write: Write) -> None:
    finer = Grid(nx=24, ny=12)
    codes = np.repeat(np.repeat(CODES, 3, axis=0), 3, axis=1)
    off = codes.copy()
    off[::3], off[:, ::3] = CROP, CROP  # what does not lie at a centre does not count
    piece = write(STOCK)
    told = [
        spreads(shelf, piece, write(c, variable="land_cover", dtype="uint8", fill=0, grid=g), WHOLE)
        for c, g in ((CODES, GRID), (codes, finer), (off, finer))
    ]
    assert told[0] == told[1] == told[2]


def test_the_land_cover_is_that_of_the_time(write: Write) -> None:
    piece = write(STOCK, period=date(2015, 1, 1))
    maps = [
        write(
            CODES,
            variable="land_cover",
            dtype="uint8",
            fill=0,
            freq=Freq.YEAR,
            period=date(year, 1, 1),
        )
        for year in (2010, 2014, 2016, 2020)
    ]
    assert nearest_cover([piece, *maps], piece) == maps[1]
    assert nearest_cover([piece], piece) is None


def test_what_has_no_value_or_too_many_cells_is_told(
    shelf: Store, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OutsideGrid):
        spreads(shelf, write(np.full(GRID.shape, np.nan)), None, WHOLE)
    monkeypatch.setattr(distribution, "MOST_CELLS", 31)
    with pytest.raises(TooMuchToRead, match="32 cells"):
        spreads(shelf, write(STOCK), None, WHOLE)


def test_peat_of_any_stock_is_counted(shelf: Store, write: Write) -> None:
    deep = STOCK.copy()
    deep[2, 4] = 1500.0
    (one,) = spreads(shelf, write(deep), None, None)
    expected = by_hand(deep, AREA)[3]
    np.testing.assert_allclose(one.quantiles, expected, atol=STEP / 2 + 1e-5)
