"""Estimate: from slices to a number for every area, and a release that shows them."""

import logging
import math
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import xarray as xr

from soc_monitor.aggregate import (
    ALGORITHM,
    Moments,
    Weights,
    area_moments,
    roll_up,
    unassigned,
)
from soc_monitor.errors import NothingToEstimate
from soc_monitor.indicators import load_indicators
from soc_monitor.model import (
    Area,
    Calculation,
    Estimate,
    Run,
    Slice,
    weakest,
)
from soc_monitor.model.spread import STRUCTURAL, structural_share, without_structure
from soc_monitor.model.state import STALE
from soc_monitor.model.units import factor
from soc_monitor.runs import backing, change
from soc_monitor.runs.closing import close_blocks
from soc_monitor.runs.correlation import MODEL, correlations
from soc_monitor.runs.current import current
from soc_monitor.runs.frame import M2_PER_HA, Frame, make_frame
from soc_monitor.runs.jobs import code_version
from soc_monitor.runs.kept import kept
from soc_monitor.runs.measured import measured_shares, with_shares
from soc_monitor.runs.nowcast_inputs import PRODUCT
from soc_monitor.runs.paired import Members, pair_up
from soc_monitor.runs.progress import Progress, silent
from soc_monitor.runs.records import RecordSums
from soc_monitor.runs.stored import StoredSums, as_stored
from soc_monitor.runs.support import Support, find_support, stale_month
from soc_monitor.runs.tasks import Task, plan
from soc_monitor.runs.weights import held_weights, load_weights
from soc_monitor.runs.workers import Workers
from soc_monitor.store import arrays, publish, read_areas, read_slices, runs
from soc_monitor.store.publish import Result
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)

JOB = "estimate"
VERSION = (
    f"{ALGORITHM}; errors: {MODEL}; "
    f"nowcast: paired members, {STRUCTURAL:g} permille a year of structure; "
    "changes: slopes of means of twelve months; estimate-11"
)
"""Another version makes every number anew."""
_ON_STALE = "; stale input"
"""Ends the version of a change that leans on an input that is late or broken."""


def estimate(
    store: Store,
    due_at: datetime,
    *,
    note: str = "",
    report: Progress = silent,
    dask: str = "",
) -> Run:
    """Compute what is stale for every area, and publish it as one release.

    What is stale follows from rows: a calculation made from these very slices, for this boundary
    set, by this version, is not made again.

    Args:
        store: workers of a cluster must see its arrays folder under the same path.
        due_at: with the job, what the run is known by.
        note: of the release.
        report: told of every step.
        dask: address of a Dask scheduler; empty: threads of this process.

    Returns:
        The run as it ended; ``nothing_new`` when there was nothing to do.

    Raises:
        NothingToEstimate: there are no boundaries yet.
        ArrayDamaged: a stored array cannot be read; nothing is published.
        ClusterUnavailable: the Dask cluster cannot be used; nothing is published.
    """
    with runs.open_run(store, JOB, due_at, job_version=VERSION, code_version=code_version()) as run:
        boundaries_id = read_areas.newest_boundaries(store)
        if boundaries_id is None:
            raise NothingToEstimate("no areas have been ingested", hint="jobs run areas")
        every = read_slices.newest_slices(store)
        if close_blocks(store, run, every, due_at.date()):
            every = read_slices.newest_slices(store)
        pieces = current(store, every)
        still = kept(store, boundaries_id, pieces)
        ids = {piece.id for piece in (*pieces, *still.pieces)}
        tasks = list(plan(pieces))
        made = read_slices.newest_calculations(store)
        frame = make_frame(read_areas.list_areas(store, boundaries_id))
        support = find_support(store, boundaries_id, frame, pieces, due_at.date())
        stale = stale_of(made, boundaries_id, tasks, support)
        with Workers(dask) as workers:
            results = _compute(store, boundaries_id, stale, (frame, support), workers, report)
        name = publish.publish(
            store,
            run,
            boundaries_id,
            results,
            shown=sorted(ids),
            left=[piece.id for piece in every if piece.id not in ids],
            note=note,
            withdrawn=_withdrawn(
                made, tasks, every, (pieces, still.pieces), read_slices.empty_places(store)
            ),
            remade=still.remade,
        )
        log.info("estimates made", extra={"release": name, "calculations": len(stale)})
    return runs.get_run(store, run.id)


def stale_of(
    made: Sequence[Calculation], boundaries_id: str, tasks: Sequence[Task], support: Support
) -> list[Task]:
    """Tasks whose numbers were never made, or from other slices, areas or by another version."""
    known = {(one.indicator, one.product, one.period): one for one in made}
    return [task for task in tasks if not _is_fresh(task, known, boundaries_id, support)]


