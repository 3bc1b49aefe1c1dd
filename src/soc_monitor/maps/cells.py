"""Cells: what a map has at one place."""

from dataclasses import dataclass

import numpy as np

from soc_monitor.maps.held import Held
from soc_monitor.maps.sheet import Sheet, column_of, ends_of, row_of, sample, sample_slice
from soc_monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a grid, with its value."""

    row: int
    """From the north, from 0."""
    column: int
    """From the west, from 0."""
    bounds: tuple[float, float, float, float]
    """West, south, east, north [degrees]."""
    value: float | None
    """In the indicator's ``cell_unit``; None: no data."""
    std_error: float | None
    ends: tuple[float, float] | None = None
    """Of a range: the least and the most that it can be; None: there is no range."""


def cell_at(store: Store, held: Held, sheet: Sheet, lon: float, lat: float) -> Cell | None:
    """The cell that holds a point; None: the point is outside of the grid.

    Raises:
        ArrayDamaged: a stored array cannot be read.
    """
    lons, lats = np.array([lon]), np.array([lat])
    grid = sheet.inputs[0].cube.grid
    row, column = int(row_of(grid, lats)[0]), int(column_of(grid, lons)[0])
    if row < 0 or column < 0:
        return None
    value = _number(sample(store, held, sheet, lons, lats)[0, 0])
    error = None
    if sheet.cell_errors is not None and value is not None:
        error = _number(sample_slice(store, held, sheet.cell_errors, lons, lats)[0, 0])
    ends = tuple(sample(store, held, end, lons, lats)[0, 0] for end in ends_of(sheet))
    west = grid.west + column * (grid.east - grid.west) / grid.nx
    north = grid.north - row * (grid.north - grid.south) / grid.ny
    return Cell(
        row=row,
        column=column,
        bounds=(west, north - grid.dy, west + grid.dx, north),
        value=value,
        std_error=error,
        ends=(float(ends[0]), float(ends[1])) if ends and value is not None else None,
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
