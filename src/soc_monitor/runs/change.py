"""Change: the numbers of two dates of every area, each with what may be said of it."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self
from uuid import UUID

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate import (
    Change,
    Moments,
    Weights,
    area_change,
    area_moments,
    roll_up,
    unassigned,
)
from soc_monitor.model import Area, Calculation, Estimate, Indicator, Slice
from soc_monitor.model.change import Period, linear_rate, window
from soc_monitor.model.freshness import Freshness
from soc_monitor.model.state import Evidence, judge_change
from soc_monitor.model.trend import Course, compared
from soc_monitor.runs.frame import M2_PER_HA, Frame
from soc_monitor.runs.paired import Doubt, Paired, doubt_of
from soc_monitor.runs.stored import StoredSums
from soc_monitor.runs.support import Support
from soc_monitor.runs.tasks import Task
from soc_monitor.runs.workers import Workers
from soc_monitor.store import arrays
from soc_monitor.store.store import Store

Floats = npt.NDArray[np.float64]

TWO: Final = 2
"""Steps of a plain difference."""


@dataclass(frozen=True, slots=True)
class Means:
    """Mean stocks of areas at the base and at the end, on the land that all steps cover."""

    base: Sequence[float]
    now: Sequence[float]
    mapped_ha: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Both dates of a change: of every area, and of what no area holds."""

    areas: Means
    rest: Means
    land: Sequence[float]
    rest_ha: float


@dataclass(frozen=True, slots=True)
class _Level:
    """One step, of every area and then of what no area holds."""

    mean: Floats
    mapped: Floats
    """[m2]"""
    rest: Moments

    @classmethod
    def of(cls, leaves: Moments, frame: Frame) -> Self:
        every = roll_up(leaves, frame.parents)
        rest = unassigned(every, frame.world, frame.countries)
        mean, mapped = (np.append(getattr(every, n), getattr(rest, n)) for n in ("mean", "w"))
        return cls(mean, mapped, rest)


class Looks:
    """Looks at the steps of changes; the sums of a step are made once for all that read it."""

    def __init__(self, store: Store, workers: Workers, frame: Frame, tasks: Sequence[Task]) -> None:
        """``tasks``: the changes among them will be asked for."""
        self._store, self._workers, self._frame = store, workers, frame
        steps = [piece for task in tasks if len(task.steps) > TWO for piece in task.steps]
        self._sums = StoredSums(store, workers, steps)
        self._levels: dict[UUID, _Level] = {}

    def at(self, task: Task, weights: Weights, held: Callable[[], Weights] | None) -> Seen:
        """Both dates of a change; where there is one date only, it stands for both.

        Raises:
            ArrayDamaged: an array is not whole, or a chunk cannot be read.
        """
        if task.course is None:
            with arrays.reading(task.inputs):
                alone = self._workers.compute(
                    area_moments(arrays.open_slice(self._store, task.inputs[0]), weights)
                )
            assert isinstance(alone, Moments)
            level = _Level.of(alone, self._frame)
            return self._seen(level, level.mean, np.zeros_like(level.mean))
        if len(task.steps) > TWO:
            levels = [self._level(piece, weights, held) for piece in task.steps]
            # Sums are exact: where the area is the same to the last bit, so are the cells.
            if all(np.array_equal(one.mapped, levels[-1].mapped) for one in levels):
                base, gained = compared([one.mean for one in levels], task.course)
                return self._seen(levels[-1], base, gained)
        return self._cell_by_cell(task, task.course, weights)

    def _level(self, piece: Slice, weights: Weights, held: Callable[[], Weights] | None) -> _Level:
        if piece.id not in self._levels:
            self._levels[piece.id] = _Level.of(self._sums.of(piece, weights, held), self._frame)
        return self._levels[piece.id]

    def _cell_by_cell(self, task: Task, how: Course, weights: Weights) -> Seen:
        """On the cells that all steps have."""
        with arrays.reading(task.steps):
            steps = [arrays.open_slice(self._store, p).astype("float64") for p in task.steps]
            base, gained = compared(steps, how)
            found = self._workers.compute(area_change(base, base + gained, weights))
        assert isinstance(found, Change)
        before = _Level.of(found.before, self._frame)
        return self._seen(before, before.mean, _Level.of(found.difference, self._frame).mean)

    def _seen(self, level: _Level, base: Floats, gained: Floats) -> Seen:
        # The second date is the first one and the exact sum of the differences: where nothing has
        # changed the change is 0, not the rounding of two large totals.
        now, mapped = base + gained, level.mapped / M2_PER_HA
        land, rest_ha = self._frame.land(level.rest)
        return Seen(
            areas=Means(base[:-1].tolist(), now[:-1].tolist(), mapped[:-1].tolist()),
            rest=Means(base[-1:].tolist(), now[-1:].tolist(), mapped[-1:].tolist()),
            land=land,
            rest_ha=rest_ha,
        )


