"""Levels: what a map of much of the world is drawn from, in place of every cell."""

from collections.abc import Callable

import numpy as np

from soc_monitor.maps.held import Array, Held
from soc_monitor.model import Slice
from soc_monitor.store import levels
from soc_monitor.store.levels import MEAN, SHARE, WHOLE, class_plane
from soc_monitor.store.store import Store


def pick_level(store: Store, piece: Slice, pixel: float) -> int:
    """The coarsest level whose cells are no wider than a pixel; 1: the cells themselves.

    Args:
        pixel: its width [degrees]; 0: the cells themselves are wanted.
    """
    return levels.coarsest(store, piece, pixel / piece.cube.grid.dx)


def read_means(
    store: Store, held: Held, piece: Slice, factor: int, rows: Array, columns: Array
) -> Array:
    """Means of a level at some of its rows and columns.

    Returns:
        (y, x) as stored; ``cube.fill`` where less than half of a cell has data: as much of the
        map is empty as of the cells.

    Raises:
        ArrayDamaged: a stored array cannot be read.
    """

    def read(y: slice, x: slice) -> Array:
        return _seen(piece, *(levels.read_plane(store, piece, factor, n, y, x) for n in _PLANES))

    return _pick(held, piece, factor, MEAN, read, rows, columns)


def box_of_means(store: Store, piece: Slice, factor: int, y: slice, x: slice) -> Array:
    """Means of a level in a box, of a slice and of those that lie beside it, read now.

    Returns:
        (time, y, x) as stored, as ``store.arrays.read_block`` has the cells; ``cube.fill`` where
        less than half of a cell has data.

    Raises:
        ArrayDamaged: a stored array cannot be read.
    """
    return _seen(piece, *(levels.read_planes(store, piece, factor, n, y, x) for n in _PLANES))


def read_means_box(store: Store, piece: Slice, factor: int, y: slice, x: slice) -> Array:
    """The same of one slice (y, x).

    Raises:
        ArrayDamaged: a stored array cannot be read.
    """
    return _seen(piece, *(levels.read_plane(store, piece, factor, n, y, x) for n in _PLANES))


_PLANES = (MEAN, SHARE)


def _seen(piece: Slice, mean: Array, share: Array) -> Array:
    hole = 2 * share.astype(np.uint32) < WHOLE
    return np.where(hole, piece.cube.fill, mean).astype(mean.dtype)


def read_share(
    store: Store, held: Held, piece: Slice, factor: int, code: int, rows: Array, columns: Array
) -> Array:
    """The share of a class at some rows and columns of a level (y, x) [1].

    Raises:
        ArrayDamaged: a stored array cannot be read.
    """
    name = class_plane(code)

    def read(y: slice, x: slice) -> Array:
        return levels.read_plane(store, piece, factor, name, y, x).copy()

    return _pick(held, piece, factor, name, read, rows, columns) / WHOLE


def _pick(
    held: Held,
    piece: Slice,
    factor: int,
    name: str,
    read: Callable[[slice, slice], Array],
    rows: Array,
    columns: Array,
) -> Array:
    """Some rows and columns of a plane; a small one is held whole, of a large one a box is read."""
    ny, nx = levels.shape_of(piece.cube.grid, factor)
    if ny * nx * levels.dtype_of(piece.cube, name).itemsize <= held.limit // 4:
        whole = held.get((piece.id, factor, name), lambda: read(slice(None), slice(None)))
        return np.asarray(whole[np.ix_(rows, columns)])
    y, x = (slice(int(some.min()), int(some.max()) + 1) for some in (rows, columns))
    return np.asarray(read(y, x)[np.ix_(rows - y.start, columns - x.start)])
