"""Freshness: how the age of an input stands to the age that is allowed."""

from datetime import date
from enum import StrEnum

from soc_monitor.model.run import RunState

DUE_SHARE = 0.8
"""From this share of the allowed age on, the next data are due."""


class Freshness(StrEnum):
    """States of an input."""

    FRESH = "fresh"
    DUE = "due"
    """Still young enough; the next data are expected."""
    LATE = "late"
    """Older than allowed, or never seen."""
    BROKEN = "broken"
    """The last run failed, or nothing that was ever sent could be taken."""
    PAUSED = "paused"
    """An operator stopped it for a while."""
    RETIRED = "retired"
    """It will not come back."""


def age_days(observed_until: date | None, today: date) -> int | None:
    """Days since the end of the newest accepted observation; None: there is none.

    Age runs from what was observed, not from its download. A period still open is 0 days old.

    Example:
        >>> age_days(date(2026, 1, 31), date(2026, 2, 10))
        10
    """
    return None if observed_until is None else max((today - observed_until).days, 0)


def judge(
    *,
    age: int | None,
    allowed: int | None,
    last_state: RunState | None = None,
    taken: bool = True,
    paused: bool = False,
    retired: bool = False,
) -> Freshness:
    """The state of an input.

    Args:
        age: of the newest accepted observation [days]; None: there is none.
        allowed: greatest age [days]; None: the data do not age.
        last_state: how its newest run ended; None: it never ran.
        taken: something was taken from it: what is refused now leaves the state to its age.
        paused: an operator stopped it for a while.
        retired: it will not come back.

    Example:
        >>> judge(age=81, allowed=100).value, judge(age=101, allowed=100).value
        ('due', 'late')
        >>> judge(age=9999, allowed=None).value
        'fresh'
        >>> judge(age=1, allowed=100, last_state=RunState.FAILED).value
        'broken'
    """
    if retired:
        return Freshness.RETIRED
    if paused:
        return Freshness.PAUSED
    failed = {RunState.FAILED, RunState.ABANDONED} | (set() if taken else {RunState.REFUSED})
    if last_state in failed:
        return Freshness.BROKEN
    if allowed is None:
        return Freshness.FRESH
    if age is None or age > allowed:
        return Freshness.LATE
    return Freshness.DUE if age > DUE_SHARE * allowed else Freshness.FRESH
