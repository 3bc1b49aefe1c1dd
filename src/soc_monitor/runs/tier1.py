"""Tier 1: the default map from land cover, temperature and rain, made when it is stale."""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

import dask.array as da
import xarray as xr
from dask.base import compute

from soc_monitor.errors import NothingToEstimate
from soc_monitor.model import Computation, Cube, DataClass, Freq, Grid, Run, Slice
from soc_monitor.nowcast import ipcc
from soc_monitor.nowcast.tier1 import GUIDELINES, REFINED, sample, tier1_stock
from soc_monitor.runs.jobs import code_version
from soc_monitor.runs.levels import finish
from soc_monitor.runs.progress import Progress, silent
from soc_monitor.store import arrays, intake, read_slices, runs
from soc_monitor.store.intake import NewSlice
from soc_monitor.store.store import Store

PRODUCT = Computation(
    id="ipcc_tier1",
    title={
        "en": "IPCC Tier-1 default estimate, 2010 land cover, no soil map",
        "fr": "Estimation par défaut de niveau 1 du GIEC, occupation du sol 2010, sans carte des "
        "sols",
        "es": "Estimación por defecto de nivel 1 del IPCC, cobertura del suelo de 2010, sin mapa "
        "de suelos",
    },
    licence="CC-BY-4.0",
    citation=(
        "soc-monitor, from IPCC (2019), 2019 Refinement to the 2006 IPCC Guidelines, Vol. 4; "
        "ESA Climate Change Initiative Land Cover 2010; ITU-R P.1510-1 (temperature, from "
        "ERA-Interim) and P.837-7 (rain, from GPCC)."
    ),
    link="https://www.ipcc-nggip.iges.or.jp/public/2019rf/",
    notes={
        "en": "A default from tables, not a measurement. Every soil is taken as high-activity "
        "clay (low-activity in the wet tropics); the interval holds the spread of the classes of "
        "mineral soils. What is wrong for a climate is wrong in much of its land: errors go "
        "together over 500 km, and 15% of them over the whole map.",
        "fr": "Une valeur par défaut tirée de tables, pas une mesure. Tout sol est supposé à "
        "argile de haute activité (faible activité sous les tropiques humides) ; l’intervalle "
        "contient la dispersion des classes de sols minéraux. Ce qui est faux pour un climat l’est "
        "dans une grande part de ses terres : les erreurs vont ensemble sur 500 km, et 15 % "
        "d’entre elles sur toute la carte.",
        "es": "Un valor por defecto tomado de tablas, no una medición. Todo suelo se supone de "
        "arcilla de alta actividad (baja actividad en los trópicos húmedos); el intervalo contiene "
        "la dispersión de las clases de suelos minerales. Lo que es falso para un clima lo es en "
        "gran parte de sus tierras: los errores van juntos en 500 km, y un 15 % de ellos en todo "
        "el mapa.",
    },
)
OLDER = replace(
    PRODUCT,
    id="ipcc_tier1_2006",
    title={
        "en": "IPCC Tier-1 default estimate with the older tables of 2006, for comparison",
        "fr": "Estimation par défaut de niveau 1 du GIEC, anciennes tables de 2006, pour "
        "comparaison",
        "es": "Estimación por defecto de nivel 1 del IPCC, tablas anteriores de 2006, para "
        "comparar",
    },
    citation=PRODUCT.citation.replace(
        "IPCC (2019), 2019 Refinement to the 2006 IPCC Guidelines", "IPCC (2006), 2006 Guidelines"
    ),
    link="https://www.ipcc-nggip.iges.or.jp/public/2006gl/",
    notes={
        "en": "The same map as with the tables of 2019, from which it differs in the tables alone: "
        "their difference is no change of the soil. In 2006 every reference stock was given within "
        "90%, and there is none for polar land. Nothing is carried forward from it.",
        "fr": "La même carte qu’avec les tables de 2019, dont elle ne diffère que par les tables : "
        "leur différence n’est pas une variation du sol. En 2006, chaque stock de référence était "
        "donné à 90 % près, et il n’y en a pas pour les terres polaires. Rien n’en est prolongé.",
        "es": "El mismo mapa que con las tablas de 2019, del que solo difiere por las tablas: su "
        "diferencia no es un cambio del suelo. En 2006 cada reserva de referencia se daba con un "
        "margen del 90 %, y no hay ninguna para tierras polares. Nada se prolonga a partir de él.",
    },
)
"""For comparison alone."""

EDITIONS = {PRODUCT.id: REFINED, OLDER.id: GUIDELINES}

TEMPERATURE = "temperature_normals.air_temperature"
RAIN = "rain_normals.rain"

VERSION = "tier1-1"
"""Another version makes the map anew."""

PERIOD, PERIOD_END = date(2010, 1, 1), date(2010, 12, 31)
"""The land cover's year."""


