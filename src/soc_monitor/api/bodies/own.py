"""Own areas: what answers about shapes that a reader sends look like."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from soc_monitor.api.bodies.base import Body
from soc_monitor.api.bodies.numbers import NumbersMeta


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
    total_lower_95: Annotated[
        float | None, Field(description="From the error of the mean, or its range")
    ]
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
