"""Check and place: from what a file holds to what a cube stores, block by block."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from soc_monitor.errors import ItemRejected
from soc_monitor.feeds.decode import Raster
from soc_monitor.model import Cube, Grid, Layer
from soc_monitor.model.units import convert, factor

Block = np.ndarray[Any, Any]
BINS = 4096


def check_header(raster: Raster, layer: Layer) -> None:
    """What the file says of itself must be what the job declares.

    Raises:
        ItemRejected: another CRS, grid, nodata, scale or unit; or rotated, or upside down.
    """
    if raster.crs != "EPSG:4326":
        raise ItemRejected("crs", f"{raster.crs or 'none'}, EPSG:4326 is declared")
    _check_grid(raster, layer)
    band = layer.band - 1
    found = raster.nodata[band]
    same = (
        found == layer.nodata
        if found is None or layer.nodata is None
        else found == layer.nodata or (np.isnan(found) and np.isnan(layer.nodata))
    )
    if not same:
        raise ItemRejected("nodata", f"{found}, {layer.nodata} is declared")
    if raster.scales[band] != layer.scale or raster.offsets[band] != 0:
        told = f"scale {raster.scales[band]}, offset {raster.offsets[band]}"
        raise ItemRejected("scale", f"{told}; scale {layer.scale}, offset 0 is declared")
    unit = raster.units[band]
    if unit and unit != layer.unit and not _same_unit(unit, layer.unit):
        raise ItemRejected("unit", f"{unit!r}, {layer.unit!r} is declared")


def _same_unit(one: str, other: str) -> bool:
    try:
        return factor(one, other) == 1.0
    except Exception:  # noqa: BLE001  # an unknown word for a unit is not the declared unit
        return False


def _check_grid(raster: Raster, layer: Layer) -> None:
    grid = layer.cube.grid
    width, skew_x, west, skew_y, height, north = raster.transform
    if (raster.height, raster.width) != grid.shape:
        raise ItemRejected("grid", f"{raster.width} x {raster.height} cells, {grid.nx} x {grid.ny}")
    if skew_x or skew_y or height > 0 or width < 0:
        raise ItemRejected("grid", "rotated, or its first row is not the northern one")
    east, south = west + width * grid.nx, north + height * grid.ny
    edges = ((west, grid.west), (east, grid.east), (south, grid.south), (north, grid.north))
    off = max(abs(found - declared) for found, declared in edges)
    # A thousandth of a cell: rounding of the file's own numbers, not a shift of its cells.
    allowed = layer.snap.tolerance_deg if layer.snap else grid.dx / 1000
    # Turned round, so that an edge which is no number is refused too.
    if not all(abs(found - declared) <= allowed for found, declared in edges):
        found = f"west {west}, south {south}, east {east}, north {north}"
        raise ItemRejected("grid", f"edges off by {off:.6g} degrees: {found}")


@dataclass(slots=True)
class Tally:
    """What is counted while a raster goes by, once."""

    low: float
    high: float
    cells: int = 0
    valid: int = 0
    histogram: Block = field(default_factory=lambda: np.zeros(BINS, np.int64))

    def add(self, values: Block) -> None:
        """Count the valid values of a block [source unit]."""
        self.valid += values.size
        bins = np.linspace(self.low, self.high, BINS + 1)
        self.histogram += np.histogram(values, bins=bins)[0]

    @property
    def median(self) -> float | None:
        """Of the valid cells, to 1/4096 of the valid range; None: there is none."""
        if not self.valid:
            return None
        half = int(np.searchsorted(np.cumsum(self.histogram), (self.valid + 1) // 2))
        return self.low + (half + 0.5) * (self.high - self.low) / BINS


def blocks(grid: Grid, rows: int) -> Iterator[slice]:
    """Bands of rows that cover a grid, from the north."""
    for row in range(0, grid.ny, rows):
        yield slice(row, min(row + rows, grid.ny))


def take_block(stored: Block, layer: Layer, tally: Tally) -> Block:
    """Check one block and turn it into what the cube stores.

    Args:
        stored: values as the file holds them (y, x).
        layer: what is declared of them.
        tally: counts, grown by this block.

    Returns:
        (y, x) in the cube's dtype; ``cube.fill`` where there is no data.

    Raises:
        ItemRejected: an infinity, or a value outside the physical range.
    """
    valid = _valid(stored, layer.nodata)
    values = stored[valid]
    if layer.scale != 1.0:
        values = values * layer.scale
    if values.dtype.kind == "f" and np.isinf(values).any():
        raise ItemRejected("infinity", f"{int(np.isinf(values).sum())} cells")
    outside = (values < layer.valid[0]) | (values > layer.valid[1])
    if outside.any():
        worst = values[outside]
        raise ItemRejected(
            "range",
            f"{worst.size} cells outside {layer.valid[0]:g}..{layer.valid[1]:g} {layer.unit}, "
            f"such as {worst.flat[0]:g}",
        )
    tally.cells += stored.size
    tally.add(values)
    return _encode(values, valid, layer)


def _valid(stored: Block, nodata: float | None) -> Block:
    valid: Block = np.ones(stored.shape, bool)
    if stored.dtype.kind == "f":
        valid &= ~np.isnan(stored)
    if nodata is not None and not np.isnan(nodata):
        valid &= stored != nodata
    return valid


def _encode(values: Block, valid: Block, layer: Layer) -> Block:
    cube: Cube = layer.cube
    out = np.full(valid.shape, cube.fill, cube.dtype)
    numbers = convert(values, layer.unit, cube.unit)
    if cube.scale != 1.0:
        numbers = numbers / cube.scale
    out[valid] = np.rint(numbers) if np.dtype(cube.dtype).kind in "iu" else numbers
    return out


def check_whole(layer: Layer, tally: Tally) -> None:
    """What can only be said of the whole raster.

    Raises:
        ItemRejected: nothing valid in it, too little, or a median that shows a wrong unit.
    """
    if tally.valid == 0:
        raise ItemRejected("all nodata", f"{tally.cells} cells, none valid")
    share = tally.valid / tally.cells
    if share < layer.min_valid_share:
        raise ItemRejected("valid share", f"{share:.3f}, {layer.min_valid_share} is the least")
    if layer.median is not None:
        low, high = layer.median
        assert tally.median is not None
        if not low <= tally.median <= high:
            raise ItemRejected(
                "median", f"{tally.median:.4g}, {low:g}..{high:g} {layer.unit} is declared"
            )
