"""``/objectives``, ``/kpis`` and ``/values``: how the Initiative stands on its plan."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask
from soc_monitor.api.answers import Stamp, as_json, as_table, not_modified
from soc_monitor.api.bodies.progress import KpisBody, ObjectiveBody, ObjectivesBody, ValuesBody
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.places import plain
from soc_monitor.api.progress import (
    STATUS_WORDS,
    Progress,
    counts,
    gather,
    kpi_body,
    objective_row,
    value_rows,
)
from soc_monitor.api.registers import entry_body
from soc_monitor.errors import UnknownObjective
from soc_monitor.model.typeset import in_language
from soc_monitor.progress.judging import ACCELERATE, LIMITED, ON_TRACK
from soc_monitor.progress.plan import Objective
from soc_monitor.progress.verdict import RULE
from soc_monitor.store import registers, verdicts

router = APIRouter(tags=["progress"])

Status = Literal[
    "achieved", "on_track", "accelerate", "limited", "reverse", "late", "not_due", "no_data"
]
At = Annotated[
    str | None,
    Query(
        description="Day that is judged on; today if not given, a named release's own day",
        max_length=10,
        examples=["2026-11-22"],
    ),
]
Version = Annotated[str | None, Query(description="Version of the plan", max_length=40)]
Goal = Annotated[Literal["A", "B", "C", "D", "E", "F"] | None, Query(description="Goal")]
Horizon = Annotated[Literal["2030", "2050"], Query(description="Which status is meant by `st`")]
Csv: dict[str, Any] = {"content": {"text/csv": {}}}


class PlanAsk(BaseModel):
    """Keys of every answer about the plan."""

    rel: ask.Rel = "latest"
    at: At = None
    plan: Version = None
    labels: ask.Lang = "en"


class ObjectivesAsk(PlanAsk):
    """Keys of ``/objectives``."""

    goal: Goal = None
    h: Horizon = "2030"
    st: Annotated[Status | None, Query(description="Status")] = None
    q: ask.Search = None


class TableAsk(PlanAsk):
    """Keys of a table."""

    kpi: Annotated[str, Query(description="Kpis, joined by `~`", max_length=2000)] = ""
    bom: ask.Bom = "0"


def gathered(request: Request, asked: PlanAsk, **more: str) -> tuple[Progress, Stamp]:
    """The plan as it was asked for, and what marks the answer."""
    found = gather(
        catalogue_of(request), rel=asked.rel, at=asked.at, labels=asked.labels, plan=asked.plan
    )
    keys = {
        **more,
        "plan": found.plan.version,
        "at": found.standing.today.isoformat(),
        "labels": asked.labels,
    }
    stamp = Stamp(
        path=request.url.path,
        keys=keys,
        release=found.release,
        pinned=found.pinned,
        salt=f"rule {RULE}",
    )
    return found, stamp


def plan_meta(found: Progress, stamp: Stamp, total: int) -> dict[str, Any]:
    """What the verdicts of an answer rest on."""
    return {
        "release": found.release.name,
        "published_at": found.release.published_at,
        "plan_version": found.plan.version,
        "judged_on": found.standing.today,
        "rule": RULE,
        "thresholds": {"on_track": ON_TRACK, "accelerate": ACCELERATE, "limited": LIMITED},
        "counts": counts(found),
        "total": total,
        "links": {"pinned": stamp.location},
    }


@router.get("/objectives", response_model=ObjectivesBody)
def list_objectives(request: Request, asked: Annotated[ObjectivesAsk, Query()]) -> Response:
    """The 24 objectives of the plan, each with its status for 2030 and for 2050, and why."""
    found, stamp = gathered(
        request,
        asked,
        goal=asked.goal or "",
        h=asked.h if asked.st else "",
        st=asked.st or "",
        q=asked.q or "",
    )
    same = not_modified(request, stamp)
    if same is not None:
        return same
    rows = [objective_row(found, one) for one in found.plan.objectives if _wanted(one, asked)]
    if asked.st:
        rows = [row for row in rows if row[f"status_{asked.h}"] == asked.st]
    return as_json({"meta": plan_meta(found, stamp, len(rows)), "data": rows}, stamp)


def _wanted(objective: Objective, asked: ObjectivesAsk) -> bool:
    if asked.goal and objective.goal != asked.goal:
        return False
    texts = [objective.id, *objective.label.values(), *objective.cells.values()]
    return not asked.q or any(plain(asked.q) in plain(one) for one in texts)


@router.get("/objectives/{objective_id}", response_model=ObjectiveBody)
def get_objective(
    request: Request,
    objective_id: Annotated[str, Path(max_length=8, examples=["A1"])],
    asked: Annotated[PlanAsk, Query()],
) -> Response:
    """One objective: the plan's words, its kpis, why it has its status, and its history."""
    found, stamp = gathered(request, asked)
    objective = found.plan.objective(objective_id)
    if objective is None:
        ids = tuple(one.id for one in found.plan.objectives)
        raise UnknownObjective(f"no objective {objective_id!r}", allowed=ids)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    meta = plan_meta(found, stamp, 1)
    return as_json({"meta": meta, "data": _objective(request, found, objective)}, stamp)