def _withdrawn(
    made: Sequence[Calculation],
    tasks: Sequence[Task],
    every: Sequence[Slice],
    pieces: tuple[Sequence[Slice], Sequence[Slice]],
    empty: set[tuple[str, date]],
) -> list[publish.Key]:
    """Numbers that nothing stands behind any more.

    Changes, such as what was said of an only date; all numbers of what an earlier baseline has
    left behind; of what an operator has withdrawn; and of what is made of another product now. Not
    those of what stays as it was published, the second of ``pieces``.
    """
    current_ids = {piece.id for piece in pieces[0]}
    still = {(piece.cube.product, piece.period) for piece in pieces[1]}
    left = {(one.cube.product, one.period) for one in every if one.id not in current_ids} | empty
    planned = {(task.indicator.id, task.product, task.period) for task in tasks}
    known = load_indicators()
    there = {piece.cube.id for piece in every}

    def stands(one: Calculation) -> bool:
        made_by = known.get(one.indicator)
        if made_by is not None and (one.product, one.period) in still:
            return True
        made_of = () if made_by is None else made_by.inputs
        gone = made_by is None or not {f"{one.product}.{name}" for name in made_of} <= there
        changes = made_by is not None and made_by.of_means is not None
        return not (gone or changes or (one.product, one.period) in left)

    keys = [(one.indicator, one.product, one.period) for one in made if not stands(one)]
    return [key for key in keys if key not in planned]


def _is_fresh(
    task: Task,
    made: dict[tuple[str, str, date], Calculation],
    boundaries_id: str,
    support: Support,
) -> bool:
    known = made.get((task.indicator.id, task.product, task.period))
    return known is not None and (
        (known.slices, known.boundaries_id, known.algorithm)
        == (task.slice_ids, boundaries_id, _algorithm(task, support))
    )


def _algorithm(task: Task, support: Support) -> str:
    if task.indicator.of_backing is not None:
        return f"{VERSION}; samples {backing.digest(support)}"
    leans = task.indicator.of_means is not None and task.product == PRODUCT
    if leans and STALE & set(support.freshness(task.period)):
        # Its state says so: it is made anew when the input is late, and when it no longer is.
        return f"{VERSION}{_ON_STALE}"
    return VERSION


def health_changed(store: Store, today: date) -> bool:
    """Whether what drives the nowcast has become late or broken, or well again, since it was told.

    No slice is new then, and yet the states of its newest month are to be made anew.
    """
    changes = {one.id for one in load_indicators().values() if one.of_means is not None}
    pieces = current(store, read_slices.newest_slices(store))
    # Months that are no longer followed stay as they were told last.
    months = {one.period for one in pieces if one.cube.product == PRODUCT}
    made = [
        one
        for one in read_slices.newest_calculations(store)
        if one.product == PRODUCT and one.indicator in changes and one.period in months
    ]
    month = stale_month(store, pieces, today)
    told = {one.period for one in made if one.algorithm.endswith(_ON_STALE)}
    return told != {month} & {one.period for one in made}


# --- computing ---------------------------------------------------------------------------------


def _compute(
    store: Store,
    boundaries_id: str,
    tasks: Sequence[Task],
    about: tuple[Frame, Support],
    workers: Workers,
    report: Progress,
) -> list[Result]:
    if not tasks:
        return []
    frame, support = about
    groups: dict[tuple[object, ...], list[Task]] = defaultdict(list)
    for task in tasks:
        # Mean and total of one field come from the same sums: computed once. So do all the ways to
        # write a change, which come from its same dates.
        way = "change" if task.indicator.of_means else task.indicator.compute
        groups[(way, *(piece.id for piece in task.inputs), task.slice_ids)].append(task)
    weights: dict[str, Weights] = {}
    results: list[Result] = []
    stored = StoredSums(store, workers, list(as_stored(tasks)))
    ends = [end for task in tasks for end in _ends(task)]
    records = RecordSums(store, workers, [*tasks, *ends])
    members, looks = Members(store), change.Looks(store, workers, frame, tasks)
    for number, group in enumerate(groups.values()):
        report("estimate", number, len(groups))
        if group[0].indicator.of_backing is not None:
            results += _backings(store, group, frame, support, boundaries_id)
            continue
        grid = group[0].inputs[0].cube.grid
        if grid.id not in weights:
            weights[grid.id] = load_weights(store, boundaries_id, grid)
        held = None
        if workers.elsewhere:
            held = held_weights(store, boundaries_id, grid)
        if group[0].indicator.of_means is not None:
            seen = looks.at(group[0], weights[grid.id], held)
            dates = group[0].steps or group[0].inputs
            paired = pair_up([members.of(piece.id) for piece in dates], group[0].course)
            made = [_calculation(task, boundaries_id, _algorithm(task, support)) for task in group]
            results += [
                Result(one, list(change.estimates(task, frame, seen, paired, support, one)))
                for task, one in zip(group, made, strict=True)
            ]
            continue
        moments, *bounds = (
            records.of(one, weights[grid.id], held)
            if one.record
            else _moments(store, one, weights[grid.id], stored, workers, held)
            for one in (group[0], *_ends(group[0]))
        )
        if bounds:
            made_of = (moments, bounds[0] if len(bounds) > 1 else moments, bounds[-1])
            results += [_between(task, frame, made_of, boundaries_id) for task in group]
            continue
        pattern = group[0].pattern
        together = correlations(store, boundaries_id, pattern, weights[grid.id], frame)
        shares = measured_shares(store, group[0], weights[grid.id], workers, frame)
        results += [
            with_shares(_result(task, frame, moments, together, boundaries_id), shares)
            for task in group
        ]
    report("estimate", len(groups), len(groups))
    return results


