"""Stations: where sensors are in the ground, what they measure, and what of it can be had."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.web import numbers
from soc_monitor.web.client import Client
from soc_monitor.web.documents.data import countries, instant
from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.documents.signed import query
from soc_monitor.web.i18n import Language, language
from soc_monitor.web.station_words import place_word, variable_word

SHOWN = 50
"""Stations on one page."""


async def stations(request: Request) -> Response:
    """``/{lang}/data/stations``: those of an area, or all, page by page."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    area = request.query_params.get("area", "")[:100]
    cursor = request.query_params.get("cursor", "")[:7]
    cursor = cursor if cursor.isascii() and cursor.isdecimal() else "0"
    asked = {"labels": words.code, "limit": str(SHOWN), "cursor": cursor}
    found = await api.get("/stations", **asked, **({"area": area} if area else {}))
    listed = await countries(api, words)
    total, first = found["meta"]["total"], int(cursor)
    here = f"/{words.code}/data/stations"
    page = Page(
        template="data/stations.html",
        path="/data/stations",
        title=words.say("Stations · soc-monitor"),
        description=words.say(
            "Sensors in the ground: where they are, what they measure, and how much of the time."
        ),
        noindex=bool(area or first),
    )
    return await respond(
        request,
        words,
        page,
        area=area,
        countries=listed,
        total=total,
        withheld=found["meta"]["withheld"],
        shown=[_station(one, words) for one in found["data"]],
        networks=list({one["feed_id"]: one for one in found["data"]}.values()),
        first=first,
        following=here + query(area=area, cursor=str(first + SHOWN))
        if first + SHOWN < total
        else "",
        before=here + query(area=area, cursor=str(max(0, first - SHOWN))) if first else "",
        every=f"/api/v1/stations{query(area=area, labels=words.code)}",
    )


def _station(one: Mapping[str, Any], words: Language) -> dict[str, Any]:
    return {
        **one,
        "place": place_word(one["lon"], one["lat"], words),
        "page": page_of(one["feed_id"], one["id"], words),
        "sensors": [sensor_words(sensor, words) for sensor in one["sensors"]],
    }


def page_of(feed: str, station: str, words: Language) -> str:
    """Address of the page of a station, whatever its id has in it.

    Example:
        >>> page_of("towers", "site/3 a", language("fr"))
        '/fr/data/stations/towers/site%2F3%20a'
    """
    return f"/{words.code}/data/stations/{quote(feed, safe='')}/{quote(station, safe='')}"


def sensor_words(one: Mapping[str, Any], words: Language) -> dict[str, Any]:
    """A sensor of the API with what a page says of it."""
    low, high = (
        numbers.day(instant(one[key]), words.code) for key in ("first_reading", "last_reading")
    )
    flags = []
    if one["gap_months"]:
        n = one["gap_months"]
        flags.append(words.say_n("gaps in {n} month", "gaps in {n} months", n, n=n))
    if one["flat_months"]:
        n = one["flat_months"]
        flags.append(words.say_n("stands still in {n} month", "stands still in {n} months", n, n=n))
    return {
        **one,
        "word": variable_word(one["variable"], words),
        "span": low if low == high else f"{low} – {high}",
        "hours": numbers.percent(one["share_of_hours"], words.code),
        "days": numbers.percent(one["share_of_days"], words.code),
        "flags": flags,
    }
