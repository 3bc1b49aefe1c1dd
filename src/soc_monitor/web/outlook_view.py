"""Outlook: what a change would take to be seen, and what more plant input would bring."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from soc_monitor.web import numbers
from soc_monitor.web.chart import ChartSpec, Kind, Line, Point
from soc_monitor.web.i18n import Language

SURVEY_YEARS = 10
"""Between the two visits of the survey that is told of."""
FINE_YEARS = 10
"""From so many years on a tenth of one is not told."""


@dataclass(frozen=True, slots=True)
class Detection:
    """What could be seen of a change, in words."""

    least: str
    """The least rate that the product would show; empty: its error is not known."""
    sites: str
    """Sites that a survey must visit twice; empty: not known."""
    years: int
    resampled: str
    """What the samples that there are would show, and when; empty: it is not known."""


def detection(body: Mapping[str, Any] | None, words: Language) -> Detection:
    """What ``/areas/{id}/detection`` says, in words.

    Args:
        body: of the API; None: the product has no stock.
        words: the language.
    """
    least = (body or {}).get("least_rate_permille")
    surveys = (body or {}).get("surveys") or []
    sites = next((one["paired_sites"] for one in surveys if one["years"] == SURVEY_YEARS), None)
    unit = numbers.unit("permille yr-1", words.code)
    return Detection(
        least="" if least is None else f"{numbers.number(least, words.code)}{numbers.NBSP}{unit}",
        sites="" if sites is None else numbers.number(sites, words.code, 0),
        years=SURVEY_YEARS,
        resampled=_resampled(body, words),
    )


def _resampled(body: Mapping[str, Any] | None, words: Language) -> str:
    """When 4 permille a year would be seen by sampling again what was sampled."""
    places = (body or {}).get("places")
    if places is None:
        return ""
    if not places:
        return words.say(
            "Nobody knows when it could be seen: no field sample of ten years is here."
        )
    years, least = (body or {})["years_until_detectable"], (body or {})["least_change_t_ha"]
    if years is None or least is None:
        return ""
    seen = words.say_n(
        "{places} place was sampled in the last ten years: were it sampled once more, a change of "
        "{least} could be seen.",
        "{places} places were sampled in the last ten years: were each sampled once more, a change "
        "of {least} could be seen.",
        places,
        places=numbers.number(places, words.code, 0),
        least=f"{numbers.number(least, words.code)}{numbers.NBSP}"
        f"{numbers.unit('t C ha-1', words.code).replace(' ', numbers.NBSP)}",
    )
    # As it is written is as it counts: 9.96 is 10, and one year is one year.
    years = round(years, 0 if years >= FINE_YEARS else 1)
    waits = words.say_n(
        "4‰ a year adds up to that in {years} year.",
        "4‰ a year adds up to that in {years} years.",
        years,
        years=numbers.number(years, words.code, 1 if years % 1 else 0),
    )
    return f"{seen} {waits}"


def scenarios(body: Mapping[str, Any] | None, words: Language) -> ChartSpec | None:
    """The curves of ``/areas/{id}/scenarios``; None: nothing is modelled here.

    They are scenarios and no forecast, so that they never stand on the chart of the estimates.

    Args:
        body: of the API.
        words: the language.
    """
    if not body or not body["data"]:
        return None
    unit = numbers.unit(str(body["meta"]["unit"]), words.code)
    lines = tuple(_line(one, unit, words) for one in body["data"])
    first, last = str(body["meta"]["start_year"]), str(body["meta"]["end_year"])
    best = body["data"][-1]
    rates = [point["rate_permille"] for point in best["points"][1:]]
    summary = words.say(
        "What if, from {first} to {last}; not a forecast. With {percent}% more plant input the "
        "gain is {early}‰ in the first year and {late}‰ in the last: it fades.",
        first=first,
        last=last,
        percent=numbers.number(best["increase_percent"], words.code, 0),
        early=numbers.number(rates[0], words.code, 1),
        late=numbers.number(rates[-1], words.code, 1),
    )
    return ChartSpec(
        kind=Kind.TIME,
        title=words.say("More plant input"),
        unit=unit,
        lines=lines,
        summary=summary,
        code=words.code,
    )


def _line(one: Mapping[str, Any], unit: str, words: Language) -> Line:
    percent = one["increase_percent"]
    name = (
        words.say("+{percent}%", percent=numbers.number(percent, words.code, 0))
        if percent
        else words.say("as today")
    )
    points = []
    for point in one["points"]:
        text = numbers.number(point["stock_t_ha"], words.code, 1)
        points.append(
            Point(
                label=str(point["year"]),
                value=point["stock_t_ha"],
                text=f"{text}{numbers.NBSP}{unit}",
                short=text,
                at=float(point["year"]),
            )
        )
    return Line(name=name, points=tuple(points), strong=not percent, data_class="inferred")
