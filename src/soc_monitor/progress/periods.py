"""Periods as registers write them: a year, a month or a day; and durations such as ``P18M``."""

import calendar
import re
from datetime import date, timedelta

from soc_monitor.errors import BadValue

_PERIOD = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T\d+H)?")


def span(period: str) -> tuple[date, date]:
    """First and last day of a period.

    Raises:
        BadValue: not a year, a month or a day.

    Example:
        >>> span("2024-02")
        (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))
    """
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise BadValue(f"period: {period!r}", hint="A year, a month or a day: 2024-02-29")
    year, month, day = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    try:
        if found[3] is not None:
            return (date(year, month, day),) * 2
        first = date(year, 1 if found[2] is None else month, 1)
    except ValueError as error:
        raise BadValue(f"period: {period!r}: {error}") from error
    last_month = month or 12
    last_day = calendar.monthrange(first.year, last_month)[1]
    return first, date(first.year, last_month, last_day)


def middle(period: str) -> date:
    """The day that a period's value is drawn and judged at: 1 July of a year.

    Example:
        >>> middle("2021").isoformat(), middle("2021-03-09").isoformat()
        ('2021-07-01', '2021-03-09')
    """
    first, last = span(period)
    if len(period) == 4:
        return date(first.year, 7, 1)
    return first + (last - first) // 2


def later(day: date, duration: str) -> date:
    """A day after another by an ISO 8601 duration; from the last of a month to the last of one.

    Raises:
        BadValue: not a duration.

    Example:
        >>> later(date(2023, 12, 31), "P18M").isoformat()
        '2025-06-30'
    """
    found = _DURATION.fullmatch(duration)
    if found is None or duration == "P":
        raise BadValue(f"duration: {duration!r}", hint="As ISO 8601 has it: P18M")
    years, months, days = (int(part or 0) for part in found.groups())
    index = day.year * 12 + day.month - 1 + years * 12 + months
    year, month = divmod(index, 12)
    longest = calendar.monthrange(year, month + 1)[1]
    last = calendar.monthrange(day.year, day.month)[1] == day.day
    moved = date(year, month + 1, longest if last else min(day.day, longest))
    return moved + timedelta(days=days)
