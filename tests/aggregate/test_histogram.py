"""Quantiles, areas of classes, and areas parted by a second layer."""

from fractions import Fraction
from typing import Any

import dask.array
import numpy as np
import numpy.typing as npt
import pytest
import shapely
from dask.base import compute
from dask.delayed import delayed
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_monitor.aggregate import (
    Histogram,
    Moments,
    area_histograms,
    area_moments,
    build_weights,
    covered_cells,
    row_area,
)
from soc_monitor.errors import BadValue
from soc_monitor.model.grid import Grid

da: Any = dask.array  # it ships no types
GRID = Grid(nx=24, ny=12)
FILL = -32768
AREAS = [
    shapely.Polygon([(-170, -80), (100, 3), (-20, 77)]),
    shapely.box(3, 3, 40, 41),
    shapely.box(-180, -90, 180, 90),
]
WEIGHTS = build_weights(AREAS, GRID)
RNG = np.random.default_rng(7)
VALUES = RNG.integers(-3, 12, GRID.shape).astype(np.int16)
VALUES[RNG.random(GRID.shape) < 0.2] = FILL
COVER = RNG.integers(0, 4, GRID.shape).astype(np.uint8)
EQUAL = Grid(nx=4, ny=1, west=0, south=0, east=4, north=1)


def counted(values: Any, weights: Any = WEIGHTS, **kw: Any) -> Histogram:
    """The histograms, computed on this thread."""
    lazy: Any = area_histograms(values, weights, **{"fill": FILL, **kw})
    found: Histogram = lazy.compute(scheduler="synchronous")
    return found


def summed(values: Any, **kw: Any) -> Moments:
    """The moments, computed on this thread."""
    lazy: Any = area_moments(values, WEIGHTS, **{"fill": FILL, **kw})
    found: Moments = lazy.compute(scheduler="synchronous")
    return found


def four(*values: int) -> Histogram:
    """Four cells of the same weight."""
    weights = build_weights([shapely.box(0, 0, 4, 1)], EQUAL)
    return counted(da.from_array(np.array([values], np.int16)), weights)


# --- on paper ----------------------------------------------------------------------------------


def test_a_quantile_is_a_stored_value_and_a_tie_goes_to_the_lower_one() -> None:
    # Half of the area lies at 10 and 20 already: the median is 20, not 25.
    found = four(10, 20, 30, 40).quantiles([0, 0.25, 0.26, 0.5, 0.75, 1])
    assert found.tolist() == [[10, 10, 20, 20, 30, 40]]


def test_values_that_are_the_same_are_one_bin() -> None:
    found = four(7, 7, 7, 9)
    assert found.stored.tolist() == [7, 9]
    assert found.quantiles([0.75, 0.76]).tolist() == [[7, 9]]


def test_a_share_is_the_decimal_that_it_prints_as() -> None:
    # A tenth as a float is a little more than a tenth: taken so, it would pass the first bin.
    grid = Grid(nx=10, ny=1, west=0, south=0, east=10, north=1)
    weights = build_weights([shapely.box(0, 0, 10, 1)], grid)
    found = counted(da.from_array(np.arange(10, dtype=np.int16)[None]), weights)
    shares = [0.1, 0.2, 0.3, 0.6, 0.7, 0.9]
    assert found.quantiles(shares).tolist() == [[0, 1, 2, 5, 6, 8]]


def test_a_scale_that_turns_the_order_turns_the_shares() -> None:
    weights = build_weights([shapely.box(0, 0, 4, 1)], EQUAL)
    values = da.from_array(np.array([[1, 2, 3, 4]], np.int16))
    found = counted(values, weights, scale=-1.0)
    assert found.quantiles([0, 1]).tolist() == [[-4, -1]]


def test_missing_cells_weigh_nothing_and_an_area_without_any_is_nan() -> None:
    found = four(FILL, 5, FILL, FILL)
    assert found.quantiles([0.5]).tolist() == [[5]]
    assert np.isnan(four(FILL, FILL, FILL, FILL).quantiles([0.5])).all()
    assert four(FILL, FILL, FILL, FILL).mapped_m2.tolist() == [0]


def test_the_area_of_a_class_is_that_of_its_cells() -> None:
    found = counted(da.from_array(COVER, chunks=5), fill=None)
    classes = found.class_m2([0, 1, 2, 3, 9])
    rows = np.repeat(row_area(GRID)[:, None], GRID.nx, axis=1)
    expected = [rows[code == COVER].sum() for code in range(4)]
    assert classes[2, :4] == pytest.approx(expected, rel=1e-12)
    assert classes[2, 4] == 0
    assert classes.sum(axis=1) == pytest.approx(WEIGHTS.area_m2(), rel=1e-12)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_beyond_the_whole_is_refused(share: float) -> None:
    with pytest.raises(BadValue, match="between 0 and 1"):
        four(1, 2, 3, 4).quantiles([share])


