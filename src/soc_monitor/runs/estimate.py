"""Estimate: from slices to a number for every area, and a release that shows them."""

import logging
import math
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import xarray as xr
from dask.delayed import Delayed

from soc_monitor.aggregate import (
    ALGORITHM,
    PAIRS,
    ErrorModel,
    Moments,
    Weights,
    area_moments,
    error_cells,
    mean_correlation,
    roll_up,
    unassigned,
)
from soc_monitor.errors import NothingToEstimate
from soc_monitor.indicators import load_indicators
from soc_monitor.model import (
    UNASSIGNED,
    WORLD,
    Area,
    Calculation,
    Estimate,
    Freq,
    Indicator,
    Level,
    Run,
    Slice,
)
from soc_monitor.model.units import factor
from soc_monitor.runs.closing import close_years
from soc_monitor.runs.jobs import code_version
from soc_monitor.runs.progress import Progress, silent
from soc_monitor.runs.stored import StoredSums
from soc_monitor.runs.weights import held_weights, load_weights
from soc_monitor.runs.workers import Workers
from soc_monitor.store import arrays, publish, read, runs
from soc_monitor.store.publish import Result
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)

JOB = "estimate"
ERRORS = ErrorModel()
"""How the errors of cells go together; printed with every number that has an interval."""

VERSION = f"{ALGORITHM}; errors: {ERRORS}, {PAIRS} pairs; estimate-2"
"""Another version makes every number anew."""
M2_PER_HA = 1e4


@dataclass(frozen=True, slots=True)
class Task:
    """One indicator of one product for one period: what has to be computed."""

    indicator: Indicator
    product: str
    period: date
    period_end: date
    inputs: tuple[Slice, ...]
    """In the order of the indicator's inputs."""
    errors: Slice | None
    """Standard errors of the cells, where the product has them."""

    @property
    def slice_ids(self) -> tuple[uuid.UUID, ...]:
        """Every slice that it reads, sorted."""
        errors = () if self.errors is None else (self.errors.id,)
        return tuple(sorted({*(piece.id for piece in self.inputs), *errors}))


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
        boundaries_id = read.newest_boundaries(store)
        if boundaries_id is None:
            raise NothingToEstimate("no areas have been ingested", hint="jobs run areas")
        pieces = read.newest_slices(store)
        if close_years(store, run, pieces, due_at.date()):
            pieces = read.newest_slices(store)
        stale = _stale(store, boundaries_id, list(plan(pieces)))
        with Workers(dask) as workers:
            results = _compute(store, boundaries_id, stale, workers, report)
        name = publish.publish(
            store, run, boundaries_id, results, shown=[piece.id for piece in pieces], note=note
        )
        log.info("estimates made", extra={"release": name, "calculations": len(stale)})
    return runs.get_run(store, run.id)


def plan(pieces: Iterable[Slice]) -> Iterator[Task]:
    """Every calculation that some slices allow, by product, indicator and period."""
    by_product: dict[str, dict[str, dict[date, Slice]]] = defaultdict(lambda: defaultdict(dict))
    for piece in pieces:
        by_product[piece.cube.product][piece.cube.variable][piece.period] = piece
    for product, variables in sorted(by_product.items()):
        for indicator in load_indicators().values():
            if all(name in variables for name in indicator.inputs):
                yield from _plan_indicator(product, indicator, variables)


def _plan_indicator(
    product: str, indicator: Indicator, variables: dict[str, dict[date, Slice]]
) -> Iterator[Task]:
    moving = [name for name in indicator.inputs if not _static(variables[name])]
    clocks = moving or list(indicator.inputs)[:1]
    periods = set.intersection(*(set(variables[name]) for name in clocks))
    for period in sorted(periods):
        inputs = tuple(_at(variables[name], period) for name in indicator.inputs)
        clock = variables[clocks[0]][period]
        errors = variables.get(indicator.std_input, {}).get(period)
        yield Task(indicator, product, period, clock.period_end, inputs, errors)


def _static(slices: dict[date, Slice]) -> bool:
    return next(iter(slices.values())).cube.freq is Freq.STATIC


def _at(slices: dict[date, Slice], period: date) -> Slice:
    return next(iter(slices.values())) if _static(slices) else slices[period]


def _stale(store: Store, boundaries_id: str, tasks: Sequence[Task]) -> list[Task]:
    made = {
        (known.indicator, known.product, known.period): known
        for known in read.newest_calculations(store)
    }
    return [task for task in tasks if not _is_fresh(task, made, boundaries_id)]


def _is_fresh(
    task: Task, made: dict[tuple[str, str, date], Calculation], boundaries_id: str
) -> bool:
    known = made.get((task.indicator.id, task.product, task.period))
    return known is not None and (
        (known.slices, known.boundaries_id, known.algorithm)
        == (task.slice_ids, boundaries_id, VERSION)
    )


# --- computing ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Frame:
    """The areas of a boundary set as rows of a table of moments."""

    areas: tuple[Area, ...]
    """Leaves first, then the world, then the others."""
    leaves: int
    parents: npt.NDArray[np.int64]
    """Row of each area's parent, -1 for none; regions and countries only."""
    rest: Area
    order: npt.NDArray[np.int64]
    """Leaves in an order in which those of every area stand together."""
    ranges: npt.NDArray[np.int64]
    """First and last plus one of each area's leaves in that order; of the world: empty."""

    @property
    def world(self) -> int:
        """Row of the world: the whole grid."""
        return self.leaves


