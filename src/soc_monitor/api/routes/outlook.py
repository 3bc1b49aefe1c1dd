"""``/areas/{id}/…``: what a nowcast rests on, what could be seen, what more input brings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask, places
from soc_monitor.api.answers import Stamp, as_json, not_modified
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.outlook import DetectionBody, MonthsBody, ScenariosBody
from soc_monitor.model import Estimate, Release
from soc_monitor.model.change import ASPIRATION
from soc_monitor.model.detect import (
    least_change,
    sites_needed,
    threshold,
    years_until_detectable,
)
from soc_monitor.model.period import period_label
from soc_monitor.model.spread import STRUCTURAL
from soc_monitor.model.state import REAL_SHARE
from soc_monitor.store import outlooks
from soc_monitor.store.members import MonthSeen, months_seen
from soc_monitor.store.outlooks import Outlook
from soc_monitor.store.store import Store

router = APIRouter(tags=["numbers"])


class OutlookAsk(BaseModel):
    """Keys of what is told of an area."""

    rel: ask.Rel = "latest"


@router.get("/areas/{area_id}/months", response_model=MonthsBody)
def list_months(
    request: Request, area_id: ask.Code, asked: Annotated[OutlookAsk, Query()]
) -> Response:
    """The months of the nowcast, and how much of the weather and the plants of each is real."""
    about = _about(request, area_id, asked)
    if about.same is not None:
        return about.same
    found = months_seen(about.store, about.release, about.area)
    meta = {"release": about.release.name, "area_id": about.area, "product_id": ask.LIVE}
    body = {"meta": meta | count(found), "data": [_month(one) for one in found]}
    return as_json(body, about.stamp)


@router.get("/areas/{area_id}/scenarios", response_model=ScenariosBody)
def list_scenarios(
    request: Request, area_id: ask.Code, asked: Annotated[OutlookAsk, Query()]
) -> Response:
    """Twenty years of business as usual and of 5, 10 and 20 % more plant input: fading curves."""
    about = _about(request, area_id, asked)
    if about.same is not None:
        return about.same
    found = outlooks.find(about.store, about.release, about.area)
    if found is None:
        return as_json({"meta": None, "data": []}, about.stamp)
    end, curve = found
    meta = {
        "release": about.release.name,
        "area_id": about.area,
        "product_id": "scenarios",
        "data_class": "inferred",
        "unit": "t C ha-1",
        "start_year": end.year - len(curve.gains),
        "end_year": end.year,
        "mapped_ha": curve.mapped_ha,
        "aspiration_permille": ASPIRATION,
    }
    data = [scenario(curve, percent / 100, end.year) for percent in INCREASES]
    return as_json({"meta": meta, "data": data}, about.stamp)


class DetectionAsk(BaseModel):
    """Keys of ``/areas/{id}/detection``."""

    src: ask.Product = None
    rel: ask.Rel = "latest"


@router.get("/areas/{area_id}/detection", response_model=DetectionBody)
def get_detection(
    request: Request, area_id: ask.Code, asked: Annotated[DetectionAsk, Query()]
) -> Response:
    """How large a change of an area must be to be seen, and what a survey would take."""
    catalogue = catalogue_of(request)
    choice = ask.choose(catalogue, v=STOCK, src=asked.src, rel=asked.rel)
    (area,) = places.get(catalogue.places(choice.release.boundaries_id), [area_id])
    keys = {"src": choice.product}
    stamp = Stamp(path=request.url.path, keys=keys, release=choice.release, pinned=choice.pinned)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    rate, stock = (_newest(catalogue, choice, name, area.code) for name in (RATE, STOCK))
    error = None if rate is None else rate.std_error
    mean = None if stock is None else stock.value
    visits, sites = (sampled(_newest(catalogue, choice, n, area.code)) for n in (VISITS, PLACES))
    body = {
        "release": choice.release.name,
        "area_id": area.code,
        "product_id": choice.product,
        "base_period": None if rate is None or rate.base is None else period_label(*rate.base),
        "period": None if stock is None else period_label(stock.period, stock.period_end),
        "stock_t_ha": mean,
        "std_error_permille": error,
        "least_rate_permille": None if error is None else threshold() * error,
        "samples": visits,
        **resampling(mean, sites),
        "structure_permille": STRUCTURAL,
        "site_spread": SITE_SPREAD,
        "surveys": [
            {
                "years": years,
                "paired_sites": sites_needed(SITE_SPREAD, years * ASPIRATION / 1000),
            }
            for years in (1, 5, 10, 20)
        ],
    }
    return as_json(body, stamp)


def _newest(catalogue: Catalogue, choice: ask.Choice, name: str, area: str) -> Estimate | None:
    """The newest number that the product has of an indicator in an area."""
    for one in catalogue.available(choice.release):
        if (one.indicator, one.product) == (name, choice.product):
            period = one.periods[-1][0]
            return catalogue.numbers(choice.release, name, choice.product, period).get(area)
    return None


def sampled(density: Estimate | None) -> int | None:
    """How many there are in an area, from their number on 1,000 km2.

    Returns:
        None: the product does not tell.
    """
    if density is None or density.value is None:
        return None
    return round(density.value * density.land_ha / HA_PER_1000_KM2)


def resampling(mean: float | None, places: int | None) -> dict[str, Any]:
    """What it would show to sample once more where an area was sampled.

    Args:
        mean: stock of the area [t ha-1].
        places: that were sampled. Visits of one place are averaged: to come back is no new place.
            Places that lie near each other err together, so that the least change is a lower bound.

    Source:
        2.8016 sd / sqrt(n) for n sites that are visited twice, sd a fifth of the stock; the years
        are those over which 4 permille a year add up to it.

    Example:
        >>> resampling(60.0, 785)
        {'places': 785, 'least_change_t_ha': 1.2, 'years_until_detectable': 5.0}
        >>> resampling(60.0, 0)
        {'places': 0, 'least_change_t_ha': None, 'years_until_detectable': None}
    """
    found: dict[str, Any] = {"places": places}
    found |= {"least_change_t_ha": None, "years_until_detectable": None}
    if mean and places:
        spread = SITE_SPREAD * mean
        years = years_until_detectable(mean, spread / places**0.5)
        found["least_change_t_ha"] = round(least_change(spread, places), 3)
        found["years_until_detectable"] = None if years is None else round(years, 1)
    return found


RATE, STOCK = "soc_rate_0_30cm", "soc_stock_0_30cm"
VISITS, PLACES = "sample_support_0_30cm", "sampled_places_0_30cm"
HA_PER_1000_KM2 = 1e5
SITE_SPREAD = 0.20
"""Spread of the differences between two visits of a site, as a share of the stock: a usual one."""

INCREASES = (0, 5, 10, 20)
"""Of the plant input [%]."""


def scenario(curve: Outlook, increase: float, end: int) -> dict[str, Any]:
    """The years of a scenario: the model is linear in the input.

    Example:
        >>> one = Outlook(area="A", mapped_ha=10.0, start=500.0, gains=(40.0, 60.0))
        >>> told = scenario(one, 0.1, 2030)
        >>> told["gap_t_ha"], [p["rate_permille"] for p in told["points"]]
        (0.6, [0.0, 8.0, 4.0])
    """
    gained = [0.0, *(increase * gain for gain in curve.gains)]
    before = [0.0, *gained[:-1]]
    points = [
        {
            "year": end - len(curve.gains) + k,
            "stock_t_ha": (curve.start + gain) / curve.mapped_ha,
            "gain_t_ha": gain / curve.mapped_ha,
            "rate_permille": 1000 * (gain - last) / curve.start,
        }
        for k, (gain, last) in enumerate(zip(gained, before, strict=True))
    ]
    return {
        "increase_percent": 100 * increase,
        "gap_t_ha": gained[-1] / curve.mapped_ha,
        "gap_t": gained[-1],
        "points": points,
    }


@dataclass(frozen=True, slots=True)
class _About:
    store: Store
    release: Release
    area: str
    stamp: Stamp
    same: Response | None
    """What to answer a reader who has it already."""


def _about(request: Request, area_id: str, asked: OutlookAsk) -> _About:
    catalogue = catalogue_of(request)
    release = ask.find_release(catalogue, asked.rel)
    (area,) = places.get(catalogue.places(release.boundaries_id), [area_id])
    stamp = ask.stamp_of(request, release, asked.rel, {})
    return _About(catalogue.store, release, area.code, stamp, not_modified(request, stamp))


def count(found: Sequence[MonthSeen]) -> dict[str, Any]:
    """How many months are real, and the last of them."""
    weather = [one.period for one in found if one.weather_share >= REAL_SHARE]
    plants = [one.period for one in found if one.vegetation_share >= REAL_SHARE]
    newest = found[-1] if found else None
    return {
        "months": len(found),
        "real_weather": len(weather),
        "real_vegetation": len(plants),
        "observed_moisture": sum(one.moisture_share >= REAL_SHARE for one in found),
        "provisional": sum(one.provisional for one in found),
        "provisional_since": next((one.period for one in found if one.provisional), None),
        "last_real_weather": _last(weather),
        "last_real_vegetation": _last(plants),
        "mapped_ha": newest and newest.mapped_ha,
        "masked_ha": newest and newest.masked_ha,
    }


def _last(months: Sequence[date]) -> date | None:
    return months[-1] if months else None


def _month(one: MonthSeen) -> dict[str, Any]:
    return {
        "period": one.period,
        "weather_share": one.weather_share,
        "vegetation_share": one.vegetation_share,
        "moisture_share": one.moisture_share,
        "provisional": one.provisional,
    }
