"""Progress: what answers about the plan look like."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from soc_monitor.api.bodies.base import Body
from soc_monitor.api.bodies.registers import EntryBody


class PlanMeta(Body):
    """What verdicts rest on."""

    release: str
    published_at: datetime
    plan_version: str
    judged_on: date
    rule: Annotated[str, Field(description="Version of the judging rule")]
    thresholds: dict[str, float]
    counts: Annotated[
        dict[str, dict[str, int]], Field(description="Objectives by horizon and status")
    ]
    total: int
    links: dict[str, str]


class ReachedBody(Body):
    """A value of a kpi."""

    period: str
    value: float | None
    stage: str | None
    stage_label: str | None
    denominator: float | None


class VerdictBody(Body):
    """How something stands, with every number that says so."""

    status: str
    status_label: str
    reason: str
    kpi_id: str | None
    value: ReachedBody | None
    level: float | None
    start: float | None
    start_on: date | None
    first_measure: bool
    expected: Annotated[float | None, Field(description="The path at the value's date")]
    ratio: float | None
    old: bool
    due: date | None
    stage: str | None
    stage_label: str | None
    rule: str


class StartBody(Body):
    """Where the plan starts from."""

    status: str
    as_of: str | None
    value: float | None
    upper: float | None
    stage: str | None
    stage_label: str | None
    quote_fr: str
    note: str


class LevelBody(Body):
    """What the plan asks for at a date."""

    due: date
    op: Literal["at_least", "range", "all", "milestone", "not_stated"]
    value: float | None
    upper: float | None
    stage: str | None
    stage_label: str | None
    quote_fr: str
    derived_from: str
    note: str


class StageBody(Body):
    """A step."""

    code: str
    label: str


class KpiBody(Body):
    """A measure of the plan."""

    id: str
    objective_id: str
    label: str
    labels: dict[str, str]
    role: Literal["plan", "context", "supplementary"]
    primary: bool
    kind: Literal["count", "share", "rate", "currency", "stage", "milestone"]
    unit: str
    direction: Literal["increase", "decrease", "maintain", "increase_then_maintain"]
    period: str | None
    baseline: StartBody
    levels: dict[str, LevelBody]
    interim: list[LevelBody]
    stages: list[StageBody]
    newest: ReachedBody | None
    counted: Annotated[bool, Field(description="Counted by this service, not entered")]
    verdicts: Annotated[
        dict[str, VerdictBody | None], Field(description="Null: shown, never judged")
    ]
    counting_rule: str
    source: str
    collection: str
    expected_update: str
    stale_after: str
    denominator_note: str
    open_question: str
    plan_version: str


class KpisBody(Body):
    """Every kpi."""

    meta: PlanMeta
    data: list[KpiBody]


class ObjectiveRow(Body):
    """An objective in a list."""

    id: str
    goal: str
    order: int
    slug: str
    label: str
    labels: dict[str, str]
    status_2030: str
    status_2050: str
    verdicts: dict[str, VerdictBody]
    kpis: Annotated[dict[str, KpiBody], Field(description="The kpi that each verdict is about")]
    open_questions: list[str]


class ObjectivesBody(Body):
    """The objectives of the plan."""

    meta: PlanMeta
    data: list[ObjectiveRow]


class ValueRow(Body):
    """A value of a kpi; its fields are the columns of the CSV."""

    kpi_id: str
    objective_id: str
    period: str
    value: float | None
    stage: str | None
    unit: str
    numerator: float | None
    denominator: float | None
    data_class: str
    plan_version: str
    target_2030: float | str | None
    target_2050: float | str | None
    ratio_2030: float | None
    status_2030: str | None
    ratio_2050: float | None
    status_2050: str | None
    source: str
    evidence_url: str | None
    note: str | None
    entered_by: str
    entered_at: datetime | None
    reviewed_by: str
    reviewed_at: datetime | None
    release: str


class ValuesBody(Body):
    """Values of kpis."""

    meta: PlanMeta
    data: list[ValueRow]


class ObjectiveFull(ObjectiveRow):
    """An objective with everything that is known of it."""

    text_fr: Annotated[dict[str, str], Field(description="The plan's own words")]
    summary: Annotated[str, Field(description="Unofficial, in the language asked for")]
    summaries: dict[str, str]
    notes: str
    indicators: list[KpiBody]
    values: list[ValueRow]
    milestones: list[EntryBody]
    actions: list[EntryBody]
    history: list[EntryBody]
    previous: str | None
    next: str | None


class ObjectiveBody(Body):
    """One objective."""

    meta: PlanMeta
    data: ObjectiveFull
