"""From a chunked field to the moments of every area, as a graph that somebody else computes."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final
from weakref import WeakKeyDictionary

import dask.array as da
import numpy as np
import numpy.typing as npt
import xarray as xr
from dask.base import tokenize
from dask.delayed import Delayed, delayed

from soc_monitor.aggregate.blocks import BlockOperator, cut
from soc_monitor.aggregate.kernel import sum_block
from soc_monitor.aggregate.moments import Moments, Partial, join
from soc_monitor.aggregate.weights import Weights
from soc_monitor.errors import BadValue

BUNDLE: Final = 1 << 22
"""Cells that one task takes, if chunks are smaller than that."""
FAN_IN: Final = 16
"""Partials that one task joins."""

Box = tuple[int, int, int, int]
_CUT: Final[WeakKeyDictionary[Weights, dict[Box, BlockOperator]]] = WeakKeyDictionary()
"""Operators that were cut; they go when their weights go."""
Block = npt.NDArray[np.generic]


def area_moments(
    values: da.Array | xr.DataArray,
    weights: Weights,
    *,
    fill: float | None = None,
    scale: float = 1.0,
    std: da.Array | xr.DataArray | None = None,
    bundle: int = BUNDLE,
    held: Delayed | None = None,
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
        bundle: cells that one task takes.
        held: the same weights as a task that loads them, for workers in other processes; not
            given, the graph carries the weights themselves.

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
    if alone:
        field, errors = field[None], None if errors is None else errors[None]
    name = tokenize(
        field.name, weights, fill, scale, None if errors is None else errors.name, bundle
    )
    shared = held
    if shared is None:
        shared = delayed(weights, name=f"weights-{tokenize(weights)}", traverse=False)
    blocks = field.to_delayed()
    error_blocks = None if errors is None else errors.to_delayed()
    merged = []
    for period, steps in enumerate(field.chunks[0]):
        # The boxes of a block hold as many cells in every one of its steps.
        bundles = _bundles(field.chunks[1:], weights, max(1, bundle // steps))
        level = []
        for number, chunks in enumerate(bundles):
            boxes = [box for _, box in chunks]
            operators = delayed(_cut)(
                shared, boxes, dask_key_name=f"area-operators-{tokenize(weights.token, boxes)}"
            )
            places = [(period, *at) for at, _ in chunks]
            level.append(
                delayed(_sum_bundle)(
                    [blocks[at] for at in places],
                    None if error_blocks is None else [error_blocks[at] for at in places],
                    operators,
                    fill,
                    dask_key_name=f"area-partial-{name}-{period}-{number}",
                )
            )
        merged.append(
            _merged(level, weights, scale, f"{name}-{period}", steps, errors=errors is not None)
        )
    if alone:
        moments: Delayed = merged[0][0]
        return moments
    together: Delayed = delayed(_together)(merged, dask_key_name=f"area-moments-{name}")
    return together


def _merged(
    level: list[Any], weights: Weights, scale: float, name: str, steps: int, *, errors: bool
) -> Any:
    """The partials of one block of steps as a delayed tuple of moments, joined as a tree."""
    height = 0
    while len(level) > FAN_IN:
        height += 1
        level = [
            delayed(join)(
                level[i : i + FAN_IN], dask_key_name=f"area-join-{name}-{height}-{i // FAN_IN}"
            )
            for i in range(0, len(level), FAN_IN)
        ]
    return delayed(Moments.merge, nout=steps)(
        level or [Partial.none(steps, weights.quantum, errors=errors)],
        weights.n_areas,
        scale=scale,
        dask_key_name=f"area-merge-{name}",
    )


def _cut(weights: Weights, boxes: Sequence[Box]) -> list[BlockOperator]:
    """One task: the weights of a bundle of chunks, cut once for all fields of the same chunks."""
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


def _bundles(
    chunks: tuple[tuple[int, ...], tuple[int, ...]], weights: Weights, size: int
) -> list[list[tuple[tuple[int, int], Box]]]:
    """The chunks that any area touches, in rows, bundled up to ``size`` cells."""
    ys, xs = ([0, *np.cumsum(c).tolist()] for c in chunks)
    touched = touched_blocks(weights, ys, xs)
    bundles: list[list[tuple[tuple[int, int], Box]]] = []
    room = 0
    for i, (y0, y1) in enumerate(pairwise(ys)):
        for j, (x0, x1) in enumerate(pairwise(xs)):
            if not touched[i, j]:
                continue
            cells = (y1 - y0) * (x1 - x0)
            if not bundles or cells > room:
                bundles.append([])
                room = size
            bundles[-1].append(((i, j), (y0, y1, x0, x1)))
            room -= cells
    return bundles


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
