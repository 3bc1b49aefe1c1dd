"""Compare: base and gain of the cells of a change, from one step of its course after the other."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby, product

import numpy as np

from soc_monitor.maps.decode import decode
from soc_monitor.maps.held import Array, Held
from soc_monitor.maps.levels import box_of_means
from soc_monitor.model import Slice
from soc_monitor.model.trend import Course, compared
from soc_monitor.store import arrays, levels
from soc_monitor.store.chunks import packing
from soc_monitor.store.store import Store


def read_change(
    store: Store,
    held: Held,
    record: Sequence[Slice],
    how: Course,
    factor: int,
    rows: Array,
    columns: Array,
) -> Array:
    """The stock of the base and what was gained over the years, at some rows and columns.

    The cells are read in blocks as large as the chunks that are stored. What comes out of a block
    is held, for the next tile or click beside it; of more blocks than a quarter of what may be
    held only what is asked for is read, and nothing is kept.

    Args:
        store: where the arrays are.
        held: keeps arrays.
        record: a slice of one cube for every step of the course, in its order.
        how: the course.
        factor: the level that is read; 1: the cells themselves.
        rows: of the level.
        columns: of the level.

    Returns:
        Base and gain (2, y, x) [the cube's unit]; NaN where a step has no value.

    Raises:
        ArrayDamaged: a stored array cannot be read.
    """
    shape = levels.shape_of(record[0].cube.grid, factor)
    several = () if record[0].step is None else (1,)
    ny, nx = packing((*several, *shape))["chunks"][-2:]
    found = np.empty((2, len(rows), len(columns)))
    blocks = list(product(np.unique(rows // ny).tolist(), np.unique(columns // nx).tolist()))
    keep = len(blocks) * ny * nx * 2 * found.itemsize <= held.limit // 4
    ids = tuple(piece.id for piece in record)
    for i, j in blocks:
        at_y, at_x = np.flatnonzero(rows // ny == i), np.flatnonzero(columns // nx == j)
        if keep:
            y, x = slice(i * ny, (i + 1) * ny), slice(j * nx, (j + 1) * nx)
            make = partial(_change, store, record, how, factor, y, x)
            block = held.get((ids, how, factor, i, j), make)
        else:
            y, x = _span(rows[at_y]), _span(columns[at_x])
            block = _change(store, record, how, factor, y, x)
        picked = block[:, (rows[at_y] - y.start)[:, None], (columns[at_x] - x.start)[None, :]]
        found[:, at_y[:, None], at_x[None, :]] = picked
    return found


def _span(some: Array) -> slice:
    return slice(int(some.min()), int(some.max()) + 1)


def _change(
    store: Store, record: Sequence[Slice], how: Course, factor: int, y: slice, x: slice
) -> Array:
    return np.stack(compared(_steps(store, record, factor, y, x), how))


def _steps(
    store: Store, record: Sequence[Slice], factor: int, y: slice, x: slice
) -> Iterator[Array]:
    """A box of one step after the other; steps that lie beside each other are unpacked once."""
    for _, beside in groupby(record, key=lambda piece: piece.path):
        some = list(beside)
        if factor == 1:
            box = arrays.read_block(store, some[0], y, x)
        else:
            box = box_of_means(store, some[0], factor, y, x)
        for piece in some:
            yield decode(box[piece.step or 0], piece.cube).astype(np.float64)
