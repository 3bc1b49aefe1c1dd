"""Benchmark: how far the carbon of a cell is from what the best tenth of like land holds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from soc_monitor.aggregate import Histogram, build_weights, cut
from soc_monitor.aggregate.histogram import Bins, count_block, countable, join_bins, step_of
from soc_monitor.aggregate.labels import part
from soc_monitor.model import Computation, Cube, DataClass, Grid, Run, Slice
from soc_monitor.nowcast import benchmark as like_land
from soc_monitor.nowcast.tier1 import climate_zone
from soc_monitor.runs.derived import Derived, derive, write_cells
from soc_monitor.runs.nowcast_ground import Box, Floats, uses
from soc_monitor.runs.nowcast_inputs import (
    WEATHER,
    map_at,
    normals_of,
    part_of,
    real_map,
    sort_out,
)
from soc_monitor.runs.nowcast_months import boxes, over_layers, window
from soc_monitor.runs.progress import Progress, silent
from soc_monitor.store import arrays, read_inputs
from soc_monitor.store.intake import NewSlice
from soc_monitor.store.store import Store

GAP: Final = "soc_gap_benchmark_0_30cm"
ERROR: Final = f"{GAP}_sd"
TOGETHER: Final = 8
"""Blocks whose bins are held before they are added up."""

VERSION: Final = "benchmark-2"
"""Another version makes everything anew."""

PRODUCT = Computation(
    id="benchmark",
    title={
        "en": "Benchmark: the best tenth of like land",
        "fr": "Référence : le meilleur dixième des terres semblables",
        "es": "Referencia: la mejor décima parte de tierras semejantes",
    },
    licence="CC-BY-4.0",
    citation="soc-monitor, from the map of the stock that it is made of.",
    link="https://www.fao.org/global-soil-partnership/gsocseq-map/en/",
    notes={
        "en": "What a cell holds less than the best tenth of the land of its climate, texture and "
        "use, over the whole world: attainable under known practice, no limit of physics. Mineral "
        "soils alone, where a stratum has 100 squares of 100 km or more. It is a stock with an "
        "end, no rate, and is added neither to the debt nor to a scenario.",
        "fr": "Ce qui manque à une maille par rapport au meilleur dixième des terres de même "
        "climat, de même texture et de même usage, dans le monde entier : atteignable par des "
        "pratiques connues, sans être une limite physique. Sols minéraux seulement, où une strate "
        "compte au moins 100 carrés de 100 km. C’est un stock qui a une fin, pas un rythme ; il ne "
        "s’ajoute ni à la dette ni à un scénario.",
        "es": "Lo que le falta a una celda respecto de la mejor décima parte de las tierras de su "
        "clima, textura y uso, en todo el mundo: alcanzable con prácticas conocidas, sin ser un "
        "límite físico. Solo suelos minerales, donde un estrato tiene 100 cuadrados de 100 km o "
        "más. Es una reserva con final, no un ritmo, y no se suma ni a la deuda ni a un escenario.",
    },
)
WITHOUT_TEXTURE = {
    "en": " No map of texture is connected: soils of all textures are taken together.",
    "fr": " Aucune carte de texture n’est connectée : toutes les textures sont confondues.",
    "es": " No hay mapa de textura conectado: se juntan todas las texturas.",
}
WITHOUT_ERRORS = {
    "en": " The map gives no uncertainty, and so there is no interval.",
    "fr": " La carte ne donne pas d’incertitude ; il n’y a donc pas d’intervalle.",
    "es": " El mapa no da incertidumbre, y por eso no hay intervalo.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the benchmark is made of."""

    stock: Slice
    errors: Slice | None
    normals: tuple[tuple[Slice, ...], tuple[Slice, ...]]
    """Temperature and rain of a mean year."""
    cover: Slice
    groups: Slice | None
    """Soil classes, among which organic soils are."""
    clay: tuple[tuple[Slice, float], ...]
    """With the thickness of each [cm]; empty: there is no map of texture."""
    sand: tuple[tuple[Slice, float], ...]

    @property
    def pieces(self) -> tuple[Slice, ...]:
        """Every slice."""
        soil = (piece for piece, _ in (*self.clay, *self.sand))
        months = (piece for twelve in self.normals for piece in twelve)
        single = (self.stock, self.errors, self.cover, self.groups)
        return tuple(piece for piece in (*single, *soil, *months) if piece is not None)

    @property
    def grid(self) -> Grid:
        """Of the stock, and of what comes out."""
        return self.stock.cube.grid


