"""Change between two dates on the cells that both have."""

from typing import Any

import dask.array
import numpy as np
import numpy.typing as npt
import pytest
import shapely
from dask.delayed import delayed

from soc_monitor.aggregate import Change, area_change, area_moments, build_weights, row_area
from soc_monitor.errors import BadValue
from soc_monitor.model.grid import Grid

da: Any = dask.array  # it ships no types
GRID = Grid(nx=4, ny=2, west=0, south=0, east=4, north=2)
AREAS = [shapely.box(0, 0, 2, 2), shapely.Polygon([(1, 0), (4, 0), (4, 2)])]
WEIGHTS = build_weights(AREAS, GRID)
FILL = -32768


def change_of(before: Any, after: Any, **kw: Any) -> Change:
    """The change, computed on this thread."""
    lazy: Any = area_change(before, after, WEIGHTS, **kw)
    found: Change = lazy.compute(scheduler="synchronous")
    return found


def test_only_cells_of_both_dates_count() -> None:
    before = da.from_array(np.array([[1.0, 2, 3, 4], [5, np.nan, 7, 8]]))
    after = da.from_array(np.array([[2.0, np.nan, 3, 4], [9, 50, 7, 8]]))
    found = change_of(before, after)
    north, south = row_area(GRID)
    # Of the western square: one cell of each row.
    assert found.difference.n[0] == 2
    assert found.difference.mean[0] == pytest.approx((1 * north + 4 * south) / (north + south))
    assert found.difference.total[0] == pytest.approx(1 * north + 4 * south)
    assert (found.difference.low[0], found.difference.high[0]) == (1, 4)
    assert found.before.mean[0] == pytest.approx((1 * north + 5 * south) / (north + south))
    assert found.after.mean[0] == pytest.approx((2 * north + 9 * south) / (north + south))


def test_stored_integers_change_as_their_values_do() -> None:
    rng = np.random.default_rng(5)
    stored = rng.integers(-300, 300, (2, *GRID.shape)).astype(np.int16)
    stored[0, 0, 1] = stored[1, 1, 2] = FILL
    real = np.where(stored == FILL, np.nan, stored.astype(float))
    one = change_of(*(da.from_array(x, chunks=(1, 3)) for x in stored), fill=FILL)
    other = change_of(*(da.from_array(x, chunks=(2, 2)) for x in real))
    for name in ("before", "after", "difference"):
        for number in ("n", "w", "wx", "wxx", "low", "high"):
            left, right = (getattr(getattr(c, name), number) for c in (one, other))
            assert np.array_equal(left, right, equal_nan=True)


def test_the_difference_is_after_minus_before() -> None:
    before, after = (da.from_array(np.random.default_rng(i).random(GRID.shape)) for i in (1, 2))
    found = change_of(before, after)
    assert found.difference.total == pytest.approx(found.after.total - found.before.total)
    assert np.array_equal(found.before.w, found.after.w)
    lazy: Any = area_moments(before, WEIGHTS)
    plain = lazy.compute(scheduler="synchronous")
    assert np.array_equal(found.before.wx, plain.wx)  # nothing is missing


def test_dates_that_share_no_cell_have_no_change() -> None:
    before, after = np.ones(GRID.shape), np.ones(GRID.shape)
    before[:, :2], after[:, 2:] = np.nan, np.nan
    found = change_of(da.from_array(before), da.from_array(after))
    assert found.difference.n.tolist() == [0, 0]
    assert np.isnan(found.difference.mean).all()


def test_every_chunk_is_read_once() -> None:
    read: list[int] = []

    def load(date: int) -> npt.NDArray[np.float64]:
        read.append(date)
        return np.full(GRID.shape, float(date))

    dates = [da.from_delayed(delayed(load)(date), GRID.shape, float) for date in (3, 7)]
    found = change_of(*dates)
    assert sorted(read) == [3, 7]
    assert found.difference.mean.tolist() == [4, 4]


def test_dates_on_another_grid_are_refused() -> None:
    with pytest.raises(BadValue, match="not on the weights' grid"):
        change_of(da.ones(GRID.shape), da.ones((3, 3)))
