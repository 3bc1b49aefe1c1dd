"""Scenarios: what more carbon input would bring in twenty years, on a map and for every area."""

import uuid
from collections.abc import Iterator
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
from dask.delayed import delayed

from soc_monitor.aggregate import BlockOperator, Weights, cut
from soc_monitor.model import Computation, Cube, DataClass, Freq, Grid, Run
from soc_monitor.nowcast.forecast import DEPTH, mean_year
from soc_monitor.nowcast.land import NAMES
from soc_monitor.nowcast.rothc import Soil, inert
from soc_monitor.nowcast.scenarios import YEARS, project
from soc_monitor.runs.current import OUTLOOK, current
from soc_monitor.runs.frame import M2_PER_HA, Frame, make_frame
from soc_monitor.runs.jobs import code_version
from soc_monitor.runs.levels import finish
from soc_monitor.runs.licensed import licensed
from soc_monitor.runs.nowcast_block import Summed, summed
from soc_monitor.runs.nowcast_ground import Box, Floats, Found, prepare
from soc_monitor.runs.nowcast_inputs import Inputs, gather
from soc_monitor.runs.nowcast_months import Tally, boxes, layers
from soc_monitor.runs.progress import Progress, silent
from soc_monitor.runs.weights import load_weights
from soc_monitor.runs.workers import Workers
from soc_monitor.store import arrays, intake, outlooks, read_areas, read_slices, runs
from soc_monitor.store.intake import NewSlice
from soc_monitor.store.outlooks import Outlook
from soc_monitor.store.store import Store

INCREASE = 0.10
"""Of the plant input, on the map; the gain of another one is in proportion, exactly."""

VERSION = "scenarios-3"
"""Another version makes everything anew."""

GAP = "soc_gap_0_30cm"
FARMED = [NAMES.index(name) for name in ("cropland", "cropland_perennial", "grassland")]
"""Uses of land whose input is for somebody to raise: FAO counts cropland and grazing land."""

PRODUCT = Computation(
    id=OUTLOOK,
    title={
        "en": "Scenarios: more carbon input for twenty years",
        "fr": "Scénarios : plus d’apports de carbone pendant vingt ans",
        "es": "Escenarios: más aporte de carbono durante veinte años",
    },
    licence="CC-BY-4.0",
    citation="soc-monitor, after FAO (2022), GSOCseq technical specifications, with RothC-26.3 "
    "(Coleman and Jenkinson 1996).",
    link="https://www.fao.org/global-soil-partnership/gsocseq-map/en/",
    notes={
        "en": "A scenario, not a forecast: RothC from the map’s stock, in equilibrium with the "
        "mean year, under 5, 10 and 20% more plant input. Business as usual keeps the stock by "
        "construction. The gain is largest in the first year and fades; it has an end and can be "
        "lost again. Mineral soils of cropland and grassland only. It is not to be added to the "
        "carbon debt.",
        "fr": "Un scénario, pas une prévision : RothC à partir du stock de la carte, en équilibre "
        "avec l’année moyenne, avec 5, 10 et 20 % d’apports végétaux en plus. Sans changement, le "
        "stock reste par construction. Le gain est le plus fort la première année et s’estompe ; "
        "il a une fin et peut se perdre. Sols minéraux des cultures et des prairies seulement. Il "
        "ne s’ajoute pas à la dette de carbone.",
        "es": "Un escenario, no un pronóstico: RothC desde la reserva del mapa, en equilibrio con "
        "el año medio, con un 5, 10 y 20 % más de aporte vegetal. Sin cambios la reserva se "
        "mantiene por construcción. La ganancia es mayor el primer año y se desvanece; tiene un "
        "final y puede perderse. Solo suelos minerales de cultivos y pastizales. No se suma a la "
        "deuda de carbono.",
    },
)


def scenarios(store: Store, due_at: datetime, *, report: Progress = silent, dask: str = "") -> Run:
    """Make the map and the curves when the baseline, the mean year or the areas are newer.

    Returns:
        The run as it ended; ``nothing_new`` when all is up to date, or when there is no baseline,
        no mean year, or no areas yet.
    """
    runs.register_feed(store, licensed(store, PRODUCT))
    boundaries_id = read_areas.newest_boundaries(store)
    version = version_of(boundaries_id)
    with runs.open_run(
        store, PRODUCT.id, due_at, job_version=version, code_version=code_version()
    ) as run:
        intake.clear_leftovers(store, PRODUCT.id)
        inputs = gather(read_slices.newest_slices(store))
        if inputs is None or boundaries_id is None:
            run.detail = "nothing to project: a baseline with errors, temperature and rain of a"
            run.detail += " mean year, and areas are needed"
        elif not _up_to_date(store, version, set(_parents(inputs))):
            weights = load_weights(store, boundaries_id, inputs.baseline.cube.grid)
            frame = make_frame(read_areas.list_areas(store, boundaries_id))
            tally = Tally()
            with Workers(dask) as workers:
                made, sums = _make(store, inputs, weights, workers, tally, report)
            outlooks.add(store, run, made, list(_rows(frame, sums)))
            run.taken, run.detail = 1, str(tally)
    return runs.get_run(store, run.id)


