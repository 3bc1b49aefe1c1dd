"""Places: what answers about areas, outlines and points look like."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from soc_monitor.api.bodies.base import Body, ListMeta
from soc_monitor.api.bodies.numbers import NumbersMeta, Row


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


class PlaceBody(Body):
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
    metadata: Mapping[str, Any] = {}
    features: list[Feature]
