"""``/sdg.json``: soil carbon of an area by year, as reports on SDG 15.3.1 take it.

The shape is that of the summary files of Trends.Earth: ``land_condition``,
``soil_organic_carbon``, ``soc_stock_by_year``.
"""

from collections.abc import Iterable
from statistics import fmean
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask, places
from soc_monitor.api.answers import Stamp, as_json, not_modified
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.version import version
from soc_monitor.model import Estimate
from soc_monitor.model.period import period_label
from soc_monitor.model.units import factor
from soc_monitor.store import read

router = APIRouter(tags=["standards"])

TOTAL = "soc_total_0_30cm"
CLASSES = ("sdg_soc_degraded_0_30cm", "sdg_soc_stable_0_30cm", "sdg_soc_improved_0_30cm")
MONTHS = 12
ALL_LAND = "All land"


class SdgAsk(BaseModel):
    """Keys of ``/sdg.json``."""

    area: ask.Area1 = "WLD"
    src: ask.Product = None
    rel: ask.Rel = "latest"
    as_of: ask.AsOf = None
    labels: ask.Lang = "en"


class SdgBody(BaseModel):
    """The summary of one area."""

    metadata: dict[str, Any]
    land_condition: dict[str, Any]


@router.get("/sdg.json", response_model=SdgBody)
def get_sdg(request: Request, asked: Annotated[SdgAsk, Query()]) -> Response:
    """Soil organic carbon to 30 cm by year [t], and shares of SDG 15.3.1 where there are any."""
    catalogue = catalogue_of(request)
    choice = ask.choose(catalogue, v=TOTAL, src=asked.src, rel=asked.rel, as_of=asked.as_of)
    (area,) = places.get(catalogue.places(choice.release.boundaries_id), [asked.area])
    keys = {"area": area.code, "src": choice.product, "labels": asked.labels}
    stamp = Stamp(path=request.url.path, keys=keys, release=choice.release, pinned=choice.pinned)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    source = catalogue.sources(choice.release).get(choice.product)
    (series,) = read.read_series(
        catalogue.store, choice.release, TOTAL, choice.product, [area.code]
    )
    tonnes = factor(series.unit or "Pg", "t")
    whole, open_years = by_year(series.estimates)
    body = {
        "metadata": {
            "title": f"Soil organic carbon, {area.name(ask.language(asked.labels))}",
            "date": choice.release.published_at.isoformat(),
            "made_by": f"soc-monitor {version()}",
            "release": choice.release.name,
            "address": stamp.location,
            "licence": source.licence if source else "",
            "citation": source.citation if source else "",
            "area_of_interest": {
                "id": area.code,
                "name": area.name(ask.language(asked.labels)),
                "area_ha": area.area_km2 * 100,
            },
        },
        "land_condition": {
            "baseline": {
                "soil_organic_carbon": {
                    "soc_stock_by_year": {
                        "name": "Soil organic carbon by year by land cover class",
                        "unit": "tonnes",
                        "data_class": choice.found.data_class.value,
                        "depth_cm": [0, 30],
                        "values": {
                            year: {ALL_LAND: value * tonnes} for year, value in whole.items()
                        },
                        "open_years": open_years,
                    },
                    "shares_of_land": _shares(request, choice, area.code),
                }
            }
        },
    }
    return as_json(body, stamp)


def _shares(request: Request, choice: ask.Choice, code: str) -> dict[str, dict[str, float]]:
    """Share of the judged land that is degraded, stable or improved [%], by year; empty: none."""
    catalogue = catalogue_of(request)
    found: dict[str, dict[str, float]] = {}
    for offer in catalogue.available(choice.release):
        if offer.indicator not in CLASSES:
            continue
        (series,) = read.read_series(
            catalogue.store, choice.release, offer.indicator, offer.product, [code]
        )
        word = offer.indicator.removeprefix("sdg_soc_").removesuffix("_0_30cm")
        for year, value in by_year(series.estimates)[0].items():
            found.setdefault(year, {})[word] = value
    return found


def by_year(estimates: Iterable[Estimate]) -> tuple[dict[str, float], list[str]]:
    """What there is of each year: the mean of its months, or the newest number that is no month's.

    Returns:
        The values by year, and the years of which months are missing: those have none, for the
        stock moves with the seasons by more than by its trend.

    Example:
        >>> by_year([])
        ({}, [])
    """
    found: dict[str, float] = {}
    months: dict[str, list[float]] = {}
    for one in estimates:
        if one.value is None:
            continue
        year = str(one.period_end.year)
        if period_label(one.period, one.period_end).count("-") == 1:
            months.setdefault(year, []).append(one.value)
        else:
            found[year] = one.value
    for year, values in months.items():
        if len(values) == MONTHS:
            found.setdefault(year, fmean(values))
    return dict(sorted(found.items())), sorted(months.keys() - found.keys())
