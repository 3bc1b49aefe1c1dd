"""From a chunked field to the moments of every area, as a graph that somebody else computes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Self
from weakref import WeakKeyDictionary

import dask.array as da
import numpy as np
import numpy.typing as npt
import xarray as xr
from dask.base import tokenize
from dask.delayed import Delayed, delayed

from soc_monitor.aggregate.blocks import BlockOperator, cut
from soc_monitor.aggregate.kernel import sum_block
from soc_monitor.aggregate.labels import part
from soc_monitor.aggregate.moments import Moments, Partial, join
from soc_monitor.aggregate.weights import Weights
from soc_monitor.errors import BadValue

BUNDLE: Final = 1 << 22
"""Cells that one task takes, if chunks are smaller than that."""
FAN_IN: Final = 16
"""Partials that one task joins."""

Box = tuple[int, int, int, int]
"""First row, row after the last, first column, column after the last."""
Place = tuple[tuple[int, int], Box]
"""Number of a chunk along y and x, and its box."""
Block = npt.NDArray[np.generic]
Chunks = tuple[tuple[int, ...], tuple[int, ...]]
_CUT: Final[WeakKeyDictionary[Weights, dict[Box, BlockOperator]]] = WeakKeyDictionary()
"""Operators that were cut; they go when their weights go."""
_TOUCHED: Final[WeakKeyDictionary[Weights, dict[Chunks, npt.NDArray[np.bool_]]]] = (
    WeakKeyDictionary()
)
"""Which chunks areas touch; likewise."""


def area_moments(
    values: da.Array | xr.DataArray,
    weights: Weights,
    *,
    fill: float | None = None,
    scale: float = 1.0,
    std: da.Array | xr.DataArray | None = None,
    labels: da.Array | xr.DataArray | None = None,
    n_labels: int = 1,
    bundle: int = BUNDLE,
    held: Callable[[], Weights] | None = None,
) -> Delayed:
    """Moments of every area, lazily: nothing is read here.

    One task takes a bundle of chunks; chunks that no area touches are not read. The weights are
    in the graph once, and are cut once for the chunks of a place, whatever the number of steps.
    Memory is bounded by the larger of a chunk and a bundle, per thread. The answer does not depend
    on the chunks, to the last bit.

    Args:
        values: the field (y, x), or a block of steps (time, y, x) [any], on the grid of the
            weights, row 0 in the north.
        weights: what the areas cover.
        fill: value that means missing, as stored; NaN always does.
        scale: value = scale * stored; the sums are of what is stored.
        std: standard errors, of the shape of the values and in the same scale; NaN: not known.
        labels: a second layer (y, x) of classes, such as land cover, that parts every area.
        n_labels: classes 0 to n_labels - 1 count; row a * n_labels + l is class l of area a.
        bundle: cells that one task takes.
        held: loads the same weights, in a worker elsewhere; not given, the graph carries them.

    Returns:
        A delayed ``Moments``, one row per area; of a block, a delayed tuple with one per step.

    Raises:
        BadValue: the field is not on the grid of the weights. When computed: a value is infinite.

    Example:
        >>> import shapely
        >>> from soc_monitor.aggregate.weights import build_weights
        >>> from soc_monitor.model.grid import Grid
        >>> grid = Grid(nx=2, ny=1, west=0, south=0, east=2, north=1)
        >>> weights = build_weights([shapely.box(0, 0, 1.5, 1)], grid)
        >>> values = da.from_array(np.array([[10.0, 40.0]]), chunks=(1, 1))
        >>> area_moments(values, weights).compute().mean.round(9)
        array([20.])
    """
    field = chunked(values, weights)
    errors = None if std is None else chunked(std, weights).rechunk(field.chunks)
    alone = field.ndim == 2
    parted = Parted.of(labels, n_labels, weights, field.chunks[-2:])
    name = tokenize(
        field.name, weights, fill, scale, None if errors is None else errors.name, parted.name,
        n_labels, bundle,
    )  # fmt: skip
    shared: Any = in_graph(weights) if held is None else held
    blocks = field.to_delayed()
    error_blocks = None if errors is None else errors.to_delayed()
    merged = []
    for period, steps in enumerate((1,) if alone else field.chunks[0]):
        # The boxes of a block hold as many cells in every one of its steps.
        level = []
        for number, chunks in enumerate(
            bundles(field.chunks[-2:], weights, max(1, bundle // steps))
        ):
            operators = operators_of(chunks, weights, shared, parted)
            places = [at if alone else (period, *at) for at, _ in chunks]
            level.append(
                delayed(_sum_bundle)(
                    [blocks[at] for at in places],
                    None if error_blocks is None else [error_blocks[at] for at in places],
                    operators,
                    fill,
                    dask_key_name=f"area-partial-{name}-{period}-{number}",
                )
            )
        nothing = Partial.none(steps, weights.quantum, errors=errors is not None)
        merged.append(
            delayed(Moments.merge, nout=steps)(
                joined(level, join, f"area-join-{name}-{period}") or [nothing],
                weights.n_areas * n_labels,
                scale=scale,
                dask_key_name=f"area-merge-{name}-{period}",
            )
        )
    if alone:
        moments: Delayed = merged[0][0]
        return moments
    together: Delayed = delayed(_together)(merged, dask_key_name=f"area-moments-{name}")
    return together


def in_graph(weights: Weights) -> Delayed:
    """Weights as they are in a graph, once."""
    held: Delayed = delayed(weights, name=f"weights-{tokenize(weights)}", traverse=False)
    return held


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """A layer of labels that parts the areas, in the chunks of the field."""

    blocks: Any
    """Delayed blocks by place; None: areas are not parted."""
    n_labels: int
    name: str

    @classmethod
    def of(
        cls,
        labels: da.Array | xr.DataArray | None,
        n_labels: int,
        weights: Weights,
        chunks: Chunks,
    ) -> Self:
        """The labels (y, x), or none."""
        if labels is None:
            return cls(blocks=None, n_labels=1, name="")
        layer = chunked(labels, weights).rechunk(chunks)
        return cls(blocks=layer.to_delayed(), n_labels=n_labels, name=layer.name)


def operators_of(chunks: Sequence[Place], weights: Weights, shared: Any, parted: Parted) -> Delayed:
    """The weights of a bundle of chunks, as a task that all their steps share."""
    boxes = [box for _, box in chunks]
    key = tokenize(weights.token, boxes)
    operators: Delayed = delayed(cut_all)(shared, boxes, dask_key_name=f"area-operators-{key}")
    if parted.blocks is None:
        return operators
    name = tokenize(key, parted.name, parted.n_labels)
    parts: Delayed = delayed(_part)(
        operators,
        [parted.blocks[at] for at, _ in chunks],
        parted.n_labels,
        dask_key_name=f"area-parts-{name}",
    )
    return parts


def joined(level: list[Any], join: Callable[[Any], Any], name: str) -> list[Any]:
    """Partials joined as a tree until a few are left."""
    height = 0
    while len(level) > FAN_IN:
        height += 1
        level = [
            delayed(join)(level[i : i + FAN_IN], dask_key_name=f"{name}-{height}-{i // FAN_IN}")
            for i in range(0, len(level), FAN_IN)
        ]
    return level


def _part(
    operators: Sequence[BlockOperator], labels: Sequence[Block], n_labels: int
) -> list[BlockOperator]:
    """One task: the weights of a bundle, parted by the labels of its chunks."""
    return [part(one, some, n_labels) for one, some in zip(operators, labels, strict=True)]


def cut_all(shared: Weights | Callable[[], Weights], boxes: Sequence[Box]) -> list[BlockOperator]:
    """The weights of a bundle of chunks, cut once for all fields of the same chunks."""
    weights = shared if isinstance(shared, Weights) else shared()
    kept = _CUT.setdefault(weights, {})
    for box in boxes:
        if box not in kept:
            kept[box] = cut(weights, *box)
    return [kept[box] for box in boxes]


def _sum_bundle(
    blocks: Sequence[Block],
    errors: Sequence[Block] | None,
    operators: Sequence[BlockOperator],
    fill: float | None,
) -> Partial:
    """One task: the partial of a bundle of blocks."""
    stds: Sequence[Block | None] = errors or [None] * len(blocks)
    return join(
        [
            sum_block(block, operator, fill=fill, std=std)
            for block, std, operator in zip(blocks, stds, operators, strict=True)
        ]
    )


def _together(merged: Sequence[tuple[Moments, ...]]) -> tuple[Moments, ...]:
    return tuple(moments for steps in merged for moments in steps)


def chunked(values: da.Array | xr.DataArray, weights: Weights) -> Any:
    """The field as a dask array of the weights' grid."""
    inner = values.data if isinstance(values, xr.DataArray) else values
    if inner.ndim not in {2, 3} or inner.shape[-2:] != weights.grid.shape:
        msg = f"a field of shape {inner.shape} is not on the weights' grid {weights.grid.shape}"
        raise BadValue(msg)
    if isinstance(inner, da.Array):
        return inner
    return da.from_array(inner, chunks=inner.shape)


