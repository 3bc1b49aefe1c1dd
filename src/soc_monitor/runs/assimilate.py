"""Assimilate: the best map, corrected where there are field samples."""

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import dask.array as da
import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate import ErrorModel
from soc_monitor.model import Computation, DataClass, Run, Sample, Slice
from soc_monitor.nowcast import sampling
from soc_monitor.nowcast.correction import Map, correct
from soc_monitor.nowcast.forecast import UNTOLD
from soc_monitor.runs import tier1
from soc_monitor.runs.jobs import code_version
from soc_monitor.runs.nowcast_ground import Box
from soc_monitor.runs.nowcast_inputs import ERROR, STOCK, best_map, map_at, sampled, sort_out
from soc_monitor.runs.nowcast_months import window
from soc_monitor.runs.progress import Progress, silent
from soc_monitor.store import intake, read_inputs, read_slices, runs
from soc_monitor.store.chunks import CHUNK
from soc_monitor.store.intake import NewSlice
from soc_monitor.store.samples import Read, read_samples
from soc_monitor.store.store import Store

DEFAULT = Computation(
    id=sampled(tier1.PRODUCT.id),
    title={
        "en": "IPCC Tier-1 default estimate, corrected with field samples",
        "fr": "Estimation par défaut de niveau 1 du GIEC, corrigée par des prélèvements",
        "es": "Estimación por defecto de nivel 1 del IPCC, corregida con muestras de campo",
    },
    licence="CC-BY-SA-4.0",
    citation=f"{tier1.PRODUCT.citation} Field samples: LimeSoDa (arXiv:2502.20139).",
    link="https://arxiv.org/abs/2502.20139",
    notes={
        "en": "Cells within 300 km of a sampled field move towards it by optimal interpolation, "
        "half as far across land covers. One field stands for its cell within 35%; "
        "density is read off the carbon content; below the sampled depth carbon is taken to fall "
        "by 3.5% a centimetre. A corrected level is no change of the soil.",
        "fr": "Les mailles à moins de 300 km d’un champ échantillonné s’en rapprochent par "
        "interpolation optimale, moitié moins d’une occupation du sol à l’autre. Un champ vaut "
        "pour sa maille à 35 % près ; la densité est tirée de la teneur en carbone ; "
        "sous la profondeur prélevée, le carbone décroît de 3,5 % par centimètre. Un niveau "
        "corrigé n’est pas une variation du sol.",
        "es": "Las celdas a menos de 300 km de un campo muestreado se acercan a él por "
        "interpolación óptima, la mitad entre coberturas distintas. Un campo vale por su celda "
        "con un 35 % de error; la densidad se toma del contenido de carbono; bajo la "
        "profundidad muestreada el carbono decrece un 3,5 % por centímetro. Un nivel corregido no "
        "es un cambio del suelo.",
    },
)

CORRECTED = {
    "en": "{}: corrected with field samples",
    "fr": "{} : correction par des prélèvements",
    "es": "{}: corrección con muestras de campo",
}
"""Title of another map than the default one."""

BEFORE = f"{ERROR}_prior"

VERSION = "samples-7"
"""Another version makes the map anew."""

LISTED = 50
"""Samples that are set aside, of which the record of the run has the names."""

ERRORS = ErrorModel()
REACH_KM = 3 * ERRORS.scale_km
"""How far a sample is felt: where 5 % of the correlation are left."""

