"""Standing: the whole plan judged from what a release holds, on one day."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from soc_monitor.progress.counting import Registers, count
from soc_monitor.progress.judging import judge_all
from soc_monitor.progress.plan import Plan
from soc_monitor.progress.service import Service, stage
from soc_monitor.progress.value import Value
from soc_monitor.progress.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How every objective stands."""

    plan: Plan
    today: date
    values: Mapping[str, Sequence[Value]]
    """By kpi: published ones, and those counted from registers and from this service."""
    counted: Collection[str]
    """Kpis with a value that was counted, not entered."""
    service: Service
    verdicts: Mapping[str, Mapping[int, tuple[Verdict, Mapping[str, Verdict | None]]]]
    """By objective and horizon: its own, and that of each kpi."""


def stand(
    plan: Plan,
    registers: Registers,
    *,
    service: Service,
    today: date,
) -> Standing:
    """Judge the whole plan.

    Args:
        plan: the version in force.
        registers: entries by name of the register, ``values`` among them.
        service: what this service serves, and how well.
        today: the day of the judgement.
    """
    values: dict[str, list[Value]] = {}
    for entry in registers.get("values", ()):
        values.setdefault(entry["kpi"], []).append(value_of(entry))
    counted = count(registers, today)
    for kpi, found in _served(service, len(registers.get("adoptions", ())), today).items():
        # What an editor has shown with evidence is more than what the service sees by itself.
        if kpi not in values:
            counted[kpi] = found
    for kpi, found in counted.items():
        values.setdefault(kpi, []).extend(found)
    verdicts = {one.id: judge_all(one, values, today) for one in plan.objectives}
    current = sum(_is_current(each) for each in verdicts.values())
    values["f3_objectives_current"] = [
        Value(period=today.isoformat(), number=current, denominator=len(plan.objectives))
    ]
    return Standing(
        plan=plan,
        today=today,
        values=values,
        counted=frozenset({*counted, "f3_objectives_current"}),
        service=service,
        verdicts=verdicts,
    )


def value_of(entry: Mapping[str, Any]) -> Value:
    """An entry of the register of values."""
    numerator, denominator = entry.get("numerator"), entry.get("denominator")
    number = entry.get("number")
    if number is None and numerator is not None and denominator:
        number = 100 * numerator / denominator
    return Value(
        period=entry["period"], number=number, stage=entry.get("stage"), denominator=denominator
    )


def _served(service: Service, adoptions: int, today: date) -> dict[str, list[Value]]:
    """What the service can say of itself; "recognised" is for others to say: editors record it."""
    day = today.isoformat()
    reached = stage(service, adoptions)
    made = {
        "e2_stage": [Value(period=day, stage=reached)],
        "f3_stage": [Value(period=day, stage="kpis")],
    }
    if service.newest is not None:
        last, share, inputs = service.newest
        made["e2_inputs_fresh"] = [Value(period=last.isoformat(), number=share, denominator=inputs)]
    return made


def _is_current(verdicts: Mapping[int, tuple[Verdict, Mapping[str, Verdict | None]]]) -> bool:
    return any(found.status not in {"no_data", "not_due"} for found, _ in verdicts.values())
