"""Verdict: how a kpi stands, with every number that says so."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from soc_monitor.progress.value import Value

RULE = "1"
"""Version of the rule; another one judges the whole history again."""
Status = Literal[
    "achieved", "on_track", "accelerate", "limited", "reverse", "late", "not_due", "no_data"
]
STATUSES: tuple[Status, ...] = (
    "achieved",
    "on_track",
    "accelerate",
    "limited",
    "reverse",
    "late",
    "not_due",
    "no_data",
)
"""From the most favourable to the least, then those that say nothing of progress."""
Reason = Literal[
    "ratio",
    "level_met",
    "level_kept",
    "level_lost",
    "step_reached",
    "step_overdue",
    "steps_done",
    "steps_missing",
    "no_level",
    "no_value",
    "no_newer_value",
    "no_list",
    "no_stage",
    "first_value_only",
    "too_old",
    "no_kpi",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a kpi stands, and every number that says so."""

    kpi: str
    horizon: int
    status: Status
    reason: Reason
    value: Value | None = None
    """The newest value; of two years together: their mean."""
    level: float | None = None
    start: float | None = None
    start_on: date | None = None
    first_measure: bool = False
    """The plan has no number to start from: the first published value is the start."""
    expected: float | None = None
    """Where the path is at the value's date."""
    ratio: float | None = None
    old: bool = False
    """The value has become too old; the status is kept a while."""
    due: date | None = None
    """Of a step that is overdue, or of the level."""
    stage: str | None = None
    """The step that is asked for."""
    rule: str = RULE