def version_of(boundaries_id: str | None) -> str:
    """The version of the arithmetic together with the areas: known of every run."""
    return f"{VERSION}|{boundaries_id}"


def _parents(inputs: Inputs) -> tuple[uuid.UUID, ...]:
    clay = (piece for piece, _ in inputs.clay)
    single = (inputs.baseline, inputs.errors, inputs.cover, inputs.groups, *clay)
    normals = [piece for twelve in inputs.normals.values() for piece in twelve]
    return tuple({piece.id for piece in (*single, *normals) if piece is not None})


def _up_to_date(store: Store, version: str, parents: set[uuid.UUID]) -> bool:
    made = [
        one
        for one in current(store, read_slices.newest_slices(store))
        if one.cube.product == PRODUCT.id
    ]
    return bool(made) and all(
        read_slices.slice_parents(store, piece.id) == parents
        and runs.get_run(store, piece.run_id).job_version == version
        for piece in made
    )


def _make(
    store: Store,
    inputs: Inputs,
    weights: Weights,
    workers: Workers,
    tally: Tally,
    report: Progress,
) -> tuple[NewSlice, npt.NDArray[np.float64]]:
    """The map, and integrals over the finest areas (field, area) as ``outlook`` has them."""
    like = inputs.baseline.cube
    into = Cube(
        product=PRODUCT.id,
        variable=GAP,
        unit="t ha-1",
        freq=Freq.YEAR,
        grid=like.grid,
        data_class=DataClass.INFERRED,
    )
    year = inputs.baseline.period_end.year + YEARS
    path, array = arrays.create(store, into, date(year, 1, 1))
    sums, valid = np.zeros((2 + YEARS, weights.n_areas)), 0
    try:
        every = boxes(like.grid)
        for number, box in enumerate(every):
            report(PRODUCT.id, number, len(every))
            operator = cut(weights, box.y0, box.y1, box.x0, box.x1)
            task = delayed(outlook)(layers(store, inputs, box), box, like.grid, operator)
            field, of_areas, found = workers.compute(task)
            array[box.y0 : box.y1, box.x0 : box.x1] = field
            valid += int(np.isfinite(field).sum())
            tally.add(**found.counts)
            of_areas.add_to(sums)
        report(PRODUCT.id, len(every), len(every))
        checksum = finish(store, path, into)
    except BaseException:
        arrays.discard(store, path)
        raise
    made = NewSlice(
        cube=into,
        period=date(year, 1, 1),
        period_end=date(year, 12, 31),
        path=path,
        checksum=checksum,
        valid_cells=valid,
        median=None,
        parents=_parents(inputs),
    )
    return made, sums


def outlook(
    fields: dict[str, Floats], box: Box, grid: Grid, operator: BlockOperator
) -> tuple[npt.NDArray[np.float32], Summed, Found]:
    """One block: what the greater input adds by the end, and sums for the curves of areas.

    Of land that is farmed: what more input a forest could get is nobody's to give.

    Args:
        fields: see ``nowcast_ground.prepare``.
        box: where the block lies.
        grid: of the whole map.
        operator: weights of areas in the block.

    Returns:
        Gain at the end (y, x) [t ha-1], NaN where nothing is modelled; sums of the stock at
        the start and of the gain of each year, over the same cells; what was left out.
    """
    base, found = prepare(fields, {}, box, grid)
    ground = base.ground
    stock = np.asarray(ground.stock, np.float64)
    soil = Soil(clay=np.asarray(ground.clay, np.float64), depth=DEPTH)
    more = project(stock, inert(stock), mean_year(ground, np.ones(())), soil, INCREASE)
    gains = more.stock[1:] - stock
    gains[:, ~np.isfinite(gains).all(axis=0) | ~np.isin(ground.use, FARMED)] = np.nan
    cells = np.full((1 + YEARS, *box.shape), np.nan, np.float32)
    cells.reshape(1 + YEARS, -1)[:, base.cells] = [stock + 0 * gains[0], *gains]
    return cells[-1], summed(cells, operator), found


def _rows(frame: Frame, sums: npt.NDArray[np.float64]) -> Iterator[Outlook]:
    rolled = frame.rolled(sums) / M2_PER_HA
    for row, area in enumerate(frame.areas):
        if rolled[0, row] > 0:
            yield Outlook(
                area=area.code,
                mapped_ha=float(rolled[0, row]),
                start=float(rolled[1, row]),
                gains=tuple((rolled[2:, row] / INCREASE).tolist()),
            )
