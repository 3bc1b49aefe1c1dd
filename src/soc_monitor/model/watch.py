"""Watch: how parts of the service and its inputs stood, from checks that were kept day by day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import groupby

from soc_monitor.model.freshness import Freshness

WINDOW_DAYS = 90
EVERY = timedelta(minutes=5)
"""Between two checks."""
CHECKS_A_DAY = 288


class Kind(StrEnum):
    """What is watched."""

    SERVICE = "service"
    INPUT = "input"


UP, DOWN = "up", "down"
"""States of a part of the service; those of an input are of ``Freshness``."""
GRAVITY = (Freshness.PAUSED, UP, Freshness.FRESH, Freshness.DUE, Freshness.LATE, DOWN,
           Freshness.BROKEN)  # fmt: skip
"""States from the lightest to the gravest: a day is told by its gravest."""
BAD = frozenset({DOWN, Freshness.LATE, Freshness.BROKEN})
IDLE = frozenset({Freshness.PAUSED})
"""Nothing was expected: neither well nor ill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """How often a part was found in a state on a day, UTC."""

    kind: Kind
    part: str
    """A word of ours, or the id of a job."""
    day: date
    state: str
    checks: int
    began: int
    """Incidents that began with one of them."""
    seen: datetime
    """The newest of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day on which a part was watched."""

    day: date
    state: str
    """The gravest of the day."""
    checks: int
    due: int
    """Checks that there should have been, so far."""
    bad: int
    """Checks that found it late, broken or down."""
    began: int
    """Incidents that began on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """How a part stood over the last 90 days, this one included."""

    kind: Kind
    part: str
    state: str
    """As of the newest check."""
    seen: datetime
    days: tuple[Day, ...]
    """The oldest first; a day without a check is not there."""
    incidents: int
    """Those that began, and one that went on already when the first day did."""
    well: float | None
    """Share of the checks in which something was expected that found it well; None: none was."""
    watched: float
    """Share of the checks that were made, of all since the first day that is there."""


def due_on(day: date, now: datetime) -> int:
    """Checks that a day should have had by now.

    Example:
        >>> due_on(date(2026, 11, 26), datetime(2026, 11, 27, 0, 12, tzinfo=UTC))
        288
        >>> due_on(date(2026, 11, 27), datetime(2026, 11, 27, 0, 12, tzinfo=UTC))
        3
    """
    begun = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return min(CHECKS_A_DAY, max(0, (now - begun) // EVERY + 1))


def watched(found: Iterable[Checks], now: datetime) -> list[Watched]:
    """The record of each part, by kind and part.

    Args:
        found: what was kept of the last 90 days.
        now: the moment.
    """
    listed = sorted(found, key=_part)
    return [_record(list(rows), now) for _, rows in groupby(listed, key=_part)]


def _part(one: Checks) -> tuple[str, str]:
    return one.kind, one.part


def _record(rows: list[Checks], now: datetime) -> Watched:
    newest = max(rows, key=lambda one: one.seen)
    by_day = sorted(rows, key=lambda one: one.day)
    days = tuple(_day(day, list(one), now) for day, one in groupby(by_day, key=lambda one: one.day))
    made = sum(one.checks for one in rows)
    expected = sum(one.checks for one in rows if one.state not in IDLE)
    bad = sum(one.bad for one in days)
    # A day that the clock has not reached yet has no check that is due.
    span = (now.date() - days[0].day).days + 1
    due = sum(due_on(days[0].day + timedelta(days=n), now) for n in range(span))
    went_on = next((not one.began for one in days if one.bad), False)
    return Watched(
        kind=newest.kind,
        part=newest.part,
        state=newest.state,
        seen=newest.seen,
        days=days,
        incidents=sum(one.began for one in days) + went_on,
        well=(expected - bad) / expected if expected else None,
        watched=min(1.0, made / max(due, 1)),
    )


def _day(day: date, rows: list[Checks], now: datetime) -> Day:
    return Day(
        day=day,
        state=max((one.state for one in rows), key=GRAVITY.index),
        checks=sum(one.checks for one in rows),
        due=due_on(day, now),
        bad=sum(one.checks for one in rows if one.state in BAD),
        began=sum(one.began for one in rows),
    )
