"""``/areas/{id}/months``: what the nowcast of an area rests on."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask, places
from soc_monitor.api.answers import Stamp, as_json, not_modified
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.outlook import MonthsBody
from soc_monitor.model.state import REAL_SHARE
from soc_monitor.store import read
from soc_monitor.store.members import MonthSeen, months_seen

router = APIRouter(tags=["numbers"])


class OutlookAsk(BaseModel):
    """Keys of what is told of an area."""

    rel: ask.Rel = "latest"


@router.get("/areas/{area_id}/months", response_model=MonthsBody)
def list_months(
    request: Request, area_id: ask.Code, asked: Annotated[OutlookAsk, Query()]
) -> Response:
    """The months of the nowcast, and how much of the weather and the plants of each is real."""
    catalogue = catalogue_of(request)
    release = ask.find_release(catalogue, asked.rel)
    (area,) = places.get(catalogue.places(release.boundaries_id), [area_id])
    pinned = asked.rel not in {"", read.LATEST}
    stamp = Stamp(path=request.url.path, keys={}, release=release, pinned=pinned)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    found = months_seen(catalogue.store, release, area.code)
    meta = {"release": release.name, "area_id": area.code, "product_id": ask.LIVE}
    return as_json({"meta": meta | count(found), "data": [_month(one) for one in found]}, stamp)


def count(found: Sequence[MonthSeen]) -> dict[str, Any]:
    """How many months are real, and the last of them."""
    weather = [one.period for one in found if one.weather_share >= REAL_SHARE]
    plants = [one.period for one in found if one.vegetation_share >= REAL_SHARE]
    newest = found[-1] if found else None
    return {
        "months": len(found),
        "real_weather": len(weather),
        "real_vegetation": len(plants),
        "provisional": sum(one.provisional for one in found),
        "last_real_weather": _last(weather),
        "last_real_vegetation": _last(plants),
        "mapped_ha": newest and newest.mapped_ha,
        "organic_ha": newest and newest.organic_ha,
    }


def _last(months: Sequence[date]) -> date | None:
    return months[-1] if months else None


def _month(one: MonthSeen) -> dict[str, Any]:
    return {
        "period": one.period,
        "weather_share": one.weather_share,
        "vegetation_share": one.vegetation_share,
        "provisional": one.provisional,
    }
