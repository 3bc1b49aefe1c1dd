"""Bodies: what answers look like, for the OpenAPI document and for tests."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Body(BaseModel):
    """An answer: what is not declared is not there."""

    model_config = ConfigDict(extra="forbid")


class Row(Body):
    """One area, period and variable; its fields are the columns of the CSV, in this order."""

    area_id: str
    area_name: Annotated[str, Field(description="In the language of `labels`")]
    area_level: Literal["world", "m49", "adm0", "adm1"]
    period: Annotated[str, Field(description="`2010`, `2010-06`")]
    period_start: date
    period_end: Annotated[date, Field(description="Last day, inside")]
    variable: Annotated[str, Field(description="`soc_stock`, `soc_total`, …")]
    depth_top_cm: int | None
    depth_bottom_cm: int | None
    land_cover: str
    statistic: Literal["mean", "total"]
    value: Annotated[float | None, Field(description="Null: no estimate; never zero for that")]
    unit: Annotated[str, Field(description="Plain ASCII, says C")]
    lower_95: float | None
    upper_95: float | None
    lower_50: float | None
    upper_50: float | None
    std_error: float | None
    data_class: str
    status: Literal["final", "provisional"]
    mapped_fraction: Annotated[float | None, Field(description="Share of the land with a value")]
    mapped_area_ha: float
    land_area_ha: float
    product_id: str
    release: str
    source_ids: Annotated[str, Field(description="Feeds behind the product, joined by `;`")]
    calculation_id: Annotated[str, Field(description="See `/provenance/{calculation_id}`")]
    flags: Annotated[
        str, Field(description="Joined by `;`: `no_estimate`, `low_coverage`, `remainder`")
    ]


COLUMNS = tuple(Row.model_fields)


class ProductBody(Body):
    """A product, and what a reader of its numbers must know."""

    id: str
    title: str
    titles: dict[str, str]
    licence: str
    citation: str
    link: str
    notes: str
    source_ids: list[str]


class Warned(Body):
    """Something to know before the numbers are used."""

    code: Literal["provisional", "no_rows"]
    detail: str
    areas: list[str] = []


class SumCheck(Body):
    """The countries and what is unassigned, against the world."""

    areas: Annotated[float, Field(description="Sum over the rows (means: weighted by mapped area)")]
    remainder: float
    world: float
    difference: Annotated[float, Field(description="World less areas less remainder")]
    unit: str


class NumbersMeta(Body):
    """What the numbers are, and where else they can be had."""

    release: str
    published_at: datetime
    boundaries_id: str
    indicator: str
    v: str
    d: str
    title: str
    product: ProductBody
    unit: str
    data_class: str
    interval_note: str
    period: str | None = None
    periods: list[str]
    total_rows: int
    warnings: list[Warned]
    sum_check: SumCheck | None = None
    links: dict[str, str]


class SeriesBody(Body):
    """Series of one or more areas, each oldest first."""

    meta: NumbersMeta
    data: list[Row]


class MapBody(Body):
    """One period for every area of a level."""

    meta: NumbersMeta
    data: list[Row]
    remainder: Row | None
    world: Row | None


class CellBody(Body):
    """One cell of the map."""

    row: int
    column: int
    bounds: list[float]
    value: float | None
    unit: str
    lower_95: float | None
    upper_95: float | None
    std_error: float | None


class PointBody(Body):
    """What there is at a point: its cell, and the areas that hold it, the world first."""

    meta: NumbersMeta
    lon: float
    lat: float
    cell: CellBody | None
    data: list[Row]


class AreaBody(Body):
    """A place that numbers are reported for."""

    id: str
    level: str
    parent: str | None
    name: str
    names: dict[str, str]
    area_km2: float
    bbox: Annotated[list[float] | None, Field(description="West > east across the antimeridian")]


class ListMeta(Body):
    """Where a list comes from, and how it goes on."""

    release: str | None = None
    boundaries_id: str | None = None
    total: int
    links: dict[str, str] = {}


class AreasBody(Body):
    """Areas; those of a search, the best first."""

    meta: ListMeta
    data: list[AreaBody]


class OneAreaBody(AreaBody):
    """An area with where it stands among the others."""

    path: Annotated[list[AreaBody], Field(description="What it is a part of, the world first")]
    children_count: Annotated[dict[str, int], Field(description="Areas below it, by level")]


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
    statistic: Literal["mean", "total"]
    unit: str
    cell_unit: str
    unit_keys: list[str]
    units: list[UnitBody]
    precision: int
    source: str
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


class Geometry(BaseModel):
    """A shape in WGS 84 (RFC 7946)."""

    type: str
    coordinates: list[Any]


class Feature(Body):
    """An area with its outline."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry | None
    properties: dict[str, Any]


class FeatureCollection(Body):
    """Areas with their outlines."""

    type: Literal["FeatureCollection"]
    metadata: dict[str, Any] = {}
    features: list[Feature]


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
