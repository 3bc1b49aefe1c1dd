"""The work that contenders share: the areas that ship with the product, and made-up rasters.

The rasters are made up, and nothing else is ever done with them: more carbon in the north, smooth
hills and hollows, noise, a slow trend and a season; no data at sea and in blobs on land.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from soc_monitor.aggregate import Weights, build_weights
from soc_monitor.model import Cube, DataClass, Freq, Grid
from soc_monitor.store.store import Store

ROOT = Path(__file__).parents[2]
FILL = -32768
SCALE = 0.1
"""Stored steps of 0.1 t C/ha."""

Stored = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]


@lru_cache
def areas() -> tuple[BaseGeometry, ...]:
    """The finest areas that ship with the product, in the order of their file."""
    with gzip.open(ROOT / "ingest_jobs/starter/areas.geojson.gz") as file:
        features = json.load(file)["features"]
    return tuple(shapely.geometry.shape(feature["geometry"]) for feature in features)


@lru_cache
def planar_weights(grid: Grid) -> Weights:
    """Weights as exactextract has them: shares of width times height in degrees."""
    return build_weights(areas(), grid, true_area=False)


def no_database(folder: Path) -> Store:
    """A store of arrays alone; what reads and writes them asks for no more."""
    return Store(cast("Any", None), folder)


@dataclass(frozen=True, slots=True)
class Case:
    """A cube of the benchmarks."""

    name: str
    grid: Grid
    steps: int
    freq: Freq

    @property
    def cube(self) -> Cube:
        """As the store knows it."""
        return Cube(
            product=f"bench_{self.name}",
            variable="soc_stock_0_30cm",
            unit="t ha-1",
            freq=self.freq,
            grid=self.grid,
            data_class=DataClass.MODELLED,
            dtype="int16",
            scale=SCALE,
            fill=FILL,
        )

    @property
    def periods(self) -> list[date]:
        """First day of each step."""
        year = self.freq is Freq.YEAR
        return [
            date(2000 + i, 1, 1) if year else date(2000 + i // 12, i % 12 + 1, 1)
            for i in range(self.steps)
        ]

    def field(self, y0: int, y1: int, x0: int, x1: int) -> Stored:
        """A block of all steps (time, y, x) [0.1 t C/ha]; the same call gives the same numbers."""
        steps = np.full((self.steps, y1 - y0, x1 - x0), FILL, np.int16)
        known = touched(planar_weights(self.grid), y0, y1, x0, x1)
        if not known.any():
            return steps
        rng = np.random.default_rng([y0, x0, self.grid.nx])
        hills = smooth(self.grid, 64, (y0, y1, x0, x1))
        detail = smooth(self.grid, 8, (y0, y1, x0, x1))
        lat = self.grid.north - (np.arange(y0, y1, dtype=np.float32)[:, None] + 0.5) * self.grid.dy
        stock = 60 + 60 * np.exp(-(((lat - 60) / 18) ** 2)) + 18 * hills + 8 * detail
        stock = np.clip(stock + 3 * noise(rng, stock.shape), 1, 400)
        known &= detail < 1.9
        per_year = 1 if self.freq is Freq.YEAR else 12
        for step, values in enumerate(steps):
            years = step / per_year
            field = hills * np.float32(0.002 * years)
            field += np.float32(1 + 0.01 * np.sin(2 * np.pi * years))
            field *= stock
            field += noise(rng, stock.shape) * np.float32(0.3)
            field *= np.float32(1 / SCALE)
            np.copyto(values, np.rint(field, out=field), where=known, casting="unsafe")
        return steps


@lru_cache
def _pool() -> Floats:
    """Normal numbers, drawn once: drawing them for every cell would take most of a benchmark."""
    return np.random.default_rng(0).standard_normal(1 << 22, np.float32)


def noise(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Normal numbers of a standard deviation of 1, from a place of the pool that is drawn."""
    size = int(np.prod(shape))
    start = int(rng.integers(len(_pool()) - size))
    return _pool()[start : start + size].reshape(shape)


QUARTER = Grid(nx=1440, ny=720)
TWENTIETH = Grid(nx=7200, ny=3600)
FINE = Grid(nx=43200, ny=21600)


def cases(*, quick: bool) -> list[Case]:
    """The three cubes of the figures; in a hurry two short ones."""
    if quick:
        return [Case("a", QUARTER, 24, Freq.MONTH), Case("b", TWENTIETH, 2, Freq.YEAR)]
    return [
        Case("a", QUARTER, 240, Freq.MONTH),
        Case("b", TWENTIETH, 20, Freq.YEAR),
        Case("c", FINE, 1, Freq.YEAR),
    ]


def smooth(grid: Grid, cells: int, box: tuple[int, int, int, int]) -> Floats:
    """A smooth field in a box, of a standard deviation near 1: random nodes, linear in between."""
    y0, y1, x0, x1 = box
    # The hills have the same size on the ground whatever the grid.
    rows, columns = 720 // cells + 2, 1440 // cells + 2
    nodes = np.random.default_rng(cells).standard_normal((rows, columns), np.float32)
    down = _between(np.arange(y0, y1) * ((rows - 1) / grid.ny), rows)
    across = _between(np.arange(x0, x1) * ((columns - 1) / grid.nx), columns)
    return np.asarray(down @ nodes @ across.T * np.float32(1.4))


def _between(at: npt.NDArray[np.floating], nodes: int) -> Floats:
    """Weights of the nodes at some places (place, node) [1]."""
    return np.asarray(np.maximum(0, 1 - np.abs(at[:, None] - np.arange(nodes))), np.float32)


def touched(weights: Weights, y0: int, y1: int, x0: int, x1: int) -> npt.NDArray[np.bool_]:
    """The cells of a box that any area touches (y, x)."""
    steps = np.zeros((y1 - y0, x1 - x0 + 1), np.int16)
    some = slice(weights.run_ptr[y0], weights.run_ptr[y1])
    row = np.repeat(np.arange(y1 - y0), np.diff(weights.run_ptr[y0 : y1 + 1]))
    np.add.at(steps, (row, np.clip(weights.run_c0[some], x0, x1) - x0), 1)
    np.add.at(steps, (row, np.clip(weights.run_c1[some], x0, x1) - x0), -1)
    inside = np.cumsum(steps, axis=1)[:, :-1] > 0
    row = np.repeat(np.arange(y1 - y0), np.diff(weights.edge_ptr[y0 : y1 + 1]))
    column = weights.edge_col[weights.edge_ptr[y0] : weights.edge_ptr[y1]]
    here = (column >= x0) & (column < x1)
    inside[row[here], column[here] - x0] = True
    return np.asarray(inside)


def boxes(shape: tuple[int, int], chunks: Sequence[int]) -> Iterator[tuple[int, int, int, int]]:
    """The chunks of a map, as first row, end, first column, end."""
    (ny, nx), (height, width) = shape, chunks
    for y, x in product(range(0, ny, height), range(0, nx, width)):
        yield y, min(y + height, ny), x, min(x + width, nx)
