"""Runs: the deeper a tile, the more of its pixels lie in one cell, which is looked at once."""

from dataclasses import dataclass

import numpy as np

from soc_monitor.maps.held import Array
from soc_monitor.maps.mercator import pixel_centres
from soc_monitor.maps.sheet import Sheet, column_of, row_of


@dataclass(frozen=True, slots=True)
class Runs:
    """One place for each run of rows and of columns that have the same cells."""

    lons: Array
    """Of the columns [degrees]."""
    lats: Array
    """Of the rows [degrees]."""
    columns: Array
    """For each pixel across, which of ``lons``."""
    rows: Array
    """For each pixel down, which of ``lats``."""
    pixel: float
    """Width of a pixel [degrees]."""

    def spread(self, values: Array) -> Array:
        """Values of the places (lat, lon), for every pixel (y, x)."""
        spread: Array = values[np.ix_(self.rows, self.columns)]
        return spread


def runs_of(sheet: Sheet, z: int, x: int, y: int) -> Runs:
    """The runs of a tile in all grids that a sheet is made from.

    Raises:
        UnknownTile: too deep, or outside the world.
    """
    lons, lats = pixel_centres(z, x, y)
    pieces = (*sheet.inputs, *sheet.record, sheet.cell_errors)
    grids = {piece.cube.grid for piece in pieces if piece is not None}
    first_column, columns = runs(*(column_of(grid, lons) for grid in grids))
    first_row, rows = runs(*(row_of(grid, lats) for grid in grids))
    return Runs(lons[first_column], lats[first_row], columns, rows, float(lons[1] - lons[0]))


def runs(*cells: Array) -> tuple[Array, Array]:
    """Neighbours that lie in the same cells.

    Args:
        cells: of each grid, the cell of every pixel (pixel).

    Returns:
        The first pixel of each run, and for every pixel the number of its run.

    Example:
        >>> [one.tolist() for one in runs(np.array([4, 4, 5, 5]), np.array([1, 1, 1, 2]))]
        [[0, 2, 3], [0, 0, 1, 2]]
    """
    begins = np.ones(len(cells[0]), bool)
    begins[1:] = np.any([one[1:] != one[:-1] for one in cells], axis=0)
    return np.flatnonzero(begins), np.cumsum(begins) - 1
