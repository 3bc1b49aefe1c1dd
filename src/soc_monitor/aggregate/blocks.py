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

MOST_CELLS: Final = 1 << 28
"""Cells of the largest block: its sums must not overflow, nor its offsets."""
MOST_COLUMNS: Final = 1 << 21
"""Columns of the widest block: squares of 16 bits add up to 2**53 at most."""

Integers = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockOperator:
    """The weights of one block of cells, grouped by area.

    Offsets count the cells of the block row by row.
    """

    areas: Integers
    """Index of each area in the block (k) [1], ascending."""
    run_ptr: Longs
    run_offset: Integers
    run_length: Integers
    run_m2: Floats
    """Area of each cell of the run (run) [m2]."""
    edge_ptr: Longs
    edge_offset: Integers
    edge_m2: Floats
    """Area of the cell times its share (edge) [m2]."""


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
        BadValue: the block has more cells than its sums or offsets can hold.
    """
    width = x1 - x0
    if (y1 - y0) * width > MOST_CELLS or width > MOST_COLUMNS:
        msg = f"a block of {y1 - y0} x {width} cells is too large"
        raise BadValue(msg)
    cell = row_area(weights.grid)
    rows = np.arange(y0, y1)
    some = slice(weights.run_ptr[y0], weights.run_ptr[y1])
    row = np.repeat(rows, np.diff(weights.run_ptr[y0 : y1 + 1]))
    c0 = np.maximum(weights.run_c0[some], x0)
    c1 = np.minimum(weights.run_c1[some], x1)
    keep = np.flatnonzero(c1 > c0)
    keep = keep[np.argsort(weights.run_area[some][keep], kind="stable")]
    edge_some = slice(weights.edge_ptr[y0], weights.edge_ptr[y1])
    edge_row = np.repeat(rows, np.diff(weights.edge_ptr[y0 : y1 + 1]))
    col = weights.edge_col[edge_some]
    edge_keep = np.flatnonzero((col >= x0) & (col < x1))
    edge_keep = edge_keep[np.argsort(weights.edge_area[edge_some][edge_keep], kind="stable")]
    run_area = weights.run_area[some][keep]
    edge_area = weights.edge_area[edge_some][edge_keep]
    areas = np.union1d(run_area, edge_area).astype(np.int32)
    ends = np.append(areas, np.int32(weights.n_areas))
    return BlockOperator(
        areas=areas,
        run_ptr=np.searchsorted(run_area, ends).astype(np.int64),
        run_offset=((row[keep] - y0) * width + c0[keep] - x0).astype(np.int32),
        run_length=(c1 - c0)[keep].astype(np.int32),
        run_m2=cell[row[keep]],
        edge_ptr=np.searchsorted(edge_area, ends).astype(np.int64),
        edge_offset=((edge_row[edge_keep] - y0) * width + col[edge_keep] - x0).astype(np.int32),
        edge_m2=cell[edge_row[edge_keep]] * weights.edge_share[edge_some][edge_keep],
    )