def test_floats_between_the_whole_numbers_have_no_bins() -> None:
    with pytest.raises(BadValue, match="whole numbers"):
        counted(da.full(GRID.shape, 0.5))


# --- always ------------------------------------------------------------------------------------


def test_bins_and_moments_agree() -> None:
    moments, found = summed(da.from_array(VALUES)), counted(da.from_array(VALUES, chunks=7))
    assert np.array_equal(found.mapped_m2, moments.mapped_m2)
    ends = found.quantiles([0, 1]).T
    assert np.array_equal(ends, [moments.low, moments.high])


def test_quantiles_are_those_of_the_sorted_cells() -> None:
    found = counted(da.from_array(VALUES, chunks=(5, 9)))
    cell, weight, area = covered_cells(WEIGHTS)
    value = VALUES.ravel()[cell]
    for a in range(3):
        some = (area == a) & (value != FILL)
        order = np.argsort(value[some], kind="stable")
        below = np.cumsum(weight[some][order]) / weight[some].sum()
        # Away from ties, which floats cannot tell.
        shares = [s for s in (0.05, 0.33, 0.5, 0.77, 0.95) if np.abs(below - s).min() > 1e-9]
        expected = [value[some][order][np.searchsorted(below, s)] for s in shares]
        assert found.quantiles(shares)[a].tolist() == expected


@settings(deadline=None)
@given(ys=st.integers(1, 12), xs=st.integers(1, 24), bundle=st.integers(1, 500))
def test_chunks_change_no_bin(ys: int, xs: int, bundle: int) -> None:
    expected = counted(da.from_array(VALUES))
    found = counted(da.from_array(VALUES, chunks=(ys, xs)), bundle=bundle)
    for name in ("ptr", "stored", "halves"):
        assert np.array_equal(getattr(found, name), getattr(expected, name))


@settings(deadline=None)
@given(ys=st.integers(1, 12), xs=st.integers(1, 24))
def test_an_area_is_the_sum_of_its_labels(ys: int, xs: int) -> None:
    values = da.from_array(VALUES, chunks=(ys, xs))
    parts = summed(values, labels=da.from_array(COVER, chunks=6), n_labels=4)
    whole = summed(da.from_array(VALUES))
    assert parts.n_areas == 12
    for name in ("n", "sums"):
        by_area = getattr(parts, name).reshape(3, 4, *getattr(parts, name).shape[1:])
        left, right = by_area.sum(axis=1), getattr(whole, name)
        if name == "sums":
            ones = [Fraction(2) ** (32 * j) for j in range(left.shape[-1])]
            assert ((left - right) @ np.array(ones, dtype=object) == 0).all()
        else:
            assert np.array_equal(left, right)


def test_a_label_counts_the_cells_that_have_it() -> None:
    for label in range(4):
        only = np.where(label == COVER, VALUES, FILL)
        alone = summed(da.from_array(only))
        parts = summed(da.from_array(VALUES), labels=da.from_array(COVER), n_labels=4)
        for name in ("n", "w", "wx", "wxx", "low", "high", "std"):
            found = getattr(parts, name)[label::4]
            assert np.array_equal(found, getattr(alone, name), equal_nan=True)


def test_steps_are_parted_by_the_same_labels() -> None:
    steps = np.stack([VALUES, VALUES + 1, VALUES + 2, VALUES + 3, VALUES])
    found = summed(da.from_array(steps, chunks=(2, 5, 8)), labels=da.from_array(COVER), n_labels=3)
    one = summed(da.from_array(steps[3]), labels=da.from_array(COVER), n_labels=3)
    assert np.array_equal(found[3].total, one.total, equal_nan=True)  # type: ignore[index]


def test_values_and_labels_are_read_once_for_everything() -> None:
    read: list[str] = []

    def load(name: str, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        read.append(name)
        return values

    values, cover = (
        da.from_delayed(delayed(load)(name, layer), GRID.shape, layer.dtype)
        for name, layer in (("values", VALUES), ("cover", COVER))
    )
    together: Any = compute
    together(
        area_moments(values, WEIGHTS, fill=FILL),
        area_moments(values, WEIGHTS, fill=FILL, labels=cover, n_labels=4),
        area_histograms(values, WEIGHTS, fill=FILL),
        area_histograms(values, WEIGHTS, fill=FILL, labels=cover, n_labels=4),
        scheduler="synchronous",
    )
    assert sorted(read) == ["cover", "values"]


def test_labels_that_are_no_classes_are_refused() -> None:
    with pytest.raises(BadValue, match="not classes"):
        summed(da.from_array(VALUES), labels=da.from_array(COVER / 2), n_labels=4)