def make_frame(areas: Sequence[Area]) -> Frame:
    """Put the areas of a boundary set in the order of the rows of moments."""
    leaves = sorted((a for a in areas if a.level is Level.ADM1), key=lambda a: a.code)
    world = next(a for a in areas if a.code == WORLD)
    rest = next(a for a in areas if a.code == UNASSIGNED)
    others = [a for a in areas if a.level is not Level.ADM1 and a not in (world, rest)]
    order = (*leaves, world, *others)
    row = {area.code: number for number, area in enumerate(order)}
    # The world is every cell of the grid, counted by itself, never the sum of the countries.
    outside = {None, WORLD, UNASSIGNED}
    parents = [-1 if area.parent in outside else row[str(area.parent)] for area in order]
    walk, ranges = _walk(parents, len(leaves))
    return Frame(order, len(leaves), np.array(parents), rest, walk, ranges)


def _walk(
    parents: Sequence[int], leaves: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Leaves in depth-first order, and where those of each row stand in it."""
    children: dict[int, list[int]] = defaultdict(list)
    for row, parent in enumerate(parents):
        children[parent].append(row)
    walk: list[int] = []
    ranges = np.zeros((len(parents), 2), np.int64)

    def visit(row: int) -> None:
        first = len(walk)
        if row < leaves:
            walk.append(row)
        for child in children.get(row, ()):
            visit(child)
        ranges[row] = first, len(walk)

    for root in children[-1]:
        visit(root)
    return np.array(walk, np.int64), ranges


def _compute(
    store: Store, boundaries_id: str, tasks: Sequence[Task], workers: Workers, report: Progress
) -> list[Result]:
    if not tasks:
        return []
    frame = make_frame(read.list_areas(store, boundaries_id))
    groups: dict[tuple[object, ...], list[Task]] = defaultdict(list)
    for task in tasks:
        # Mean and total of one field come from the same sums: computed once.
        groups[(task.indicator.compute, task.slice_ids)].append(task)
    weights: dict[str, Weights] = {}
    results: list[Result] = []
    stored = StoredSums(store, workers, [piece for task in tasks for piece in task.inputs])
    for number, group in enumerate(groups.values()):
        report("estimate", number, len(groups))
        grid = group[0].inputs[0].cube.grid
        if grid.id not in weights:
            weights[grid.id] = load_weights(store, boundaries_id, grid)
        held = None
        if workers.elsewhere:
            held = held_weights(store, boundaries_id, grid)
        moments = _moments(store, group[0], weights[grid.id], stored, workers, held)
        together = _correlation(store, group[0].errors, weights[grid.id], frame)
        results += [_result(task, frame, moments, together, boundaries_id) for task in group]
    report("estimate", len(groups), len(groups))
    return results


def _moments(
    store: Store,
    task: Task,
    weights: Weights,
    stored: StoredSums,
    workers: Workers,
    held: Delayed | None,
) -> Moments:
    fields = {piece.cube.variable: arrays.open_slice(store, piece) for piece in task.inputs}
    values = task.indicator.compute(xr.Dataset(fields))
    for piece in task.inputs:
        # Handed on untouched: then what is stored is summed, and no float is made of it.
        same = values.data.name == fields[piece.cube.variable].data.name
        if same and task.errors is None:
            return stored.of(piece, weights, held)
    errors = None if task.errors is None else arrays.open_slice(store, task.errors)
    with arrays.reading((*task.inputs, *((task.errors,) if task.errors else ()))):
        moments = workers.compute(area_moments(values, weights, std=errors, held=held))
    assert isinstance(moments, Moments)
    return moments


def _correlation(
    store: Store, errors: Slice | None, weights: Weights, frame: Frame
) -> npt.NDArray[np.float64]:
    """Mean correlation of the errors inside each area of the frame; 1 where there are none."""
    together = np.ones(len(frame.areas))
    if errors is None:
        return together
    std = np.asarray(arrays.open_slice(store, errors).data.compute())
    cells = error_cells(weights, std, frame.order)
    together = mean_correlation(cells, frame.ranges, weights, ERRORS)
    whole = error_cells(weights, std, np.array([frame.world]))
    together[frame.world] = mean_correlation(whole, np.array([[0, 1]]), weights, ERRORS)[0]
    return np.nan_to_num(together, nan=1.0)


def _result(
    task: Task,
    frame: Frame,
    moments: Moments,
    together: npt.NDArray[np.float64],
    boundaries_id: str,
) -> Result:
    made = Calculation(
        id=uuid.uuid4(),
        indicator=task.indicator.id,
        product=task.product,
        period=task.period,
        period_end=task.period_end,
        unit=task.indicator.unit,
        data_class=task.inputs[0].cube.data_class,
        boundaries_id=boundaries_id,
        algorithm=VERSION,
        slices=task.slice_ids,
    )
    return Result(made, list(_estimates(task, frame, moments, together, made)))


def _estimates(
    task: Task,
    frame: Frame,
    leaves: Moments,
    together: npt.NDArray[np.float64],
    made: Calculation,
) -> Iterator[Estimate]:
    every = roll_up(leaves, frame.parents)
    countries = [i for i, area in enumerate(frame.areas) if area.level is Level.ADM0]
    rest = unassigned(every, frame.world, countries)
    land = [area.area_km2 * 100 for area in frame.areas]
    rest_ha = float(rest.mapped_m2[0]) / M2_PER_HA
    # The world's land: every polygon, and the cells outside of all polygons that hold soil.
    land[frame.world] = sum(land[i] for i in countries) + rest_ha
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
