"""From fields that are made box by box to the moments of every area.

Fields that are made of the same stored ones are made together: what they share is read once for
all of them, and no field is ever whole in memory.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from typing import Any

from dask.base import tokenize
from dask.delayed import Delayed, delayed

from soc_monitor.aggregate.kernel import sum_block
from soc_monitor.aggregate.moments import Moments, Partial
from soc_monitor.aggregate.reduce import Block, Box, bundles, cut_all, in_graph
from soc_monitor.aggregate.weights import Weights

Fields = Callable[[slice, slice], Iterable[Block]]
"""(rows, columns) of a box -> the fields there, each (y, x), always in the same order."""


def boxed_moments(
    fields: Fields,
    count: int,
    weights: Weights,
    *,
    edge: int,
    held: Callable[[], Weights] | None = None,
) -> Delayed:
    """Moments of every area for each of some fields, lazily: nothing is made here.

    One task takes a box: a field is summed and dropped before the next is made. Boxes that no area
    touches are never asked for. The answer does not depend on the boxes, to the last bit.

    Args:
        fields: makes them in a box; NaN means missing.
        count: how many there are.
        weights: what the areas cover.
        edge: rows and columns of a box.
        held: as in ``stored_moments``.

    Returns:
        A delayed list of ``Moments``, one for each field.

    Example:
        >>> import numpy as np
        >>> import shapely
        >>> from soc_monitor.aggregate.weights import build_weights
        >>> from soc_monitor.model.grid import Grid
        >>> def twice(rows, columns):
        ...     stored = np.array([[10.0, 40.0]])[rows, columns]
        ...     yield from (stored, 2 * stored)
        >>> grid = Grid(nx=2, ny=1, west=0, south=0, east=2, north=1)
        >>> weights = build_weights([shapely.box(0, 0, 1.5, 1)], grid)
        >>> [m.mean.round(9) for m in boxed_moments(twice, 2, weights, edge=1).compute()]
        [array([20.]), array([40.])]
    """
    name = tokenize(fields, count, weights, edge)
    shared: Any = in_graph(weights) if held is None else held
    sizes = tuple(tuple(min(edge, n - at) for at in range(0, n, edge)) for n in weights.grid.shape)
    boxes = [box for _, box in chain.from_iterable(bundles((sizes[0], sizes[1]), weights, 1))]
    parts = [
        delayed(partial(_sum_box, fields, box), traverse=False)(
            shared, dask_key_name=f"area-box-{name}-{number}"
        )
        for number, box in enumerate(boxes)
    ]
    nothing = [Partial.none(1, weights.quantum)] * count
    every: Delayed = delayed(partial(_merge, nothing, weights.n_areas), traverse=False)(
        parts, dask_key_name=f"area-boxes-{name}"
    )
    return every


def _sum_box(fields: Fields, box: Box, shared: Weights | Callable[[], Weights]) -> list[Partial]:
    """One task: the partials of a box, one for each field."""
    (operator,) = cut_all(shared, [box])
    y0, y1, x0, x1 = box
    return [sum_block(field, operator) for field in fields(slice(y0, y1), slice(x0, x1))]


def _merge(
    nothing: Sequence[Partial], n_areas: int, parts: Sequence[Sequence[Partial]]
) -> list[Moments]:
    """One task: the moments of each field from its partials."""
    return [
        Moments.merge([none, *some], n_areas)[0]
        for none, *some in zip(nothing, *parts, strict=True)
    ]
