"""From the finest areas to the world."""

from typing import Any

import dask.array
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from soc_monitor.aggregate import Moments, area_moments, build_weights, roll_up, unassigned
from soc_monitor.errors import BadValue
from soc_monitor.model.grid import Grid

da: Any = dask.array  # it ships no types
GRID = Grid(nx=36, ny=18)
VALUES = np.random.default_rng(2).normal(50, 20, GRID.shape).astype(np.float32)
# Two provinces that part a country, and a country of its own.
PROVINCES = [
    shapely.box(0, 0, 33, 40), shapely.box(33, 0, 60, 40), shapely.box(-100, -50, -40, 10),
]  # fmt: skip


def moments_of(*areas: BaseGeometry) -> Moments:
    """Moments of areas, then of the whole grid."""
    weights = build_weights(areas, GRID).with_whole_grid()
    lazy: Any = area_moments(da.from_array(VALUES, chunks=7), weights)
    found: Moments = lazy.compute(scheduler="synchronous")
    return found


def test_a_country_is_the_sum_of_its_provinces() -> None:
    # 4: the country of 0 and 1; 5: the region of 4 and 2. The whole grid, 3, stands alone.
    rolled = roll_up(moments_of(*PROVINCES), {0: 4, 1: 4, 4: 5, 2: 5})
    country = moments_of(shapely.box(0, 0, 60, 40))
    assert rolled.n_areas == 6
    assert rolled.w[4] == pytest.approx(country.w[0], rel=1e-12)
    assert rolled.total[4] == pytest.approx(country.total[0], rel=1e-12)
    assert rolled.std[4] == pytest.approx(country.std[0], rel=1e-9)
    assert (rolled.low[4], rolled.high[4]) == (country.low[0], country.high[0])
    assert rolled.w[5] == pytest.approx(rolled.w[:3].sum(), rel=1e-15)
    assert rolled.n[5] == rolled.n[:3].sum()


def test_the_finest_areas_stay_as_they_were() -> None:
    given_ = moments_of(*PROVINCES)
    rolled = roll_up(given_, np.array([4, 4, 5, -1, 5, -1]))
    for name in ("n", "low", "high", "w", "wx", "wxx", "mean", "std"):
        assert np.array_equal(getattr(rolled, name)[:4], getattr(given_, name))


def test_a_parent_without_children_has_nothing() -> None:
    rolled = roll_up(moments_of(*PROVINCES), [4, 4, 4, -1, 6, -1, -1])
    assert (rolled.n[5], rolled.w[5]) == (0, 0)
    assert np.isnan(rolled.mean[5])
    assert rolled.w[6] == rolled.w[4]


def test_a_finest_area_cannot_be_a_parent() -> None:
    with pytest.raises(BadValue, match="twice"):
        roll_up(moments_of(*PROVINCES), [2, 2, -1, -1])


def test_parents_in_a_circle_are_refused() -> None:
    with pytest.raises(BadValue, match="circle"):
        roll_up(moments_of(*PROVINCES), {0: 4, 4: 5, 5: 4})


@settings(deadline=None)
@given(st.lists(st.integers(-1, 2), min_size=4, max_size=4))
def test_children_and_what_is_unassigned_are_the_whole(groups: list[int]) -> None:
    moments = moments_of(*PROVINCES)
    parents = [4 + g if g >= 0 else -1 for g in groups[:3]]
    rolled = roll_up(moments, [*parents, -1, -1, -1, -1])
    left = unassigned(rolled, 3, [4, 5, 6])
    assert left.w[0] + rolled.w[4:].sum() == pytest.approx(rolled.w[3], rel=1e-12)
    assert left.wx[0] + rolled.wx[4:].sum() == pytest.approx(rolled.wx[3], rel=1e-12)


def test_a_partition_leaves_nothing() -> None:
    halves = [shapely.box(-180, -90, 1.23, 90), shapely.box(1.23, -90, 180, 90)]
    left = unassigned(moments_of(*halves), 2, [0, 1])
    assert (left.w[0], left.wx[0], left.n[0]) == (0, 0, 0)
    assert np.isnan(left.mean[0])


def test_parts_that_overlap_leave_less_than_nothing() -> None:
    areas = [shapely.box(-180, -90, 20, 90), shapely.box(0, -90, 180, 90)]
    overlap = moments_of(shapely.box(0, -90, 20, 90))
    left = unassigned(moments_of(*areas), 2, [0, 1])
    assert left.w[0] == pytest.approx(-overlap.w[0], rel=1e-12)
    assert left.wx[0] == pytest.approx(-overlap.wx[0], rel=1e-12)
