"""Levels: coarser copies of an array, in its own folder, for maps of much of the world.

They belong to the array: flushed, summed, discarded and swept with it, seen once its row is. Arrays
of before there were levels have none, and are read cell by cell.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Final

import numpy as np
import zarr

from soc_monitor.errors import ArrayDamaged
from soc_monitor.model import Cube, Grid, Slice
from soc_monitor.store.chunks import CHUNK, packing
from soc_monitor.store.store import Store
from soc_monitor.store.windows import read_box

Array = np.ndarray[Any, Any]

FACTORS: Final = (4, 12, 36, 108)
"""Cells of the array along the side of a coarser one; a chunk holds whole squares of each."""
MANY: Final = 1 << 22
"""Cells of a grid from which on it has levels: a smaller one is in memory at once."""
SCREEN: Final = 256
"""Cells across below which there is no coarser level: as many pixels has a tile."""
MEAN, SHARE = "mean", "share"
WHOLE: Final = 10_000
"""Stands for the whole of a cell where shares are stored."""

_FOLDER: Final = "levels"


def factors_of(grid: Grid) -> tuple[int, ...]:
    """The levels that an array on a grid has, finest first.

    Example:
        >>> [factors_of(Grid(nx=n, ny=n // 2)) for n in (1440, 7200, 43200)]
        [(), (4, 12), (4, 12, 36, 108)]
    """
    if grid.nx * grid.ny < MANY:
        return ()
    return tuple(factor for factor in FACTORS if max(grid.shape) // factor >= SCREEN)


def planes_of(cube: Cube) -> tuple[str, ...]:
    """What a level holds: the mean and the share of valid area, or the share of each class."""
    return tuple(map(class_plane, sorted(cube.classes))) or (MEAN, SHARE)


def class_plane(code: int) -> str:
    """Where the shares of a class are."""
    return f"class_{code}"


def shape_of(grid: Grid, factor: int) -> tuple[int, int]:
    """Rows and columns of a level; the last ones may hold less than whole squares."""
    return -(-grid.ny // factor), -(-grid.nx // factor)


def dtype_of(cube: Cube, name: str) -> np.dtype[Any]:
    """What a plane is stored as: a mean like the array itself, a share in parts of ``WHOLE``."""
    return np.dtype(cube.dtype if name == MEAN else "uint16")


class Plane:
    """A part of a level as it grows row by row, from the north; whole chunks are written."""

    def __init__(self, store: Store, path: str, cube: Cube, factor: int, name: str) -> None:
        """``path``: of the array that the level belongs to."""
        self._stored = name == MEAN
        self._array = _create(store, path, cube, factor, name)
        self._rows: list[Array] = []
        self._top = 0

    def add(self, rows: Array) -> None:
        """The next rows (y, x), as they are stored."""
        self._rows.append(rows)
        if sum(map(len, self._rows)) >= CHUNK:
            self.end()

    def end(self) -> None:
        """Write what waits."""
        if self._rows:
            rows = np.concatenate(self._rows)
            self._array[self._top : self._top + len(rows)] = rows
            self._top += len(rows)
            self._rows = []


def _create(store: Store, path: str, cube: Cube, factor: int, name: str, steps: int = 0) -> Any:
    shape = (*((steps,) if steps else ()), *shape_of(cube.grid, factor))
    return zarr.create_array(
        str(store.arrays / path / _FOLDER / str(factor) / name),
        shape=shape,
        dtype=dtype_of(cube, name),
        fill_value=cube.fill if name == MEAN else 0,
        **packing(shape),
        config={"write_empty_chunks": True},
        attributes={"of": cube.id, "factor": factor},
    )


def coarsest(store: Store, piece: Slice, cells: float) -> int:
    """The coarsest level of a slice whose cells are no wider than so many of its own.

    Returns:
        Its factor; 1: there is none, the array itself is to be read.

    Example:
        A pixel of three cells is drawn from the array, one of five from its first level.
    """
    if cells < FACTORS[0]:
        return 1
    there = (f for f in reversed(FACTORS) if f <= cells and _has(store, piece, f))
    return next(there, 1)


def _has(store: Store, piece: Slice, factor: int) -> bool:
    # A job may have been given other classes since the array was written.
    folder = store.arrays / piece.path / _FOLDER / str(factor)
    return all((folder / name).is_dir() for name in planes_of(piece.cube))


def read_plane(
    store: Store,
    piece: Slice,
    factor: int,
    name: str,
    rows: slice = slice(None),
    columns: slice = slice(None),
) -> Array:
    """A box of a plane of a level, as it is stored (y, x).

    Raises:
        ArrayDamaged: files are missing or do not have their checksum.
    """
    planes = read_planes(store, piece, factor, name, rows, columns)
    return np.asarray(planes[piece.step or 0])


def read_planes(
    store: Store, piece: Slice, factor: int, name: str, rows: slice, columns: slice
) -> Array:
    """The same box of a slice and of those that lie beside it (time, y, x), each chunk read once.

    Raises:
        ArrayDamaged: files are missing or do not have their checksum.
    """
    folder = store.arrays / piece.path / _FOLDER / str(factor) / name
    try:
        box: Array = read_box(folder, dtype_of(piece.cube, name), rows, columns)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        where = f"{piece.cube.id} {piece.period}, level {factor}"
        raise ArrayDamaged(f"{where}: {error}") from error
    return box[None] if piece.step is None else box


def join(store: Store, pieces: Sequence[Slice], path: str) -> None:
    """Write the levels of some slices of a cube side by side, beside the block of their arrays.

    A level that one of them does not have, the block does not have.

    Raises:
        ArrayDamaged: one of them cannot be read.
    """
    cube = pieces[0].cube
    factors = [f for f in FACTORS if all(_has(store, piece, f) for piece in pieces)]
    for factor, name in product(factors, planes_of(cube)):
        array = _create(store, path, cube, factor, name, steps=len(pieces))
        for rows in _bands(array.shape[1]):
            band = [read_plane(store, piece, factor, name, rows) for piece in pieces]
            array[:, rows] = np.stack(band)


def _bands(rows: int) -> Iterator[slice]:
    for top in range(0, rows, CHUNK):
        yield slice(top, min(top + CHUNK, rows))
