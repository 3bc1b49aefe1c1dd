"""One pass over one block."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from soc_monitor.aggregate import (
    BlockOperator,
    Moments,
    Partial,
    build_weights,
    cut,
    join,
    row_area,
    sum_block,
)
from soc_monitor.aggregate.exact import to_integers, widened
from soc_monitor.errors import BadValue
from soc_monitor.model.grid import Grid

FILL = -32767
SQUARE = Grid(nx=2, ny=2, west=0, south=0, east=2, north=2)
LONG = Grid(nx=60, ny=3, west=0, south=-3, east=60, north=0)
AREAS = [shapely.box(0, -3, 60, 0), shapely.Polygon([(0, -3), (55, -2.5), (20, 0)])]
TYPES = ["int8", "uint8", "int16", "uint16", "int32", "int64", "float32", "float64"]


def whole(grid: Grid, *areas: shapely.Polygon) -> BlockOperator:
    """The operator of the whole grid."""
    return cut(build_weights(areas, grid, true_area=False), 0, grid.ny, 0, grid.nx)


def merged(partial: Partial, n: int = 1) -> Moments:
    """The moments of one block of one step."""
    return Moments.merge([partial], n)[0]


def block(values: Any, dtype: str = "float64") -> npt.NDArray[Any]:
    """A block."""
    return np.array(values, dtype)


# --- on paper ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", TYPES)
def test_a_triangle_over_four_values(dtype: str) -> None:
    # Weights: half of the north-west cell, the south-west cell, half of the south-east cell.
    operator = whole(SQUARE, shapely.Polygon([(0, 0), (2, 0), (0, 2)]))
    north, south = row_area(SQUARE)
    m = merged(sum_block(block([[10, 99], [20, 30]], dtype), operator))
    assert m.n.tolist() == [3]
    assert m.w[0] == pytest.approx(north / 2 + south * 1.5, rel=1e-13)
    assert m.wx[0] == pytest.approx(5 * north + 35 * south, rel=1e-13)
    assert m.wxx[0] == pytest.approx(50 * north + 850 * south, rel=1e-13)
    assert (m.low[0], m.high[0]) == (10, 30)
    assert m.mean[0] == pytest.approx((5 * north + 35 * south) / (north / 2 + south * 1.5))
    assert m.total[0] == m.wx[0]


@pytest.mark.parametrize("dtype", ["int16", "int32", "float32"])
def test_what_is_missing_weighs_nothing(dtype: str) -> None:
    operator = whole(SQUARE, shapely.box(0, 0, 2, 2))
    m = merged(sum_block(block([[FILL, 8], [FILL, FILL]], dtype), operator, fill=FILL))
    assert m.n.tolist() == [1]
    assert m.mapped_m2[0] == pytest.approx(row_area(SQUARE)[0], rel=1e-12)
    assert (m.mean[0], m.std[0]) == (8, 0)


def test_nan_is_missing_beside_a_fill() -> None:
    operator = whole(SQUARE, shapely.box(0, 0, 2, 2))
    m = merged(sum_block(block([[np.nan, 8], [-1, np.nan]], "float32"), operator, fill=-1))
    assert m.n.tolist() == [1]


def test_a_fill_is_compared_as_it_was_stored() -> None:
    operator = whole(SQUARE, shapely.box(0, 0, 2, 2))
    stored = np.float32(-3.4028234663852886e38)
    values = block([[1, 2], [3, stored]], "float32")
    assert merged(sum_block(values, operator, fill=-3.4028235e38)).n.tolist() == [3]


def test_a_fill_that_the_type_cannot_hold_is_never_found() -> None:
    operator = whole(SQUARE, shapely.box(0, 0, 2, 2))
    values = block([[1, 255], [0, 3]], "uint8")
    assert merged(sum_block(values, operator, fill=-9999)).n.tolist() == [4]
    assert merged(sum_block(values, operator, fill=255)).n.tolist() == [3]


def test_an_area_without_a_value_is_nan() -> None:
    operator = whole(SQUARE, shapely.box(0, 0, 2, 2))
    m = merged(sum_block(np.full((2, 2), np.nan), operator))
    assert (m.n[0], m.w[0]) == (0, 0)
    for gone in (m.mean, m.total, m.std, m.low, m.high):
        assert np.isnan(gone[0])


def test_zero_is_a_value_and_minus_zero_is_zero() -> None:
    operator = whole(SQUARE, shapely.box(0, 0, 2, 2))
    m = merged(sum_block(block([[0, -0.0], [-0.0, 0]]), operator))
    assert m.n.tolist() == [4]
    for zero in (m.mean[0], m.low[0], m.high[0]):
        assert zero == 0
        assert not np.signbit(zero)


def test_the_smallest_integer_is_a_value_unless_it_is_the_fill() -> None:
    operator = whole(SQUARE, shapely.box(0, 0, 2, 2))
    values = block([[-(2**31), 5], [5, 5]], "int32")
    assert merged(sum_block(values, operator)).low[0] == -(2**31)
    assert merged(sum_block(values, operator, fill=-(2**31))).n.tolist() == [3]


@pytest.mark.parametrize("bad", [np.inf, -np.inf, 1e30, -1e30])
@pytest.mark.parametrize("at", [(0, 0), (1, 1)])
def test_a_value_without_bounds_is_refused(bad: float, at: tuple[int, int]) -> None:
    values = np.ones((2, 2))
    values[at] = bad
    # Of a whole cell and of an edge cell.
    operator = whole(SQUARE, shapely.box(0, 0, 1.5, 2))
    with pytest.raises(BadValue, match="infinite"):
        sum_block(values, operator)


def test_an_infinity_in_a_long_run_is_refused() -> None:
    values = np.ones((3, 60), np.float32)
    values[1, 50] = np.inf
    with pytest.raises(BadValue, match="infinite"):
        sum_block(values, whole(LONG, *AREAS))


def test_words_cannot_be_summed() -> None:
    with pytest.raises(BadValue, match="cannot be summed"):
        sum_block(np.array([["a", "b"], ["c", "d"]]), whole(SQUARE, shapely.box(0, 0, 2, 2)))


def test_foreign_byte_order_and_strides_are_understood() -> None:
    operator = whole(SQUARE, shapely.Polygon([(0, 0), (2, 0), (0, 2)]))
    values = block([[10, 99], [20, 30]])
    expected = sum_block(values, operator).sums
    for other in (values.astype(">f4"), np.asfortranarray(values), values.astype("float16")):
        assert np.array_equal(sum_block(other, operator).sums, expected)


# --- standard errors ---------------------------------------------------------------------------


def test_errors_that_go_together_average_like_the_values() -> None:
    operator = whole(SQUARE, shapely.box(0, 0, 1.5, 2))
    north, south = row_area(SQUARE)
    values, errors = block([[1, 2], [3, np.nan]]), block([[0.1, 0.2], [np.nan, 0.4]])
    m = merged(sum_block(values, operator, std=errors))
    # Only the northern cells have both a value and an error.
    assert m.mean_error[0] == pytest.approx((0.1 + 0.2 / 2) / 1.5, rel=1e-14)
    assert m.w[0] == pytest.approx(1.5 * north + south)
    plain = sum_block(values, operator).sums[:, 0]
    assert np.array_equal(m.sums[:, :3], widened(plain))


def test_without_errors_the_error_of_the_mean_is_nan() -> None:
    m = merged(sum_block(np.ones((2, 2)), whole(SQUARE, shapely.box(0, 0, 2, 2))))
    assert np.isnan(m.mean_error).all()


@pytest.mark.parametrize("bad", [-0.1, np.inf])
def test_an_error_below_zero_or_without_bounds_is_refused(bad: float) -> None:
    with pytest.raises(BadValue, match="below 0"):
        sum_block(
            np.ones((2, 2)), whole(SQUARE, shapely.box(0, 0, 2, 2)), std=block([[0, 0], [0, bad]])
        )


# --- always ------------------------------------------------------------------------------------

fields = hnp.arrays(np.int16, LONG.shape, elements=st.sampled_from([FILL, 0, 1, 7, -300, 32767]))


@settings(deadline=None)
@given(fields)
def test_the_type_of_the_values_changes_no_bit(values: npt.NDArray[np.int16]) -> None:
    operator = whole(LONG, *AREAS)
    expected = sum_block(values, operator, fill=FILL)
    # The half is no whole number: it takes the path of all floats.
    halves = [sum_block(values.astype(kind) / 2, operator, fill=FILL / 2) for kind in ("f4", "f8")]
    for found in halves:
        assert np.array_equal(found.moments * [1, 2, 4], expected.moments)
        assert np.array_equal(found.n, expected.n)
    for dtype in ("int32", "int64", "float32", "float64"):
        found = sum_block(values.astype(dtype), operator, fill=FILL)
        assert np.array_equal(found.sums, expected.sums)
        assert np.array_equal(found.n, expected.n)
        assert np.array_equal(found.low, expected.low)
        assert np.array_equal(found.high, expected.high)


blocks = hnp.arrays(
    np.int16,
    st.tuples(st.integers(1, 13), st.just(3), st.just(60)),
    elements=st.sampled_from([FILL, -32768, 0, 1, 250, 32767]),
)


@settings(deadline=None)
@given(blocks, st.sampled_from(["int8", "uint8", "int16", "uint16", "int32", "float32"]))
def test_steps_side_by_side_have_the_sums_of_one_step_after_the_other(
    values: npt.NDArray[np.int16], dtype: str
) -> None:
    values = values.astype(dtype)
    operator = whole(LONG, *AREAS)
    side_by_side = np.moveaxis(np.moveaxis(values, 0, -1).copy(), -1, 0)
    fill = int(np.array(FILL).astype(dtype))
    found = sum_block(side_by_side, operator, fill=fill)
    for step, one in enumerate(values):
        alone = sum_block(one, operator, fill=fill)
        for name in ("n", "low", "high", "sums"):
            assert np.array_equal(getattr(found, name)[:, [step]], getattr(alone, name))


def test_the_largest_values_and_weights_overflow_nothing() -> None:
    # A thousand columns of the heaviest cells and of the largest squares that 16 bits give.
    grid = Grid(nx=1000, ny=1, south=-1, north=1)
    operator = whole(grid, shapely.box(-180, -1, 180, 1))
    for value, dtype in ((-32768, "int16"), (65535, "uint16")):
        for values in (np.full((1, 1000), value, dtype), np.full((4, 1, 1000), value, dtype)):
            side_by_side = np.moveaxis(
                np.moveaxis(values.reshape(-1, 1, 1000), 0, -1).copy(), -1, 0
            )
            partial = sum_block(side_by_side, operator)
            weight = int(operator.weight[0]) * 1000
            for w, wx, wxx in partial.sums[0]:
                assert to_integers(np.array([w, wx, wxx])) == [
                    weight, weight * value, weight * value**2,
                ]  # fmt: skip


reals = hnp.arrays(
    np.float64, LONG.shape, elements=st.floats(-1e9, 1e9) | st.just(np.nan), fill=st.nothing()
)


@settings(deadline=None)
@given(reals, st.integers(1, 2), st.integers(1, 59))
def test_cutting_a_block_changes_no_bit(
    values: npt.NDArray[np.float64], row: int, col: int
) -> None:
    weights = build_weights(AREAS, LONG)
    expected = Moments.merge([sum_block(values, cut(weights, 0, 3, 0, 60))], 2)[0]
    partials = [
        sum_block(values[y0:y1, x0:x1], cut(weights, y0, y1, x0, x1))
        for y0, y1 in ((0, row), (row, 3))
        for x0, x1 in ((0, col), (col, 60))
    ]
    for found in (
        Moments.merge(partials, 2)[0],
        Moments.merge(partials[::-1], 2)[0],
        Moments.merge([join(partials[:2]), join(partials[2:])], 2)[0],
    ):
        for name in ("n", "w", "wx", "wxx", "low", "high", "mean", "std"):
            assert np.array_equal(getattr(found, name), getattr(expected, name), equal_nan=True)


@settings(deadline=None)
@given(reals)
def test_a_mean_lies_between_its_extremes(values: npt.NDArray[np.float64]) -> None:
    m = merged(sum_block(values, whole(LONG, *AREAS)), 2)
    some = m.n > 0
    assert ((m.low <= m.mean) & (m.mean <= m.high))[some].all()
    assert (m.std[some] >= 0).all()
    assert np.isnan(m.mean[~some]).all()


@settings(deadline=None)
@given(st.floats(1e-6, 1e6))
def test_a_constant_field_has_its_value_as_mean_and_no_spread(value: float) -> None:
    m = merged(sum_block(np.full(LONG.shape, value), whole(LONG, *AREAS)), 2)
    assert m.mean.tolist() == [value, value]
    assert m.std.tolist() == [0, 0]


@settings(deadline=None)
@given(reals)
def test_the_spread_is_that_of_the_textbook(values: npt.NDArray[np.float64]) -> None:
    # Far from zero, where wxx / w - mean^2 in floats would cancel.
    values = 1e6 + values / 1e9
    operator = whole(LONG, AREAS[0])
    m = merged(sum_block(values, operator))
    ok = ~np.isnan(values)
    if not ok.any():
        return
    weights = np.repeat(row_area(LONG)[:, None], LONG.nx, axis=1)[ok]
    mean = np.average(values[ok] - 1e6, weights=weights)
    spread = np.sqrt(np.average((values[ok] - 1e6 - mean) ** 2, weights=weights))
    assert m.std[0] == pytest.approx(spread, rel=1e-6, abs=1e-9)
