"""Nested: a map of classes whose cells lie, a whole number of them, in those of a coarser grid.

Read by bands of rows, each once: a map of the world at 300 m has more cells than may be held.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from soc_monitor.decoding import bands, warp
from soc_monitor.decoding.bounds import Refused

Read = Callable[[int, int], Any]
"""(first row, end) -> rows of the file."""


def write(
    read: Read, shape: tuple[int, int], told: Iterable[float], step: int, nodata: Any,
    target: Path, onto: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """The most frequent class of each cell, as uint8; of several, the one of the lowest code.

    Args:
        read: rows of the file.
        shape: its rows and columns.
        told: its affine transform: (dx, skew, west, skew, dy, north).
        step: rows that it is read by.
        nodata: what it says is no data; None: nothing is.
        target: the file to write; 0 where no class is.
        onto: the grid, and ``classes``: the codes that there are.

    Returns:
        Where the cells lie now, in the words of a raster.
    """
    side = _side(shape, list(told), onto)
    none = {0} if nodata is None else {0, int(nodata)}
    codes = np.array([0, *sorted(set(onto["classes"]) - none)])
    # 0: no data; a number: a class; the last: what is no class at all.
    table = np.full(256, len(codes), np.int64)
    table[codes], table[list(none)] = np.arange(len(codes)), 0
    width = len(codes) + 1
    base = np.repeat(np.arange(onto["nx"]) * width, side)
    unknown = [0]

    def rows() -> Iterator[Any]:
        for block in _blocks(read, shape[0], step, side):
            seen = np.bincount((table[block] + base).ravel(), minlength=onto["nx"] * width)
            counts = seen.reshape(onto["nx"], width)
            unknown[0] += int(counts[:, -1].sum())
            classes = counts[:, 1:-1]
            best = codes[1:][classes.argmax(axis=1)]
            yield np.where(classes.any(axis=1), best, 0).astype(np.uint8)[None, :]

    bands.write(target, (onto["ny"], onto["nx"]), np.uint8, rows())
    if unknown[0] > onto["outside_share"] * shape[0] * shape[1]:
        raise Refused("range", f"{unknown[0]} cells of no class that is declared")
    return warp.describe(onto)


def _side(shape: tuple[int, int], told: list[float], onto: dict[str, Any]) -> int:
    """How many cells of the file a side of one of ours has."""
    (rows, columns), (dx, _, west, _, dy, north) = shape, told
    side = int(columns // onto["nx"])
    if side < 1 or (rows, columns) != (side * onto["ny"], side * onto["nx"]):
        raise Refused("grid", f"{columns} x {rows} cells are not so many in each of ours")
    found = (west, north, west + dx * columns, north + dy * rows)
    wanted = (onto["west"], onto["north"], onto["east"], onto["south"])
    # Stored with seven digits at most, as edges of whole grids are.
    if any(abs(a - b) > abs(dx) / 10 for a, b in zip(found, wanted, strict=True)):
        raise Refused("grid", f"west {west}, north {north}, east {found[2]}, south {found[3]}")
    return side


def _blocks(read: Read, height: int, step: int, side: int) -> Iterator[Any]:
    """Rows of the file, as many at once as a row of ours has; what is over waits for the next."""
    rest: Any = None
    for first in range(0, height, step):
        band = read(first, min(first + step, height))
        if band.dtype.itemsize != 1:
            raise Refused("dtype", f"{band.dtype}: classes are one byte each")
        band = band.view(np.uint8)
        band = band if rest is None else np.concatenate([rest, band])
        whole = len(band) // side * side
        for row in range(0, whole, side):
            yield band[row : row + side]
        rest = band[whole:].copy()
