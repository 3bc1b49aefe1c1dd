"""The ground of one block of a nowcast: which cells are modelled, and their mean year."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from soc_monitor.model import Grid
from soc_monitor.nowcast.drivers import evaporation, vegetated_fraction
from soc_monitor.nowcast.ensemble import net
from soc_monitor.nowcast.forecast import CLAY, Ground
from soc_monitor.nowcast.land import NAMES, UNKNOWN, USES, seasons, use_of_class, usual_cover
from soc_monitor.nowcast.masks import counted, reasons
from soc_monitor.nowcast.water import bounds, modifier

Floats = npt.NDArray[np.floating]
Tables = dict[str, npt.NDArray[np.generic]]
"""One-dimensional arrays, as the store keeps them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Rows y0 to y1 - 1 and columns x0 to x1 - 1 of a grid."""

    y0: int
    y1: int
    x0: int
    x1: int

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.y1 - self.y0, self.x1 - self.x0

    def places(self, grid: Grid, cells: npt.NDArray[np.integer]) -> tuple[Floats, Floats]:
        """Latitude and longitude of some cells, counted row by row [degrees]."""
        rows, columns = np.divmod(cells, self.x1 - self.x0)
        lat = grid.north - (rows + self.y0 + 0.5) * grid.dy
        lon = grid.west + (columns + self.x0 + 0.5) * grid.dx
        return lat, lon


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The cells of a block that are modelled, and the mean years of their drivers."""

    cells: npt.NDArray[np.int32]
    """Counted row by row in the block."""
    ground: Ground
    usual: Mapping[str, Floats]
    """Driver -> (12, cell)."""

    def field(self, values: Floats, box: Box) -> npt.NDArray[np.float32]:
        """Values of all cells of the block where they are modelled (y, x); NaN elsewhere."""
        found = np.full(box.shape, np.nan, np.float32)
        found.reshape(-1)[self.cells] = values[self.cells]
        return found

    def tables(self) -> Tables:
        """As the store keeps it; ``around`` follows from the place."""
        kept: Tables = {"cells": self.cells}
        for part in fields(Ground):
            if part.name != "around":
                kept[part.name] = np.asarray(getattr(self.ground, part.name), "f4").reshape(-1)
        return kept | {f"usual_{k}": v.astype("f4").reshape(-1) for k, v in self.usual.items()}


