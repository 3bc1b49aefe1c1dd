"""Takeover of the area page: its slots, its chart and its map."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from soc_monitor.web import area_view, card, chart_plotly, chart_svg
from soc_monitor.web.chart import Kind
from soc_monitor.web.client import client, wait_for
from soc_monitor.web.documents.pages import render
from soc_monitor.web.documents.shapes import address
from soc_monitor.web.glossary_words import Glossed
from soc_monitor.web.i18n import Language
from soc_monitor.web.outlines import area_shapes, pinned
from soc_monitor.web.state import based
from soc_monitor.web.takeover import (
    CHOSEN,
    LINES,
    NO_TILES,
    NS,
    Asked,
    answer_of,
    corners,
    doubt_address,
    tile_address,
)


@dataclass(frozen=True, slots=True)
class AreaUpdate:
    """What the area page's callback hands back."""

    answer: dict[str, Any]
    figure: Any
    """Plotly figure over time."""
    tiles: str
    doubt: str
    """Address of the tiles that lie over what is not certain."""
    outlines: str
    hideout: dict[str, Any]
    bounds: list[list[float]]


def area(wanted: Asked) -> AreaUpdate:
    """Everything that changes on the area page."""
    words, code = wanted.words, wanted.parts[1]
    view = wait_for(area_view.gather(client(), words, code, wanted.state))
    context = {
        "view": view,
        "here": wanted.path,
        "explorer": False,
        # One for all parts: a term is a link where the page says it first.
        "gloss": Glossed(words),
        "ns": NS,
        "origin": wanted.origin,
        "cite": partial(card.cite, words=words),
        "areas_card": card.of_areas(view, words),
        "series_card": card.of_series(view, words),
    }

    def part(template: str) -> str:
        return str(render(f"soc/{template}.html", words, **context))

    slots = {
        f"area-{name}": part(template)
        for name, template in (
            ("crumbs", "area_crumbs"),
            ("head", "area_head"),
            ("figures", "area_figures"),
            ("controls", "controls"),
            ("where", "area_where"),
            ("legend", "area_legend"),
            ("about", "area_about"),
        )
    }
    # An area without parts has its numbers beside its map.
    slots["area-inside"] = part("area_inside" if view.rows else "area_series")
    slots["area-series"] = part("area_series") if view.rows else ""
    compare = {"compare_svg": chart_svg.figure(view.compare, f"{NS}compare")}
    slots["area-compare"] = str(render("soc/area_compare.html", words, **context, **compare))
    # A series is drawn by Plotly, dots beside each other by the server.
    series = view.spec.kind is Kind.TIME
    slots["area-time-dots"] = "" if series else str(chart_svg.figure(view.spec, f"{NS}dots"))
    others = {
        f"{name}_svg": chart_svg.figure(spec, f"{NS}{name}") if spec else ""
        for name, spec in (("others", view.others), ("scenarios", view.scenarios))
    }
    slots["area-others"] = str(render("soc/area_others.html", words, **context, **others))
    slots["area-time-cap"] = part("area_time_cap")
    slots["area-time-foot"] = part("area_time_foot")
    title = words.say("{area}: carbon in the soil", area=view.name)
    settled = view.settled
    level = view.map_level or view.level
    drawn = level if level in {"m49", "adm0", "adm1"} else "adm0"
    return AreaUpdate(
        answer=answer_of(wanted, wanted.path, settled.state.query(), title, view.sentence, slots),
        figure=chart_plotly.figure(view.spec, wanted.theme)
        if series and view.spec.has_values
        else None,
        tiles=tile_address(
            view.meta["release"],
            "area",
            settled.product,
            str(settled.indicator["id"]),
            settled.period,
            drawn,
            since=based(settled, settled.product),
        ),
        doubt=_doubt(view, drawn),
        outlines=_area_outlines(view, words),
        hideout={
            "values": {line.shown.area: line.shown.brief for line in view.map_lines},
            "chosen": [view.area],
            "inside": [] if view.level == "world" else [line.shown.area for line in view.map_lines],
            "line": LINES[wanted.theme],
            "own": CHOSEN[wanted.theme],
        },
        bounds=corners(
            wait_for(
                area_shapes(client(), view.area, view.map_level, pinned(settled.state, view.meta))
            )
        ),
    )


def _doubt(view: area_view.AreaPage, level: str) -> str:
    """Hatched as on the first layer: where a number of the map is not certain."""
    if not any(line.doubt for line in view.map_lines):
        return NO_TILES
    settled = view.settled
    period = settled.period.partition("/")[0]
    where = f"{settled.product}/{settled.indicator['id']}/{period}/{level}"
    since = based(settled, settled.product)
    return doubt_address(view.meta["release"], "hatch", where, since=since)


def _area_outlines(view: area_view.AreaPage, words: Language) -> str:
    rel, boundaries = view.settled.state.pinned, str(view.meta["boundaries_id"])
    if view.map_level == "adm1":
        where = f"/api/v1/outlines.geojson?lvl=adm1&parent={view.area}&labels={words.code}"
        return where + (f"&set={quote(boundaries)}" if rel else "")
    if view.level == "adm1":
        where = f"/api/v1/areas/{view.area}/outline.geojson?labels={words.code}"
        return where + (f"&rel={rel}" if rel else "")
    return address(boundaries, "adm0", words.code)
