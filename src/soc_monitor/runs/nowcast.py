"""Nowcast: the baseline carried forward month by month, by the drivers that are there."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import numpy as np

from soc_monitor.model import Computation, Cube, DataClass, Freq, Run
from soc_monitor.nowcast.forecast import Seed
from soc_monitor.nowcast.masks import REASONS
from soc_monitor.runs.frame import M2_PER_HA, Frame, make_frame
from soc_monitor.runs.jobs import code_version
from soc_monitor.runs.levels import finish
from soc_monitor.runs.licensed import licensed
from soc_monitor.runs.nowcast_block import SHARES
from soc_monitor.runs.nowcast_inputs import (
    ERROR,
    PRODUCT,
    STOCK,
    Inputs,
    first_day,
    gather,
    last_day,
    next_month,
)
from soc_monitor.runs.nowcast_months import Work, Written, count_masks, follow, hold, is_kept, plant
from soc_monitor.runs.nowcast_steps import Step, chain, held
from soc_monitor.runs.progress import Progress, silent
from soc_monitor.runs.weights import load_weights
from soc_monitor.runs.workers import Workers
from soc_monitor.store import arrays, intake, members, read_areas, read_slices, runs
from soc_monitor.store.intake import NewSlice
from soc_monitor.store.members import Lineage, MemberEstimate, NewMonth
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store

VERSION = "nowcast-9"
"""Another version makes every month anew."""

KEPT = 3
"""Newest months whose ensembles are kept, beside those of every December."""

TOLD = Computation(
    id=PRODUCT,
    title={
        "en": "Nowcast: RothC from current weather and vegetation",
        "fr": "Prévision immédiate : RothC d’après la météo et la végétation du moment",
        "es": "Predicción inmediata: RothC con el tiempo y la vegetación actuales",
    },
    licence="CC-BY-4.0",
    citation="soc-monitor, with RothC-26.3 (Coleman and Jenkinson 1996, Rothamsted Research).",
    link="https://www.rothamsted.ac.uk/rothamsted-carbon-model-rothc",
    notes={
        "en": "Modelled from current weather and vegetation, starting from a soil map; not a "
        "direct measurement of soil carbon change. Mineral soils only: above 200 t C/ha a soil is "
        "organic, and a Histosol where soil classes are connected, and not modelled; nor are "
        "wetlands and paddies. Where no live drivers are connected the stock is held at the "
        "baseline, and no change can be told.",
        "fr": "Modélisé d’après la météo et la végétation du moment, à partir d’une carte des "
        "sols ; ce n’est pas une mesure directe de la variation du carbone. Sols minéraux "
        "seulement : au-dessus de 200 t C/ha un sol est organique, de même qu’un histosol si des "
        "classes de sols sont connectées, et n’est pas modélisé ; les zones humides et les "
        "rizières non plus. Sans données actuelles raccordées, le stock reste celui de la carte "
        "et aucune variation ne peut être donnée.",
        "es": "Modelado con el tiempo y la vegetación actuales, a partir de un mapa de suelos; no "
        "es una medición directa del cambio del carbono. Solo suelos minerales: por encima de "
        "200 t C/ha un suelo es orgánico, y también un Histosol donde hay clases de suelo "
        "conectadas, y no se modela; tampoco los humedales ni los arrozales. "
        "Sin datos actuales conectados, la reserva se mantiene en la del mapa y no puede darse "
        "ningún cambio.",
    },
)


def nowcast(
    store: Store,
    due_at: datetime,
    *,
    to: date | None = None,
    seed: Seed | None = None,
    report: Progress = silent,
    dask: str = "",
) -> Run:
    """Make the months that are not there, or that rest on a driver which was revised.

    The ensemble at the end of a month is kept under the hash of everything it follows from: a new
    month costs one step, and a revised one redoes what follows it and nothing else. All rows are
    written in one transaction at the end; readers see them with a release.

    Args:
        store: where everything is kept.
        due_at: the run's time; without ``to`` the nowcast ends with the last whole month before.
        to: last month.
        seed: of the ensemble; 25 members by default.
        report: is told how far it has come.
        dask: address of a Dask scheduler; empty: threads of this process.

    Returns:
        The run as it ended; ``nothing_new`` when every month is up to date, or when there is no
        baseline with errors, no mean year, or no areas yet.
    """
    runs.register_feed(store, licensed(store, TOLD))
    last = first_day(to) if to else next_month(first_day(due_at.date()), -1)
    inputs = gather(read_slices.newest_slices(store))
    version = inputs.version(VERSION) if inputs else VERSION
    with runs.open_run(
        store, PRODUCT, due_at, job_version=version, code_version=code_version()
    ) as run:
        intake.clear_leftovers(store, PRODUCT)
        boundaries_id = read_areas.newest_boundaries(store)
        if inputs is None or boundaries_id is None:
            run.detail = "nothing to carry forward: a baseline with errors, temperature and rain"
            run.detail += " of a mean year, and areas are needed"
        else:
            with Workers(dask) as workers:
                place = _Place(store, run, boundaries_id, workers, report)
                _make(place, inputs, seed or Seed(), last)
    return runs.get_run(store, run.id)


@dataclass(frozen=True, slots=True)
class _Place:
    """What the steps of one run share."""

    store: Store
    run: OpenRun
    boundaries_id: str
    workers: Workers
    report: Progress


def _make(place: _Place, inputs: Inputs, seed: Seed, last: date) -> None:
    """Everything that is stale up to a month, and its rows."""
    store, run = place.store, place.run
    there = members.lineages(store, PRODUCT, STOCK)
    steps = _steps(inputs, f"{VERSION}|{seed}", last, there)
    fresh = [_is_there(step, there, place.boundaries_id) for step in steps]
    run.detail = "; ".join(inputs.remarks)
    if all(fresh):
        return
    stale = fresh.index(False)
    weights = load_weights(store, place.boundaries_id, inputs.baseline.cube.grid)
    work = Work(
        store=store,
        inputs=inputs,
        weights=weights,
        seed=seed,
        cubes=_cubes(inputs),
        root=steps[0].lineage,
        workers=place.workers,
        masked_m2=np.zeros((len(REASONS), weights.n_areas)),
    )
    areas = _Areas(work, make_frame(read_areas.list_areas(store, place.boundaries_id)))
    made = [areas.month(one) for one in _written(work, steps, stale, place.report)]
    before = there[steps[stale - 1].month].slice_id if stale else None
    run.taken = members.add_months(store, run, place.boundaries_id, made, before)
    real = sum(step.weather for step in steps)
    told = f"{run.taken} months made, {real} of {len(steps)} with real weather"
    green = sum(step.vegetation for step in steps)
    told += f", {green} with real vegetation" if green else ""
    run.detail = "; ".join(filter(None, (told, str(work.tally), run.detail)))
    if inputs.follows:
        _forget(work, steps)


def _steps(inputs: Inputs, version: str, last: date, there: dict[date, Lineage]) -> list[Step]:
    if not inputs.follows:
        return [held(inputs, version, last)]
    # A month that readers have seen is not left behind on the way.
    return chain(inputs, version, last, max(there, default=None))


def _is_there(step: Step, there: dict[date, Lineage], boundaries_id: str) -> bool:
    found = there.get(step.month)
    # What is final now and was not when it was made is told anew, with the same numbers.
    return found is not None and (
        (found.lineage, found.boundaries_id, found.provisional)
        == (step.lineage, boundaries_id, step.provisional)
    )


def _cubes(inputs: Inputs) -> tuple[Cube, Cube]:
    like = inputs.baseline.cube
    kind = DataClass.MODELLED if inputs.follows else like.data_class
    stock, error = (
        Cube(
            product=PRODUCT,
            variable=variable,
            unit="t ha-1",
            freq=Freq.MONTH,
            grid=like.grid,
            data_class=kind,
        )
        for variable in (STOCK, ERROR)
    )
    return stock, error


def _written(work: Work, steps: Sequence[Step], stale: int, report: Progress) -> Iterator[Written]:
    """The stale months, in order, from the newest ensemble before them that is kept."""
    if not work.inputs.follows:
        yield hold(work, steps[0])
        return
    at = next((k for k in range(stale - 1, -1, -1) if is_kept(work, steps[k].lineage)), 0)
    report(PRODUCT, 0, len(steps) - at)
    if at == 0 and not is_kept(work, work.root):
        plant(work, steps[0].month)
    if stale == 0:
        yield from follow(work, steps[0], steps[:1])
    for first, end in _batches(steps, at + 1, stale):
        for number, month in enumerate(follow(work, steps[first - 1], steps[first:end]), first):
            if number >= stale:
                yield month
            else:
                arrays.discard(work.store, month.stock[0])
                arrays.discard(work.store, month.error[0])
        report(PRODUCT, end - at, len(steps) - at)


def _batches(steps: Sequence[Step], first: int, stale: int) -> Iterator[tuple[int, int]]:
    """Ranges of months that go together: to the end of a year, the newest one by one."""
    start = first
    for end in range(first + 1, len(steps) + 1):
        year_ends = steps[end - 1].month.month == 12
        if year_ends or end == stale or end >= len(steps) - KEPT + 1:
            yield start, end
            start = end


def _forget(work: Work, steps: Sequence[Step]) -> None:
    """Remove the ensembles that no later run will start from."""
    kept = {work.root, *(step.lineage for step in steps[-KEPT:])}
    kept |= {step.lineage for step in steps if step.month.month == 12}
    for folder in (work.store.arrays / "ensembles").iterdir():
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


class _Areas:
    """From arrays and sums of a month to its rows, for every area of a frame."""

    def __init__(self, work: Work, frame: Frame) -> None:
        self.work, self.frame = work, frame

    def month(self, made: Written) -> NewMonth:
        """A month as it is written to the store."""
        step = made.step
        return NewMonth(
            stock=self._slice(made, 0),
            error=self._slice(made, 1),
            lineage=step.lineage,
            weather=step.weather,
            vegetation=step.vegetation,
            areas=list(self._rows(made)),
        )

    @cached_property
    def masked(self) -> list[dict[str, float]]:
        """What of each area is not modelled, by reason [ha]; of all months the same."""
        if self.work.inputs.follows:
            count_masks(self.work)
        found = self.frame.rolled(self.work.masked_m2) / M2_PER_HA
        # The grid of the world has the oceans: its land is that of the countries.
        found[:, self.frame.world] = found[:, self.frame.countries].sum(axis=1)
        return [
            {reason: float(ha) for reason, ha in zip(REASONS[1:], column[1:], strict=True) if ha}
            for column in found.T
        ]

    def _slice(self, made: Written, which: int) -> NewSlice:
        path, _ = (made.stock, made.error)[which]
        step = made.step
        return NewSlice(
            cube=self.work.cubes[which],
            period=step.month,
            period_end=last_day(step.month),
            path=path,
            checksum=finish(self.work.store, path, self.work.cubes[which]),
            valid_cells=made.valid,
            median=None,
            parents=tuple(piece.id for piece in step.reads),
            provisional=step.provisional,
        )

    def _rows(self, made: Written) -> Iterator[MemberEstimate]:
        sums = self.frame.rolled(made.sums)
        mapped = sums[0]
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = np.nan_to_num(sums[-SHARES:] / mapped)
        totals = sums[1:-SHARES] / M2_PER_HA if self.work.inputs.follows else sums[:0]
        for row, area in enumerate(self.frame.areas):
            yield MemberEstimate(
                area=area.code,
                period=made.step.month,
                totals=tuple(totals[:, row].tolist()) if mapped[row] > 0 else (),
                mapped_ha=float(mapped[row]) / M2_PER_HA,
                masked_ha=self.masked[row],
                weather_share=float(shares[0, row]),
                vegetation_share=float(shares[1, row]),
                moisture_share=float(shares[2, row]),
            )
