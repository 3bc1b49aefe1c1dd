"""The numbers themselves: beside exactextract, beside floats, and beside what paper says."""

import math
from typing import Any

import dask.array
import numpy as np
import numpy.typing as npt
import pytest
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from soc_monitor.aggregate import (
    Moments,
    Weights,
    area_moments,
    build_weights,
    covered_cells,
    polygon_area,
    roll_up,
    row_area,
    unassigned,
)
from soc_monitor.errors import BadValue
from soc_monitor.model.grid import Grid

da: Any = dask.array  # it ships no types
Floats = npt.NDArray[np.float64]
GRID = Grid(nx=144, ny=72)
FILL = -32768
AREAS = [
    shapely.Polygon([(-170, -80), (100, 3), (-20, 77)]),
    shapely.box(3, 3, 40, 41).difference(shapely.Point(20, 20).buffer(7)),
    shapely.MultiPolygon([shapely.box(170, 60, 180, 70), shapely.box(-180, 60, -170, 70)]),
    shapely.Point(-60, -10).buffer(11),
    shapely.Polygon([(10.1, 50.1), (10.9, 50.3), (10.4, 50.9)]),  # inside of one cell
]
STORED = np.random.default_rng(7).integers(200, 4000, (3, *GRID.shape)).astype(np.int16)
STORED[:, np.random.default_rng(8).random(GRID.shape) < 0.2] = FILL
STORED[1, np.random.default_rng(9).random(GRID.shape) < 0.1] = FILL
INSIDE = (int((90 - 50.5) / GRID.dy), int((180 + 10.5) / GRID.dx))
STORED[:, *INSIDE] = (1234, 1300, 1400)


def moments_of(values: Any, weights: Weights, fill: float | None = None) -> Moments:
    lazy: Any = area_moments(da.from_array(values, chunks=(29, 41)), weights, fill=fill)
    found: Moments = lazy.compute(scheduler="synchronous")
    return found


# --- beside others -----------------------------------------------------------------------------


@pytest.mark.parametrize("real", [False, True])
def test_means_totals_and_spreads_are_those_of_exactextract(*, real: bool) -> None:
    values: Any = np.where(STORED[0] == FILL, np.nan, STORED[0] / 7.0) if real else STORED[0]
    fill = None if real else FILL
    found = moments_of(values, build_weights(AREAS, GRID, true_area=False), fill)
    edges = {"xmin": -180, "ymin": -90, "xmax": 180, "ymax": 90, "srs_wkt": None}
    sizes = np.broadcast_to(row_area(GRID)[:, None], GRID.shape)
    theirs = exact_extract(
        NumPyRasterSource(values, **edges, nodata=np.nan if real else FILL),
        [{"type": "Feature", "geometry": shapely.geometry.mapping(a)} for a in AREAS],
        ["weighted_mean", "weighted_sum", "weighted_stdev", "min", "max"],
        weights=NumPyRasterSource(sizes, **edges),
    )
    for i, feature in enumerate(theirs):
        expected = feature["properties"]
        assert found.mean[i] == pytest.approx(expected["weighted_mean"], rel=1e-8)
        assert found.total[i] == pytest.approx(expected["weighted_sum"], rel=1e-7)
        assert found.std[i] == pytest.approx(expected["weighted_stdev"], rel=1e-5, abs=1e-9)
        assert (found.low[i], found.high[i]) == (expected["min"], expected["max"])


@pytest.mark.parametrize("form", ["map", "block", "float32", "float64"])
def test_sums_are_those_of_floats_over_the_same_weights(form: str) -> None:
    weights = build_weights(AREAS, GRID)
    cell, weight, area = covered_cells(weights)
    # Our own weights: whole quanta, and of a cell that is touched at least one.
    weight = np.maximum(np.rint(weight / weights.quantum), 1) * weights.quantum
    for step in range(3):
        if form == "block":
            # The steps of a cell lie side by side, as a year that is closed has them.
            block = np.moveaxis(np.stack([*STORED, *STORED], axis=-1), -1, 0)
            lazy: Any = area_moments(da.from_array(block, chunks=(6, 36, 48)), weights, fill=FILL)
            found = lazy.compute(scheduler="synchronous")[step + 3]
        elif form == "map":
            found = moments_of(STORED[step], weights, FILL)
        else:
            real = np.where(STORED[step] == FILL, np.nan, STORED[step] + 0.25).astype(form)
            found = moments_of(real, weights)
        shift = 0.25 if form.startswith("float") else 0.0
        for a in range(len(AREAS)):
            mine = area == a
            x, w = STORED[step].ravel()[cell[mine]], weight[mine]
            x, w = x[x != FILL] + shift, w[x != FILL]
            total, whole = math.fsum(w * x), math.fsum(w)
            if whole == 0:
                assert np.isnan(found.mean[a])
                continue
            mean = total / whole
            assert found.w[a] == pytest.approx(whole, rel=1e-12)
            assert found.total[a] == pytest.approx(total, rel=1e-12)
            assert found.mean[a] == pytest.approx(mean, rel=1e-12)
            spread = math.sqrt(math.fsum(w * (x - mean) ** 2) / whole)
            assert found.std[a] == pytest.approx(spread, rel=1e-12)
            assert (found.low[a], found.high[a]) == (x.min(), x.max())
            assert found.n[a] == len(x)


# --- beside paper ------------------------------------------------------------------------------


def test_a_field_that_rises_to_the_east_has_the_value_of_the_middle() -> None:
    # x of the cells in [10, 70]: a mean of columns, whatever their rows weigh.
    field = np.tile(np.arange(GRID.nx, dtype=float), (GRID.ny, 1))
    box = shapely.box(-170, -31, -130, 62)
    found = moments_of(field, build_weights([box], GRID))
    assert found.mean[0] == pytest.approx((4 + 19) / 2, rel=1e-13)
    assert found.std[0] == pytest.approx(math.sqrt((16**2 - 1) / 12), rel=1e-12)