def benchmark(store: Store, due_at: datetime, *, report: Progress = silent) -> Run | None:
    """Make the map of the gap, when the map of the stock or what parts the land is newer.

    Returns:
        The run as it ended; None: there is no map but those made of tables, whose land of one
        stratum has one stock, or no mean year or land cover, and so no run.
    """
    return derive(store, DERIVED, due_at, report)


def gather(pieces: Iterable[Slice]) -> Inputs | None:
    """Choose what it is made of; None: something that is needed is not there."""
    by_cube = sort_out(pieces)
    pair = real_map(by_cube)
    if pair is None:
        return None
    until = pair[0].period_end
    temperature, rain = (normals_of(by_cube, name) for name in WEATHER)
    cover = map_at(by_cube, "land_cover_class", until)
    if not temperature or not rain or cover is None:
        return None
    clay = part_of(by_cube, "clay", until)
    return Inputs(
        stock=pair[0],
        errors=pair[1],
        normals=(temperature, rain),
        cover=cover,
        groups=map_at(by_cube, "soil_class", until),
        clay=clay,
        sand=part_of(by_cube, "sand", until) if clay else (),
    )


def _told(store: Store, inputs: Inputs) -> Computation:
    """The product with the licence of its map, and what it had to do without."""
    licences = {one.feed_id: one.licence for one in read_inputs.inputs_status(store)}
    notes = dict(PRODUCT.notes)
    for lacks, words in ((not inputs.clay, WITHOUT_TEXTURE), (not inputs.errors, WITHOUT_ERRORS)):
        if lacks:
            notes = {code: text + words[code] for code, text in notes.items()}
    licence = licences.get(inputs.stock.cube.product, "") or PRODUCT.licence
    return replace(PRODUCT, notes=notes, licence=licence)


# --- what the best tenth holds -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is told of a run."""

    strata: int
    """With a benchmark."""
    few: int
    """With too few independent cells."""
    flat: int
    """Of which eight tenths or more have one stock."""
    texture: bool

    def __str__(self) -> str:
        """One line."""
        told = [f"strata: {self.strata}"]
        told += [f"with too few independent cells: {self.few}"] if self.few else []
        told += [f"with one stock alone: {self.flat}"] if self.flat else []
        if not self.strata:
            told.append("not assessable: the baseline has one stock a stratum, or too little land")
        return ", ".join(told if self.texture else [*told, "no map of texture"])


def _best(store: Store, inputs: Inputs) -> tuple[Floats, Found]:
    """What the best tenth of each stratum holds (stratum) [the unit of the map]; NaN: not told."""
    bins, places = list[Bins](), set[tuple[int, int]]()
    for label, counted in _blocks(store, inputs, places):
        bins += [counted] if label else []
        if len(bins) > TOGETHER:
            bins = [join_bins(bins)]
    best, low = np.full((2, like_land.STRATA), np.nan)
    if bins:
        cube = inputs.stock.cube
        scale = step_of(cube.dtype, cube.scale)
        every = Histogram.of_bins(bins, like_land.STRATA, scale=scale)
        low, best = every.quantiles([1 - like_land.BEST, like_land.BEST]).T
    numbers = np.array([stratum for stratum, _ in places], int)
    independent = np.bincount(numbers, minlength=like_land.STRATA)
    few, flat = independent < like_land.ENOUGH, low == best
    found = np.where(few | flat, np.nan, best)
    there = independent > 0
    return found, Found(
        strata=int(np.isfinite(found).sum()),
        few=int((few & there).sum()),
        flat=int((flat & ~few).sum()),
        texture=bool(inputs.clay),
    )


