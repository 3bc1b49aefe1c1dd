"""Steps: a kpi that goes by steps, judged by what was due."""

from collections.abc import Sequence
from datetime import date

from soc_monitor.progress.plan import Kpi, Level
from soc_monitor.progress.settled import age_of
from soc_monitor.progress.value import Value
from soc_monitor.progress.verdict import Reason, Status, Verdict


def judge_steps(
    kpi: Kpi, level: Level, known: Sequence[Value], horizon: int, today: date
) -> Verdict:
    """How a kpi that goes by steps stands.

    Args:
        kpi: with its steps in order.
        level: the step that is asked for at the horizon.
        known: its values that count, oldest first.
        horizon: 2030 or 2050.
        today: what is old or overdue is so as of this day.
    """

    def told(status: Status, reason: Reason, due: Level = level) -> Verdict:
        return Verdict(
            kpi=kpi.id,
            horizon=horizon,
            status=status,
            reason=reason,
            value=value,
            due=due.due,
            stage=due.stage,
            old=status != "no_data" and old,
        )

    steps = [one for one in known if kpi.step(one.stage) is not None]
    value = next(reversed(steps or known), None)
    if value is None or not steps:
        return told("no_data", "no_value" if value is None else "no_stage")
    age = age_of(kpi, value, today)
    old = age == "old"
    if age == "gone":
        return told("no_data", "too_old")
    reached = _number(kpi, value.stage)
    if reached >= _number(kpi, level.stage):
        return told("achieved", "step_reached")
    for due in due_steps(kpi, horizon):
        if due.due < today and reached < _number(kpi, due.stage):
            return told("late", "step_overdue", due)
    done = reached >= _number(kpi, kpi.baseline.stage)
    return told("on_track", "steps_done") if done else told("limited", "steps_missing")


def _number(kpi: Kpi, stage: str | None) -> int:
    return kpi.step(stage) or 0


def due_steps(kpi: Kpi, horizon: int) -> list[Level]:
    """The steps with a date, up to a horizon, the earliest first."""
    levels = [level for year, level in kpi.levels.items() if year <= horizon]
    dated = [one for one in (*kpi.interim, *levels) if one.op == "milestone"]
    return sorted((one for one in dated if one.due.year <= horizon), key=lambda one: one.due)
