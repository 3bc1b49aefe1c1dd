"""Check and place: from what a file holds to what a cube stores, block by block."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from soc_monitor.errors import ItemRejected
from soc_monitor.feeds.decode import Band, Raster
from soc_monitor.model import Cube, Freq, Grid, Layer
from soc_monitor.model.units import convert, factor
from soc_monitor.runs.place import Block, Placed, place

BINS = 4096


def check_header(raster: Raster, layer: Layer, *, part: bool = False) -> tuple[Placed, Layer]:
    """What the file says of itself must be what the job declares.

    Args:
        raster: what was decoded.
        layer: what is declared.
        part: the file is a part of the grid; where it lies is asked of ``corner_of``.

    Returns:
        The band in its place, and the layer with the scale and offset that hold.

    Raises:
        ItemRejected: another CRS, grid, nodata, scale, unit or time; or rotated, or upside down.
    """
    if raster.crs != "EPSG:4326":
        raise ItemRejected("crs", f"{raster.crs or 'none'}, EPSG:4326 is declared")
    placed = place(raster, layer)
    if not part:
        _check_grid(placed, layer)
    band = raster.bands[layer.pick]
    if not any(_same(band.nodata, one) for one in (layer.nodata, *layer.also_nodata)):
        raise ItemRejected("nodata", f"{band.nodata}, {layer.nodata} is declared")
    told = _scale_of(band, layer)
    unit = layer.told_unit or layer.unit
    if band.unit and band.unit != unit and not _same_unit(band.unit, unit):
        raise ItemRejected("unit", f"{band.unit!r}, {unit!r} is declared")
    _check_time(band, layer)
    return placed, replace(layer, scale=told, offset=band.offset)


def _same(found: float | None, declared: float | None) -> bool:
    if found is None or declared is None:
        return found == declared
    # A float32 says -3.4e38 with other digits than we do.
    return math.isclose(found, declared, rel_tol=1e-6) or (
        math.isnan(found) and math.isnan(declared)
    )


def _scale_of(band: Band, layer: Layer) -> float:
    """The scale that holds."""
    if layer.scale is None:
        if not (math.isfinite(band.scale) and band.scale and math.isfinite(band.offset)):
            raise ItemRejected("scale", f"scale {band.scale}, offset {band.offset}")
        return band.scale
    known = any(_same(band.scale, one) for one in (layer.scale, *layer.also_told))
    if not (known and _same(band.offset, layer.offset)):
        told = f"scale {band.scale}, offset {band.offset}"
        declared = f"scale {layer.scale}, offset {layer.offset:g}"
        raise ItemRejected("scale", f"{told}; {declared} is declared")
    return layer.scale


def _check_time(band: Band, layer: Layer) -> None:
    if not band.time or layer.cube.freq in {Freq.STATIC, Freq.NORMAL}:
        return
    if not layer.period <= datetime.fromisoformat(band.time).date() <= layer.period_end:
        raise ItemRejected("time", f"{band.time}, {layer.period}..{layer.period_end} is declared")


def _same_unit(one: str, other: str) -> bool:
    try:
        return factor(one, other) == 1.0
    except Exception:  # noqa: BLE001  # an unknown word for a unit is not the declared unit
        return False


def _check_grid(placed: Placed, layer: Layer) -> None:
    grid = layer.cube.grid
    rows, columns = placed.shape
    if (rows, columns) != grid.shape:
        raise ItemRejected("grid", f"{columns} x {rows} cells, {grid.nx} x {grid.ny}")
    if placed.dx < 0:
        raise ItemRejected("grid", "its first column is the eastern one")
    west, north = placed.west, placed.north
    east, south = west + placed.dx * grid.nx, north + placed.dy * grid.ny
    edges = ((west, grid.west), (east, grid.east), (south, grid.south), (north, grid.north))
    off = max(abs(found - declared) for found, declared in edges)
    # A thousandth of a cell: rounding of the file's own numbers, not a shift of its cells.
    allowed = layer.snap.tolerance_deg if layer.snap else grid.dx / 1000
    # Turned round, so that an edge which is no number is refused too.
    if not all(abs(found - declared) <= allowed for found, declared in edges):
        found = f"west {west}, south {south}, east {east}, north {north}"
        raise ItemRejected("grid", f"edges off by {off:.6g} degrees: {found}")


def corner_of(placed: Placed, layer: Layer) -> tuple[int, int]:
    """Row and column of the cube's grid at which a part of it begins.

    Raises:
        ItemRejected: cells of another size, between those of the grid, or beyond it.
    """
    grid = layer.cube.grid
    rows, columns = placed.shape
    if placed.dx <= 0:
        raise ItemRejected("grid", "its first column is the eastern one")
    # A thousandth of a cell from edge to edge, as for a whole grid.
    for size, declared, cells in ((placed.dx, grid.dx, columns), (-placed.dy, grid.dy, rows)):
        if not abs(size - declared) * cells <= declared / 1000:
            raise ItemRejected("grid", f"cells of {size:.9g} degrees, {declared:.9g} is declared")
    column = (placed.west - grid.west) / grid.dx
    row = (grid.north - placed.north) / grid.dy
    for found in (column, row):
        if not abs(found - round(found)) <= 0.001:
            raise ItemRejected("grid", f"off by {found % 1:.4g} of a cell")
    first, left = round(row), round(column)
    if first < 0 or left < 0 or first + rows > grid.ny or left + columns > grid.nx:
        told = f"rows {first}..{first + rows}, columns {left}..{left + columns}"
        raise ItemRejected("grid", f"{told}: beyond the {grid.ny} x {grid.nx} of the cube")
    return first, left


@dataclass(slots=True)
class Tally:
    """What is counted while a raster goes by, once."""

    low: float
    high: float
    cells: int = 0
    valid: int = 0
    outside: int = 0
    histogram: Block = field(default_factory=lambda: np.zeros(BINS, np.int64))

    def add(self, values: Block) -> None:
        """Count the valid values of a block [source unit]."""
        self.valid += values.size
        bins = np.linspace(self.low, self.high, BINS + 1)
        self.histogram += np.histogram(values, bins=bins)[0]

    def join(self, other: "Tally") -> None:
        """Add what was counted of another part of the same raster."""
        self.cells += other.cells
        self.valid += other.valid
        self.outside += other.outside
        self.histogram += other.histogram

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
    valid = _valid(stored, (layer.nodata, *layer.also_nodata))
    values = _corrected(stored[valid], layer)
    if values.dtype.kind == "f" and np.isinf(values).any():
        raise ItemRejected("infinity", f"{int(np.isinf(values).sum())} cells")
    outside = (values < layer.valid[0]) | (values > layer.valid[1])
    tally.cells += stored.size
    if outside.any():
        tally.outside += int(outside.sum())
        if not layer.max_outside_share:
            raise _out_of_range(tally.outside, values[outside].flat[0], layer)
        valid[valid] = ~outside
        values = values[~outside]
    tally.add(values)
    return _encode(values, valid, layer)


def _out_of_range(count: int, example: float, layer: Layer) -> ItemRejected:
    return ItemRejected(
        "range",
        f"{count} cells outside {layer.valid[0]:g}..{layer.valid[1]:g} {layer.unit}, "
        f"such as {example:g}",
    )


def _corrected(values: Block, layer: Layer) -> Block:
    """Stored values -> values [source unit], by the source's scale and our declared correction."""
    scale, offset = layer.scale or 1.0, layer.offset
    factor_, addend = layer.correction
    if (scale, offset, factor_, addend) == (1.0, 0.0, 1.0, 0.0):
        return values
    return (values * scale + offset) * factor_ + addend


def _valid(stored: Block, nodata: tuple[float | None, ...]) -> Block:
    valid: Block = np.ones(stored.shape, bool)
    if stored.dtype.kind == "f":
        valid &= ~np.isnan(stored)
        with np.errstate(over="ignore"):  # what is beyond single precision is an infinity there
            stored = stored.astype(np.float32)
    for one in nodata:
        if one is not None and not np.isnan(one):
            valid &= stored != (np.float32(one) if stored.dtype.kind == "f" else one)
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
    if tally.outside > layer.max_outside_share * tally.cells:
        raise _out_of_range(tally.outside, math.nan, layer)
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