def _backings(
    store: Store, group: Sequence[Task], frame: Frame, support: Support, boundaries_id: str
) -> Iterator[Result]:
    behind = backing.look_behind(store, group[0], support)
    for task in group:
        made = _calculation(task, boundaries_id, _algorithm(task, support))
        yield Result(made, list(backing.estimates(task, frame, behind, support, made)))


def _moments(
    store: Store,
    task: Task,
    weights: Weights,
    stored: StoredSums,
    workers: Workers,
    held: Callable[[], Weights] | None,
) -> Moments:
    fields = {piece.cube.variable: arrays.open_slice(store, piece) for piece in task.inputs}
    assert task.indicator.compute is not None
    values = task.indicator.compute(xr.Dataset(fields))
    for piece in task.inputs:
        # Handed on untouched: then what is stored is summed, and no float is made of it.
        same = values.data.name == fields[piece.cube.variable].data.name
        if same and task.errors is None:
            return stored.of(piece, weights, held)
    errors = None if task.errors is None else arrays.open_slice(store, task.errors)
    if errors is not None and task.carried_years:
        # What the model itself errs is common to all cells, and is added for the area (``_rows``).
        stock = fields[task.inputs[0].cube.variable]
        errors = without_structure(errors, stock, task.carried_years)
    with arrays.reading((*task.inputs, *((task.errors,) if task.errors else ()))):
        moments = workers.compute(area_moments(values, weights, std=errors, held=held))
    assert isinstance(moments, Moments)
    return moments


def _result(
    task: Task,
    frame: Frame,
    moments: Moments,
    together: npt.NDArray[np.float64],
    boundaries_id: str,
) -> Result:
    made = _calculation(task, boundaries_id, VERSION)
    return Result(made, list(_estimates(task, frame, moments, together, made)))


def _ends(task: Task) -> list[Task]:
    """The same task for the ends of its interval, the lower one first where it has its own."""
    ends = (task.indicator.least, task.indicator.most)
    return [replace(task, indicator=replace(task.indicator, compute=end)) for end in ends if end]


def _between(
    task: Task, frame: Frame, fields: tuple[Moments, Moments, Moments], boundaries_id: str
) -> Result:
    """Numbers with the ends of their intervals, from the fields of all three."""
    made = _calculation(task, boundaries_id, VERSION)
    alone = np.ones(1)
    every = (_estimates(task, frame, one, alone, made) for one in fields)
    return Result(
        made,
        [
            replace(number, lower_95=low.value, upper_95=high.value)
            for number, low, high in zip(*every, strict=True)
        ],
    )


def _calculation(task: Task, boundaries_id: str, algorithm: str) -> Calculation:
    return Calculation(
        id=uuid.uuid4(),
        indicator=task.indicator.id,
        product=task.product,
        period=task.period,
        period_end=task.period_end,
        unit=task.indicator.unit,
        data_class=weakest(piece.cube.data_class for piece in (*task.inputs, *task.steps)),
        boundaries_id=boundaries_id,
        algorithm=algorithm,
        slices=task.slice_ids,
        base=task.base_period,
    )


def _estimates(
    task: Task,
    frame: Frame,
    leaves: Moments,
    together: npt.NDArray[np.float64],
    made: Calculation,
) -> Iterator[Estimate]:
    every = roll_up(leaves, frame.parents)
    rest = unassigned(every, frame.world, frame.countries)
    land, rest_ha = frame.land(rest)
    yield from _rows(task, frame.areas, every, np.sqrt(together), land, made)
    # Scattered cells of no common place: their errors are taken as one, the widest case.
    yield from _rows(task, (frame.rest,), rest, np.ones(1), [rest_ha], made)


def _rows(
    task: Task,
    areas: Sequence[Area],
    moments: Moments,
    shrink: npt.NDArray[np.float64],
    land: Sequence[float],
    made: Calculation,
) -> Iterator[Estimate]:
    indicator = task.indicator
    cell = indicator.cell_unit or indicator.unit
    mapped, error = moments.mapped_m2, moments.mean_error * shrink
    if indicator.over_area == "total":
        ratio = factor(f"{cell} m2", indicator.unit)
        values, errors = moments.total * ratio, error * mapped * ratio
    else:
        ratio = factor(cell, indicator.unit)
        values, errors = moments.mean * ratio, error * ratio
    errors = np.hypot(errors, structural_share(task.carried_years) * values)
    for row, area in enumerate(areas):
        yield Estimate(
            area=area.code,
            period=task.period,
            period_end=task.period_end,
            value=_number(values[row]),
            std_error=_number(errors[row]),
            mapped_ha=float(mapped[row]) / M2_PER_HA,
            land_ha=land[row],
            calculation_id=made.id,
            data_class=made.data_class,
            provisional=any(piece.provisional for piece in task.inputs),
        )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
