"""Stored arrays to moments: what is read, how often, and that the way there changes no bit."""

from collections.abc import Callable
from functools import partial
from typing import Any

import dask.array
import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_monitor.aggregate import Moments, Weights, area_moments, build_weights, stored_moments
from soc_monitor.errors import ArrayDamaged, BadValue
from soc_monitor.model.grid import Grid

da: Any = dask.array  # it ships no types
GRID = Grid(nx=48, ny=24)
AREAS = [
    shapely.Polygon([(-170, -80), (100, 3), (-20, 77)]),
    shapely.box(3, 3, 40, 41),
    shapely.MultiPolygon([shapely.box(170, 60, 180, 70), shapely.box(-180, 60, -170, 70)]),
]
WEIGHTS = build_weights(AREAS, GRID)
FILL = -32768
VALUES = np.random.default_rng(1).integers(-900, 9000, (5, 12, *GRID.shape)).astype(np.int16)
VALUES[:, :, np.random.default_rng(2).random(GRID.shape) < 0.2] = FILL
NAMES = ("n", "w", "wx", "wxx", "low", "high", "mean", "std")


class InMemory:
    """An array that counts what is read of it."""

    def __init__(self, values: npt.NDArray[Any], height: int, width: int) -> None:
        self.shape = values.shape
        self.chunks = (*values.shape[:-2], height, width)
        self.values = values
        self.places: list[tuple[int, int]] = []

    def read(self, row: int, column: int) -> npt.NDArray[Any]:
        self.places.append((row, column))
        height, width = self.chunks[-2:]
        ys, xs = row * height, column * width
        chunk = self.values[..., ys : ys + height, xs : xs + width]
        # Steps side by side, as the store gives them.
        return np.moveaxis(np.ascontiguousarray(np.moveaxis(chunk, 0, -1)), -1, 0)

    def __dask_tokenize__(self) -> object:
        return id(self)


def computed(lazy: Any, scheduler: str = "synchronous") -> list[tuple[Moments, ...]]:
    found: list[tuple[Moments, ...]] = lazy.compute(scheduler=scheduler, num_workers=4)
    return found


def same(one: Moments, other: Moments) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in NAMES
    )


def expected(values: npt.NDArray[Any], **kw: Any) -> Moments:
    lazy: Any = area_moments(da.from_array(values), WEIGHTS, fill=FILL, **kw)
    found: Moments = lazy.compute(scheduler="synchronous")
    return found


@settings(deadline=None, max_examples=30)
@given(
    height=st.integers(3, 24),
    width=st.integers(3, 48),
    bundle=st.integers(1, 60_000),
    arrays=st.permutations(range(5)),
    threads=st.booleans(),
)
def test_how_the_work_is_cut_changes_no_bit(
    height: int, width: int, bundle: int, arrays: list[int], *, threads: bool
) -> None:
    sources = [InMemory(VALUES[k], height, width) for k in arrays]
    lazy = stored_moments(sources, WEIGHTS, fill=FILL, scale=0.1, bundle=bundle)
    found = computed(lazy, "threads" if threads else "synchronous")
    for k, steps in zip(arrays, found, strict=True):
        assert len(steps) == 12
        for step in (0, 11):
            assert same(steps[step], expected(VALUES[k, step], scale=0.1))


@pytest.mark.parametrize("bundle", [1, 5000, 1 << 25])
def test_each_chunk_with_an_area_is_read_once_and_no_other(bundle: int) -> None:
    weights = build_weights([shapely.box(1, 1, 20, 20), shapely.box(-80, -80, -70, -60)], GRID)
    sources = [InMemory(VALUES[k], 6, 12) for k in range(3)]
    lazy = stored_moments(sources, weights, fill=FILL, bundle=bundle)
    assert all(source.places == [] for source in sources)
    computed(lazy)
    assert [sorted(source.places) for source in sources] == [[(1, 2), (3, 1)]] * 3


def test_tasks_grow_with_cells_and_not_with_areas_or_chunks() -> None:
    def tasks(weights: Weights, size: int, bundle: int) -> int:
        sources = [InMemory(values, size, size) for values in VALUES]
        graph: Any = stored_moments(sources, weights, bundle=bundle).__dask_graph__()
        return sum("area-sums" in str(key) for key in graph)

    whole = build_weights([], GRID).with_whole_grid()
    cells = VALUES[0].size
    assert tasks(whole, 6, 1 << 25) == 1  # all arrays in one
    assert tasks(whole, 6, cells) == 5  # one for each
    assert tasks(whole, 6, cells // 2) == 10  # halves of each
    assert tasks(whole, 3, cells // 2) == 10  # smaller chunks, no more tasks
    assert tasks(WEIGHTS.with_whole_grid(), 6, cells // 2) == 10


def test_weights_elsewhere_are_loaded_there_and_not_sent() -> None:
    loaded: list[int] = []

    def load() -> Weights:
        loaded.append(1)
        return WEIGHTS

    sources = [InMemory(VALUES[0], 12, 24)]
    lazy: Any = stored_moments(sources, WEIGHTS, fill=FILL, bundle=1, held=partial(load))
    assert not any("weights-" in str(key) for key in lazy.__dask_graph__())
    (steps,) = computed(lazy)
    assert len(loaded) == 4
    assert same(steps[3], expected(VALUES[0, 3]))


@pytest.mark.parametrize("make", [np.float32, np.float64, np.int32])
def test_other_types_go_the_same_way(make: Callable[[Any], Any]) -> None:
    real = np.where(VALUES[0] == FILL, np.nan, VALUES[0] + 0.5)
    values = VALUES[0].astype(np.int32) if make is np.int32 else make(real)
    fill = FILL if make is np.int32 else None
    (steps,) = computed(stored_moments([InMemory(values, 7, 9)], WEIGHTS, fill=fill, bundle=5000))
    for step in (0, 7):
        if make is np.int32:
            assert same(steps[step], expected(VALUES[0, step]))
        else:
            assert np.allclose(
                steps[step].mean, expected(VALUES[0, step]).mean + 0.5, rtol=1e-12, equal_nan=True
            )


def test_areas_without_cells_are_empty() -> None:
    nowhere = build_weights([], GRID)
    (steps,) = computed(stored_moments([InMemory(VALUES[0], 6, 6)], nowhere))
    assert [len(one.n) for one in steps] == [0] * 12


def test_arrays_of_two_layouts_are_refused() -> None:
    two = [InMemory(VALUES[0], 6, 6), InMemory(VALUES[1], 6, 12)]
    with pytest.raises(BadValue, match="layouts"):
        stored_moments(two, WEIGHTS)
    with pytest.raises(BadValue, match="grid"):
        stored_moments([InMemory(VALUES[0, :, :5], 6, 6)], WEIGHTS)


def test_what_cannot_be_read_is_told() -> None:
    class Damaged(InMemory):
        def read(self, row: int, column: int) -> npt.NDArray[Any]:
            raise ArrayDamaged(f"chunk {row}, {column}")

    with pytest.raises(ArrayDamaged, match="chunk 0, 0"):
        computed(stored_moments([Damaged(VALUES[0], 6, 6)], WEIGHTS))
