"""Trend: which periods a change is made from, and what each of them weighs."""

from collections.abc import Iterable, Sequence
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
    known: Iterable[Period], period: Period, *, epochs: bool = False, base_year: int | None = None
) -> Course | None:
    """How a period is compared with an earlier one; None: it must not be, or there is none.

    Months are compared as means of the twelve that end with them: with those of the base year,
    where the record holds it and it ends a year or more before, else of the first year that begins
    in the record. Less than two such years of record leave the same month of an earlier year,
    which is provisional; so does a month that is missing among the last twelve or in the year that
    would be the base: another one does not take its place, and the course says that it is so. Where
    three yearly values lie in between or more, what is gained is the slope of a straight line
    through all means of twelve months (of years: through all years), times the years: a single odd
    year at the end does not make the rate.

    Args:
        known: periods that there are, in any order.
        period: the later one of the two, one of ``known``.
        epochs: whether they have no fixed step; they are compared with the one before.
        base_year: the year to count from, and no other; None: that of the monitor, 2020, as above.

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


def base_years(known: Iterable[Period]) -> list[int]:
    """Years that a change can be counted from: whole ones, with a period a year or more after.

    Example:
        >>> month = lambda k: (
        ...     date(2020 + k // 12, k % 12 + 1, 1),
        ...     last_day(f"{2020 + k // 12}-{k % 12 + 1:02}"),
        ... )
        >>> base_years(map(month, range(3, 40)))
        [2021, 2022]
        >>> base_years([(date(y, 1, 1), date(y, 12, 31)) for y in (1990, 2010)])
        [1990]
    """
    spans = sorted(known)
    if not spans:
        return []
    last = spans[-1]
    if not _is_month(last):
        return [first.year for first, end in spans if years_between((first, end), last) is not None]
    months = {_number(first) for first, end in spans if _is_month((first, end))}
    years = range(spans[0][0].year, last[0].year)
    return [year for year in years if months.issuperset(_mean_of(_december(year)))]


def follows(period: Period, base_year: int) -> bool:
    """Whether a period lies after a year, and not in it."""
    return period[0].year > base_year


def _of_months(spans: dict[date, date], period: Period, base_year: int | None) -> Course | None:
    """The course of means of twelve months; None: there are no two of them a year apart."""
    known = {_number(first) for first, last in spans.items() if _is_month((first, last))}
    end = _number(period[0])
    ends = [one for one in sorted(known) if known.issuperset(range(one - YEAR + 1, one + 1))]
    first = _base_of(min(known), end, base_year)
    if end not in ends or first not in ends or first > end - YEAR:
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


def _base_of(first: int, end: int, base_year: int | None) -> int:
    """Last month of the year that a month is compared with, whether or not months are missing."""
    if base_year is not None:
        return _december(base_year)
    opens = _december(-(-first // YEAR))
    wished = _december(BASE_YEAR)
    return wished if opens <= wished <= end - YEAR else opens


def _december(year: int) -> int:
    return year * YEAR + YEAR - 1


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
