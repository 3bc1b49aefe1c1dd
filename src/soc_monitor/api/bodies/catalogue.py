"""Catalogue: what answers about indicators, products and sources look like."""

from typing import Annotated, Literal

from pydantic import Field

from soc_monitor.api.bodies.base import Body, ListMeta
from soc_monitor.api.bodies.numbers import ProductBody


class OfferBody(Body):
    """A product that has an indicator."""

    product_id: str
    title: str
    data_class: str
    periods: list[str]
    provisional: Annotated[
        list[str], Field(description="Of them, those in which a number may still move")
    ]
    latest: str
    recommended: bool
    base_years: Annotated[
        list[int],
        Field(description="Years that a change can be counted from (`b` of `/series`); else empty"),
    ]


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


class UsualBody(Body):
    """What is usual, limits included, in the indicator's unit; `null`: open at that end."""

    lowest: float | None
    highest: float | None


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
    usual: Annotated[
        UsualBody | None, Field(description="Usual range; `null`: no limit is known of it")
    ]
    scale: ScaleBody
    cells: Annotated[bool, Field(description="Whether it has a map cell by cell")]
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
