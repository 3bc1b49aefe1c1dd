"""Trend: which periods a change is made from, and what each of them weighs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import numpy as np

from soc_monitor.model.change import BASE_YEAR, Period, choose_base, years_between
from soc_monitor.model.period import last_day

Array = TypeVar("Array", bound=Any)

YEAR = 12
"""Months of a mean."""

LEAST_FOR_SLOPE = 2.0
"""Years from the base from which there are three yearly values, and a slope through them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a period is compared with its base."""

    base: Period
    """What the change is counted from; of months twelve, or the one of the same name."""
    years: float
    """From the end of the base to the end of the period."""
    steps: tuple[date, ...]
    """First days of all periods that are read, oldest first."""
    of_base: tuple[float, ...]
    """What each of them weighs in the stock of the base; together 1."""
    of_gain: tuple[float, ...]
    """What each of them weighs in what is gained over all the years; together 0."""
    holed: bool = False
    """Whether two months are compared only because others are missing among those of the record."""


def course(
    known: Iterable[Period], period: Period, *, epochs: bool = False, base_year: int = BASE_YEAR
) -> Course | None:
    """How a period is compared with an earlier one; None: it must not be, or there is none.

    Months are compared as means of the twelve that end with them: with those of the base year,
    where it is whole and a year or more before, else of the first whole year. Less than two such
    years of record leave the same month of an earlier year, which is provisional; so does a month
    that is missing among the last twelve, and the course says that it is so. Where three
    yearly values lie in between or more, what is gained is the slope of a straight line through
    all means of twelve months (of years: through all years), times the years: a single odd year
    at the end does not make the rate.

    Args:
        known: periods that there are, in any order.
        period: the later one of the two, one of ``known``.
        epochs: whether they have no fixed step; they are compared with the one before.
        base_year: the year that is wished for.

    Source:
        Least-squares slope of the running mean of twelve months; difference of two such means
        where they are less than two years apart.

    Example:
        >>> month = lambda k: (
        ...     date(2020 + k // 12, k % 12 + 1, 1),
        ...     last_day(f"{2020 + k // 12}-{k % 12 + 1:02}"),
        ... )
        >>> found = course(map(month, range(24)), month(23))
        >>> found.base[0].isoformat(), found.base[1].isoformat(), found.years, len(found.steps)
        ('2020-01-01', '2020-12-31', 1.0, 24)
        >>> stocks = [50.0 + k / 12 for k in range(24)]
        >>> before, gained = compared(stocks, found)
        >>> round(before, 3), round(gained, 3)
        (50.458, 1.0)
    """
    spans = dict(known)
    holed = False
    if _is_month(period):
        found = _of_months(spans, period, base_year)
        if found is not None:
            return found
        holed = _of_months(_filled(spans, period), period, base_year) is not None
    base = choose_base(spans.items(), period, epochs=epochs, base_year=base_year)
    if base is None:
        return None
    steps = [base[0], period[0]]
    if not epochs and not _is_month(period):
        same = (years_between(base, one) for one in spans.items())
        between = [first for first, apart in zip(spans, same, strict=True) if apart is not None]
        steps = sorted({base[0], *(first for first in between if first <= period[0])})
    apart = [0.0, *(years_between(base, (first, spans[first])) or 0.0 for first in steps[1:])]
    first = [1.0] + [0.0] * (len(steps) - 1)
    gain = _slope(apart) * apart[-1]
    return Course(
        base=base,
        years=apart[-1],
        steps=tuple(steps),
        of_base=tuple(first),
        of_gain=tuple(gain.tolist()),
        holed=holed,
    )


def compared(steps: Iterable[Array], how: Course) -> tuple[Array, Array]:
    """The stock of the base and what was gained over the years, where all steps have a value.

    The gain is made of differences to the first step, so that a stock that stands still has
    gained 0, and not the rounding of its weights.

    Args:
        steps: values of the steps of the course, in their order (...) [any]; each is asked for
            when the one before has been added, so that two are held at once; lazy stays lazy.
        how: the course.

    Returns:
        Both (...) [as the steps]; NaN where a step has no value.
    """
    first: Any = None
    base: Any = 0.0
    gained: Any = 0.0
    for one, in_base, in_gain in zip(steps, how.of_base, how.of_gain, strict=True):
        first = one if first is None else first
        gained = gained + in_gain * (one - first)
        if in_base:
            base = base + in_base * one
    # Nothing is added but the holes of the other: both are on the land that all steps cover.
    return base + 0 * gained, gained


def _of_months(spans: dict[date, date], period: Period, base_year: int) -> Course | None:
    """The course of means of twelve months; None: there are no two of them a year apart."""
    known = {_number(first) for first, last in spans.items() if _is_month((first, last))}
    end = _number(period[0])
    ends = [one for one in sorted(known) if known.issuperset(range(one - YEAR + 1, one + 1))]
    first = next(_bases(ends, end, base_year), None)
    if end not in ends or first is None:
        return None
    ends = [one for one in ends if first <= one <= end]
    months = sorted({month for one in ends for month in range(one - YEAR + 1, one + 1)})
    years = (end - first) / YEAR
    apart = [(one - first) / YEAR for one in ends]
    if years < LEAST_FOR_SLOPE:
        apart, ends = [0.0, years], [first, end]
        months = sorted({*_mean_of(first), *_mean_of(end)})
    gain = dict.fromkeys(months, 0.0)
    for weight, one in zip(_slope(apart) * years, ends, strict=True):
        for month in _mean_of(one):
            gain[month] += float(weight) / YEAR
    begin, last = _first_day(first - YEAR + 1), _first_day(first)
    return Course(
        base=(begin, last_day(f"{last:%Y-%m}")),
        years=years,
        steps=tuple(_first_day(month) for month in months),
        of_base=tuple(1 / YEAR if month <= first else 0.0 for month in months),
        of_gain=tuple(gain.values()),
    )


def _filled(spans: dict[date, date], period: Period) -> dict[date, date]:
    """A record of months as it were if none were missing from the first of them to a later one."""
    first = min(first for first, last in spans.items() if _is_month((first, last)))
    every = map(_first_day, range(_number(first), _number(period[0]) + 1))
    return {one: last_day(f"{one:%Y-%m}") for one in every}


def _bases(ends: Sequence[int], end: int, base_year: int) -> Iterator[int]:
    """Last months of whole years that a month may be compared with, the best first."""
    whole = [one for one in ends if one % YEAR == YEAR - 1 and one <= end - YEAR]
    yield from (one for one in whole if one // YEAR == base_year)
    yield from whole


def _slope(apart: Sequence[float]) -> Any:
    """What each of some values weighs in the slope through them, by least squares [yr-1].

    Example:
        >>> _slope([0.0, 1.0, 2.0]).tolist(), _slope([0.0, 4.0]).tolist()
        ([-0.5, 0.0, 0.5], [-0.25, 0.25])
    """
    times = np.asarray(apart, np.float64)
    off = times - times.mean()
    return off / (off @ off)


def _mean_of(end: int) -> range:
    """The months of the mean that ends with one."""
    return range(end - YEAR + 1, end + 1)


def _number(first: date) -> int:
    return first.year * YEAR + first.month - 1


def _first_day(number: int) -> date:
    return date(number // YEAR, number % YEAR + 1, 1)


def _is_month(period: Period) -> bool:
    return (period[0].year, period[0].month) == (period[1].year, period[1].month)
