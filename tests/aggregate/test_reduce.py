"""From a chunked field to moments."""

import pickle
from pathlib import Path
from typing import Any

import dask
import dask.array
import numpy as np
import numpy.typing as npt
import pytest
import rasterio
import shapely
import xarray as xr
from dask.delayed import delayed
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_monitor.aggregate import Moments, Weights, area_moments, build_weights, row_area
from soc_monitor.errors import BadValue
from soc_monitor.model.grid import Grid

da: Any = dask.array  # it ships no types
GRID = Grid(nx=48, ny=24)
AREAS = [
    shapely.Polygon([(-170, -80), (100, 3), (-20, 77)]),
    shapely.box(3, 3, 40, 41),
    shapely.MultiPolygon([shapely.box(170, 60, 180, 70), shapely.box(-180, 60, -170, 70)]),
]
WEIGHTS = build_weights(AREAS, GRID)
VALUES = np.random.default_rng(1).normal(60, 30, GRID.shape)
VALUES[VALUES < 20] = np.nan
NAMES = ("n", "w", "wx", "wxx", "low", "high", "mean", "std", "mean_error")


def computed(values: Any, weights: Weights = WEIGHTS, **kw: Any) -> Moments:
    """The moments, computed on this thread."""
    lazy: Any = area_moments(values, weights, **kw)
    found: Moments = lazy.compute(scheduler="synchronous")
    return found


def same(one: Moments, other: Moments) -> bool:
    """Whether all numbers agree to the last bit."""
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in NAMES
    )


