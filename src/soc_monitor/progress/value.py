"""Value: what a kpi was at a time, as a register holds it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One published value of a kpi: a number, or the step that is reached."""

    period: str
    """The year, month or day that it is for."""
    number: float | None = None
    stage: str | None = None
    denominator: float | None = None
    """What a share is of, or how long the kept list is."""
