"""ServiceDay: how the service itself did on one day."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDay:
    """Checks of one day, UTC."""

    day: date
    checks: int
    answered: int
    """Checks in which a public page answered."""
    inputs: int
    """Live inputs, summed over the checks: those whose data age, and that are not paused."""
    fresh: int
    """Of them, young enough."""