def bundles(chunks: Chunks, weights: Weights, size: int) -> list[list[Place]]:
    """The chunks that any area touches, in rows, bundled up to ``size`` cells."""
    ys, xs = ([0, *np.cumsum(c).tolist()] for c in chunks)
    known = _TOUCHED.setdefault(weights, {})
    if chunks not in known:
        known[chunks] = touched_blocks(weights, ys, xs)
    touched = known[chunks]
    made: list[list[Place]] = []
    room = 0
    for i, (y0, y1) in enumerate(pairwise(ys)):
        for j, (x0, x1) in enumerate(pairwise(xs)):
            if not touched[i, j]:
                continue
            cells = (y1 - y0) * (x1 - x0)
            if not made or cells > room:
                made.append([])
                room = size
            made[-1].append(((i, j), (y0, y1, x0, x1)))
            room -= cells
    return made


def touched_blocks(weights: Weights, ys: Sequence[int], xs: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Which blocks any area touches.

    Args:
        weights: what the areas cover.
        ys: first rows of the blocks, and the end.
        xs: first columns of the blocks, and the end.

    Returns:
        (len(ys) - 1, len(xs) - 1).
    """
    band = np.searchsorted(ys, np.arange(ys[-1]), side="right") - 1
    wide = len(xs) + 1
    run_row = np.repeat(band, np.diff(weights.run_ptr)) * wide
    edge_at = np.repeat(band, np.diff(weights.edge_ptr)) * wide
    edge_at += np.searchsorted(xs, weights.edge_col, side="right") - 1
    starts = np.searchsorted(xs, weights.run_c0, side="right") - 1
    ends = np.searchsorted(xs, weights.run_c1, side="left")
    rise = np.bincount(np.concatenate([run_row + starts, edge_at]), minlength=len(ys) * wide)
    fall = np.bincount(np.concatenate([run_row + ends, edge_at + 1]), minlength=len(ys) * wide)
    inside = np.cumsum((rise - fall).reshape(len(ys), wide), axis=1)
    return np.asarray(inside[: len(ys) - 1, : len(xs) - 1] > 0)
