"""Periods: the months, years or windows of days that a feed has one item for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Step(StrEnum):
    """How the periods of a feed follow each other."""

    MONTH = "month"
    YEAR = "year"
    DAYS_8 = "8d"
    """Eight days, begun anew each 1 January, as MODIS composites are."""
    DAYS_16 = "16d"


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day."""

    first: date
    last: date


def period_of(day: date, step: Step) -> Period:
    """The period that a day lies in.

    Example:
        >>> period_of(date(2024, 2, 11), Step.MONTH).last.isoformat()
        '2024-02-29'
        >>> period_of(date(2024, 12, 30), Step.DAYS_16)
        Period(first=datetime.date(2024, 12, 18), last=datetime.date(2024, 12, 31))
    """
    if step is Step.YEAR:
        return Period(date(day.year, 1, 1), date(day.year, 12, 31))
    if step is Step.MONTH:
        first = day.replace(day=1)
        return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))
    length = 8 if step is Step.DAYS_8 else 16
    january = date(day.year, 1, 1)
    first = january + timedelta(days=(day - january).days // length * length)
    last = min(first + timedelta(days=length - 1), date(day.year, 12, 31))
    return Period(first, last)


def periods(first: date, last: date, step: Step) -> Iterator[Period]:
    """Every period that ends at or before ``last``, from the one that ``first`` lies in.

    Example:
        >>> [p.first.month for p in periods(date(2024, 1, 1), date(2024, 3, 30), Step.MONTH)]
        [1, 2]
    """
    found = period_of(first, step)
    while found.last <= last:
        yield found
        found = period_of(found.last + timedelta(days=1), step)