def base_of(tables: Tables, box: Box, grid: Grid) -> Base:
    """What ``Base.tables`` gave, again."""
    cells = np.asarray(tables["cells"], np.int32)
    shape = (-1, len(cells))

    def years(name: str) -> Floats:
        return np.asarray(tables[name], np.float32).reshape(shape)

    single = {n: np.asarray(tables[n], np.float32) for n in ("stock", "error", "clay", "share")}
    names = ("temperature", "rain", "evaporation", "cover", "season", "moist")
    monthly = {n: years(n) for n in names}
    land = {n: np.asarray(tables[n], np.int8) for n in ("use", "seen")}
    given: dict[str, Any] = {**single, **monthly, **land}
    around = net(*box.places(grid, cells))
    usual = {n.removeprefix("usual_"): years(n) for n in tables if n.startswith("usual_")}
    return Base(cells=cells, ground=Ground(**given, around=around), usual=usual)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a block holds that is not modelled, or oddly."""

    masked: npt.NDArray[np.int8]
    """Why each cell is left out (cell), index into ``REASONS``; 0: it is modelled."""
    counts: Mapping[str, int]
    """For the run's record [cells]: of those with a stock, by reason, and ``odd_input``, modelled
    with an input outside of what is plausible."""


def prepare(
    layers: Mapping[str, Floats], usual: Mapping[str, Floats], box: Box, grid: Grid
) -> tuple[Base, Found]:
    """The ground of a block.

    Args:
        layers: ``stock``, ``error`` (y, x) [t ha-1]; ``temperature``, ``rain`` of the normals
            (12, y, x); ``cover`` and ``seen``, of the yearly maps, as ESA classes, ``group`` of
            the WRB, and ``clay`` [%], where there are maps.
        usual: mean year of each driver that is followed (12, y, x), NaN outside of its map.
        box: where the block lies in the grid.
        grid: of the whole map.

    Returns:
        The cells that can be modelled, and what was left out.
    """
    stock = layers["stock"].reshape(-1)
    clay = layers["clay"].reshape(-1) if "clay" in layers else np.full(stock.shape, CLAY)
    mean = {name: _mean(layers, usual, name) for name in ("temperature", "rain")}
    masked = reasons(
        stock,
        layers["error"].reshape(-1),
        clay,
        (mean["temperature"] + mean["rain"]).sum(axis=0),
        *(layers[name].reshape(-1) if name in layers else None for name in ("cover", "group")),
    )
    cells = np.flatnonzero(masked == 0).astype(np.int32)
    found = Found(masked=masked, counts=counted(masked, stock))
    use = _use(layers, stock.shape)
    return _base(layers, usual, mean, clay, use, cells, box, grid), found


def _use(layers: Mapping[str, Floats], shape: tuple[int, ...]) -> npt.NDArray[np.int8]:
    if "cover" not in layers:
        return np.full(shape, UNKNOWN, np.int8)
    return uses(layers["cover"].reshape(-1))


def _seen(layers: Mapping[str, Floats], shape: tuple[int, ...]) -> npt.NDArray[np.int8]:
    """What the yearly maps say of the time of the baseline; -1: nothing."""
    return uses(layers["seen"].reshape(-1)) if "seen" in layers else np.full(shape, -1, np.int8)


def uses(classes: Floats) -> npt.NDArray[np.int8]:
    """Land uses of ESA classes, NaN or 0 where there is none; -1: not modelled, or not known."""
    found: npt.NDArray[np.int8] = use_of_class()[np.nan_to_num(classes).astype(np.uint8)]
    return found


NORMALS = {"temperature": "air_temperature", "rain": "rain"}


def _mean(layers: Mapping[str, Floats], usual: Mapping[str, Floats], name: str) -> Floats:
    """The driver's own mean year; the normals where it has none (12, cell)."""
    normal = layers[name].reshape(12, -1)
    own = usual.get(NORMALS[name])
    if own is None:
        return normal
    flat = own.reshape(12, -1)
    return np.where(np.isfinite(flat), flat, normal)


def _base(
    layers: Mapping[str, Floats],
    usual: Mapping[str, Floats],
    mean: Mapping[str, Floats],
    clay: Floats,
    use: npt.NDArray[np.int8],
    cells: npt.NDArray[np.int32],
    box: Box,
    grid: Grid,
) -> Base:
    lat, lon = box.places(grid, cells)
    own = {name: field.reshape(12, -1)[:, cells] for name, field in usual.items()}
    temperature = mean["temperature"][:, cells]
    demand = np.stack([evaporation(temperature[k], temperature, lat, k + 1) for k in range(12)])
    if "potential_evaporation" in own:
        demand = np.where(
            np.isfinite(own["potential_evaporation"]), own["potential_evaporation"], demand
        )
    cover = usual_cover(use[cells], temperature)
    if "ndvi" in own:
        plants = vegetated_fraction(own["ndvi"])
        cover = np.where(np.isfinite(plants), plants, cover)
    stock = layers["stock"].reshape(-1)[cells]
    water = own.get("soil_moisture", np.full(temperature.shape, np.nan))
    return Base(
        cells=cells,
        usual=own,
        ground=Ground(
            stock=stock,
            error=layers["error"].reshape(-1)[cells],
            clay=clay[cells],
            use=use[cells],
            seen=_seen(layers, clay.shape)[cells],
            share=np.array([USES[name].share for name in NAMES])[use[cells]],
            temperature=temperature,
            rain=mean["rain"][:, cells],
            evaporation=demand,
            cover=cover,
            season=seasons(use[cells], temperature),
            around=net(lat, lon),
            moist=modifier(water, bounds(clay[cells], stock)),
        ),
    )
