"""Takeover: the same views and templates as the documents, handed to Dash slot by slot.

A slot is an empty element of a Dash layout; the browser's script puts the markup into it. So both
layers of a page are written by the same templates, and an update costs what it shows.
"""

from dataclasses import dataclass
from typing import Any

from soc_monitor.model import LANGUAGES
from soc_monitor.web import area_view, chart_plotly, chart_svg, explorer_view
from soc_monitor.web.client import ApiProblem, client, wait_for
from soc_monitor.web.documents.pages import render
from soc_monitor.web.documents.shapes import address
from soc_monitor.web.estimate import Shown, show
from soc_monitor.web.explorer_view import Explorer
from soc_monitor.web.i18n import Language, language
from soc_monitor.web.outlines import area_shapes
from soc_monitor.web.state import State, read
from soc_monitor.web.worldmap import Shapes

NS = "a-"
"""In front of ids, which the first layer has too."""
LINES = {"light": "#ffffff", "dark": "#14181d"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the browser says it shows."""

    words: Language
    parts: tuple[str, ...]
    """The path behind the language."""
    state: State
    theme: str

    @property
    def path(self) -> str:
        """The path, with the language."""
        return "/".join(("", self.words.code, *self.parts))


def asked(data: Any) -> Asked | None:
    """What a browser sent, checked; None: not one of our pages."""
    if not isinstance(data, dict):
        return None
    path, search, theme = (str(data.get(key) or "") for key in ("path", "search", "theme"))
    code, *parts = path.strip("/").split("/")
    if code not in LANGUAGES or not parts or parts[0] != "soc" or len(parts) > 2:
        return None
    found = "dark" if theme == "dark" else "light"
    return Asked(language(code), tuple(parts), read(search[:2000]), found)


def failure(wanted: Asked) -> dict[str, Any]:
    """What the page says when the API cannot answer; what is on screen stays."""
    said = wanted.words.say("The numbers cannot be read now. What is on screen stays; try again.")
    return {"failed": said}


def _answer(
    wanted: Asked, path: str, search: str, title: str, said: str, slots: dict[str, str]
) -> dict[str, Any]:
    return {
        "path": path,
        "search": search,
        "title": f"{title} · soc-monitor",
        "said": said,
        "slots": slots,
        "lang": wanted.words.code,
    }


# --- explorer ----------------------------------------------------------------------------------


def explorer(wanted: Asked) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """Slots, address of the tiles, and what the outlines need to know."""
    words = wanted.words
    view = wait_for(explorer_view.gather(client(), words, wanted.state))
    context = {"view": view, "here": wanted.path, "explorer": True, "cell": "", "ns": NS}

    def part(template: str) -> str:
        return str(render(f"soc/{template}.html", words, **context))

    slots = {
        "explorer-head": part("explorer_head"),
        "explorer-controls": part("controls"),
        "explorer-legend": part("legend"),
        "explorer-picked": part("picked"),
        "explorer-table": part("explorer_table"),
        "explorer-about": part("explorer_about"),
    }
    answer = _answer(
        wanted, wanted.path, view.settled.state.query(), view.title, view.summary, slots
    )
    return answer, tiles(view), _hideout(view, wanted)


def tiles(view: Explorer) -> str:
    """Address of the tiles of a view, with places for zoom and position."""
    settled, state = view.settled, view.settled.state
    return tile_address(
        view.meta["release"],
        state.fill,
        settled.product,
        str(settled.indicator["id"]),
        settled.period,
        state.lvl,
    )


def tile_address(
    release: str, fill: str, product: str, indicator: str, period: str, level: str
) -> str:
    """Address of tiles: of the cells, or of areas coloured by their number."""
    where = f"{product}/{indicator}/{period.partition('/')[0]}"
    if fill == "grid":
        return f"/tiles/{release}/grid/{where}/{{z}}/{{x}}/{{y}}.png"
    return f"/tiles/{release}/fill/{where}/{level}/{{z}}/{{x}}/{{y}}.png"


def _hideout(view: Explorer, wanted: Asked) -> dict[str, Any]:
    level, code = view.settled.state.lvl, wanted.words.code
    boundaries = str(view.meta["boundaries_id"])
    return {
        "values": {line.shown.area: _short(line.shown) for line in view.drawn},
        "chosen": view.chosen,
        "line": LINES[wanted.theme],
        "outlines": {
            grade: address(boundaries, level, code, grade) for grade in ("coarse", "fine")
        },
    }


def _short(row: Shown) -> str:
    return f"{row.full} ({row.interval})" if row.interval else row.full


def picked(wanted: Asked, lon: float, lat: float) -> dict[str, Any]:
    """The card of the area at a point, with the value of the cell there."""
    words = wanted.words
    view = wait_for(explorer_view.gather(client(), words, wanted.state))
    settled, state = view.settled, view.settled.state
    try:
        found = wait_for(
            client().get(
                "/point",
                lon=f"{(lon + 180) % 360 - 180:.5f}",
                lat=f"{max(-90.0, min(90.0, lat)):.5f}",
                v=state.v,
                d=state.d,
                t=settled.period,
                src=settled.product,
                u=state.u,
                labels=words.code,
            )
        )
    except ApiProblem:
        found = {"data": [], "cell": None}
    rows = [show(row, words) for row in found["data"] if row["area_level"] == state.lvl]
    chosen = rows[-1] if rows else None
    html = render(
        "soc/picked.html",
        words,
        view={"picked": chosen},
        cell=_cell(found["cell"], words),
        ns=NS,
    )
    said = _short(chosen) if chosen else ""
    return {
        "html": str(html),
        "area": chosen.area if chosen else "",
        "said": f"{chosen.name}: {said}" if chosen else "",
    }


def _cell(cell: Any, words: Language) -> str:
    if not cell or cell["value"] is None:
        return ""
    row = show({**cell, "area_name": ""}, words)
    return words.say(
        "The cell under the pointer: {value}. One cell is an estimate, "
        "not a measurement of this field.",
        value=_short(row),
    )


# --- area --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AreaUpdate:
    """What the area page's callback hands back."""

    answer: dict[str, Any]
    figure: Any
    """Plotly figure over time; None: there is a single period."""
    tiles: str
    outlines: str
    hideout: dict[str, Any]
    bounds: list[list[float]]


def area(wanted: Asked) -> AreaUpdate:
    """Everything that changes on the area page."""
    words, code = wanted.words, wanted.parts[1]
    view = wait_for(area_view.gather(client(), words, code, wanted.state))
    context = {"view": view, "here": wanted.path, "explorer": False, "ns": NS}

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
    slots["area-time-cap"] = part("area_time_cap") if view.spec else ""
    title = words.say("{area}: carbon in the soil", area=view.name)
    settled = view.settled
    level = view.map_level or view.level
    drawn = level if level in {"m49", "adm0", "adm1"} else "adm0"
    return AreaUpdate(
        answer=_answer(wanted, wanted.path, settled.state.query(), title, view.sentence, slots),
        figure=chart_plotly.figure(view.spec, wanted.theme) if view.spec else None,
        tiles=tile_address(
            view.meta["release"],
            "area",
            settled.product,
            str(settled.indicator["id"]),
            settled.period,
            drawn,
        ),
        outlines=_area_outlines(view, words),
        hideout={
            "values": {line.shown.area: _short(line.shown) for line in view.map_lines},
            "chosen": view.area,
            "line": LINES[wanted.theme],
        },
        bounds=_bounds(wait_for(area_shapes(client(), view.area, view.map_level))),
    )


def _area_outlines(view: area_view.AreaPage, words: Language) -> str:
    if view.map_level == "adm1":
        return f"/api/v1/outlines.geojson?lvl=adm1&parent={view.area}&labels={words.code}"
    if view.level == "adm1":
        return f"/api/v1/areas/{view.area}/outline.geojson?labels={words.code}"
    return address(str(view.meta["boundaries_id"]), "adm0", words.code)


def _bounds(shapes: Shapes | None) -> list[list[float]]:
    """Corners of the main body of an area, for the map."""
    west, south, east, north = shapes.bounds if shapes else (-125.0, -50.0, 150.0, 68.0)
    return [[max(south, -58.0), west], [min(north, 78.0), east]]
