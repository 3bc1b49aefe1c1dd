"""Change: the numbers of two dates of every area, each with what may be said of it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from soc_monitor.aggregate import (
    Change,
    Moments,
    Weights,
    area_change,
    area_moments,
    roll_up,
    unassigned,
)
from soc_monitor.model import Area, Calculation, Estimate
from soc_monitor.model.change import linear_rate, window, years_between
from soc_monitor.model.state import Evidence, judge_change
from soc_monitor.runs.frame import M2_PER_HA, Frame
from soc_monitor.runs.paired import Doubt, Paired, doubt_of
from soc_monitor.runs.support import Support
from soc_monitor.runs.tasks import Task
from soc_monitor.runs.workers import Workers
from soc_monitor.store import arrays
from soc_monitor.store.store import Store


def look(store: Store, task: Task, weights: Weights, workers: Workers) -> Change:
    """Both dates over the finest areas; where there is one date only, it stands for both."""
    pieces = (*task.inputs, *task.base)
    with arrays.reading(pieces):
        now = arrays.open_slice(store, task.inputs[0])
        if not task.base:
            alone = workers.compute(area_moments(now, weights))
            assert isinstance(alone, Moments)
            return Change(before=alone, after=alone, difference=alone)
        base = arrays.open_slice(store, task.base[0])
        found = workers.compute(area_change(base, now, weights))
    assert isinstance(found, Change)
    return found


@dataclass(frozen=True, slots=True)
class Means:
    """Mean stocks of areas at both dates, on the land that both cover."""

    base: Sequence[float]
    now: Sequence[float]
    mapped_ha: Sequence[float]


def estimates(
    task: Task, frame: Frame, seen: Change, paired: Paired, support: Support, made: Calculation
) -> Iterator[Estimate]:
    """A number for every area, and for what no area holds."""
    before, gained = (roll_up(m, frame.parents) for m in (seen.before, seen.difference))
    rests = [unassigned(m, frame.world, frame.countries) for m in (before, gained)]
    land, rest_ha = frame.land(rests[0])
    yield from _rows(task, frame.areas, _means(before, gained), land, paired, support, made)
    yield from _rows(task, (frame.rest,), _means(*rests), [rest_ha], paired, support, made)


def _means(before: Moments, gained: Moments) -> Means:
    # The second date is the first one and the exact sum of the differences: where nothing has
    # changed the change is 0, not the rounding of two large totals.
    base = before.mean
    return Means(
        list(base), list(base + gained.mean), [float(m2) / M2_PER_HA for m2 in before.mapped_m2]
    )


def _rows(
    task: Task,
    areas: Sequence[Area],
    means: Means,
    land: Sequence[float],
    paired: Paired,
    support: Support,
    made: Calculation,
) -> Iterator[Estimate]:
    carried = bool(paired.now)
    years = made.base and years_between(made.base, (task.period, task.period_end))
    for row, area in enumerate(areas):
        base, now, mapped = means.base[row], means.now[row], means.mapped_ha[row]
        value, rate = _numbers(task, years, now, base)
        share = min(mapped / land[row], 1.0) if land[row] > 0 else None
        doubt = None
        if years is not None and rate is not None:
            doubt = doubt_of(task.indicator, paired, area.code, years)
        seen = Evidence(
            rate=rate,
            sd=None if doubt is None else doubt.rate_sd,
            mapped_fraction=share,
            window=made.base and window(made.base, (task.period, task.period_end)),
            real_drivers=made.base is not None and paired.is_real(area.code),
            freshness=support.freshness(task.period) if carried else (),
            years_since_sample=support.years_since_sample(area.code, task.period_end)
            if carried
            else None,
            dates=1 if made.base is None else 2,
        )
        verdict = judge_change(seen)
        yield Estimate(
            area=area.code,
            period=task.period,
            period_end=task.period_end,
            value=None if value is None else max(value, task.indicator.floor),
            mapped_ha=mapped,
            land_ha=land[row],
            calculation_id=made.id,
            data_class=made.data_class,
            state=verdict.state,
            reasons=verdict.reasons,
            prob_gt_0=verdict.above_0,
            prob_ge_4=verdict.above_4,
            base=made.base,
            provisional=any(piece.provisional for piece in (*task.inputs, *task.base)),
            **_interval(task, value, doubt),
        )


def _interval(task: Task, value: float | None, doubt: Doubt | None) -> dict[str, float | None]:
    """The interval around the number of an area, as wide as the members are apart.

    Around the number before it is cut: one that lies at its floor is no more certain for it.
    """
    if value is None or doubt is None:
        return {"std_error": None}
    band, floor = doubt.band, task.indicator.floor
    wide, narrow = float(band.upper_95 - band.mean), float(band.upper_50 - band.mean)
    return {
        "std_error": float(band.sd),
        "lower_95": max(value - wide, floor),
        "upper_95": max(value + wide, floor),
        "lower_50": max(value - narrow, floor),
        "upper_50": max(value + narrow, floor),
    }


def _numbers(
    task: Task, years: int | None, now: float, base: float
) -> tuple[float | None, float | None]:
    """The indicator of an area, and its linear rate; None where there was nothing to lose."""
    assert task.indicator.of_means is not None
    if years is None or math.isnan(base) or base <= 0 or now <= 0:
        return None, None
    return task.indicator.of_means(now, base, years), linear_rate(now, base, years)
