"""``/areas/{id}/distribution``: how the stock lies within an area, and under which land cover."""

from typing import TYPE_CHECKING, Annotated, Any

import shapely
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from soc_monitor.api import ask, places
from soc_monitor.api.answers import Stamp, as_json, not_modified
from soc_monitor.api.bodies.base import Body
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.limits import charge
from soc_monitor.api.periods import parse_span, select, within
from soc_monitor.errors import BadValue, UnknownProduct
from soc_monitor.model import WORLD, weakest
from soc_monitor.model.period import period_label
from soc_monitor.store.places import area_shape

if TYPE_CHECKING:
    from soc_monitor.maps.distribution import Spread

router = APIRouter(tags=["numbers"])

STOCK = "soc_stock_0_30cm"
M2_PER_HA = 1e4


class DistributionAsk(BaseModel):
    """Keys of ``/areas/{id}/distribution``."""

    t: ask.When = "latest"
    src: ask.Product = None
    rel: ask.Rel = "latest"


class SpreadBody(Body):
    """How the stock is spread over some land, every cell by the area that it has of it."""

    land_cover: Annotated[
        str,
        Field(
            description="`all`, or `forest`, `grassland`, `cropland`, `wetland`, `artificial`, "
            "`other`, `water`, `not_known`"
        ),
    ]
    mapped_ha: float
    share: Annotated[float, Field(description="Of the mapped land of the area")]
    mean_t_ha: float
    total_t: float
    q05_t_ha: Annotated[float, Field(description="A twentieth of the land holds less")]
    q25_t_ha: float
    median_t_ha: float
    q75_t_ha: float
    q95_t_ha: float


class DistributionMeta(Body):
    """What the numbers are of."""

    release: str
    area_id: str
    indicator: str
    product_id: str
    period: str
    data_class: str
    quantile_bound_t_ha: Annotated[
        float, Field(description="How far a quantile may be off; 0: it is a value of a cell")
    ]
    land_cover_product: Annotated[str | None, Field(description="None: no map of it is there")]
    land_cover_period: str | None


class DistributionBody(Body):
    """How the stock lies within an area: all of it, then by land cover. Cells, not their errors."""

    meta: DistributionMeta
    data: list[SpreadBody]


@router.get("/areas/{area_id}/distribution", response_model=DistributionBody)
def get_distribution(
    request: Request, area_id: ask.Code, asked: Annotated[DistributionAsk, Query()]
) -> Response:
    """Median and quartiles of the stock of an area, and its mean and total by land cover."""
    from soc_monitor.maps.distribution import (  # noqa: PLC0415  # the engine
        bound,
        nearest_cover,
        spreads,
    )

    catalogue = catalogue_of(request)
    choice = ask.choose(catalogue, v=STOCK, src=asked.src, rel=asked.rel)
    release, known = choice.release, choice.found.periods
    (area,) = places.get(catalogue.places(release.boundaries_id), [area_id])
    span = parse_span(asked.t or "latest")
    within(span, known)
    period = select(span, known)[-1]
    keys = {"src": choice.product, "t": period_label(*period)}
    stamp = Stamp(path=request.url.path, keys=keys, release=release, pinned=choice.pinned)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    charge(request)
    pieces = catalogue.pieces(release)
    own = (choice.product, STOCK, period[0])
    held = (p for p in pieces if (p.cube.product, p.cube.variable, p.period) == own)
    piece = next(held, None)
    if piece is None:
        raise UnknownProduct(f"{choice.product} has no cells in {period_label(*period)}")
    cover = nearest_cover(pieces, piece)
    outline = area_shape(catalogue.store, release.boundaries_id, area.code)
    if outline is None and area.code != WORLD:
        raise BadValue(f"area: {area.code} has no outline of its own", hint="Ask for its parts.")
    shape = None if outline is None else shapely.from_wkb(outline)
    every = spreads(catalogue.store, piece, cover, shape)
    used = [piece] if cover is None else [piece, cover]
    meta = {
        "release": release.name,
        "area_id": area.code,
        "indicator": STOCK,
        "product_id": choice.product,
        "period": period_label(*period),
        "data_class": weakest(one.cube.data_class for one in used).value,
        "quantile_bound_t_ha": bound(piece.cube),
        "land_cover_product": cover and cover.cube.product,
        "land_cover_period": cover and period_label(cover.period, cover.period_end),
    }
    data = [_body(one, every[0].mapped_m2) for one in every]
    return as_json({"meta": meta, "data": data}, stamp)


def _body(one: "Spread", mapped_m2: float) -> dict[str, Any]:
    names = ("q05_t_ha", "q25_t_ha", "median_t_ha", "q75_t_ha", "q95_t_ha")
    return {
        "land_cover": one.cover or "all",
        "mapped_ha": one.mapped_m2 / M2_PER_HA,
        "share": one.mapped_m2 / mapped_m2,
        "mean_t_ha": one.mean,
        "total_t": one.total / M2_PER_HA,
        **dict(zip(names, one.quantiles, strict=True)),
    }
