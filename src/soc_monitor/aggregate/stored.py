"""From stored arrays to the moments of every area: few tasks, each of which reads for itself.

A task that unpacks a chunk, sums it and drops it before the next holds one chunk, however much it
is given; so it is given much, and what Dask costs for a task is little beside it.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
from dask.base import tokenize
from dask.delayed import Delayed, delayed

from soc_monitor.aggregate.blocks import BlockOperator
from soc_monitor.aggregate.kernel import Tally
from soc_monitor.aggregate.moments import Moments, Partial
from soc_monitor.aggregate.reduce import Place, bundles, cut_all, in_graph
from soc_monitor.aggregate.weights import Weights
from soc_monitor.errors import BadValue

BUNDLE: Final = 1 << 25
"""Cells that one task takes: a tenth of a second or more of work."""


class Readable(Protocol):
    """An array that is read chunk by chunk."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(y, x) or (time, y, x)."""

    @property
    def chunks(self) -> tuple[int, ...]:
        """Of a whole chunk; all steps are in one."""

    def read(self, row: int, column: int) -> npt.NDArray[np.generic]:
        """The chunk at a place of the map, as ``shape`` without its cells elsewhere."""


def stored_moments(
    sources: Sequence[Readable],
    weights: Weights,
    *,
    fill: float | None = None,
    scale: float = 1.0,
    bundle: int = BUNDLE,
    held: Callable[[], Weights] | None = None,
) -> Delayed:
    """Moments of every area at every step of some stored arrays, lazily: nothing is read here.

    One task takes several arrays, or some chunks of one; chunks that no area touches are never
    opened. The answer does not depend on how the work is cut, to the last bit.

    Args:
        sources: arrays of one layout on the grid of the weights, row 0 in the north.
        weights: what the areas cover.
        fill: value that means missing, as stored; NaN always does.
        scale: value = scale * stored.
        bundle: cells that one task takes.
        held: loads the same weights, in a worker elsewhere; not given, the graph carries them.

    Returns:
        A delayed list: for each source a tuple of ``Moments``, one per step.

    Raises:
        BadValue: the arrays are not on the grid of the weights, or not of one layout. When
            computed: whatever reading raises.

    Example:
        >>> import shapely
        >>> from soc_monitor.aggregate.weights import build_weights
        >>> from soc_monitor.model.grid import Grid
        >>> class Made:
        ...     shape, chunks = (1, 2), (1, 1)
        ...
        ...     def read(self, row, column):
        ...         return np.array([[10.0, 40.0]])[row : row + 1, column : column + 1]
        >>> grid = Grid(nx=2, ny=1, west=0, south=0, east=2, north=1)
        >>> weights = build_weights([shapely.box(0, 0, 1.5, 1)], grid)
        >>> stored_moments([Made()], weights).compute()[0][0].mean.round(9)
        array([20.])
    """
    layouts = {(source.shape, source.chunks) for source in sources}
    if len(layouts) != 1 or sources[0].shape[-2:] != weights.grid.shape:
        msg = f"arrays of layouts {sorted(layouts)} are not on one grid of {weights.grid.shape}"
        raise BadValue(msg)
    ((shape, chunks),) = layouts
    steps = shape[0] if len(shape) == 3 else 1
    name = tokenize(list(sources), weights, fill, scale, bundle)
    shared: Any = in_graph(weights) if held is None else held
    places = bundles(_edges(shape, chunks), weights, max(1, bundle // steps))
    # Whole arrays first: the sums of a task that has all chunks need no merging.
    together = 1
    if len(places) == 1:
        cells = steps * sum((y1 - y0) * (x1 - x0) for _, (y0, y1, x0, x1) in places[0])
        together = max(1, bundle // cells)
    merged = []
    for first in range(0, len(sources), together):
        some = list(sources[first : first + together])
        nothing = [Partial.none(steps, weights.quantum) for _ in some]
        parts = [
            # What is bound beforehand is not looked through by Dask for tasks, entry by entry.
            delayed(partial(_sum_places, some, chosen, fill), traverse=False)(
                shared, dask_key_name=f"area-sums-{name}-{first}-{number}"
            )
            for number, chosen in enumerate(places)
        ]
        merged.append(
            delayed(partial(_merge, nothing, weights.n_areas, scale), traverse=False)(
                parts, dask_key_name=f"area-merged-{name}-{first}"
            )
        )
    every: Delayed = delayed(_one_list)(merged, dask_key_name=f"area-stored-{name}")
    return every


def _edges(
    shape: tuple[int, ...], chunks: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Sizes of the chunks along y and x."""
    ys, xs = (
        tuple(min(chunk, size - at) for at in range(0, size, chunk))
        for size, chunk in zip(shape[-2:], chunks[-2:], strict=True)
    )
    return ys, xs


def _sum_places(
    sources: Sequence[Readable],
    places: Sequence[Place],
    fill: float | None,
    shared: Weights | Callable[[], Weights],
) -> list[Partial]:
    """One task: the partial of some chunks, for each source."""
    operators = cut_all(shared, [box for _, box in places])
    areas = np.unique(np.concatenate([operator.areas for operator in operators]))
    return [_sum_source(source, places, operators, areas, fill) for source in sources]


def _sum_source(
    source: Readable,
    places: Sequence[Place],
    operators: Sequence[BlockOperator],
    areas: npt.NDArray[np.int32],
    fill: float | None,
) -> Partial:
    """The partial of some chunks of one array; each is dropped before the next is read."""
    steps = source.shape[0] if len(source.shape) == 3 else 1
    tally = Tally(areas, steps, operators[0].quantum)
    for (at, _), operator in zip(places, operators, strict=True):
        tally.add(source.read(*at), operator, fill)
    return tally.partial()


def _merge(
    nothing: Sequence[Partial],
    n_areas: int,
    scale: float,
    parts: Sequence[Sequence[Partial]],
) -> list[tuple[Moments, ...]]:
    """One task: the moments of each source from its partials."""
    return [
        Moments.merge([none, *(part[k] for part in parts)], n_areas, scale=scale)
        for k, none in enumerate(nothing)
    ]


def _one_list(merged: Sequence[Sequence[tuple[Moments, ...]]]) -> list[tuple[Moments, ...]]:
    return [moments for some in merged for moments in some]