def _blocks(
    store: Store, inputs: Inputs, places: set[tuple[int, int]]
) -> Iterator[tuple[bool, Bins]]:
    """The weight of every stored value in every stratum, block by block; fills ``places``."""
    grid, piece = inputs.grid, inputs.stock
    weights = build_weights([shapely.box(grid.west, grid.south, grid.east, grid.north)], grid)
    for box in boxes(grid):
        label = _labels(store, inputs, box)
        raw = arrays.read_window(store, piece, slice(box.y0, box.y1), slice(box.x0, box.x1))
        operator = part(cut(weights, box.y0, box.y1, box.x0, box.x1), label, like_land.STRATA)
        values, fill = countable(raw, piece.cube.fill, piece.cube.scale)
        yield bool(len(operator.areas)), count_block(values, operator, fill=fill)
        known = label >= 0
        square = like_land.squares(*_axes(grid, box))
        pairs = np.unique(np.stack([label[known].astype(np.int64), square[known]], axis=1), axis=0)
        places.update(map(tuple, pairs.tolist()))


def _axes(grid: Grid, box: Box) -> tuple[Floats, Floats]:
    """Latitudes of rows and longitudes of columns of a block [degrees]."""
    lat = grid.north - (np.arange(box.y0, box.y1) + 0.5) * grid.dy
    lon = grid.west + (np.arange(box.x0, box.x1) + 0.5) * grid.dx
    return lat, lon


def _labels(store: Store, inputs: Inputs, box: Box) -> npt.NDArray[np.int16]:
    """The stratum of every cell of a block (y, x); -1: none."""
    grid = inputs.grid
    temperature, rain = (
        np.stack([window(store, piece, grid, box) for piece in twelve]) for twelve in inputs.normals
    )
    lat, _ = _axes(grid, box)
    texture = None
    if inputs.clay:
        sand = over_layers(store, inputs.sand, grid, box) if inputs.sand else None
        clay = over_layers(store, inputs.clay, grid, box)
        texture = like_land.texture_class(clay, sand)
    return like_land.strata(
        window(store, inputs.stock, grid, box),
        climate_zone(temperature, rain, lat.astype(np.float32)),
        texture,
        uses(window(store, inputs.cover, grid, box)),
        None if inputs.groups is None else window(store, inputs.groups, grid, box),
    )


def _make(store: Store, inputs: Inputs, report: Progress) -> tuple[list[NewSlice], str]:
    best, found = _best(store, inputs)
    made = _maps(store, inputs, best, report) if np.isfinite(best).any() else []
    return made, str(found)


def _maps(store: Store, inputs: Inputs, best: Floats, report: Progress) -> list[NewSlice]:
    like, errors = inputs.stock, inputs.errors
    names = (GAP,) if errors is None else (GAP, ERROR)
    cubes = [
        Cube(
            product=PRODUCT.id,
            variable=name,
            unit=like.cube.unit,
            freq=like.cube.freq,
            grid=inputs.grid,
            data_class=DataClass.INFERRED,
        )
        for name in names
    ]

    def make(box: Box) -> list[Floats]:
        stock = window(store, like, inputs.grid, box)
        found = like_land.gap(stock, _labels(store, inputs, box), best)
        if errors is None:
            return [found]
        # Everywhere: a cell that seems to be at the benchmark may lie below it.
        return [found, np.where(np.isnan(found), np.nan, window(store, errors, inputs.grid, box))]

    return write_cells(store, cubes, (like.period, like.period_end), inputs, make, report)


DERIVED: Final = Derived(id=PRODUCT.id, version=VERSION, gather=gather, tell=_told, make=_make)
