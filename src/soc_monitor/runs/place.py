"""Place: a decoded band as its cube wants it, north up and from west to east, by declared repairs.

Nothing is guessed: a repair that is declared and not needed refuses the file as well, for then
the source has changed.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from soc_monitor.errors import ItemRejected
from soc_monitor.feeds.decode import Raster
from soc_monitor.model import Layer, Repair

Block = np.ndarray[Any, Any]


@dataclass(slots=True)
class Placed:
    """A band with its declared repairs, read only where it is looked at."""

    values: Block
    """(y, x), as stored."""
    dx: float
    west: float
    dy: float
    """Negative: the first row is the northern one."""
    north: float
    roll: int = 0
    """Columns that are taken from the end to the beginning."""

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        rows, columns = self.values.shape
        return int(rows), int(columns)

    def rows(self, which: slice) -> Block:
        """Some rows (y, x)."""
        block = self.values[which]
        return np.roll(block, self.roll, axis=1) if self.roll else np.asarray(block)


def place(raster: Raster, layer: Layer) -> Placed:
    """A band of a raster, repaired as its layer declares.

    Raises:
        ItemRejected: rotated, or something else is wrong than what is declared.
    """
    dx, skew_x, west, skew_y, dy, north = _transform(raster, layer)
    if skew_x or skew_y:
        raise ItemRejected("grid", "rotated")
    placed = Placed(raster.values(layer.pick), dx, west, dy, north)
    _axes(placed, raster, layer)
    if (placed.dy > 0) is not (Repair.NORTH_DOWN in layer.repairs):
        what = "not the northern one" if placed.dy > 0 else "the northern one, declared otherwise"
        raise ItemRejected("grid", f"its first row is {what}")
    if placed.dy > 0:
        placed.north += placed.dy * placed.shape[0]
        placed.values, placed.dy = placed.values[::-1], -placed.dy
    if Repair.HALF_PIXEL in layer.repairs:
        placed.west -= placed.dx / 2
        placed.north -= placed.dy / 2
    if Repair.POLES in layer.repairs:
        _poles(placed)
    if Repair.LON_0_360 in layer.repairs:
        _turn(placed, layer)
    return placed


def _transform(raster: Raster, layer: Layer) -> tuple[float, ...]:
    grid = layer.cube.grid
    if bool(raster.transform) is (Repair.GRID in layer.repairs):
        told = (
            "tells its grid, declared otherwise" if raster.transform else "does not tell its grid"
        )
        raise ItemRejected("grid", f"the file {told}")
    return raster.transform or (grid.dx, 0.0, grid.west, 0.0, -grid.dy, grid.north)


def _axes(placed: Placed, raster: Raster, layer: Layer) -> None:
    declared = Repair.AXES in layer.repairs
    if layer.variable and declared is not (raster.axes == "xy"):
        told = "longitudes" if raster.axes == "xy" else "latitudes"
        raise ItemRejected("axes", f"its rows are {told}, declared otherwise")
    if declared:
        placed.values = placed.values.T
        if not layer.variable:
            # In a GeoTIFF the columns were told as the rows, with their edge and step.
            placed.dx, placed.dy = placed.dy, placed.dx
            placed.west, placed.north = placed.north, placed.west


def _poles(placed: Placed) -> None:
    south = placed.north + placed.dy * placed.shape[0]
    half = -placed.dy / 2
    if abs(placed.north - 90 - half) > half / 50 or abs(south + 90 + half) > half / 50:
        raise ItemRejected("grid", f"north {placed.north}, south {south}: no rows at the poles")
    placed.values = placed.values[1:-1]
    placed.north += placed.dy


def _turn(placed: Placed, layer: Layer) -> None:
    columns = placed.shape[1]
    if abs(columns * placed.dx - 360) > abs(placed.dx) / 100:
        raise ItemRejected("grid", "longitudes from 0 to 360 are declared, they are not a circle")
    if placed.west < -placed.dx:
        raise ItemRejected("grid", f"west {placed.west}, longitudes from 0 to 360 are declared")
    turn = (placed.west - layer.cube.grid.west) / placed.dx
    if abs(turn - round(turn)) > 0.01:
        raise ItemRejected("grid", f"off by {turn % 1:.4g} of a cell")
    placed.roll = round(turn) % columns
    placed.west = layer.cube.grid.west