def splits(total: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Chunk sizes that add up to a total."""
    return st.sets(st.integers(1, total - 1), max_size=6).map(
        lambda at: tuple(np.diff([0, *sorted(at), total]).tolist())
    )


@settings(deadline=None)
@given(ys=splits(GRID.ny), xs=splits(GRID.nx), bundle=st.integers(1, 2000), std=st.booleans())
def test_chunking_changes_no_bit(
    ys: tuple[int, ...], xs: tuple[int, ...], bundle: int, *, std: bool
) -> None:
    errors = da.from_array(VALUES / 10, chunks=(5, 7)) if std else None
    expected = computed(da.from_array(VALUES, chunks=GRID.shape), std=errors)
    found = computed(da.from_array(VALUES, chunks=(ys, xs)), std=errors, bundle=bundle)
    assert same(found, expected)


def test_threads_change_no_bit() -> None:
    values = da.from_array(VALUES, chunks=(3, 5))
    lazy: Any = area_moments(values, WEIGHTS, bundle=1)
    assert same(lazy.compute(scheduler="threads", num_workers=4), computed(values))


def test_nothing_is_read_before_it_is_computed_and_sea_is_never_read() -> None:
    read: list[tuple[int, int]] = []

    def load(i: int, j: int) -> npt.NDArray[np.float64]:
        read.append((i, j))
        return VALUES[6 * i : 6 * i + 6, 12 * j : 12 * j + 12]

    values = da.block(
        [[da.from_delayed(delayed(load)(i, j), (6, 12), float) for j in range(4)] for i in range(4)]
    )
    weights = build_weights([shapely.box(1, 1, 20, 20), shapely.box(-80, -80, -70, -60)], GRID)
    lazy: Any = area_moments(values, weights)
    assert read == []
    found = lazy.compute(scheduler="synchronous")
    assert sorted(read) == [(1, 2), (3, 1)]
    assert same(found, computed(da.from_array(VALUES), weights))


def test_the_weights_are_in_the_graph_once() -> None:
    values = da.zeros(GRID.shape, chunks=(2, 2))
    one = len(pickle.dumps(WEIGHTS))
    graph = dict(area_moments(values, WEIGHTS, bundle=1).__dask_graph__())
    keys = [key for key in graph if str(key).startswith("weights-")]
    assert len(keys) == 1
    rest = {k: v for k, v in graph.items() if k not in keys}
    tasks = [len(pickle.dumps(v)) for k, v in rest.items() if "area-partial" in str(k)]
    assert len(tasks) > 50
    assert max(tasks) < one / 4
    # Two fields share them as well.
    two = [area_moments(da.full(GRID.shape, x, chunks=(2, 2)), WEIGHTS) for x in (1.0, 2.0)]
    both = {key for lazy in two for key in lazy.__dask_graph__() if "weights-" in str(key)}
    assert len(both) == 1


def test_the_same_question_has_the_same_key() -> None:
    values = da.from_array(VALUES, chunks=(6, 6))
    again = build_weights(AREAS, GRID)
    assert area_moments(values, WEIGHTS).key == area_moments(values, again).key
    assert area_moments(values, WEIGHTS).key != area_moments(values, WEIGHTS, fill=0).key


def test_small_chunks_are_bundled_and_large_ones_are_not_joined() -> None:
    def tasks(chunks: tuple[int, int], bundle: int) -> int:
        values = da.zeros(GRID.shape, chunks=chunks)
        graph = area_moments(values, WEIGHTS.with_whole_grid(), bundle=bundle).__dask_graph__()
        return sum("area-partial" in str(key) for key in graph)

    assert tasks((2, 2), 1 << 22) == 1
    assert tasks((12, 12), 288) == 4
    assert tasks((12, 12), 1) == 8


def test_an_xarray_field_is_taken_as_it_is() -> None:
    field = xr.DataArray(VALUES, dims=("y", "x"))
    expected = computed(da.from_array(VALUES))
    assert same(computed(field), expected)
    assert same(computed(field.chunk(y=5, x=9)), expected)


def test_areas_without_cells_are_empty() -> None:
    nowhere = build_weights([shapely.box(0, 0, 1, 1)], Grid(nx=2, ny=2, west=50, east=60))
    found = computed(da.ones((2, 2)), nowhere)
    assert found.n.tolist() == [0]
    assert np.isnan(found.mean[0])


def test_a_field_on_another_grid_is_refused() -> None:
    with pytest.raises(BadValue, match="not on the weights' grid"):
        area_moments(da.zeros((3, 3)), WEIGHTS)


def test_an_infinite_value_fails_the_task() -> None:
    with pytest.raises(BadValue, match="infinite"):
        computed(da.full(GRID.shape, np.inf))


def test_means_and_stocks_are_those_of_exactextract() -> None:
    weights = build_weights(AREAS, GRID, true_area=False)
    moments = computed(da.from_array(VALUES, chunks=(7, 11)), weights)
    bounds = {"xmin": -180, "ymin": -90, "xmax": 180, "ymax": 90, "srs_wkt": None}
    cell_m2 = np.repeat(row_area(GRID)[:, None], GRID.nx, axis=1)
    features = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(a), "properties": {}}
        for a in AREAS
    ]
    theirs = exact_extract(
        NumPyRasterSource(VALUES, **bounds),
        features,
        ["weighted_mean", "weighted_sum", "min", "max", "count"],
        weights=NumPyRasterSource(cell_m2, **bounds),
    )
    for i, feature in enumerate(theirs):
        found = feature["properties"]
        assert moments.mean[i] == pytest.approx(found["weighted_mean"], rel=1e-7)
        assert moments.total[i] == pytest.approx(found["weighted_sum"], rel=2e-7)
        assert (moments.low[i], moments.high[i]) == (found["min"], found["max"])


def test_the_world_in_2010_is_that_of_the_reference(shared: Path) -> None:
    totals: dict[str, Moments] = {}
    for year in ("2010AD", "NoLU"):
        path = shared / f"data/soil-carbon-debt/SOCS_0_30cm_year_{year}_10km.tif"
        with rasterio.open(path) as file:
            stored, b, fill = file.read(1), file.bounds, file.nodata
        # The edges of the file: its cells are a millionth narrower than a twelfth of a degree.
        grid = Grid(
            nx=stored.shape[1], ny=stored.shape[0],
            west=b.left, south=b.bottom, east=b.right, north=b.top,
        )  # fmt: skip
        weights = build_weights([], grid).with_whole_grid()
        values = da.from_array(stored, chunks=(1000, 1000))
        totals[year] = computed(values, weights, fill=fill)
    now, never = totals["2010AD"], totals["NoLU"]
    pg = 1e-4 * 1e-9  # t ha-1 m2 -> Pg
    assert now.total[0] * pg == pytest.approx(868.3634, rel=1e-6)
    assert now.mapped_m2[0] / 1e12 == pytest.approx(130.17729, rel=1e-6)
    assert now.mean[0] == pytest.approx(66.70621, rel=1e-6)
    assert never.total[0] * pg == pytest.approx(899.5533, rel=1e-6)
    assert (never.total[0] - now.total[0]) * pg == pytest.approx(31.18989, rel=1e-6)


def test_nothing_here_computes_by_itself() -> None:
    with dask.config.set(scheduler=_forbidden):
        area_moments(da.ones(GRID.shape, chunks=5), WEIGHTS, std=da.ones(GRID.shape))


def _forbidden(*_: Any, **__: Any) -> None:
    message = "computed"
    raise AssertionError(message)


# --- blocks of steps ---------------------------------------------------------------------------

STEPS = np.random.default_rng(3).integers(-40, 900, (9, *GRID.shape)).astype(np.int16)
STEPS[:, VALUES > 80] = -32768
STEPS[4, 10:14] = -32768


@settings(deadline=None)
@given(ts=splits(9), ys=splits(GRID.ny), xs=splits(GRID.nx), bundle=st.integers(1, 20_000))
def test_a_block_of_steps_has_the_bits_of_its_steps(
    ts: tuple[int, ...], ys: tuple[int, ...], xs: tuple[int, ...], bundle: int
) -> None:
    # Side by side in memory, as closed years are stored.
    memory = np.moveaxis(np.moveaxis(STEPS, 0, -1).copy(), -1, 0)
    lazy: Any = area_moments(
        da.from_array(memory, chunks=(ts, ys, xs)), WEIGHTS, fill=-32768, scale=0.1, bundle=bundle
    )
    found = lazy.compute(scheduler="synchronous")
    assert len(found) == 9
    for step, moments in enumerate(found):
        alone = computed(da.from_array(STEPS[step]), fill=-32768, scale=0.1)
        assert same(moments, alone)


def test_a_scale_is_applied_after_the_sums() -> None:
    stored = computed(da.from_array(STEPS[0]), fill=-32768)
    scaled = computed(da.from_array(STEPS[0]), fill=-32768, scale=-0.5)
    assert np.array_equal(scaled.w, stored.w)
    assert np.array_equal(scaled.total, -stored.total / 2)
    assert np.array_equal(scaled.mean, -stored.mean / 2)
    assert np.array_equal(scaled.low, -stored.high / 2)
    assert np.array_equal(scaled.std, stored.std / 2)


def test_the_graph_grows_with_blocks_and_not_with_areas() -> None:
    def keys(areas: list[Any], chunks: tuple[int, int, int]) -> int:
        values = da.zeros((24, *GRID.shape), chunks=chunks)
        return len(area_moments(values, build_weights(areas, GRID), bundle=1).__dask_graph__())

    boxes = [shapely.box(x, -80, x + 1, 80) for x in range(-180, 180)]
    globe = [shapely.box(-180, -80, 180, 80)]
    assert keys(boxes, (12, 12, 12)) == keys(globe, (12, 12, 12))
    assert keys(globe, (1, 12, 12)) > 10 * keys(globe, (12, 12, 12))


def test_weights_are_cut_once_whatever_the_number_of_steps() -> None:
    def cuts(steps: int) -> int:
        values = da.zeros((steps, *GRID.shape), chunks=(1, 12, 12))
        graph = area_moments(values, WEIGHTS.with_whole_grid(), bundle=1).__dask_graph__()
        return sum("area-operators" in str(key) for key in graph)

    assert cuts(1) == cuts(10) == 8