Floats = npt.NDArray[np.float64]
Taken = Sequence[tuple[str, Sample]]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a corrected map is made of, beside the samples."""

    stock: Slice
    errors: Slice | None
    """None: the map has none, and ``UNTOLD`` of its value is taken."""
    cover: Slice
    groups: Slice | None
    """Soil classes, among which organic soils are."""

    @property
    def ids(self) -> tuple[uuid.UUID, ...]:
        """Every slice."""
        every = (self.stock, self.errors, self.cover, self.groups)
        return tuple(one.id for one in every if one is not None)


def assimilate(store: Store, due_at: datetime, *, report: Progress = silent) -> Run:
    """Make the corrected map, when the best map or the samples are newer than it.

    Returns:
        The run as it ended; ``nothing_new`` when it is up to date, or when there is no map with
        errors or no sample. Its record says how many samples were taken, and why others were not.
    """
    found = read_samples(store, sampling.VARIABLES)
    taken = found.taken
    inputs = _inputs(read_slices.newest_slices(store))
    product = DEFAULT if inputs is None else _product(store, inputs.stock.cube.product, taken)
    runs.register_feed(store, product)
    version = _version(taken)
    with runs.open_run(
        store, product.id, due_at, job_version=version, code_version=code_version()
    ) as run:
        intake.clear_leftovers(store, product.id)
        if not taken or inputs is None:
            run.detail = "nothing to correct: a map with errors, land cover and samples are needed"
        elif not _up_to_date(store, product.id, version, set(inputs.ids)):
            report(product.id, 0, 1)
            left_out: Counter[str] = Counter()
            made, aside = _make(store, product.id, inputs, found, left_out)
            intake.add_slices(store, run, made, None)
            run.taken = len(made)
            run.detail = _told(len(taken), left_out, aside)
            report(product.id, 1, 1)
    return runs.get_run(store, run.id)


def product_of(pieces: Iterable[Slice]) -> str | None:
    """Id of the corrected map that the newest slices give; None: there is nothing to correct."""
    inputs = _inputs(pieces)
    return None if inputs is None else sampled(inputs.stock.cube.product)


def _inputs(pieces: Iterable[Slice]) -> Inputs | None:
    by_cube = sort_out(pieces)
    best = best_map(by_cube)
    if best is None:
        return None
    cover, groups = (
        map_at(by_cube, name, best[0].period_end) for name in ("land_cover_class", "soil_class")
    )
    return None if cover is None else Inputs(*best, cover, groups)


def _product(store: Store, source: str, taken: Taken) -> Computation:
    """The product of a map after its samples, with the words of what it is made of."""
    if sampled(source) == DEFAULT.id:
        return DEFAULT
    feeds = {one.feed_id: one for one in read_inputs.inputs_status(store)}
    made_of = [feeds[name] for name in (source, *sorted({feed for feed, _ in taken}))]
    return replace(
        DEFAULT,
        id=sampled(source),
        title={lang: text.format(feeds[source].title[lang]) for lang, text in CORRECTED.items()},
        licence=" AND ".join(sorted({one.licence for one in made_of})),
        citation=" ".join(one.citation for one in made_of),
        link=feeds[source].link,
    )


def _version(taken: Taken) -> str:
    return hashlib.sha256(repr((VERSION, str(ERRORS), taken)).encode()).hexdigest()


def _told(count: int, left_out: Counter[str], aside: Sequence[str]) -> str:
    reasons = "; ".join(f"{n} {reason}" for reason, n in sorted(left_out.items()) if n)
    told = [f"{count - sum(left_out.values())} of {count} samples taken"]
    if reasons:
        told.append(f"left out: {reasons}")
    if aside:
        listed = ", ".join(aside[:LISTED])
        more = f" and {len(aside) - LISTED} more" if len(aside) > LISTED else ""
        told.append(f"set aside: {listed}{more}")
    return "; ".join(told)


def _up_to_date(store: Store, product: str, version: str, parents: set[uuid.UUID]) -> bool:
    made = read_slices.newest_slices(store, product=product)
    return bool(made) and all(
        read_slices.slice_parents(store, piece.id) == parents
        and runs.get_run(store, piece.run_id).job_version == version
        for piece in made
    )


def _make(
    store: Store, product: str, inputs: Inputs, found: Read, left_out: Counter[str]
) -> tuple[list[NewSlice], tuple[str, ...]]:
    like = inputs.stock
    grid = like.cube.grid
    whole = Box(y0=0, y1=grid.ny, x0=0, x1=grid.nx)
    stock = window(store, like, grid, whole)
    sd = UNTOLD * stock if inputs.errors is None else window(store, inputs.errors, grid, whole)
    cover = np.nan_to_num(window(store, inputs.cover, grid, whole))
    group = None if inputs.groups is None else window(store, inputs.groups, grid, whole)
    year = like.period_end.year
    prior = Map(stock=stock, sd=sd, stratum=cover, grid=grid, year=year, group=group)
    after = correct(prior, found.taken, decay, REACH_KM, left_out)
    grounds = tuple(sorted({found.files[name] for name in after.used}))
    made = [
        replace(_write(store, (product, variable), values, like, inputs.ids), grounds=rests)
        for variable, values, rests in (
            (STOCK, after.stock, grounds),
            (ERROR, after.sd, grounds),
            (BEFORE, sd, ()),
        )
    ]
    return made, after.set_aside


def decay(km: Floats) -> Floats:
    """Correlation of errors by distance, without what is common to the whole map (...) [1].

    A handful of fields does not correct the level of the world.

    Example:
        >>> decay(np.array([0.0, 100.0])).round(3)
        array([0.665, 0.245])
    """
    near = np.exp(-km / ERRORS.scale_km) * (1 - ERRORS.common) * (1 - ERRORS.own)
    return np.asarray(near)


def _write(
    store: Store,
    name: tuple[str, str],
    values: npt.NDArray[np.floating],
    like: Slice,
    parents: tuple[uuid.UUID, ...],
) -> NewSlice:
    product, variable = name
    into = replace(
        like.cube,
        product=product,
        variable=variable,
        unit="t ha-1",
        data_class=DataClass.INFERRED,
        dtype="float32",
        scale=1.0,
        fill=float("nan"),
    )
    field = da.from_array(values.astype(np.float32), chunks=CHUNK)
    return tier1.write_field(store, into, (like.period, like.period_end), field, parents)