def _objective(request: Request, found: Progress, objective: Objective) -> dict[str, Any]:
    order = list(found.plan.objectives)
    place = order.index(objective)
    kpis = [kpi.id for kpi in objective.kpis]
    log = registers.changes(catalogue_of(request).store, found.release, ("values",), 1000)
    return {
        **objective_row(found, objective),
        "text_fr": dict(objective.cells),
        "summary": objective.summary.get(found.lang, ""),
        "summaries": dict(objective.summary),
        "notes": objective.notes,
        "indicators": [kpi_body(found, objective, kpi) for kpi in objective.kpis],
        "values": value_rows(found, kpis),
        "milestones": [
            entry_body(one)
            for one in found.entries["milestones"]
            if one.body["objective"] == objective.id
        ],
        "actions": [
            entry_body(one)
            for one in found.entries["actions"]
            if objective.id in one.body["objectives"]
        ],
        "history": [entry_body(one) for one in log if one.body.get("kpi") in kpis],
        "previous": order[place - 1].id if place else None,
        "next": order[place + 1].id if place + 1 < len(order) else None,
    }


class JudgementRow(BaseModel):
    """How an objective stood from an instant on."""

    horizon: int
    judged_at: datetime
    status: Status
    status_label: str
    before: Status | None
    kpi_id: str | None
    reason: str
    ratio: float | None
    rule: str
    release: str | None


class JudgementsMeta(BaseModel):
    """Of what, and how many."""

    objective_id: str
    total: int


class JudgementsBody(BaseModel):
    """How an objective stood, the newest first: a row for every change."""

    meta: JudgementsMeta
    data: list[JudgementRow]


class LabelsAsk(BaseModel):
    """Keys of an answer whose only choice is its language."""

    labels: ask.Lang = "en"


@router.get("/objectives/{objective_id}/judgements", response_model=JudgementsBody)
def list_judgements(
    request: Request,
    objective_id: Annotated[str, Path(max_length=8, examples=["A1"])],
    asked: Annotated[LabelsAsk, Query()],
) -> Response:
    """How an objective stood: every change of its status, of what decides it, and of the rule."""
    wanted = objective_id.upper()
    found, _ = gathered(request, PlanAsk())
    if found.plan.objective(wanted) is None:
        ids = tuple(one.id for one in found.plan.objectives)
        raise UnknownObjective(f"no objective {objective_id!r}", allowed=ids)
    store = catalogue_of(request).store
    stamp = Stamp(
        path=request.url.path,
        keys={"labels": asked.labels},
        release=None,
        pinned=False,
        salt=verdicts.newest(store),
    )
    same = not_modified(request, stamp)
    if same is not None:
        return same
    lang = ask.language(asked.labels)
    rows = [
        {
            "horizon": one.horizon,
            "judged_at": one.judged_at,
            "status": one.status,
            "status_label": in_language(STATUS_WORDS[one.status], lang),
            "before": one.before,
            "kpi_id": one.kpi or None,
            "reason": one.body["reason"],
            "ratio": one.body["ratio"],
            "rule": one.rule,
            "release": one.release,
        }
        for one in verdicts.past(store, wanted)
    ]
    return as_json({"meta": {"objective_id": wanted, "total": len(rows)}, "data": rows}, stamp)


@router.get("/kpis", response_model=KpisBody)
def list_kpis(request: Request, asked: Annotated[PlanAsk, Query()]) -> Response:
    """Every kpi of the plan: where it starts, its levels, its newest value, its verdicts."""
    found, stamp = gathered(request, asked)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    rows = [kpi_body(found, one, kpi) for one in found.plan.objectives for kpi in one.kpis]
    return as_json({"meta": plan_meta(found, stamp, len(rows)), "data": rows}, stamp)


@router.get("/values.json", response_model=ValuesBody)
def values_json(request: Request, asked: Annotated[TableAsk, Query()]) -> Response:
    """Values of kpis, entered and counted, with their source, in JSON."""
    found, stamp = gathered(request, asked, kpi=asked.kpi)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    rows = value_rows(found, _kpis(found, asked.kpi))
    return as_json({"meta": plan_meta(found, stamp, len(rows)), "data": rows}, stamp)


@router.get("/values.csv", response_class=Response, responses={200: Csv})
def values_csv(request: Request, asked: Annotated[TableAsk, Query()]) -> Response:
    """Values of kpis as a tidy table."""
    bom = asked.bom if asked.bom == "1" else ""
    found, stamp = gathered(request, asked, kpi=asked.kpi, bom=bom)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    rows = value_rows(found, _kpis(found, asked.kpi))
    name = f"progress-values_r{found.release.name}"
    return as_table(VALUE_COLUMNS, rows, stamp, name=name, bom=bool(bom))


def _kpis(found: Progress, asked: str) -> list[str]:
    wanted = [one for one in asked.split("~") if one]
    for one in wanted:
        if found.plan.kpi(one) is None:
            raise UnknownObjective(f"no kpi {one!r}", hint="GET /api/v1/kpis lists them")
    return wanted


VALUE_COLUMNS = (
    "kpi_id",
    "objective_id",
    "period",
    "value",
    "stage",
    "unit",
    "numerator",
    "denominator",
    "data_class",
    "plan_version",
    "target_2030",
    "target_2050",
    "ratio_2030",
    "status_2030",
    "ratio_2050",
    "status_2050",
    "source",
    "evidence_url",
    "note",
    "entered_by",
    "entered_at",
    "reviewed_by",
    "reviewed_at",
    "release",
)
