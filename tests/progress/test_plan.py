"""The plan that ships: its words, its levels, and what a wrong one is refused for."""

import copy
import re
from typing import Any

import pytest
import yaml

from soc_monitor.errors import BadPlan
from soc_monitor.progress.plan import CELLS, parse_objective, quotes, read_plans
from soc_monitor.shelves import shelf

STARTER = shelf("ingest_jobs") / "starter"
DOCUMENT: dict[str, Any] = yaml.safe_load((STARTER / "objectives.yaml").read_text("utf-8"))
RECORDS = [{"plan_version": DOCUMENT["plan"]["version_id"], **o} for o in DOCUMENT["objectives"]]
PLAN = read_plans(RECORDS)["2020-06-15"]


def _words(text: str) -> str:
    """A text without the marks that the plan's file sets for its layout."""
    return re.sub(r"[\s*|\\]+|<br ?/?>", " ", text).strip()


def test_the_plan_has_its_24_objectives_in_order() -> None:
    ids = [
        f"{goal['id']}{n + 1}" for goal in DOCUMENT["goals"] for n in range(len(goal["objectives"]))
    ]
    assert [one.id for one in PLAN.objectives] == ids
    assert len(ids) == 24
    assert sum(len(one.kpis) for one in PLAN.objectives) == 46


def test_the_cells_equal_the_plan_s_text() -> None:
    text = _words((STARTER / "plan-strategique.fr.txt").read_text("utf-8"))
    missing = [
        (objective.id, name)
        for objective in PLAN.objectives
        for name in CELLS
        if _words(objective.cells[name]) not in text
    ]
    assert missing == []


def test_every_quote_stands_in_its_cell() -> None:
    found = 0
    for record in RECORDS:
        for quote in quotes(record):
            found += 1
            assert any(quote in record["text_fr"][name] for name in CELLS), quote
    assert found > 80


def test_a_quote_that_is_not_in_the_cells_is_refused() -> None:
    record = copy.deepcopy(RECORDS[0])
    record["kpis"][0]["baseline"]["quote_fr"] = "ce que le plan ne dit pas"
    with pytest.raises(BadPlan, match="A1: the cells do not hold the quote"):
        parse_objective(record)


@pytest.mark.parametrize(
    ("key", "value"),
    [("kind", "feeling"), ("direction", "sideways"), ("role", "guest")],
)
def test_a_word_that_the_rule_does_not_know_is_refused(key: str, value: str) -> None:
    record = copy.deepcopy(RECORDS[0])
    record["kpis"][0][key] = value
    with pytest.raises(BadPlan, match=value):
        parse_objective(record)


def test_a_step_that_is_not_among_the_steps_is_refused() -> None:
    record = copy.deepcopy(next(one for one in RECORDS if one["id"] == "F3"))
    record["kpis"][0]["target_2030"]["stage"] = "famous"
    with pytest.raises(BadPlan, match="famous"):
        parse_objective(record)


def test_two_versions_of_the_plan_stand_side_by_side() -> None:
    newer = [{**copy.deepcopy(RECORDS[0]), "plan_version": "2031-01-01"}]
    plans = read_plans([*RECORDS, *newer])
    assert list(plans) == ["2020-06-15", "2031-01-01"]
    assert len(plans["2020-06-15"].objectives) == 24
    assert len(plans["2031-01-01"].objectives) == 1
    assert PLAN.kpi("a1_ndc_soc_share") is not None
    assert PLAN.objective("a1") is PLAN.objectives[0]
