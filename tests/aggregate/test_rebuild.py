"""Weights after a revision: the same bits as built anew."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_monitor.aggregate import build_weights, rebuild_weights
from soc_monitor.errors import BadValue
from soc_monitor.model.grid import Grid

GRID = Grid(nx=36, ny=18)
SHAPES = [
    shapely.Polygon([(-170, -80), (100, 3), (-20, 77)]),
    shapely.box(3, 3, 40, 41),
    shapely.box(40, 3, 63, 41),
    shapely.Point(0, 0).buffer(33),
    shapely.box(51, 51, 52, 52),
]
KNOWN = build_weights(SHAPES[:4], GRID)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=7))
def test_whatever_is_reused_the_weights_are_those_built_anew(
    chosen: list[tuple[int, bool]],
) -> None:
    shapes = [SHAPES[i] for i, _ in chosen]
    same = [i if reuse and i < 4 else -1 for i, reuse in chosen]
    found, expected = rebuild_weights(shapes, KNOWN, same), build_weights(shapes, GRID)
    assert found.token == expected.token
    for name, array in expected.to_arrays().items():
        assert np.array_equal(found.to_arrays()[name], array)
        assert found.to_arrays()[name].dtype == array.dtype


def test_the_whole_grid_beside_the_known_areas_is_left_out() -> None:
    found = rebuild_weights(SHAPES[:1], KNOWN.with_whole_grid(), [0])
    assert found.token == build_weights(SHAPES[:1], GRID).token


def test_every_geometry_needs_its_row() -> None:
    with pytest.raises(BadValue, match="2 geometries"):
        rebuild_weights(SHAPES[:2], KNOWN, [0])
