"""Blocks: the weights of one chunk of a field, grouped by area.

The sums of an area then stay in one place while its cells are read.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate.grid import row_area
from soc_monitor.aggregate.weights import Weights
from soc_monitor.errors import BadValue

MOST_CELLS: Final = 1 << 30
"""Cells of the largest block: offsets must not overflow."""
PIECE: Final = 256
"""Cells of the longest run: longer ones are cut, so that sums over few of them fit 64 bits."""

Integers = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockOperator:
    """The weights of one block of cells, grouped by area.

    A run is some cells of a row that weigh the same: whole cells, or one cell at an edge. Area k
    has the runs ``ptr[k]:ptr[k + 1]``. Offsets count the cells of the block row by row.
    """

    areas: Integers
    """Index of each area in the block (k) [1], ascending."""
    ptr: Longs
    offset: Integers
    """First cell (run) [1]."""
    length: Integers
    """Cells (run) [1], up to 256."""
    weight: Longs
    """Weight of each cell of the run (run) [quanta]."""
    quantum: float
    """What the weights are counted in [m2]."""


def cut(weights: Weights, y0: int, y1: int, x0: int, x1: int) -> BlockOperator:
    """The weights of the block of rows y0 to y1 - 1 and columns x0 to x1 - 1.

    Args:
        weights: of the whole grid.
        y0: first row.
        y1: row after the last.
        x0: first column.
        x1: column after the last.

    Returns:
        The operator for a block of that shape.

    Raises:
        BadValue: the block has more cells than offsets can count.
    """
    width = x1 - x0
    if (y1 - y0) * width > MOST_CELLS:
        msg = f"a block of {y1 - y0} x {width} cells is too large"
        raise BadValue(msg)
    cell = row_area(weights.grid) / weights.quantum
    run_row, runs = _of_rows(weights.run_ptr, y0, y1)
    c0 = np.maximum(weights.run_c0[runs], x0)
    c1 = np.minimum(weights.run_c1[runs], x1)
    some = np.flatnonzero(c1 > c0)
    pieces = -(-(c1 - c0)[some] // PIECE)
    run = np.repeat(some, pieces)
    start = c0[run] + PIECE * (np.arange(len(run)) - np.repeat(np.cumsum(pieces) - pieces, pieces))
    edge_row, edges = _of_rows(weights.edge_ptr, y0, y1)
    col = weights.edge_col[edges]
    edge = np.flatnonzero((col >= x0) & (col < x1))
    area = np.concatenate([weights.run_area[runs][run], weights.edge_area[edges][edge]])
    row = np.concatenate([run_row[run], edge_row[edge]])
    share = np.concatenate([np.ones(len(run)), weights.edge_share[edges][edge]])
    first = np.concatenate([start, col[edge]])
    length = np.concatenate([np.minimum(c1[run] - start, PIECE), np.ones(len(edge), np.int64)])
    order = np.argsort(area, kind="stable")
    areas, counts = np.unique(area, return_counts=True)
    return BlockOperator(
        areas=areas.astype(np.int32),
        ptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        offset=((row - y0) * width + first - x0)[order].astype(np.int32),
        length=length[order].astype(np.int32),
        # A cell that is touched is there, however little of it.
        weight=np.maximum(np.rint(cell[row] * share), 1.0)[order].astype(np.int64),
        quantum=weights.quantum,
    )


def _of_rows(ptr: Longs, y0: int, y1: int) -> tuple[Longs, slice]:
    """Row of each entry of the rows y0 to y1 - 1, and where the entries are."""
    row = np.repeat(np.arange(y0, y1), np.diff(ptr[y0 : y1 + 1]))
    return row, slice(int(ptr[y0]), int(ptr[y1]))
