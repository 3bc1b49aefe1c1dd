"""Baselines: an area by climate, soil and land use, with the carbon that each part holds.

The parts are the classes of the IPCC Guidelines, from which impact tools such as EX-ACT and those
of the Carbon Benefits Project start.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from shapely.geometry.base import BaseGeometry

from soc_monitor.aggregate import build_weights, covered_cells
from soc_monitor.errors import OutsideGrid, UnknownProduct
from soc_monitor.maps.decode import decode
from soc_monitor.maps.held import Array, Held
from soc_monitor.model import Grid, Slice
from soc_monitor.nowcast.ipcc import LAND_USE
from soc_monitor.nowcast.tier1 import CLIMATES, assumed_soil, climate_zone, sample
from soc_monitor.store import arrays
from soc_monitor.store.store import Store

COVER = "land_cover.land_cover_class"
TEMPERATURE, RAIN = "temperature_normals.air_temperature", "rain_normals.rain"
STOCK, ERROR = "ipcc_tier1.soc_stock_0_30cm", "ipcc_tier1.soc_stock_0_30cm_sd"
MONTHS = 12
HA = 10_000.0
USES = tuple(LAND_USE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A part of an area: one climate, one soil, one land use."""

    climate: str
    """Of the IPCC: ``cool_temperate_moist``; ``unknown`` where a month is not known."""
    soil: str
    """The class that was assumed, for there is no soil map: ``HAC`` or ``LAC``."""
    land_use: str
    """``cropland``, ``cropland_perennial``, ``forest``, …; ``unknown`` where there is no class."""
    area_ha: float
    share: float
    """Of the area's land and water [1]; all parts together: 1."""
    stock: float | None
    """Mean of what is estimated, 0-30 cm [t C ha-1]; None: bare, water, ice, artificial."""
    std_error: float | None
    """Of that mean [t C ha-1]: the tables' error is the same in all cells of a part."""
    estimated_ha: float
    total: float | None
    """Stock times its area [t C]."""


def baseline(
    store: Store, pieces: Sequence[Slice], shape: BaseGeometry, held: Held
) -> list[Stratum]:
    """The parts of a shape, the largest first.

    Args:
        pieces: every slice of a release; the newest of each cube and period counts.
        shape: a polygon or several, in -180..180 and -90..90 [degrees].
        held: where the four fields are kept between calls.

    Raises:
        UnknownProduct: the release has no land cover, no normals or no default map.
        OutsideGrid: the shape has no cell.
        ArrayDamaged: a stored array cannot be read.
    """
    inputs = _inputs(pieces)
    cover = inputs[COVER][0]
    key = ("baseline", *(str(piece.id) for found in inputs.values() for piece in found))
    fields = held.get(key, lambda: _fields(store, inputs))
    cell, weight, _ = covered_cells(build_weights([shape], cover.cube.grid))
    if cell.size == 0:
        raise OutsideGrid("no cell of the land cover lies in this shape")
    kinds, stock, error = fields.reshape(3, -1)[:, cell]
    return _strata(kinds, stock, error, weight / HA)


def _inputs(pieces: Sequence[Slice]) -> dict[str, list[Slice]]:
    wanted = {COVER: 1, TEMPERATURE: MONTHS, RAIN: MONTHS, STOCK: 1, ERROR: 1}
    found: dict[str, list[Slice]] = {}
    for name, count in wanted.items():
        own = sorted((one for one in pieces if one.cube.id == name), key=lambda one: one.period)
        if len(own) < count:
            raise UnknownProduct(f"this release has no {name}")
        found[name] = own[-count:]
    return found


def _fields(store: Store, inputs: dict[str, list[Slice]]) -> Array:
    """Class, stock and its error of every cell (3, y, x); classes are climate * 256 + cover."""
    grid = inputs[COVER][0].cube.grid
    cover = _read(store, inputs[COVER][0]).astype(np.int32)
    lat = (grid.north - (np.arange(grid.ny) + 0.5) * grid.dy).astype(np.float32)
    temperature, rain = (_months(store, inputs[name], grid) for name in (TEMPERATURE, RAIN))
    zone = climate_zone(temperature, rain, lat).astype(np.int32)
    stock, error = (
        decode(_read(store, inputs[name][0]), inputs[name][0].cube) for name in (STOCK, ERROR)
    )
    return np.stack([(zone * 256 + cover).astype(np.float32), stock, error]).astype(np.float32)


def _read(store: Store, piece: Slice) -> Array:
    grid = piece.cube.grid
    block = arrays.read_block(store, piece, slice(0, grid.ny), slice(0, grid.nx))
    found: Array = block[piece.step or 0]
    return found


def _months(store: Store, pieces: Sequence[Slice], grid: Grid) -> Array:
    """Twelve months on another grid (12, y, x); NaN: not known."""
    fields = [decode(_read(store, piece), piece.cube) for piece in pieces]
    stacked = xr.DataArray(np.stack(fields).astype(np.float32), dims=("time", "y", "x"))
    placed: Array = sample(stacked, pieces[0].cube.grid, grid).values
    return placed


def _strata(kinds: Array, stock: Array, error: Array, ha: Array) -> list[Stratum]:
    """Cells of a shape, joined by climate, soil and land use.

    Args:
        kinds: class of each cell (n); stock, error: of each cell (n) [t ha-1]; NaN: no estimate.
        ha: what the shape has of each cell (n) [ha].
    """
    use_of = np.full(256, len(USES))
    for number, name in enumerate(USES):
        use_of[list(LAND_USE[name])] = number
    # A cell without a month has zone -1: floor division and remainder stay right below zero.
    zones, covers = np.divmod(kinds.astype(np.int64), 256)
    parts = zones * (len(USES) + 1) + use_of[covers]
    whole = float(ha.sum())
    made = []
    for part in np.unique(parts):
        here = parts == part
        zone, use = divmod(int(part), len(USES) + 1)
        known = here & ~np.isnan(stock)
        estimated = float(ha[known].sum())
        mean = float((stock[known] * ha[known]).sum()) / estimated if estimated else None
        doubt = float((error[known] * ha[known]).sum()) / estimated if estimated else None
        climate = CLIMATES[zone] if zone >= 0 else "unknown"
        made.append(
            Stratum(
                climate=climate,
                soil="unknown" if zone < 0 else assumed_soil(climate),
                land_use=USES[use] if use < len(USES) else "unknown",
                area_ha=float(ha[here].sum()),
                share=float(ha[here].sum()) / whole,
                stock=mean,
                std_error=doubt,
                estimated_ha=estimated,
                total=None if mean is None else mean * estimated,
            )
        )
    return sorted(made, key=lambda one: (-one.area_ha, one.climate, one.land_use))
