"""Station: where it is, what it measures, its numbers through time, and what was not taken."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.web import chart_svg, numbers
from soc_monitor.web.client import BASE, Client
from soc_monitor.web.documents.data import instant
from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.documents.stations import page_of, sensor_words
from soc_monitor.web.i18n import Language, language
from soc_monitor.web.spot_map import spot
from soc_monitor.web.station_view import Asked, Quantity, quantity
from soc_monitor.web.station_words import (
    days_ago,
    place_word,
    reading_count,
    unit_word,
    variable_word,
    why_word,
)

DAYS = 120
"""Days that are drawn one by one; what is longer is drawn by month."""
CHARTS = 12
"""Quantities that are drawn on the page; the others are files."""
LINES = 6
"""Sensors of a quantity that are drawn: so many colours can be told apart."""

HELD = ("held", "rejected")


async def station(request: Request) -> Response:
    """``/{lang}/data/stations/{feed}/{station}``; ``?step=day`` has its newest days."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    feed, name = request.path_params["feed"], request.path_params["station"]
    address = f"/stations/{quote(feed, safe='')}/{quote(name, safe='')}"
    found = await api.get(address, labels=words.code)
    asked = _asked(found, request.query_params.get("step", ""))
    drawn = await _quantities(api, found, asked, words) if asked else []
    place = place_word(found["lon"], found["lat"], words)
    title = words.say("{station} · station · soc-monitor", station=found["name"])
    page = Page(
        template="data/station.html",
        path=page_of(feed, name, words).removeprefix(f"/{words.code}"),
        title=title if len(title) <= 60 else f"{found['name'][:59]}…",
        description=words.say(
            "Sensors at {place}: what they measure, by day and month.", place=place
        ),
        noindex=bool(request.url.query),
    )
    return await respond(
        request,
        words,
        page,
        one=found,
        place=place,
        sensors=[_sensor(one, found, words) for one in found["sensors"]],
        measured=_measured(found["sensors"], words),
        drawn=[(one, chart_svg.figure(one.spec, f"st-{n}")) for n, one in enumerate(drawn)],
        step=asked.step if asked else "",
        span=_span(asked, words) if asked else "",
        by_day=_by_day(found),
        here=page_of(feed, name, words),
        left_out=_left_out(found["not_taken_sums"], words),
        more_left_out=_more_left_out(found, words),
        map=await spot(
            api,
            found["lon"],
            found["lat"],
            name=words.say("Where {station} is", station=found["name"]),
            about="st-place",
        ),
        data=f"{BASE}{address}",
    )


def _asked(found: Mapping[str, Any], wanted: str) -> Asked | None:
    """What is drawn: all months, or the newest days; None: there is no reading yet."""
    sensors = found["sensors"]
    if not sensors:
        return None
    # What is held was judged good but for its step; times of what was set aside may be anything.
    held = [one for one in found["not_taken_sums"] if one["why"] in HELD]
    first = min(
        [*(_day(one["first_reading"]) for one in sensors),
         *(date.fromisoformat(one["first"]) for one in held)]
    )  # fmt: skip
    last = max(
        [*(_day(one["last_reading"]) for one in sensors),
         *(date.fromisoformat(one["last"]) for one in held)]
    )  # fmt: skip
    if wanted == "day" or ((last - first).days < DAYS and wanted != "month"):
        return Asked("day", max(first, last - timedelta(days=DAYS - 1)), last)
    return Asked("month", first.replace(day=1), last.replace(day=1))


def _by_day(found: Mapping[str, Any]) -> bool:
    """Whether days are what is drawn where nothing else is asked for."""
    asked = _asked(found, "")
    return asked is not None and asked.step == "day"


