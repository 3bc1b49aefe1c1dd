"""Numbers: what series and maps of areas look like."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from soc_monitor.api.bodies.base import Body


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
    mapped_fraction: Annotated[
        float | None,
        Field(description="Share of `land_area_ha` with a value; its lakes and ice count"),
    ]
    mapped_area_ha: float
    land_area_ha: Annotated[
        float, Field(description="What the outline holds: lakes, ice and Antarctica, too")
    ]
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
        Field(
            description="Of the rate [t C yr-1]: lacking to 4 permille a year; below 0: above it"
        ),
    ]
    freshness_days: Annotated[
        float | None,
        Field(description="Age of the oldest input that is needed, at the end of the period"),
    ]
    sample_support: Annotated[
        float | None, Field(description="Field samples in 10 years, per 1,000 km2")
    ]
    n_samples: Annotated[int | None, Field(description="How many field samples those are")]
    newest_input_days: Annotated[
        int | None,
        Field(description="Age of the newest input of any kind, at the end of the period"),
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
    areas: tuple[str, ...] = ()
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
    citation: Annotated[str, Field(description="How to cite these numbers, in one line")]
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
