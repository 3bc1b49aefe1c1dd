"""Service: what this service can say of itself, from checks that were kept day by day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from soc_monitor.model import ServiceDay

WINDOW_DAYS = 90
CHECKS_A_DAY = 288
"""One every five minutes; one that was not made counts as one without an answer."""
AVAILABLE_PERCENT, FRESH_PERCENT = 99.5, 90.0
WIDE = frozenset({"world", "m49", "adm0"})
"""Levels that the monitoring dashboard must serve to count as set up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What is served, and how well it was over the last 90 days that have ended."""

    levels: Collection[str] = ()
    """Levels of areas that there are numbers for."""
    days: Sequence[ServiceDay] = ()
    """The oldest first; a day without a check is not there."""

    @property
    def availability(self) -> float | None:
        """Checks that were answered, of all that there should have been in 90 days [%].

        None: no day has been checked yet.
        """
        if not self.days:
            return None
        return 100 * sum(one.answered for one in self.days) / (WINDOW_DAYS * CHECKS_A_DAY)

    @property
    def freshness(self) -> float | None:
        """Live inputs that were young enough, over all checks [%]; None: there was no input."""
        inputs = sum(one.inputs for one in self.days)
        return 100 * sum(one.fresh for one in self.days) / inputs if inputs else None

    @property
    def newest(self) -> tuple[date, float, int] | None:
        """The newest day with a live input: the share that was fresh [%], and how many inputs."""
        for one in reversed(self.days):
            if one.inputs:
                return one.day, 100 * one.fresh / one.inputs, round(one.inputs / one.checks)
        return None


def stage(service: Service, adoptions: int) -> str:
    """The step that the monitoring dashboard has reached (E2).

    Args:
        service: what is served, and how well.
        adoptions: bodies that have stated that they use it.

    Source:
        The plan's counting rule: operational are 90 days with 99.5 % availability and 90 % of the
        inputs fresh; adopted, that a regional or sub-regional body states that it uses it.

    Example:
        >>> stage(Service(levels=("world", "m49", "adm0")), 0), stage(Service(), 3)
        ('set_up', 'none')
    """
    if not set(service.levels) >= WIDE:
        return "none"
    available, fresh = service.availability or 0.0, service.freshness or 0.0
    if available < AVAILABLE_PERCENT or fresh < FRESH_PERCENT:
        return "set_up"
    return "adopted" if adoptions else "operational"