def test_a_field_that_follows_the_area_of_its_row() -> None:
    # Mean of the rows' areas over the globe: sum of squares over the sum, by hand.
    size = row_area(GRID)
    field = np.repeat(size[:, None] / size.max(), GRID.nx, axis=1)
    found = moments_of(field, build_weights([shapely.box(-180, -90, 180, 90)], GRID))
    expected = (size**2).sum() / size.sum() / size.max()
    assert found.mean[0] == pytest.approx(expected, rel=1e-12)


def test_an_area_within_one_cell_has_the_value_of_the_cell() -> None:
    inside = AREAS[4]
    found = moments_of(STORED[2], build_weights([inside], GRID), FILL)
    assert (found.n[0], found.mean[0], found.std[0]) == (1, STORED[2, *INSIDE], 0.0)
    assert found.w[0] == pytest.approx(polygon_area([inside])[0], rel=1e-6)


def test_an_area_of_more_than_half_the_world() -> None:
    world = shapely.box(-180, -90, 180, 90)
    most = world.difference(shapely.box(-170, -10, -90, 10))
    area = polygon_area([most, world])
    assert area[0] > 0.9 * area[1]
    for value in (1.0, 3):
        field = np.full(GRID.shape, value)
        found = moments_of(field, build_weights([most], GRID))
        assert found.w[0] == pytest.approx(area[0], rel=1e-9)
        assert found.total[0] == pytest.approx(value * area[0], rel=1e-9)
        assert (found.mean[0], found.std[0]) == (value, 0.0)


@pytest.mark.parametrize(
    ("geometry", "why"),
    [
        (shapely.Polygon(), "is empty"),
        (shapely.Polygon([(0, 0), (20, 20), (20, 0), (0, 20)]), "crosses or overlaps itself"),
    ],
)
def test_what_is_no_area_has_no_weights(geometry: BaseGeometry, why: str) -> None:
    with pytest.raises(BadValue, match=why):
        build_weights([geometry], GRID)


@pytest.mark.parametrize(
    "geometry",
    [
        shapely.Polygon([(10, 10), (20, 20), (10, 10)]),  # of no width
        shapely.box(100, -10, 120, 10),  # outside of the grid
    ],
)
def test_what_covers_nothing_has_no_mean_and_not_zero(geometry: BaseGeometry) -> None:
    europe = Grid(nx=50, ny=50, west=-10, south=30, east=40, north=80)
    found = moments_of(np.ones(europe.shape), build_weights([geometry], europe))
    assert found.n[0] == 0
    assert found.w[0] == 0
    assert np.isnan([found.mean[0], found.total[0], found.std[0], found.low[0]]).all()


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_a_map_without_data_has_no_mean_and_not_zero(dtype: str) -> None:
    empty = np.full(GRID.shape, FILL, np.int16)
    values: Any = empty if dtype == "int16" else np.full(GRID.shape, np.nan, np.float32)
    found = moments_of(values, build_weights(AREAS, GRID), FILL)
    assert (found.w == 0).all()
    assert np.isnan(found.mean).all()
    assert np.isnan(found.total).all()


# --- always ------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=5)
@given(value=st.integers(-4000, 4000), k=st.sampled_from([2, 3]))
def test_finer_cells_of_a_constant_field_change_nothing(value: int, k: int) -> None:
    coarse, fine = Grid(nx=360, ny=180), Grid(nx=360 * k, ny=180 * k)
    one, other = (
        moments_of(np.full(grid.shape, value, np.int16), build_weights(AREAS[:4], grid))
        for grid in (coarse, fine)
    )
    assert np.array_equal(one.mean, other.mean)
    assert np.array_equal(one.std, other.std)
    assert np.allclose(one.total, other.total, rtol=1e-5)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), gone=st.floats(0, 1))
def test_a_missing_cell_weighs_what_a_cell_of_no_area_would(seed: int, gone: float) -> None:
    grid = Grid(nx=24, ny=12)
    rng = np.random.default_rng(seed)
    values = rng.normal(50, 20, grid.shape)
    missing = rng.random(grid.shape) < gone
    found = moments_of(np.where(missing, np.nan, values), build_weights(AREAS[:4], grid))
    cell, weight, area = covered_cells(build_weights(AREAS[:4], grid))
    there = ~missing.ravel()[cell]
    expected = np.bincount(area[there], weight[there], minlength=4)
    # Weights are whole quanta: a cell that is hardly touched is off by up to one.
    quantum = build_weights(AREAS[:4], grid).quantum
    assert np.allclose(found.w, expected, rtol=1e-12, atol=quantum * len(cell))
    other = moments_of(np.where(missing, np.nan, values), build_weights(AREAS[:4], grid))
    assert np.array_equal(found.sums, other.sums)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000))
def test_children_add_up_to_their_parent_and_the_rest(seed: int) -> None:
    grid = Grid(nx=36, ny=18)
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 4000, grid.shape).astype(np.int16)
    parts = [shapely.box(x, -60, x + 30, 75) for x in range(-180, 180, 30)]
    weights = build_weights(parts, grid).with_whole_grid()
    n = len(parts)
    found = roll_up(moments_of(values, weights), [n + 1 + k // 4 for k in range(n)] + [-1])
    for country in range(3):
        children = found.total[4 * country : 4 * country + 4]
        assert math.fsum(children) == pytest.approx(found.total[n + 1 + country], rel=1e-12)
    rest = unassigned(found, n, list(range(n)))
    whole = math.fsum([*found.total[:n], *rest.total])
    assert whole == pytest.approx(found.total[n], rel=1e-12)
