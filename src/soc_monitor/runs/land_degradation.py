"""Land degradation: the carbon sub-indicator of SDG 15.3.1, where there is yearly land cover."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise, product
from typing import Final

import dask.array as da
import numpy as np
import numpy.typing as npt
import xarray as xr

from soc_monitor.model import Computation, Cube, DataClass, Freq, Grid, Run, Slice
from soc_monitor.nowcast import land_degradation as sdg
from soc_monitor.nowcast.organic import organic
from soc_monitor.nowcast.tier1 import CLIMATES, climate_zone, sample
from soc_monitor.runs import tier1
from soc_monitor.runs.derived import Derived, derive
from soc_monitor.runs.nowcast_inputs import map_at, real_map, sort_out
from soc_monitor.runs.progress import Progress, silent
from soc_monitor.store import arrays
from soc_monitor.store.intake import NewSlice
from soc_monitor.store.store import Store

PRODUCT = Computation(
    id="sdg_15_3_1",
    title={
        "en": "Soil carbon of SDG 15.3.1, from land cover alone",
        "fr": "Carbone du sol de l’ODD 15.3.1, d’après la seule occupation du sol",
        "es": "Carbono del suelo del ODS 15.3.1, solo por la cobertura del suelo",
    },
    licence="CC-BY-4.0",
    citation=(
        "soc-monitor, from the UNCCD Good Practice Guidance for SDG indicator 15.3.1, version 2 "
        "(2021), and the factors of the 2006 IPCC Guidelines, Vol. 4."
    ),
    link="https://www.unccd.int/resources/manuals-and-guides",
    notes={
        "en": "Sees the conversion of land and nothing else: neither management nor climate. A "
        "loss of more than 10% of the mean of 2000-2015 is degraded; exactly 10% is stable, and "
        "degraded by the inclusive boundary. By its status, what degraded from 2000 to 2015 is so "
        "in every period that is not better than the mean by more than 10%. Land that is built "
        "over loses nine tenths in twenty years by decree. Organic soils, above 200 t C/ha in the "
        "best map of the soil there is, or Histosols where soil classes are connected, are not "
        "judged: the factors are of mineral soils.",
        "fr": "Ne voit que la conversion des terres : ni la gestion, ni le climat. Une perte de "
        "plus de 10 % de la moyenne 2000-2015 est une dégradation ; 10 % juste est stable, "
        "et dégradé avec la limite incluse. Selon le statut, ce qui s’est dégradé de 2000 à "
        "2015 l’est dans toute période qui ne dépasse pas cette moyenne de plus de 10 %. Une "
        "terre bâtie perd neuf dixièmes en vingt ans par convention. Les sols organiques, "
        "au-dessus de 200 t C/ha sur la meilleure carte des sols connectée, ou histosols si des "
        "classes de sols sont connectées, ne sont pas jugés : "
        "les facteurs sont ceux de sols minéraux.",
        "es": "Solo ve la conversión de la tierra: ni el manejo ni el clima. Una pérdida de más "
        "del 10 % de la media 2000-2015 es degradación; un 10 % justo es estable, y degradado "
        "con el límite incluido. Según el estado, lo que se degradó de 2000 a 2015 lo está "
        "en todo periodo que no supere esa media en más del 10 %. La tierra "
        "edificada pierde nueve décimos en veinte años por convención. Los suelos orgánicos, por "
        "encima de 200 t C/ha en el mejor mapa de suelos conectado, o Histosoles donde hay clases "
        "de suelo conectadas, no se juzgan: los factores "
        "son de suelos minerales.",
    },
)
CLASS = "sdg_soc_class_0_30cm"
KINDS = (CLASS, "sdg_soc_class_inclusive_0_30cm", "sdg_soc_status_0_30cm")
"""Variables, in the order of ``Judged``."""
BASELINES = ("sampled_baseline", "ipcc_tier1")
"""Maps that the first year starts from, the better one first."""

VERSION = "sdg-5"
"""Another version makes every class anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What the classes are made of."""

    cover: tuple[Slice, ...]
    """Land cover of every year, the first one first."""
    base: Slice
    """The map that the first year starts from."""
    peat: Slice
    """The map that tells organic soils apart."""
    groups: Slice | None
    """Soil classes, among which organic soils are."""
    normals: tuple[tuple[Slice, ...], tuple[Slice, ...]]
    """Temperature and rain of a mean year."""

    @property
    def pieces(self) -> tuple[Slice, ...]:
        """Every slice, each once: the map of peat may be the one that the first year has."""
        single = (self.base, self.peat, self.groups)
        months = (piece for twelve in self.normals for piece in twelve)
        every = (piece for piece in (*self.cover, *single, *months) if piece is not None)
        return tuple({piece.id: piece for piece in every}.values())


def land_degradation(store: Store, due_at: datetime, *, report: Progress = silent) -> Run | None:
    """Make the classes of every reporting period, when an input is newer than they are.

    Returns:
        The run as it ended; None: there is no yearly land cover from 2000 to the end of a
        reporting period, or no map and mean year to start from, and so no run.
    """
    return derive(store, DERIVED, due_at, report)


def gather(pieces: Iterable[Slice]) -> Inputs | None:
    """What the classes are made of; None: something that is needed is not there."""
    pieces = list(pieces)
    cover = _cover(pieces)
    stocks = {p.cube.product: p for p in pieces if p.cube.variable == "soc_stock_0_30cm"}
    base = next((stocks[name] for name in BASELINES if name in stocks), None)
    temperature, rain = (_normals(pieces, name) for name in (tier1.TEMPERATURE, tier1.RAIN))
    if not cover or base is None or any(len(twelve) != 12 for twelve in (temperature, rain)):
        return None
    by_cube = sort_out(pieces)
    real = real_map(by_cube)
    # Peat shows in a map of the soil alone: tables have one stock for a climate and use.
    peat = base if real is None else real[0]
    return Inputs(
        cover=cover,
        base=base,
        peat=peat,
        groups=map_at(by_cube, "soil_class", peat.period_end),
        normals=(temperature, rain),
    )


def _cover(pieces: Sequence[Slice]) -> tuple[Slice, ...]:
    """Land cover of every year since the first one; empty: not of a whole reporting period."""
    yearly = sorted(
        (p for p in pieces if p.cube.variable == "land_cover" and p.cube.freq is Freq.YEAR),
        key=lambda p: p.period,
    )
    kept = [p for p in yearly if p.period.year >= sdg.BASELINE[0]]
    years = [p.period.year for p in kept]
    whole = all(b == a + 1 for a, b in pairwise(years))
    starts = bool(kept) and years[0] == sdg.BASELINE[0]
    return tuple(kept) if starts and whole and sdg.reporting_periods(years[-1]) else ()


def _normals(pieces: Sequence[Slice], cube_id: str) -> tuple[Slice, ...]:
    return tuple(sorted((p for p in pieces if p.cube.id == cube_id), key=lambda p: p.period.month))


def _told(_store: Store, _inputs: Inputs) -> Computation:
    return PRODUCT


def _make(store: Store, inputs: Inputs, report: Progress) -> tuple[list[NewSlice], str]:
    years = [piece.period.year for piece in inputs.cover]
    grid, parents = inputs.cover[0].cube.grid, tuple(piece.id for piece in inputs.pieces)
    judged = _judged(store, inputs, years)
    wanted = list(product(KINDS, sdg.reporting_periods(years[-1])))
    made = list[NewSlice]()
    try:
        for k, (variable, period) in enumerate(wanted):
            report(PRODUCT.id, k, len(wanted))
            made.append(_write(store, grid, variable, period, judged[k], parents))
    except BaseException:
        for one in made:
            arrays.discard(store, one.path)
        raise
    report(PRODUCT.id, len(wanted), len(wanted))
    return made, ""


def _judged(store: Store, inputs: Inputs, years: Sequence[int]) -> da.Array:
    """Classes of every kind and period, one after another (kind x period, y, x)."""
    grid = inputs.cover[0].cube.grid
    classes = da.stack([arrays.open_raw(store, piece) for piece in inputs.cover])
    groups = () if inputs.groups is None else (inputs.groups,)
    base, peat, known, *weather = (
        _on_grid(store, some, grid)
        for some in ((inputs.base,), (inputs.peat,), groups, *inputs.normals)
    )
    lat = (grid.north - (np.arange(grid.ny) + 0.5) * grid.dy).astype(np.float32)
    _, rows, columns = classes.chunks
    count = len(KINDS) * len(sdg.reporting_periods(years[-1]))
    judged: da.Array = da.map_blocks(
        _judge,
        classes.rechunk({0: -1}),
        *(field.rechunk((1, rows, columns)) for field in (base, peat, known)),
        *(field.rechunk((12, rows, columns)) for field in weather),
        da.from_array(lat[None, :, None], chunks=((1,), rows, (1,))),
        years=years,
        dtype=np.float32,
        chunks=((count,), rows, columns),
    )
    return judged


def _on_grid(store: Store, pieces: Sequence[Slice], grid: Grid) -> da.Array:
    """Maps one after another on a grid (map, y, x); without any, one that knows nothing."""
    if not pieces:
        nothing: da.Array = da.full((1, *grid.shape), np.nan, np.float32)
        return nothing
    fields = [arrays.open_slice(store, piece) for piece in pieces]
    placed: da.Array = sample(xr.concat(fields, "time"), pieces[0].cube.grid, grid).data
    return placed


def _judge(
    classes: npt.NDArray[np.uint8],
    base: npt.NDArray[np.floating],
    peat: npt.NDArray[np.floating],
    groups: npt.NDArray[np.floating],
    temperature: npt.NDArray[np.float32],
    rain: npt.NDArray[np.float32],
    lat: npt.NDArray[np.float32],
    years: Sequence[int],
) -> npt.NDArray[np.float32]:
    zone = climate_zone(temperature, rain, lat[0, :, 0])
    factors = np.append(sdg.cropped_factors(CLIMATES), np.nan)
    cover = sdg.cover_of_esa()[classes]
    mineral = ~organic(peat[0], groups[0])
    start = np.where(mineral, sdg.on_all_land(base[0], cover[0]), np.nan)
    found = sdg.classes_of_periods(start, cover, factors[zone], years)
    return np.concatenate(found).astype(np.float32)


def _write(
    store: Store,
    grid: Grid,
    variable: str,
    period: tuple[int, int],
    field: da.Array,
    parents: tuple[uuid.UUID, ...],
) -> NewSlice:
    into = Cube(
        product=PRODUCT.id,
        variable=variable,
        unit="1",
        freq=Freq.EPOCH,
        grid=grid,
        data_class=DataClass.INFERRED,
        classes={-1: "degraded", 0: "stable", 1: "improved"},
    )
    first, last = date(period[0], 1, 1), date(period[1], 12, 31)
    return tier1.write_field(store, into, (first, last), field, parents)


DERIVED: Final = Derived(id=PRODUCT.id, version=VERSION, gather=gather, tell=_told, make=_make)
