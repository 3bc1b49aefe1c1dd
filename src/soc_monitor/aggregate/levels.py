"""Levels: squares of cells, each with the exact mean of what it holds, or its share of a class."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate.jit import compiled
from soc_monitor.aggregate.kernel import as_stored

Cells = npt.NDArray[np.generic]
Floats = npt.NDArray[np.float64]

_STRIP: Final = 256
"""Squares across a strip."""


def coarser_means(
    block: Cells, areas: Floats, factors: Sequence[int], fill: float
) -> Iterator[tuple[Floats, Floats]]:
    """Means over squares of cells, weighted by the areas of the cells, for several sizes at once.

    Args:
        block: stored values (y, x); its first row and column begin a square of every size.
        areas: of a cell of each row (y) [m2].
        factors: cells along the side of a square, ascending, each a multiple of the one before.
        fill: stored value that means no data; NaN always does.

    Yields:
        For each factor, (y / factor, x / factor): the mean of the valid cells [as stored], NaN
        where there is none, and the share of the square that they cover [1]. The last row and
        column may be less than whole squares.

    Example:
        >>> block = np.array([[1, 3, -1, -1], [1, 3, 9, -1]], np.int16)
        >>> ((mean, share),) = coarser_means(block, np.array([1.0, 1.0]), (2,), fill=-1)
        >>> mean.tolist(), share.tolist()
        ([[2.0, 9.0]], [[1.0, 0.25]])
    """
    missing = as_stored(fill, block.dtype)
    total, valid = _fold(np.ascontiguousarray(block), missing, areas, factors[0])
    sizes = _sizes(block.shape, areas, factors)
    for grown, held, size in zip(
        _grown(total, factors), _grown(valid, factors), sizes, strict=True
    ):
        with np.errstate(invalid="ignore"):
            yield grown / held, held / size


def class_shares(
    block: Cells, areas: Floats, factors: Sequence[int], code: int
) -> Iterator[Floats]:
    """The share of each square of cells that a class covers, for several sizes at once.

    Args:
        block: codes of classes (y, x); its first row and column begin a square of every size.
        areas: of a cell of each row (y) [m2].
        factors: as for ``coarser_means``.
        code: of the class.

    Yields:
        For each factor, (y / factor, x / factor) [1]; what is no data is none of the class.

    Example:
        >>> block = np.array([[7, 7, 1, 7], [2, 7, 1, 1]], np.uint8)
        >>> [share.tolist() for share in class_shares(block, np.array([3.0, 1.0]), (2,), 7)]
        [[[0.875, 0.375]]]
    """
    covered, _ = _fold((block == code).view(np.uint8), float("nan"), areas, factors[0])
    sizes = _sizes(block.shape, areas, factors)
    yield from (some / size for some, size in zip(_grown(covered, factors), sizes, strict=True))


def _grown(sums: Floats, factors: Sequence[int]) -> Iterator[Floats]:
    """Sums over the smallest squares, added up to those over the larger ones."""
    yield sums
    for smaller, larger in pairwise(factors):
        starts = [np.arange(0, n, larger // smaller) for n in sums.shape]
        sums = np.add.reduceat(np.add.reduceat(sums, starts[0], axis=0), starts[1], axis=1)
        yield sums


def _sizes(shape: tuple[int, ...], areas: Floats, factors: Sequence[int]) -> Iterator[Floats]:
    """Area of the squares of each size [m2]."""
    rows, columns = shape
    for factor in factors:
        heights = np.add.reduceat(areas, np.arange(0, rows, factor))
        widths = np.minimum(columns - np.arange(0, columns, factor), factor)
        yield heights[:, None] * widths


@compiled
def _fold(values: Cells, missing: float, areas: Floats, step: int) -> tuple[Floats, Floats]:
    """Over squares of cells: the sums of area times value, and of the area of valid cells."""
    rows, columns = values.shape
    shape = ((rows + step - 1) // step, (columns + step - 1) // step)
    total, valid = np.zeros(shape), np.zeros(shape)
    # Down the columns first, a strip of them at a time: a row of both sums stays in the cache.
    sums, held = np.zeros(_STRIP * step), np.zeros(_STRIP * step)
    for top in range(0, rows, step):
        for left in range(0, columns, _STRIP * step):
            width = min(_STRIP * step, columns - left)
            sums[:] = 0.0
            held[:] = 0.0
            for i in range(top, min(top + step, rows)):
                line, area = values[i, left : left + width], areas[i]
                for j in range(width):
                    x = np.float64(line[j])
                    there = (x == x) & (x != missing)  # noqa: PLR0124  # NaN equals nothing
                    sums[j] += area * x if there else 0.0
                    held[j] += area if there else 0.0
            into, over = total[top // step, left // step :], valid[top // step, left // step :]
            for b in range((width + step - 1) // step):
                some, seen = 0.0, 0.0
                for j in range(b * step, b * step + step):
                    some += sums[j]
                    seen += held[j]
                into[b] = some
                over[b] = seen
    return total, valid