def _day(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(UTC).date()


def _span(asked: Asked, words: Language) -> str:
    if asked.step == "day":
        low, high = numbers.day(asked.first, words.code), numbers.day(asked.last, words.code)
    else:
        low, high = (
            numbers.period(f"{one:%Y-%m}", words.code) for one in (asked.first, asked.last)
        )
    return low if low == high else f"{low} – {high}"


async def _quantities(
    api: Client, found: Mapping[str, Any], asked: Asked, words: Language
) -> list[Quantity]:
    """A quantity a variable; none where readings may not be passed on."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for sensor in found["sensors"]:
        if sensor["links"]:
            groups.setdefault(sensor["variable"], []).append(sensor)
    made = []
    for variable, own in list(groups.items())[:CHARTS]:
        shown = own[:LINES]
        rows = await asyncio.gather(*(_rows(api, sensor, asked) for sensor in shown))
        aside = [one for one in found["not_taken"] if one["variable"] == variable]
        made.append(quantity(list(zip(shown, rows, strict=True)), aside, asked, words))
    return made


async def _rows(api: Client, sensor: Mapping[str, Any], asked: Asked) -> list[dict[str, Any]]:
    """The periods of a sensor, by the address that the API itself gives for it."""
    address = sensor["links"]["json"].removeprefix(BASE)
    span = f"{asked.first.isoformat()}..{asked.last.isoformat()}"
    rows: list[dict[str, Any]] = (
        await api.get(f"{address}&step={asked.step}&t={span}&limit=10000")
    )["data"]
    return rows


def _measured(sensors: Sequence[Mapping[str, Any]], words: Language) -> str:
    """What a station measures, in a row of words."""
    return ", ".join(dict.fromkeys(variable_word(one["variable"], words) for one in sensors))


def _sensor(sensor: Mapping[str, Any], found: Mapping[str, Any], words: Language) -> dict[str, Any]:
    """A sensor as a row: its newest reading, how old it is, and what there is to know."""
    own = sensor_words(sensor, words)
    newest = next(
        (one for one in found["newest"]
         if (one["variable"], one["datastream"]) == (sensor["variable"], sensor["datastream"])),
        None,
    )  # fmt: skip
    days = max(0, (datetime.now(UTC).date() - _day(sensor["last_reading"])).days)
    allowed = found["max_age_days"]
    held = sum(
        one["readings"]
        for one in found["not_taken_sums"]
        if one["why"] == "held"
        and (one["variable"], one["datastream"]) == (sensor["variable"], sensor["datastream"])
    )
    # What is held has come.
    silent = allowed is not None and days > allowed and not held
    flags = [
        *([words.say("silent: {n} days are allowed", n=allowed)] if silent else []),
        *([words.say("{readings} held", readings=reading_count(held, words))] if held else []),
        *own["flags"],
    ]
    return {
        **own,
        "newest": "" if newest is None else _value(newest, words),
        "at": numbers.instant(instant(sensor["last_reading"]), words.code),
        "age": days_ago(days, words),
        "flags": flags,
    }


def _value(newest: Mapping[str, Any], words: Language) -> str:
    unit = unit_word(newest["unit"], words)
    return f"{numbers.number(newest['value'], words.code)} {unit}".rstrip()


def _left_out(
    sums: Sequence[Mapping[str, Any]], words: Language
) -> list[tuple[str, str, str, str]]:
    """What was not taken, by quantity and reason: both in words, how many, and of when."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in sums:
        groups.setdefault((one["variable"], one["why"]), []).append(one)
    return [
        (
            variable_word(variable, words),
            why_word(why, words),
            numbers.number(sum(one["readings"] for one in own), words.code, 0),
            _from_to([one[end] for one in own for end in ("first", "last") if one[end]], words),
        )
        for (variable, why), own in sorted(groups.items())
    ]


def _more_left_out(found: Mapping[str, Any], words: Language) -> str:
    """That charts and tables tell the newest alone of what was not taken; empty: they tell all."""
    listed = len(found["not_taken"])
    if listed >= sum(one["days"] for one in found["not_taken_sums"]):
        return ""
    return words.say_n(
        "Of what was not taken the newest {n} entry, by day and reason, is marked above; this "
        "table counts all.",
        "Of what was not taken the newest {n} entries, by day and reason, are marked above; this "
        "table counts all.",
        listed,
        n=numbers.number(listed, words.code, 0),
    )


def _from_to(days: Sequence[str], words: Language) -> str:
    if not days:
        return "–"
    low, high = (numbers.day(date.fromisoformat(one), words.code) for one in (min(days), max(days)))
    return low if low == high else f"{low} – {high}"
