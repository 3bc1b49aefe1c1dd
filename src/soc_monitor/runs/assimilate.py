"""Assimilate: the default map, corrected where there are field samples."""

import hashlib
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import dask.array as da
import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate import ErrorModel
from soc_monitor.model import Computation, Cube, DataClass, Freq, Run, Sample, Slice
from soc_monitor.nowcast import sampling
from soc_monitor.nowcast.correction import Map, correct
from soc_monitor.runs import tier1
from soc_monitor.runs.jobs import code_version
from soc_monitor.runs.progress import Progress, silent
from soc_monitor.store import arrays, intake, read_slices, runs
from soc_monitor.store.chunks import CHUNK
from soc_monitor.store.intake import NewSlice
from soc_monitor.store.samples import read_samples
from soc_monitor.store.store import Store

PRODUCT = Computation(
    id="sampled_baseline",
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
        "half as far across land covers. One field stands for its cell of 25 km within 35 %; "
        "density is read off the carbon content; below the sampled depth carbon is taken to fall "
        "by 3.5 % a centimetre. A corrected level is no change of the soil.",
        "fr": "Les mailles à moins de 300 km d’un champ échantillonné s’en rapprochent par "
        "interpolation optimale, moitié moins d’une occupation du sol à l’autre. Un champ vaut "
        "pour sa maille de 25 km à 35 % près ; la densité est tirée de la teneur en carbone ; "
        "sous la profondeur prélevée, le carbone décroît de 3,5 % par centimètre. Un niveau "
        "corrigé n’est pas une variation du sol.",
        "es": "Las celdas a menos de 300 km de un campo muestreado se acercan a él por "
        "interpolación óptima, la mitad entre coberturas distintas. Un campo vale por su celda de "
        "25 km con un 35 % de error; la densidad se toma del contenido de carbono; bajo la "
        "profundidad muestreada el carbono decrece un 3,5 % por centímetro. Un nivel corregido no "
        "es un cambio del suelo.",
    },
)

STOCK, ERROR, BEFORE = "soc_stock_0_30cm", "soc_stock_0_30cm_sd", "soc_stock_0_30cm_sd_prior"

VERSION = "samples-1"
"""Another version makes the map anew."""

ERRORS = ErrorModel()
REACH_KM = 3 * ERRORS.scale_km
"""How far a sample is felt: where 5 % of the correlation are left."""

Floats = npt.NDArray[np.float64]
Taken = Sequence[tuple[str, Sample]]


def assimilate(store: Store, due_at: datetime, *, report: Progress = silent) -> Run:
    """Make the corrected map, when the default map or the samples are newer than it.

    Returns:
        The run as it ended; ``nothing_new`` when it is up to date, or when there is no map with
        errors or no sample. Its record says how many samples were taken, and why others were not.
    """
    runs.register_feed(store, PRODUCT)
    taken = read_samples(store, sampling.VARIABLES)
    version = _version(taken)
    with runs.open_run(
        store, PRODUCT.id, due_at, job_version=version, code_version=code_version()
    ) as run:
        intake.clear_leftovers(store, PRODUCT.id)
        prior = {
            p.cube.variable: p for p in read_slices.newest_slices(store, product=tier1.PRODUCT.id)
        }
        cover = [
            p
            for p in read_slices.newest_slices(store)
            if p.cube.id == "land_cover.land_cover_class"
        ]
        if not taken or not cover or not {STOCK, ERROR} <= set(prior):
            run.detail = "nothing to correct: a map with errors, land cover and samples are needed"
        elif not _up_to_date(store, version, {prior[STOCK].id, prior[ERROR].id, cover[-1].id}):
            report(PRODUCT.id, 0, 1)
            left_out: Counter[str] = Counter()
            made = _make(store, (prior[STOCK], prior[ERROR], cover[-1]), taken, left_out)
            intake.add_slices(store, run, made, None)
            run.taken = len(made)
            run.detail = _told(len(taken), left_out)
            report(PRODUCT.id, 1, 1)
    return runs.get_run(store, run.id)


def _version(taken: Taken) -> str:
    return hashlib.sha256(repr((VERSION, str(ERRORS), taken)).encode()).hexdigest()


def _told(count: int, left_out: Counter[str]) -> str:
    reasons = "; ".join(f"{n} {reason}" for reason, n in sorted(left_out.items()) if n)
    return f"{count - sum(left_out.values())} of {count} samples taken" + (
        f"; left out: {reasons}" if reasons else ""
    )


def _up_to_date(store: Store, version: str, parents: set[uuid.UUID]) -> bool:
    made = read_slices.newest_slices(store, product=PRODUCT.id)
    return bool(made) and all(
        read_slices.slice_parents(store, piece.id) == parents
        and runs.get_run(store, piece.run_id).job_version == version
        for piece in made
    )


def _make(
    store: Store, inputs: tuple[Slice, ...], taken: Taken, left_out: Counter[str]
) -> list[NewSlice]:
    like = inputs[0]
    with arrays.reading(inputs):
        stock, sd, cover = (
            np.asarray(arrays.open_slice(store, piece).data.compute(), np.float64)
            for piece in inputs
        )
    prior = Map(stock=stock, sd=sd, stratum=cover, grid=like.cube.grid, year=like.period.year)
    after = correct(prior, taken, decay, REACH_KM, left_out)
    parents = tuple(piece.id for piece in inputs)
    return [
        _write(store, variable, values, like, parents)
        for variable, values in ((STOCK, after.stock), (ERROR, after.sd), (BEFORE, sd))
    ]


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
    store: Store, variable: str, values: Floats, like: Slice, parents: tuple[uuid.UUID, ...]
) -> NewSlice:
    into = Cube(
        product=PRODUCT.id,
        variable=variable,
        unit="t ha-1",
        freq=Freq.YEAR,
        grid=like.cube.grid,
        data_class=DataClass.INFERRED,
    )
    field = da.from_array(values.astype(np.float32), chunks=CHUNK)
    return tier1.write_field(store, into, (like.period, like.period_end), field, parents)
