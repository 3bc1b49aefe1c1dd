"""The judging rule against sixty cases worked by hand."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from soc_monitor.progress.judging import judge_kpi
from soc_monitor.progress.plan import parse_kpi
from soc_monitor.progress.value import Value

TABLE: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text("utf-8"))
CASES: list[dict[str, Any]] = TABLE["cases"]


def _kpi(name: str) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "id": name,
        "label": {"en": name},
        "role": "plan",
        "primary": True,
        "unit": "things",
        "stale_after": "P18M",
    }
    return {**defaults, **TABLE["kpis"][name]}


def _value(period: str, found: float | str, denominator: float | None = None) -> Value:
    stage = found if isinstance(found, str) else None
    number = None if isinstance(found, str) else float(found)
    return Value(period=period, number=number, stage=stage, denominator=denominator)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["n"]))
def test_a_case_worked_by_hand_is_judged_so(case: dict[str, Any]) -> None:
    verdict = judge_kpi(
        parse_kpi(_kpi(case["kpi"])),
        [_value(*value) for value in case["values"]],
        horizon=case["h"],
        today=date.fromisoformat(case.get("today", "2026-01-01")),
    )
    if case["status"] is None:
        assert verdict is None
        return
    assert verdict is not None
    assert verdict.status == case["status"]
    if "ratio" in case:
        assert verdict.ratio == pytest.approx(case["ratio"], abs=0.006)
    if "reason" in case:
        assert verdict.reason == case["reason"]
    if "old" in case:
        assert verdict.old == case["old"]


def test_there_are_sixty_cases_of_every_kind() -> None:
    assert [case["n"] for case in CASES] == list(range(1, 61))
    used = {TABLE["kpis"][case["kpi"]]["kind"] for case in CASES}
    assert used == {"count", "share", "rate", "currency", "stage", "milestone"}
    assert {case["kpi"] for case in CASES} == set(TABLE["kpis"])