def job_version(product: Computation = PRODUCT) -> str:
    """Hash of the tables and of this version of the computation."""
    edition = EDITIONS[product.id]
    tables = (edition.stocks, edition.cultivated, ipcc.LAND_USE)
    single = (
        edition.perennial_temperate,
        edition.perennial_tropical,
        edition.paddy,
        ipcc.NATIVE_USES,
    )
    return hashlib.sha256(repr((VERSION, *map(dict, tables), *single)).encode()).hexdigest()


def tier1(
    store: Store,
    due_at: datetime,
    *,
    product: Computation = PRODUCT,
    report: Progress = silent,
) -> Run:
    """Make the map, when one of its inputs is newer than it; readers see it with a release.

    Args:
        store: where everything is kept.
        due_at: the run's time.
        product: of the tables of 2019, or ``OLDER``.
        report: is told how far it has come.

    Returns:
        The run as it ended; ``nothing_new`` when the map is up to date.

    Raises:
        NothingToEstimate: an input has not been ingested yet.
    """
    runs.register_feed(store, product)
    version = job_version(product)
    with runs.open_run(
        store, product.id, due_at, job_version=version, code_version=code_version()
    ) as run:
        intake.clear_leftovers(store, product.id)
        inputs, missing = _inputs(read_slices.newest_slices(store))
        if missing:
            raise NothingToEstimate(f"not ingested yet: {', '.join(missing)}")
        parents = tuple(piece.id for pieces in inputs.values() for piece in pieces)
        if not _up_to_date(store, product.id, version, set(parents)):
            report(product.id, 0, 1)
            with arrays.reading([piece for pieces in inputs.values() for piece in pieces]):
                made = _make(store, product, inputs, parents)
            intake.add_slices(store, run, made, None)
            run.taken = 1
            report(product.id, 1, 1)
    return runs.get_run(store, run.id)


def is_stale(store: Store, pieces: Iterable[Slice], product: Computation) -> bool:
    """Whether the map can be made of the newest slices, and is not there as made of them."""
    inputs, missing = _inputs(pieces)
    parents = {piece.id for own in inputs.values() for piece in own}
    return not missing and not _up_to_date(store, product.id, job_version(product), parents)


def _inputs(pieces: Iterable[Slice]) -> tuple[dict[str, list[Slice]], list[str]]:
    """The newest slices that the map rests on, by cube, in order of period; and what is missing."""
    wanted = {"land_cover.land_cover_class": 1, TEMPERATURE: 12, RAIN: 12}
    found: dict[str, list[Slice]] = {name: [] for name in wanted}
    for piece in pieces:
        if piece.cube.id in wanted:
            found[piece.cube.id].append(piece)
    return found, [name for name, count in wanted.items() if len(found[name]) != count]


def _up_to_date(store: Store, product: str, version: str, parents: set[uuid.UUID]) -> bool:
    made = read_slices.newest_slices(store, product=product)
    return bool(made) and all(
        read_slices.slice_parents(store, piece.id) == parents
        and runs.get_run(store, piece.run_id).job_version == version
        for piece in made
    )


def _make(
    store: Store,
    product: Computation,
    inputs: dict[str, list[Slice]],
    parents: tuple[uuid.UUID, ...],
) -> list[NewSlice]:
    (like,) = inputs["land_cover.land_cover_class"]
    grid = like.cube.grid
    cover = xr.DataArray(arrays.open_raw(store, like), dims=("y", "x"))
    temperature, rain = (_months(store, inputs[name], grid) for name in (TEMPERATURE, RAIN))
    pair = tier1_stock(cover, temperature, rain, grid, EDITIONS[product.id])
    return [
        write_field(
            store, cube(product.id, variable, like), (PERIOD, PERIOD_END), field.data, parents
        )
        for variable, field in zip(("soc_stock_0_30cm", "soc_stock_0_30cm_sd"), pair, strict=True)
    ]


def _months(store: Store, pieces: list[Slice], grid: Grid) -> xr.DataArray:
    fields = [arrays.open_slice(store, piece) for piece in pieces]
    return sample(xr.concat(fields, "time"), pieces[0].cube.grid, grid)


def cube(product: str, variable: str, like: Slice) -> Cube:
    """A cube of a product on the land cover's grid."""
    return Cube(
        product=product,
        variable=variable,
        unit="t ha-1",
        freq=Freq.YEAR,
        grid=like.cube.grid,
        data_class=DataClass.INFERRED,
    )


def write_field(
    store: Store,
    into: Cube,
    period: tuple[date, date],
    field: da.Array,
    parents: tuple[uuid.UUID, ...],
) -> NewSlice:
    """Compute a field (y, x) into a new array, chunk by chunk; its row is still to be written."""
    path, array = arrays.create(store, into, period[0])
    try:
        aligned = field.rechunk(array.chunks)
        valid, _ = compute(da.isfinite(aligned).sum(), da.store(aligned, array, compute=False))
        checksum = finish(store, path, into)
    except BaseException:
        arrays.discard(store, path)
        raise
    return NewSlice(
        cube=into,
        period=period[0],
        period_end=period[1],
        path=path,
        checksum=checksum,
        valid_cells=int(valid),
        median=None,
        parents=parents,
    )
