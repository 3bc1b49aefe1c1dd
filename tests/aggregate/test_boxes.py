"""Fields made box by box: what is asked for, how often, and that the boxes change no bit."""

from collections.abc import Callable, Iterator
from typing import Any

import dask.array
import numpy as np
import pytest
import shapely

from soc_monitor.aggregate import Moments, area_moments, boxed_moments, build_weights
from soc_monitor.model.grid import Grid

da: Any = dask.array  # it ships no types
GRID = Grid(nx=48, ny=24)
WEIGHTS = build_weights([shapely.box(3, 3, 40, 41), shapely.box(-170, -80, -20, -1)], GRID)
VALUES = np.random.default_rng(1).normal(60, 20, (3, *GRID.shape)).astype(np.float32)
VALUES[:, np.random.default_rng(2).random(GRID.shape) < 0.2] = np.nan


class Made:
    """Three fields, and the boxes that were asked for."""

    def __init__(self) -> None:
        self.boxes: list[tuple[int, int]] = []

    def __call__(self, rows: slice, columns: slice) -> Iterator[np.ndarray[Any, Any]]:
        self.boxes.append((rows.start, columns.start))
        yield from VALUES[:, rows, columns]

    def __dask_tokenize__(self) -> object:
        return id(self)


def computed(lazy: Any) -> Any:
    return lazy.compute()


def same(one: Moments, other: Moments) -> bool:
    names = ("n", "w", "wx", "wxx", "low", "high")
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in names
    )


@pytest.mark.parametrize("edge", [5, 7, 48, 1080])
@pytest.mark.parametrize("held", [None, lambda: WEIGHTS])
def test_the_sums_are_those_of_each_field_alone_whatever_the_boxes(
    edge: int, held: Callable[[], Any] | None
) -> None:
    found = computed(boxed_moments(Made(), 3, WEIGHTS, edge=edge, held=held))
    assert len(found) == 3
    for one, values in zip(found, VALUES, strict=True):
        alone = computed(area_moments(da.from_array(values, chunks=11), WEIGHTS))
        assert same(one, alone)
        assert (alone.n > 0).all()


def test_a_box_is_asked_for_once_and_not_at_all_where_no_area_is() -> None:
    made = Made()
    lazy = boxed_moments(made, 3, WEIGHTS, edge=6)
    assert made.boxes == [], "nothing is made before it is computed"
    computed(lazy)
    assert len(set(made.boxes)) == len(made.boxes) < 4 * 8
    # One area lies in the south, the other in the north between 3 and 40 degrees east.
    assert {column // 6 for row, column in made.boxes if row < 12} == {4}
