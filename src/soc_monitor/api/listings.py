"""Listings: what answers about the catalogue and the service look like."""

from datetime import date, datetime
from typing import Annotated, Literal

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
