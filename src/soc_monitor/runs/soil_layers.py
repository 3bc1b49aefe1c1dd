"""Soil layers: the parts of a soil to 30 cm that one product maps, and what else is known there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from soc_monitor.model import Grid, Slice
from soc_monitor.nowcast.soil_structure import nearest
from soc_monitor.runs.nowcast_ground import Box, Floats
from soc_monitor.runs.nowcast_inputs import LAYERS, SOIL_MAPS, STOCK, ByCube, map_at, sort_out
from soc_monitor.runs.nowcast_months import window
from soc_monitor.store.store import Store

DENSITY: Final = "bulk_density"
STONES: Final = "coarse_fragments"
QUANTILES: Final = "_quantiles"
"""Ends the id of the product that has the quantiles of another one."""
CLASSES: Final = {
    "climate": "climate_class",
    "soil": "soil_class",
    "cover": "land_cover_class",
}
"""What is known of land to the variable that has it, in maps of other products and grids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soil:
    """Parts of a soil by layers, all of one product: the errors of two of them go together.

    Quantiles may be of another product, that of the same provider's quantiles.
    """

    parts: Mapping[str, tuple[Slice, ...]]
    """Part to its layers, the top one first."""
    stock: Slice | None
    classes: Mapping[str, Slice]
    """Those of ``CLASSES`` that are there."""

    @property
    def like(self) -> Slice:
        """A slice with the grid, the product and the period of all of them."""
        return next(iter(self.parts.values()))[0]

    @property
    def grid(self) -> Grid:
        """Of the layers, and of what is made of them."""
        return self.like.cube.grid

    @property
    def pieces(self) -> tuple[Slice, ...]:
        """Every slice."""
        layers = [piece for part in self.parts.values() for piece in part]
        return (*layers, *((self.stock,) if self.stock else ()), *self.classes.values())

    def layers(self, store: Store, part: str, box: Box) -> Floats:
        """A part on a block (layer, y, x) [the cubes' unit]."""
        return np.stack([window(store, piece, self.grid, box) for piece in self.parts[part]])

    def mass(self, store: Store, box: Box) -> Floats | None:
        """Fine earth of each layer on a block (layer, y, x) [kg m-2]; None: no map of density.

        Stones are taken off where they are mapped: the density is that of the fine earth.
        """
        if DENSITY not in self.parts:
            return None
        # A gram in a cubic centimetre, a centimetre thick, is ten kilograms on a square metre.
        earth = self.layers(store, DENSITY, box) * 10 * thickness()
        if STONES in self.parts:
            earth = earth * (1 - self.layers(store, STONES, box) / 100)
        return earth

    def known(self, store: Store, name: str, box: Box) -> Floats | None:
        """The class of each cell of a block (y, x), NaN where it is not known; None: no map."""
        if name not in self.classes:
            return None
        return window(store, self.classes[name], self.grid, box)

    def near(self, store: Store, name: str, box: Box, reach: int) -> Floats | None:
        """As ``known``, of the nearest cell that has a class, so many cells of the map away."""
        if name not in self.classes:
            return None
        piece = self.classes[name]
        own = piece.cube.grid
        lat = self.grid.north - (np.arange(box.y0, box.y1) + 0.5) * self.grid.dy
        lon = self.grid.west + (np.arange(box.x0, box.x1) + 0.5) * self.grid.dx
        y = np.floor((own.north - lat) / own.dy).astype(int)
        x = np.floor((lon - own.west) / own.dx).astype(int)
        rows, columns = (y[0] - reach, y[-1] + reach + 1), (x[0] - reach, x[-1] + reach + 1)
        around = Box(y0=rows[0], y1=rows[1], x0=columns[0], x1=columns[1])
        found = nearest(window(store, piece, own, around), reach)
        return found[np.ix_(y - around.y0, x - around.x0)]


def thickness() -> Floats:
    """Of the layers (layer, 1, 1) [cm]."""
    return np.array(list(LAYERS.values()))[:, None, None]


def find_soil(
    pieces: Iterable[Slice],
    needed: tuple[str, ...],
    also: tuple[str, ...],
    classes: tuple[str, ...],
) -> Soil | None:
    """The best product that has some parts of the soil.

    Args:
        pieces: the newest slices.
        needed: parts without which there is nothing to be made.
        also: parts that are taken where they are there.
        classes: names of ``CLASSES`` that are taken where they are there.

    Returns:
        None: no product has all that is needed, in all layers.
    """
    by_cube = sort_out(pieces)
    products = sorted({name.partition(".")[0] for name in by_cube}, key=_rank)
    for product in products:
        own: ByCube = {name: of for name, of in by_cube.items() if name.startswith(f"{product}.")}
        parts = {
            name: _layers(own, product, name) or _layers(by_cube, f"{product}{QUANTILES}", name)
            for name in (*needed, *also)
        }
        if all(parts[name] for name in needed):
            until = parts[needed[0]][0].period_end
            stock = own.get(f"{product}.{STOCK}")
            known = {name: map_at(by_cube, CLASSES[name], until) for name in classes}
            return Soil(
                parts={name: part for name, part in parts.items() if part},
                stock=stock[max(stock)] if stock else None,
                classes={name: piece for name, piece in known.items() if piece is not None},
            )
    return None


def _rank(product: str) -> tuple[int, str]:
    return (SOIL_MAPS.index(product) if product in SOIL_MAPS else len(SOIL_MAPS), product)


def _layers(own: ByCube, product: str, part: str) -> tuple[Slice, ...]:
    """The layers of a part; empty: one of them is not there."""
    cubes = [own.get(f"{product}.{part}_{layer}") for layer in LAYERS]
    return tuple(cube[max(cube)] for cube in cubes if cube) if all(cubes) else ()
