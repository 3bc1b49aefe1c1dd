"""Many: what is computed of the cells of a pixel and then averaged, for maps of much of the world.

A rank or a score of means is not the mean of the ranks: a dry month of a wide area is a rarer thing
than a dry month of each of its cells. What stands for areas is the mean of the cells; so it does
in a pixel.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Final

import numpy as np

from soc_monitor.maps.decode import decode
from soc_monitor.maps.held import Array, Held
from soc_monitor.maps.levels import read_means_box
from soc_monitor.model import Grid, Slice
from soc_monitor.store import arrays, levels
from soc_monitor.store.chunks import packing
from soc_monitor.store.store import Store

MOST: Final = 250_000_000
"""Cells of all steps of a grid up to which each cell is computed, a few seconds for the world;
beyond it, the means of small squares of cells: neighbours that are much alike."""
STRIP: Final = 120
"""Rows that are computed at a time: of thirty years a block is too much to unpack at once."""
_TURNS: Final = threading.BoundedSemaphore(2)
"""Blocks that are computed at once: each has all its steps in memory, some 150 MB."""

Evaluate = Callable[[Sequence[Array]], Array]
"""Values of some slices (y, x) [their cubes' units] -> what is drawn of them (y, x)."""


def read_many(
    store: Store,
    held: Held,
    pieces: Sequence[Slice],
    key: str,
    evaluate: Evaluate,
    factor: int,
    rows: Array,
    columns: Array,
) -> Array:
    """Means of what is computed of the cells of a level's squares, at some rows and columns.

    Block by block as large as the chunks that are stored; what comes out of a block is held for
    the tiles beside it.

    Args:
        store: where the arrays are.
        held: keeps arrays.
        pieces: what it is computed from, on one grid.
        key: tells what is computed from others that are computed of the same.
        evaluate: computes it.
        factor: cells along the side of a square.
        rows: of the level.
        columns: of the level.

    Returns:
        (y, x) [as ``evaluate`` has it]; NaN where less than half of a square has a value.

    Raises:
        ArrayDamaged: a stored array cannot be read.
    """
    grid = pieces[0].cube.grid
    fine = finest(grid, factor, len(pieces))
    several = () if pieces[0].step is None else (1,)
    ny, nx = (
        max(1, edge // (factor // fine))
        for edge in packing((*several, *levels.shape_of(grid, fine)))["chunks"][-2:]
    )
    ids = tuple(piece.id for piece in pieces)
    found = np.empty((len(rows), len(columns)))
    for i, j in product(np.unique(rows // ny).tolist(), np.unique(columns // nx).tolist()):
        at_y, at_x = np.flatnonzero(rows // ny == i), np.flatnonzero(columns // nx == j)
        y, x = slice(i * ny, (i + 1) * ny), slice(j * nx, (j + 1) * nx)
        make = partial(_block, store, pieces, evaluate, (fine, factor), y, x)
        block = held.get((ids, key, factor, i, j), make)
        found[np.ix_(at_y, at_x)] = block[np.ix_(rows[at_y] - y.start, columns[at_x] - x.start)]
    return found


def finest(grid: Grid, factor: int, steps: int) -> int:
    """The finest level that is computed: 1, the cells themselves, unless they are too many.

    Example:
        >>> world = Grid(nx=43200, ny=21600)
        >>> finest(Grid(nx=3600, ny=1800), 12, 31), finest(world, 108, 4), finest(world, 108, 20)
        (1, 4, 12)
    """
    sizes = (1, *(one for one in levels.FACTORS if one < factor))
    return next((one for one in sizes if grid.nx * grid.ny * steps <= MOST * one * one), factor)


def _block(
    store: Store,
    pieces: Sequence[Slice],
    evaluate: Evaluate,
    sizes: tuple[int, int],
    y: slice,
    x: slice,
) -> Array:
    """Squares of a box of the coarser level (y, x), from the finer one, a few rows at a time."""
    fine, factor = sizes
    ratio = factor // fine
    ny, nx = levels.shape_of(pieces[0].cube.grid, fine)
    rows = slice(y.start * ratio, min(y.stop * ratio, ny))
    columns = slice(x.start * ratio, min(x.stop * ratio, nx))
    with _TURNS:
        return _computed(store, pieces, evaluate, sizes, rows, columns)


def _computed(
    store: Store,
    pieces: Sequence[Slice],
    evaluate: Evaluate,
    sizes: tuple[int, int],
    rows: slice,
    columns: slice,
) -> Array:
    fine, ratio = sizes[0], sizes[1] // sizes[0]
    stored = [_stored(store, piece, fine, rows, columns) for piece in pieces]
    weight = _weight(pieces[0].cube.grid, fine)[rows]
    parts = list[Array]()
    for strip in _strips(len(weight), ratio):
        some = [decode(one[strip], p.cube) for one, p in zip(stored, pieces, strict=True)]
        parts.append(_mean(evaluate(some), weight[strip], ratio))
    return np.concatenate(parts).astype(np.float32)


def _stored(store: Store, piece: Slice, fine: int, rows: slice, columns: slice) -> Array:
    if fine > 1:
        return read_means_box(store, piece, fine, rows, columns)
    return arrays.read_window(store, piece, rows, columns)


def _strips(rows: int, ratio: int) -> Iterator[slice]:
    step = ratio * max(1, STRIP // ratio)
    for top in range(0, rows, step):
        yield slice(top, top + step)


def _weight(grid: Grid, fine: int) -> Array:
    """Area of a cell of each row of a level, on a sphere [any]."""
    edges = np.minimum(np.arange(levels.shape_of(grid, fine)[0] + 1) * fine, grid.ny)
    area: Array = -np.diff(np.sin(np.radians(grid.north - edges * grid.dy)))
    return area


def _mean(values: Array, weight: Array, ratio: int) -> Array:
    """Mean of each square; NaN where less than half of it has a value.

    Example:
        >>> nan = np.nan
        >>> _mean(np.array([[1.0, 3.0, nan, nan], [1.0, 3.0, 9.0, nan]]), np.ones(2), 2).tolist()
        [[2.0, nan]]
    """
    there = np.isfinite(values)
    whole = np.broadcast_to(weight[:, None], values.shape)
    total, known, size = (
        _sums(one, ratio) for one in (np.where(there, values, 0.0) * whole, there * whole, whole)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(2 * known >= size, total / known, np.nan)


def _sums(values: Array, ratio: int) -> Array:
    at = (np.arange(0, size, ratio) for size in values.shape)
    down, across = at
    sums: Array = np.add.reduceat(np.add.reduceat(values, down, axis=0), across, axis=1)
    return sums
