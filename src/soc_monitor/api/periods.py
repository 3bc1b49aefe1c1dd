"""Periods as readers ask for them: ``latest``, ``2010``, ``2010-06``, ``1960..``, ``..1990``."""

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from soc_monitor.errors import BadValue, UnknownPeriod
from soc_monitor.model.period import parse_period, period_label

LATEST = "latest"
Period = tuple[date, date]
"""First day, last day."""


@dataclass(frozen=True, slots=True)
class Span:
    """Periods that begin between two days, both inside; or the newest one alone."""

    first: date = date.min
    last: date = date.max
    newest: bool = False


def parse_span(asked: str) -> Span:
    """The periods that ``t`` asks for.

    Raises:
        BadValue: the text is no period and no range.

    Example:
        >>> parse_span("1960..1990")
        Span(first=datetime.date(1960, 1, 1), last=datetime.date(1990, 12, 31), newest=False)
        >>> parse_span("latest").newest
        True
    """
    low, dots, high = asked.partition("..")
    if not dots:
        if asked == LATEST:
            return Span(newest=True)
        begin, slash, _ = asked.partition("/")
        # The label of a period of several years or of odd days: told by its first day.
        return Span(parse_period(begin), parse_period(begin) if slash else last_day(asked))
    if low == LATEST and high in {"", LATEST}:
        return Span(newest=True)
    first = parse_period(low) if low else date.min
    last = date.max if high in {"", LATEST} else last_day(high)
    if first > last:
        raise BadValue(f"the range {asked!r} ends before it begins")
    return Span(first, last)


def last_day(label: str) -> date:
    """The last day of a year, a month or a day.

    Example:
        >>> last_day("2010"), last_day("2010-02")
        (datetime.date(2010, 12, 31), datetime.date(2010, 2, 28))
    """
    first = parse_period(label)
    match label.count("-"):
        case 0:
            return first.replace(month=12, day=31)
        case 1:
            return first.replace(day=calendar.monthrange(first.year, first.month)[1])
        case _:
            return first


def select(span: Span, periods: Iterable[Period]) -> list[Period]:
    """The periods that a span asks for, oldest first; empty: there are none.

    Example:
        >>> select(parse_span("2020"), [(date(2010, 1, 1), date(2010, 12, 31))])
        []
    """
    known = sorted(periods)
    if span.newest:
        return known[-1:]
    return [period for period in known if span.first <= period[0] <= span.last]


def within(span: Span, periods: Iterable[Period]) -> list[Period]:
    """The periods that a span asks for, oldest first.

    Raises:
        UnknownPeriod: there are none.
    """
    known = sorted(periods)
    found = select(span, known)
    if not found:
        raise UnknownPeriod(
            "there are no data in the period asked for",
            allowed=tuple(period_label(*period) for period in known[-100:]),
        )
    return found


def address_of(period: Period) -> str:
    """A period as ``t`` takes it; one without a label of its own by its first day.

    Example:
        >>> address_of((date(2010, 1, 1), date(2010, 12, 31)))
        '2010'
        >>> address_of((date(2001, 1, 1), date(2010, 12, 31)))
        '2001-01-01'
    """
    label = period_label(*period)
    return period[0].isoformat() if "/" in label else label


def parse_instant(asked: str) -> datetime:
    """The instant of ``as_of``; UTC where no zone is given, and of a plain day its end.

    Raises:
        BadValue: the text is no instant.

    Example:
        >>> parse_instant("2026-11-22T10:00:00Z").isoformat()
        '2026-11-22T10:00:00+00:00'
        >>> parse_instant("2026-11-22").isoformat()
        '2026-11-22T23:59:59.999999+00:00'
    """
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", asked):
            # As known on a day: what came out on it was.
            day = date.fromisoformat(asked)
            return datetime.combine(day, time.max, UTC)
        # A plus that was not encoded arrives as a space.
        found = datetime.fromisoformat(asked[:-6] + asked[-6:].replace(" ", "+"))
        zoned = found if found.tzinfo else found.replace(tzinfo=UTC)
        return zoned.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadValue(
            f"as_of: not an instant: {asked!r}", hint="Use 2026-11-22T10:00:00Z, or a day"
        ) from error
