"""Stations: where sensors are in the ground, what they measure, and what of it can be had."""

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.web import numbers
from soc_monitor.web.client import Client
from soc_monitor.web.documents.data import countries, instant
from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.documents.signed import query
from soc_monitor.web.i18n import Language, language

SHOWN = 50
"""Stations on one page."""
_DEPTHS = re.compile(r"(.+?)_(\d+)_(\d+)cm")


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
    north = words.say("N") if one["lat"] >= 0 else words.say("S")
    east = words.say("E") if one["lon"] >= 0 else words.say("W")
    lat, lon = (numbers.number(abs(one[key]), words.code, 3) for key in ("lat", "lon"))
    return {
        **one,
        "place": f"{lat}° {north}, {lon}° {east}",
        "sensors": [_sensor(sensor, words) for sensor in one["sensors"]],
    }


def _sensor(one: Mapping[str, Any], words: Language) -> dict[str, Any]:
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


def variable_word(variable: str, words: Language) -> str:
    """What sensors measure, with its depth where the name has one; else the name itself.

    Example:
        >>> variable_word("soil_moisture_0_5cm", language("en"))
        'soil moisture, 0–5 cm'
    """
    depths = _DEPTHS.fullmatch(variable)
    name = depths[1] if depths else variable
    word = {
        "soil_moisture": words.say("soil moisture"),
        "soil_temperature": words.say("soil temperature"),
        "soil_moisture_surface": words.say("soil moisture at the surface"),
        "soil_moisture_root_zone": words.say("soil moisture of the root zone"),
        "air_temperature": words.say("air temperature"),
        "land_surface_temperature": words.say("land surface temperature"),
        "rain": words.say("rain"),
        "ndvi": words.say("vegetation index"),
    }.get(name, name)
    if depths is None:
        return word
    top, bottom = depths[2], depths[3]
    return f"{word}, {top if top == bottom else f'{top}–{bottom}'} cm"
