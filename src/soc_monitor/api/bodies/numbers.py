"""Numbers: what answers about areas, maps, shapes and files look like."""

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
    statistic: Literal["mean", "total", "ratio"]
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
    observation_weight: Annotated[
        float | None, Field(description="Measured share of the information; null: no samples")
    ]
    state: Annotated[
        Literal["above_4", "gaining", "no_detectable_change", "losing", "not_assessable"] | None,
        Field(description="Of a change: what may be said of it"),
    ]
    state_reasons: Annotated[str, Field(description="Why not assessable, joined by `;`")]
    prob_gt_0: Annotated[float | None, Field(description="Chance that the soil gains")]
    prob_ge_4: Annotated[float | None, Field(description="Chance of 4 permille a year or more")]
    base_period: Annotated[str | None, Field(description="Of a change: counted from")]
    window_years: Annotated[float | None, Field(description="Of a change: years from there")]
    window_label: Annotated[
        Literal["provisional", "annual", "multi_year"] | None,
        Field(description="Same month of two years, or means over twelve months"),
    ]
    window_start: Annotated[date | None, Field(description="Of a change: its first day")]
    window_end: Annotated[date | None, Field(description="Of a change: its last day, inside")]
    method: Annotated[
        Literal["linear", "compound"] | None,
        Field(
            description="Of a change: the slope of a straight line through all its means of twelve "
            "months or years, of two their difference; or compounded"
        ),
    ]
    distance_to_4: Annotated[
        float | None, Field(description="Of the rate: less 4 permille a year [permille yr-1]")
    ]
    min_detectable_change: Annotated[
        float | None,
        Field(description="In `unit`: what is seen with 80 %, given the 95 % interval"),
    ]
    gap_t_per_year: Annotated[
        float | None,
        Field(description="Of the rate: carbon lacking to 4 permille a year; below 0: above it"),
    ]
    freshness_days: Annotated[
        float | None,
        Field(description="Age of the oldest input that is needed, at the end of the period"),
    ]
    sample_support: Annotated[
        float | None, Field(description="Field samples in 10 years, per 1,000 km2")
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

    code: Literal["stale", "provisional", "no_rows", "wide"]
    detail: str
    areas: list[str] = []
    input: Annotated[str, Field(description="Of `stale`: the id of the input that is late")] = ""


class SumCheck(Body):
    """The countries and what is unassigned, against the world."""

    areas: Annotated[float, Field(description="Sum over the rows (means: weighted by mapped area)")]
    remainder: float
    world: float
    difference: Annotated[float, Field(description="World less areas less remainder")]
    unit: str


class Manifest(Body):
    """What makes the answer again: `soc-monitor export --manifest FILE`."""

    soc_monitor_export: Literal[1]
    address: str
    release: str
    software: str
    body_sha256: Annotated[
        str | None, Field(description="Of what was sent: `--body FILE` gives it again")
    ] = None


class VariableBody(Body):
    """One of several variables of an answer."""

    indicator: str
    v: str
    d: str
    title: str
    unit: str
    data_class: str
    periods: list[str]


class RecordBody(Body):
    """The years that a month is compared with: the same month of each."""

    years: int
    first: str
    last: str


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
    record: Annotated[
        RecordBody | None,
        Field(description="Of an anomaly: the other years that its newest month here stands among"),
    ] = None
    total_rows: int
    warnings: list[Warned]
    sum_check: SumCheck | None = None
    links: dict[str, str]
    manifest: Manifest | None = None
    variables: Annotated[
        list[VariableBody] | None,
        Field(description="Of several, each; `indicator`, `v`, `d`, `periods` are the first one's"),
    ] = None


LaidRow = dict[str, str | float | None]
"""A row with the columns that were asked for, or a wide one."""


class SeriesBody(Body):
    """Series of one or more areas, each oldest first."""

    meta: NumbersMeta
    data: Annotated[
        list[Row] | list[LaidRow],
        Field(description="With `columns` those alone; with `shape=wide` a row for each area"),
    ]


class MapBody(Body):
    """One period for every area of a level."""

    meta: NumbersMeta
    data: Annotated[
        list[Row] | list[LaidRow],
        Field(description="With `columns` those alone; with `shape=wide` a row for each area"),
    ]
    remainder: Row | None
    world: Row | None


class ColumnBody(Body):
    """One column of a file."""

    name: str
    type: Literal["text", "integer", "number", "date"]
    title: Annotated[str, Field(description="In the language of `labels`")]
    about: str


class SizeBody(Body):
    """What a file would hold, and how long it would be."""

    form: str
    name: Annotated[str, Field(description="That the file would have")]
    title: str
    rows: int
    columns: list[ColumnBody]
    bytes: Annotated[int | None, Field(description="Null: not known before it is made")]
    exact: Annotated[bool, Field(description="`bytes` is the length, and no estimate of it")]
    at_once: Annotated[bool, Field(description="False: it is made by a job, see `/exports`")]
    address: Annotated[str, Field(description="Of the file, pinned to its release")]
    release: str
    licence: str
    citation: str


class GridsMeta(Body):
    """Of which release."""

    release: str
    total: int
    links: dict[str, str]


class GridBody(Body):
    """A map that can be had cell by cell."""

    indicator: str
    product_id: str
    periods: Annotated[list[str], Field(description="As `t` takes them, oldest first")]
    nx: int
    ny: int
    resolution_deg: float
    box: Annotated[list[float], Field(description="West, south, east, north [degrees]")]
    cells: int
    bytes: Annotated[int, Field(description="Of one period of the world, before it is packed")]
    at_once: Annotated[bool, Field(description="False: all of it is made by a job")]
    links: Annotated[dict[str, str], Field(description="The newest period of the world")]


class GridsBody(Body):
    """Every map of a release."""

    meta: GridsMeta
    data: list[GridBody]


class LimitsBody(Body):
    """How much one reader may ask for."""

    window_s: int
    requests: Annotated[
        dict[str, int],
        Field(description="By kind, in a window, of one address; empty: there is no limit"),
    ]
    requests_with_key: Annotated[
        dict[str, int],
        Field(description="The same of one key (`Authorization: Bearer …`), whatever its address"),
    ]
    longest_address_bytes: int
    most_areas: Annotated[int, Field(description="In `area`")]
    page_rows: Annotated[int, Field(description="In one page of JSON, at most")]
    rows_at_once: Annotated[int, Field(description="A longer table is made by a job")]
    cells_at_once: Annotated[int, Field(description="A larger cut-out is made by a job")]
    most_rows: Annotated[int, Field(description="Of one file")]
    exports_kept_days: int


class ExportBody(Body):
    """A long export, and how far it is."""

    id: str
    state: Literal["waiting", "running", "done", "failed"]
    done: Annotated[int, Field(description="Rows or cells")]
    total: int
    eta_seconds: int | None
    detail: Annotated[str, Field(description="Why it failed")]
    address: Annotated[str, Field(description="What was asked for; asked again, it is the file")]
    name: str
    file: str | None
    bytes: int | None
    sha256: str | None
    created_at: datetime
    expires_at: datetime
    self: str


class ShareBody(Body):
    """Shapes that are kept for a while."""

    id: str
    page: Annotated[str, Field(description="In any language: `/en` before it")]
    self: str
    expires_at: datetime


class ShapeLimitsBody(Body):
    """How much may be sent as an own area."""

    bytes: Annotated[int, Field(description="Of one body")]
    vertices: Annotated[int, Field(description="Answered at once")]
    features: Annotated[int, Field(description="Answered at once, each for itself")]
    features_together: Annotated[int, Field(description="With `together=1`: made one shape")]
    worker_vertices: Annotated[int, Field(description="Measured by the worker")]
    worker_features: int
    share_days: Annotated[int, Field(description="How long a share may be kept")]
    result_days: Annotated[int, Field(description="How long numbers of the worker are kept")]
    media_types: list[str]


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


class OwnAreasMeta(NumbersMeta):
    """What the numbers of own areas are."""

    unit: Annotated[str, Field(description="Of the mean, its interval, the spread and extremes")]
    total_unit: Annotated[str | None, Field(description="Null: such values do not add up")]


class OwnAreaRow(Body):
    """One period of a shape."""

    period: str
    period_start: date
    period_end: Annotated[date, Field(description="Last day, inside")]
    mean: Annotated[float | None, Field(description="By area; null: nothing of it is mapped")]
    lower_95: float | None
    upper_95: float | None
    lower_50: float | None
    upper_50: float | None
    std_error: Annotated[float | None, Field(description="Of the mean")]
    total: Annotated[
        float | None,
        Field(description="Over the mapped area; of a change its mean times that area"),
    ]
    total_lower_95: Annotated[float | None, Field(description="From the error of the mean")]
    total_upper_95: float | None
    minimum: float | None
    maximum: float | None
    standard_deviation: Annotated[float | None, Field(description="Spread between places")]
    mapped_fraction: Annotated[float, Field(description="Share of the shape with a value")]
    mapped_area_ha: float
    status: Annotated[
        Literal["final", "provisional"],
        Field(description="Provisional: replaced when its period is closed"),
    ]
    base_period: Annotated[str | None, Field(description="Of a change: counted from")]
    window_years: Annotated[float | None, Field(description="Of a change: years from there")]


class OwnAreaBody(Body):
    """A shape as it was sent, and its numbers, oldest first."""

    id: str | int | float | None
    name: str | None
    area_ha: Annotated[float, Field(description="On the ellipsoid, edges straight in degrees")]
    data: list[OwnAreaRow]


class OwnAreasBody(Body):
    """Statistics of shapes, in their order."""

    meta: OwnAreasMeta
    data: list[OwnAreaBody]


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
