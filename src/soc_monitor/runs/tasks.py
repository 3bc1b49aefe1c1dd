"""Tasks: every calculation that the slices in the store allow."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from soc_monitor.indicators import load_indicators
from soc_monitor.model import Freq, Indicator, Slice
from soc_monitor.model.change import Period, months_back, same_season
from soc_monitor.model.trend import Course, course
from soc_monitor.runs.nowcast_inputs import ERROR, PRODUCT, Inputs, gather, years_carried


@dataclass(frozen=True, slots=True)
class Task:
    """One indicator of one product for one period: what has to be computed."""

    indicator: Indicator
    product: str
    period: date
    period_end: date
    inputs: tuple[Slice, ...]
    """In the order of the indicator's inputs; behind them what it takes beside them."""
    errors: Slice | None
    """Standard errors of the cells, where the product has them."""
    pattern: Slice | None = None
    """Errors that tell how those of cells go together: of a month, those of the first month."""
    measured: tuple[Slice, ...] = ()
    """Standard errors after and before field samples, where samples have made them smaller: of the
    map itself, or of the baseline that a nowcast carries forward."""
    carried_years: float = 0.0
    """Of a nowcast: years from its start, over which the error of the model itself has grown."""
    course: Course | None = None
    """Of an indicator of change: how it is compared; None: there is one date only."""
    steps: tuple[Slice, ...] = ()
    """Of an indicator of change: its input at every step of the course."""

    record: tuple[Slice, ...] = ()
    """Of an anomaly: its first input in the same month of the other years; of what looks back: in
    the months up to it."""

    @property
    def base_period(self) -> Period | None:
        """The period that a change is counted from; None: there is none."""
        return None if self.course is None else self.course.base

    @property
    def slice_ids(self) -> tuple[uuid.UUID, ...]:
        """Every slice that it reads, sorted."""
        more = (*self.measured, *((self.errors,) if self.errors else ()))
        return tuple(
            sorted({piece.id for piece in (*self.inputs, *self.steps, *self.record, *more)})
        )


def plan(pieces: Iterable[Slice]) -> Iterator[Task]:
    """Every calculation that some slices allow, by product, indicator and period."""
    by_product: dict[str, dict[str, dict[date, Slice]]] = defaultdict(lambda: defaultdict(dict))
    every = list(pieces)
    for piece in every:
        by_product[piece.cube.product][piece.cube.variable][piece.period] = piece
    inputs = gather(every) if PRODUCT in by_product else None
    inherited = _inherited(inputs, by_product)
    for product, variables in sorted(by_product.items()):
        for indicator in load_indicators().values():
            if indicator.of_backing is not None and product != PRODUCT:
                continue  # It is told of what a nowcast rests on.
            if all(name in variables for name in indicator.inputs):
                for task in _plan_indicator(product, indicator, variables):
                    nowcast = product == PRODUCT and task.errors is not None
                    yield _of_nowcast(task, inputs, inherited) if nowcast and inputs else task


def _of_nowcast(task: Task, inputs: Inputs, inherited: tuple[Slice, ...]) -> Task:
    years = years_carried(inputs.origin, task.period) if inputs.follows else 0.0
    return replace(task, measured=inherited, carried_years=years)


def _inherited(
    inputs: Inputs | None, by_product: dict[str, dict[str, dict[date, Slice]]]
) -> tuple[Slice, ...]:
    """Errors of the baseline of a nowcast after and before its samples; empty: it has none."""
    if inputs is None or inputs.errors is None:
        return ()
    found = by_product[inputs.baseline.cube.product].get(f"{ERROR}_prior", {})
    before = found.get(inputs.baseline.period)
    return () if before is None else (inputs.errors, before)


def _plan_indicator(
    product: str, indicator: Indicator, variables: dict[str, dict[date, Slice]]
) -> Iterator[Task]:
    moving = [name for name in indicator.inputs if not _static(variables[name])]
    clocks = moving or list(indicator.inputs)[:1]
    periods = sorted(set.intersection(*(set(variables[name]) for name in clocks)))
    clock = variables[clocks[0]]
    for period in periods:
        inputs = tuple(_at(variables[name], period) for name in indicator.inputs)
        errors = variables.get(indicator.std_input, {}).get(period)
        prior = variables.get(f"{indicator.std_input}_prior", {}).get(period)
        task = Task(
            indicator,
            product,
            period,
            clock[period].period_end,
            inputs,
            errors,
            pattern=_pattern(variables.get(indicator.std_input, {}), period),
            measured=() if errors is None or prior is None else (errors, prior),
        )
        if indicator.seasonal:
            spans = [(one, clock[one].period_end) for one in periods]
            now = (period, clock[period].period_end)
            record = same_season(spans, now, indicator.climatology)
            if record:
                known = tuple(clock[first] for first, _ in record)
                more = _beside(indicator, variables, inputs[0])
                yield replace(task, inputs=(*inputs, *more), record=known)
            continue
        if indicator.looks_back:
            found_back = months_back(periods, period, indicator.looks_back)
            if found_back and clock[period].cube.freq is Freq.MONTH:
                yield replace(task, record=tuple(clock[first] for first in found_back))
            continue
        if indicator.of_means is None:
            yield task
            continue
        spans = [(one, clock[one].period_end) for one in periods]
        span, epochs = (period, clock[period].period_end), clock[period].cube.freq is Freq.EPOCH
        how = course(spans, span, epochs=epochs)
        if how is not None:
            yield replace(task, course=how, steps=tuple(clock[first] for first in how.steps))
        elif len(periods) == 1:
            # Said for every area: a change that cannot be assessed is not a change that is missing.
            yield task


def _beside(
    indicator: Indicator, variables: dict[str, dict[date, Slice]], like: Slice
) -> tuple[Slice, ...]:
    """What an indicator takes as well, where it is there on the grid of its first input."""
    found = (variables.get(name, {}).get(like.period) for name in indicator.beside)
    return tuple(one for one in found if one is not None and one.cube.grid == like.cube.grid)


def _pattern(errors: dict[date, Slice], period: date) -> Slice | None:
    if period not in errors:
        return None
    return errors[min(errors) if errors[period].cube.freq is Freq.MONTH else period]


def _static(slices: dict[date, Slice]) -> bool:
    return next(iter(slices.values())).cube.freq is Freq.STATIC


def _at(slices: dict[date, Slice], period: date) -> Slice:
    return next(iter(slices.values())) if _static(slices) else slices[period]