def estimates(
    task: Task, frame: Frame, seen: Seen, paired: Paired, support: Support, made: Calculation
) -> Iterator[Estimate]:
    """A number for every area, and for what no area holds."""
    yield from _rows(task, frame.areas, seen.areas, seen.land, paired, support, made)
    yield from _rows(task, (frame.rest,), seen.rest, [seen.rest_ha], paired, support, made)


def _rows(
    task: Task,
    areas: Sequence[Area],
    means: Means,
    land: Sequence[float],
    paired: Paired,
    support: Support,
    made: Calculation,
) -> Iterator[Estimate]:
    carried = bool(paired.areas)
    span = (task.period, task.period_end)
    for row, area in enumerate(areas):
        stands = Standing(
            freshness=support.freshness(task.period) if carried else (),
            years_since_sample=support.years_since_sample(area.code, task.period_end)
            if carried
            else None,
        )
        stock = Stock(means.base[row], means.now[row], means.mapped_ha[row], land[row])
        yield Estimate(
            area=area.code,
            period=task.period,
            period_end=task.period_end,
            mapped_ha=stock.mapped_ha,
            land_ha=stock.land_ha,
            calculation_id=made.id,
            data_class=made.data_class,
            provisional=any(piece.provisional for piece in (*task.inputs, *task.steps)),
            **told(task.indicator, span, task.course, area.code, stock, paired, stands),
        )


@dataclass(frozen=True, slots=True)
class Stock:
    """Mean stocks of one area at the base and at the end, and its land."""

    base: float
    now: float
    mapped_ha: float
    land_ha: float
    same_land: bool = True
    """Whether they are of the same cells; else they are NaN."""

    @property
    def mapped_fraction(self) -> float | None:
        """Share of the land with a value at all dates; None: there is no polygon."""
        return min(self.mapped_ha / self.land_ha, 1.0) if self.land_ha > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a nowcast stands, whatever its change is counted from."""

    freshness: Sequence[Freshness] = ()
    """Of the inputs that it strictly needs."""
    years_since_sample: float | None = None
    """Age of the newest field sample; None: samples play no part in the product."""


def told(
    indicator: Indicator,
    span: Period,
    how: Course | None,
    area: str,
    stock: Stock,
    paired: Paired,
    stands: Standing,
) -> dict[str, Any]:
    """Fields of the estimate of a change: its number, its interval and what may be said of it.

    Args:
        indicator: of change.
        span: the period that is told of.
        how: how it is compared; None: there is one date only.
        area: its code.
        stock: of the area.
        paired: the members of a nowcast over the same course.
        stands: how the nowcast stands.
    """
    years, base = (None, None) if how is None else (how.years, how.base)
    value, rate = _numbers(indicator, years, stock.now, stock.base)
    doubt = None
    if years is not None and rate is not None:
        doubt = doubt_of(indicator, paired, area, years)
    seen = Evidence(
        rate=rate,
        sd=None if doubt is None else doubt.rate_sd,
        mapped_fraction=stock.mapped_fraction,
        window=base and window(base, span),
        real_drivers=base is not None and paired.is_real(area),
        freshness=stands.freshness,
        years_since_sample=stands.years_since_sample,
        holed=how is not None and how.holed,
        same_land=stock.same_land,
        dates=1 if base is None else 2,
    )
    verdict = judge_change(seen)
    return {
        "value": None if value is None else max(value, indicator.floor),
        "state": verdict.state,
        "reasons": verdict.reasons,
        "prob_gt_0": verdict.above_0,
        "prob_ge_4": verdict.above_4,
        "base": base,
        **_interval(indicator, value, doubt),
    }


def _interval(
    indicator: Indicator, value: float | None, doubt: Doubt | None
) -> dict[str, float | None]:
    """The interval around the number of an area, as wide as the members are apart.

    Around the number before it is cut: one that lies at its floor is no more certain for it.
    """
    if value is None or doubt is None:
        return {"std_error": None}
    band, floor = doubt.band, indicator.floor
    wide, narrow = float(band.upper_95 - band.mean), float(band.upper_50 - band.mean)
    return {
        "std_error": float(band.sd),
        "lower_95": max(value - wide, floor),
        "upper_95": max(value + wide, floor),
        "lower_50": max(value - narrow, floor),
        "upper_50": max(value + narrow, floor),
    }


def _numbers(
    indicator: Indicator, years: float | None, now: float, base: float
) -> tuple[float | None, float | None]:
    """The indicator of an area, and its linear rate; None where there was nothing to lose."""
    assert indicator.of_means is not None
    if years is None or math.isnan(base) or base <= 0 or now <= 0:
        return None, None
    return indicator.of_means(now, base, years), linear_rate(now, base, years)
