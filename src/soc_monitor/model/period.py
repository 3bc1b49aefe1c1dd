"""Periods as people and addresses write them: ``2010``, ``2010-06``, ``2010-06-01``."""

import calendar
import re
from datetime import date

from soc_monitor.errors import BadValue

_PERIOD = re.compile(r"(\d{1,4})(?:-(\d{2}))?(?:-(\d{2}))?", re.ASCII)


def parse_period(value: str) -> date:
    """The first day of a period.

    Raises:
        BadValue: the text is no period.

    Example:
        >>> parse_period("2010-06"), parse_period("900")
        (datetime.date(2010, 6, 1), datetime.date(900, 1, 1))
    """
    match = _PERIOD.fullmatch(value)
    try:
        if match is not None:
            year, month, day = (int(part or 1) for part in match.groups())
            return date(year, month, day)
    except ValueError:
        pass  # A month 13 or a 30 February: said below, like all that is no period.
    raise BadValue(f"not a period: {value!r}", hint="Use 2010, 2010-06, 2010-06-01 or latest")


def last_day(value: str) -> date:
    """The last day of a period.

    Raises:
        BadValue: the text is no period.

    Example:
        >>> last_day("2024-02"), last_day("2023")
        (datetime.date(2024, 2, 29), datetime.date(2023, 12, 31))
    """
    first = parse_period(value)
    if value.count("-") == 0:
        return first.replace(month=12, day=31)
    if value.count("-") == 1:
        return first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return first


def period_label(first: date, last: date) -> str:
    """The shortest text that tells a period.

    Example:
        >>> period_label(date(2010, 1, 1), date(2010, 12, 31))
        '2010'
        >>> period_label(date(2010, 6, 1), date(2010, 6, 30))
        '2010-06'
    """
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return str(first.year) if first.year == last.year else f"{first.year}/{last.year}"
    month_end = calendar.monthrange(first.year, first.month)[1]
    if first.day == 1 and last == first.replace(day=month_end):
        return f"{first.year}-{first.month:02d}"
    return f"{first.isoformat()}/{last.isoformat()}"
