"""Settled: the values that count, and how old the newest may be."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Literal

from soc_monitor.progress import periods
from soc_monitor.progress.plan import Kpi
from soc_monitor.progress.value import Value

GRACE = "P6M"
"""How long a status is kept after its value has become too old."""


def settled(kpi: Kpi, values: Sequence[Value], today: date) -> list[Value]:
    """The values that count, oldest first: of rates and yearly amounts the full years alone."""
    known = sorted(values, key=lambda one: periods.middle(one.period))
    if kpi.period not in {"calendar_year", "two_year_mean"}:
        return [one for one in known if periods.span(one.period)[0] <= today]
    full = [one for one in known if periods.span(one.period)[1] < today]
    return _pairs(full) if kpi.period == "two_year_mean" else full


def _pairs(years: Sequence[Value]) -> list[Value]:
    """The mean of every two years that follow each other, under the later one's name."""
    made = []
    for first, second in pairwise(years):
        follow = periods.span(second.period)[0].year == periods.span(first.period)[0].year + 1
        if follow and first.number is not None and second.number is not None:
            mean = (first.number + second.number) / 2
            made.append(Value(period=second.period, number=mean, denominator=second.denominator))
    return made


def age_of(kpi: Kpi, value: Value, today: date) -> Literal["current", "old", "gone"]:
    """Whether a value may still be judged, counted from the end of its period."""
    end = periods.later(periods.span(value.period)[1], kpi.stale_after)
    if today <= end:
        return "current"
    return "old" if today <= periods.later(end, GRACE) else "gone"
