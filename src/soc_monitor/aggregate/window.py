"""Windows: the parts of a grid that have to be read for some areas, and no more."""

from collections.abc import Iterator

import numpy as np

from soc_monitor.aggregate.weights import Weights

Box = tuple[int, int, int, int]
"""First row, row after the last, first column, column after the last."""


def touched_boxes(weights: Weights, height: int, width: int) -> Iterator[Box]:
    """The smallest box around what areas cover in each tile of a grid that they touch.

    Tiles are those of the stored chunks, so that none is decoded twice: an area in two far
    corners of the grid, on both sides of the antimeridian say, has a small box in each.

    Args:
        weights: what the areas cover.
        height: rows of a tile.
        width: columns of a tile.

    Yields:
        The boxes, row by row of tiles from the north; they do not overlap.

    Example:
        >>> import shapely
        >>> from soc_monitor.model.grid import Grid
        >>> from soc_monitor.aggregate.weights import build_weights
        >>> two = shapely.union_all(
        ...     [shapely.box(-180, 10, -178, 12), shapely.box(179, 10, 180, 12)]
        ... )
        >>> weights = build_weights([two], Grid(nx=360, ny=180))
        >>> list(touched_boxes(weights, 180, 180))
        [(78, 80, 0, 2), (78, 80, 359, 360)]
    """
    touched = np.flatnonzero(np.diff(weights.run_ptr) + np.diff(weights.edge_ptr))
    for band in np.unique(touched // height).tolist():
        top, bottom = band * height, min((band + 1) * height, weights.grid.ny)
        rows = np.arange(top, bottom)
        runs = slice(weights.run_ptr[top], weights.run_ptr[bottom])
        edges = slice(weights.edge_ptr[top], weights.edge_ptr[bottom])
        col = weights.edge_col[edges]
        row = np.concatenate(
            [
                np.repeat(rows, np.diff(weights.run_ptr[top : bottom + 1])),
                np.repeat(rows, np.diff(weights.edge_ptr[top : bottom + 1])),
            ]
        )
        first = np.concatenate([weights.run_c0[runs], col])
        end = np.concatenate([weights.run_c1[runs], col + 1])
        for tile in range(int(first.min()) // width, (int(end.max()) - 1) // width + 1):
            west, east = tile * width, (tile + 1) * width
            here = (first < east) & (end > west)
            if here.any():
                yield (
                    int(row[here].min()),
                    int(row[here].max()) + 1,
                    max(int(first[here].min()), west),
                    min(int(end[here].max()), east),
                )
