"""Listings: what answers about the catalogue and the service look like."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from soc_monitor.api.bodies import Body, ListMeta, ProductBody


class OfferBody(Body):
    """A product that has an indicator."""

    product_id: str
    title: str
    data_class: str
    periods: list[str]
    latest: str
    recommended: bool


class ScaleBody(Body):
    """Classes for maps: `breaks[k-1] <= value < breaks[k]` has `colours[k]`."""

    breaks: list[float]
    colours: list[str]
    no_data: str
    unit: str


class UnitBody(Body):
    """A unit that an indicator can be shown in."""

    key: str
    unit: str
    factor: Annotated[float, Field(description="How many of it one of the indicator's unit is")]


class IndicatorBody(Body):
    """A quantity, and who has it."""

    id: str
    v: str
    d: str
    title: str
    titles: dict[str, str]
    help: str
    helps: dict[str, str]
    group: str
    statistic: Literal["mean", "total", "ratio"]
    unit: str
    cell_unit: str
    unit_keys: list[str]
    units: list[UnitBody]
    precision: int
    source: str
    method: Annotated[str, Field(description="What the formula does, as its code says it")]
    inputs: list[str]
    scale: ScaleBody
    cell_scale: Annotated[ScaleBody, Field(description="Of grid tiles")]
    products: Annotated[list[OfferBody], Field(description="The recommended one first")]


class IndicatorsBody(Body):
    """Every indicator."""

    meta: ListMeta
    data: list[IndicatorBody]


class ProductsBody(Body):
    """Every product of a release."""

    meta: ListMeta
    data: list["ProductEntry"]


class ProductEntry(ProductBody):
    """A product with what it has."""

    indicators: list[str]
    sources: Annotated[list["SourceBody"], Field(description="The feeds it rests on")]


class SourceBody(Body):
    """Where data come from."""

    id: str
    title: str
    licence: str
    citation: str
    link: str
    notes: str


class InputBody(Body):
    """How an input stands."""

    job_id: str
    title: str
    titles: dict[str, str]
    licence: str
    citation: str
    link: str
    notes: str
    state: Literal["fresh", "due", "late", "broken", "paused", "retired"]
    last_observation_end: date | None
    age_days: int | None
    allowed_days: Annotated[int | None, Field(description="Null: the data do not age")]
    schedule: Annotated[str, Field(description="Cron, UTC; empty: one run is enough")]
    last_attempt: datetime | None
    last_success: datetime | None
    last_state: str | None
    items: int
    rejections: int


class FreshnessMeta(Body):
    """When it was looked at, and how many inputs are in each state."""

    checked_at: datetime
    total: int
    counts: dict[str, int]


class FreshnessBody(Body):
    """How every input stands."""

    meta: FreshnessMeta
    data: list[InputBody]


class ReleaseBody(Body):
    """A named state of everything published."""

    name: str
    seq: int
    published_at: datetime
    boundaries_id: str
    note: str


class ReleasesBody(Body):
    """Releases, the newest first."""

    meta: ListMeta
    data: list[ReleaseBody]


class BroughtBody(Body):
    """One indicator of one product for one period, as a release brought it."""

    calculation_id: str
    indicator: str
    product_id: str
    period: str
    unit: str
    numbers: Annotated[int, Field(description="Areas with a new row")]
    replaced: Annotated[int, Field(description="Areas that had a number of that period before")]
    moved: Annotated[int, Field(description="Those whose number is another now")]
    largest_move: Annotated[float | None, Field(description="In the unit; null: none moved")]
    largest_move_area: str | None


class BroughtMeta(Body):
    """The release, and whether it corrects numbers that had been published."""

    release: str
    published_at: datetime
    note: str
    numbers: int
    moved: int


class BroughtsBody(Body):
    """What a release brought."""

    meta: BroughtMeta
    data: list[BroughtBody]


class Counts(Body):
    """How much there is."""

    areas: dict[str, int]
    indicators: int
    products: int
    periods: int


class StatusBody(Body):
    """How the service stands."""

    status: Literal["ok", "empty"]
    version: str
    schema_version: str | None
    uptime_s: float
    release: ReleaseBody | None
    counts: Counts | None


class RunBody(Body):
    """One execution of a job."""

    id: str
    job_id: str
    state: str
    due_at: datetime
    started_at: datetime
    ended_at: datetime | None
    job_version: str
    code_version: str


class CalculationBody(Body):
    """One indicator of one product for one period, over every area at once."""

    id: str
    indicator: str
    product_id: str
    period: str
    period_start: date
    period_end: date
    unit: str
    data_class: str
    boundaries_id: str
    algorithm: str


class OriginBody(Body):
    """One slice of a cube, and a file that it was read from, if any."""

    slice_id: str
    cube_id: str
    period: date
    version: int
    slice_checksum: str
    slice_run: str
    job_version: str
    code_version: str
    feed_id: str | None
    item: str | None
    sha256: str | None
    address: str | None
    item_run: str | None


class ProvenanceBody(Body):
    """What a number rests on, down to the files."""

    calculation: CalculationBody
    run: RunBody
    data: list[OriginBody]


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


class EntryBody(Body):
    """An entry of a register."""

    register_name: str
    key: str
    version: int
    entry: dict[str, Any]
    entered_by: str
    entered_at: datetime
    reviewed_by: str
    reviewed_at: datetime | None
    reason: str
    release: Annotated[str | None, Field(description="The first one that shows it")]
    published_at: datetime | None


class FieldBody(Body):
    """A column of a register."""

    name: str
    kind: str
    required: bool
    choices: list[str]
    about: Annotated[str, Field(description="What it holds, in the language asked for")]
    shape: Annotated[str, Field(description="How a cell of it is written")]


class EntriesMeta(Body):
    """What a list of entries is of."""

    release: str
    published_at: datetime
    register_name: str
    kpis: Annotated[list[str], Field(description="Counted from this register")]
    fields: list[FieldBody]
    total: int
    facets: Annotated[dict[str, dict[str, int]], Field(description="Entries by choice, unfiltered")]
    countries: Annotated[dict[str, int], Field(description="Entries found, by country")]
    regions: Annotated[dict[str, int], Field(description="The same by region of the world (M49)")]
    links: dict[str, str]


class EntriesBody(Body):
    """Entries of a register."""

    meta: EntriesMeta
    data: list[EntryBody]


class SuggestionBody(Body):
    """A suggestion that waits for the editors."""

    id: str


class RegisterRow(Body):
    """A register."""

    name: str
    entries: int
    kpis: list[str]
    fields: list[FieldBody]


class RegistersBody(Body):
    """Every register."""

    meta: ListMeta
    data: list[RegisterRow]


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


class HealthBody(Body):
    """The process answers."""

    status: Literal["alive"]


class ReadyBody(Body):
    """The process can serve."""

    status: Literal["ready"]
    release: str | None


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str
    hint: str = ""
    allowed: list[str] = []
    parameter: str = ""
