"""Takeover: the same views and templates as the documents, handed to Dash slot by slot.

A slot is an empty element of a Dash layout; the browser's script puts the markup into it. So both
layers of a page are written by the same templates, and an update costs what it shows.
"""

import math
import re
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from soc_monitor.model import LANGUAGES
from soc_monitor.web import card, explorer_view, map_card
from soc_monitor.web.client import ApiProblem, client, wait_for
from soc_monitor.web.documents.pages import render
from soc_monitor.web.documents.shapes import address
from soc_monitor.web.estimate import show
from soc_monitor.web.explorer_view import Explorer
from soc_monitor.web.glossary_words import Glossed
from soc_monitor.web.i18n import Language, language
from soc_monitor.web.outlines import area_shapes, pinned
from soc_monitor.web.state import MOST_PICKED, State, based, read, settle
from soc_monitor.web.view import Line
from soc_monitor.web.worldmap import Shapes

NS = "a-"
"""In front of ids, which the first layer has too."""
LINES = {"light": "#ffffff", "dark": "#8b949e"}
"""Outlines: light in the dark too, where the darkest class would be lost in the sea."""
CLOSEST = 9
"""Zoom of the maps at most."""
TILES: dict[str, Any] = {
    # A dense screen gets the tiles of the next zoom at half their size, and sharp borders.
    "detectRetina": True,
    "maxZoom": CLOSEST + 1,
    "noWrap": True,
    "bounds": [[-85.05, -180], [85.05, 180]],
}
"""How the maps ask for tiles."""
CHOSEN = {"light": "#0b5c8a", "dark": "#6cb6ff"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the browser says it shows."""

    words: Language
    parts: tuple[str, ...]
    """The path behind the language."""
    state: State
    theme: str
    origin: str = ""
    """Scheme and host that the reader sees."""
    at: tuple[float, float] | None = None
    """Longitude and latitude that the reader pointed at."""

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
    origin = str(data.get("origin") or "")
    if not re.fullmatch(r"https?://[\w.:\[\]-]{1,200}", origin):
        origin = ""
    at = _place(data.get("at"))
    return Asked(language(code), tuple(parts), read(search[:2000]), found, origin, at)


def _place(at: Any) -> tuple[float, float] | None:
    if not isinstance(at, list) or len(at) != 2:
        return None
    if not all(isinstance(one, int | float) and math.isfinite(one) for one in at):
        return None
    return float(at[0]), float(at[1])


def failure(wanted: Asked, problem: ApiProblem) -> dict[str, Any]:
    """What the page says when the API cannot answer; what is on screen stays."""
    said = wanted.words.say("The numbers cannot be read now. What is on screen stays.")
    return {"failed": f"{said} (E-{problem.status})"}


def answer_of(
    wanted: Asked, path: str, search: str, title: str, said: str, slots: dict[str, str]
) -> dict[str, Any]:
    """What the browser's script needs beside the slots: address, title, what is announced."""
    return {
        "path": path,
        "search": search,
        "title": f"{title} · soc-monitor",
        "said": said,
        "slots": slots,
        "lang": wanted.words.code,
    }


# --- explorer ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExplorerUpdate:
    """What the explorer's callback hands back."""

    answer: dict[str, Any]
    inside: str
    """The area that the map is limited to; empty: none."""
    bounds: list[list[float]] | None
    """Corners of that area."""
    maps: list[tuple[str, str, dict[str, Any]]]
    """One or two maps: address of the tiles, of those of doubt, what the outlines must know."""


def explorer(wanted: Asked) -> ExplorerUpdate:
    """Everything that changes on the explorer."""
    wanted, cell, refused = _pointed(wanted) if wanted.at else (wanted, "", False)
    words = wanted.words
    view = wait_for(explorer_view.gather(client(), words, wanted.state))
    context = {
        "view": view,
        "here": wanted.path,
        "explorer": True,
        # One for all parts: a term is a link where the page says it first.
        "gloss": Glossed(words),
        "cell": cell,
        "refused": refused,
        "ns": NS,
        "origin": wanted.origin,
        "cite": partial(card.cite, words=words),
        "map_card": map_card.of_map(view, words),
        "map_age": map_card.age_of(view, words),
    }

    def part(template: str) -> str:
        return str(render(f"soc/{template}.html", words, **context))

    slots = {
        "explorer-head": part("explorer_head"),
        "explorer-controls": part("controls"),
        "explorer-inside": part("inside"),
        "explorer-slider": part("slider"),
        "explorer-legend": part("legend"),
        "explorer-foot": part("explorer_foot"),
        "explorer-picked": part("picked"),
        "explorer-table": part("explorer_table"),
        "explorer-about": part("explorer_about"),
        "explorer-map-when": _when(view.period) if view.other else "",
        "explorer-map2-when": _when(view.other) if view.other else "",
    }
    state, settled = view.settled.state, view.settled
    said = view.summary
    if wanted.at and view.picked:
        said = f"{view.picked.name}: {view.picked.brief}"
    inside = view.inside.area if view.inside else ""
    periods = [(settled.period, view.drawn)]
    if state.t2:
        periods.append((state.t2, view.drawn_other))
    return ExplorerUpdate(
        answer=answer_of(wanted, wanted.path, state.query(), view.title, said, slots),
        inside=inside,
        bounds=corners(wait_for(area_shapes(client(), inside, state.lvl, pinned(state, view.meta))))
        if inside
        else None,
        maps=[
            (tiles(view, period), doubt_tiles(view, period), _hideout(view, lines, wanted))
            for period, lines in periods
        ],
    )


def _when(period: str) -> str:
    return str(Markup('<p class="when">{}</p>').format(period))


def _pointed(wanted: Asked) -> tuple[Asked, str, bool]:
    """The state with the area at a point chosen last, the cell there, and whether six were."""
    found, state = _at(wanted), wanted.state
    inside = [row for row in found["data"] if row["area_level"] == state.lvl]
    cell = _cell(found, wanted.words)
    if not inside:
        return wanted, cell, False
    area = inside[-1]["area_id"]
    others = [code for code in state.areas if code != area]
    if len(others) >= MOST_PICKED:
        return wanted, cell, True
    chosen = replace(state, area="~".join([*others, area]))
    return replace(wanted, state=chosen), cell, False


def _at(wanted: Asked) -> dict[str, Any]:
    assert wanted.at is not None
    (lon, lat), state = wanted.at, wanted.state
    asked = client().get("/indicators", labels=wanted.words.code, rel=state.pinned)
    known = wait_for(asked)["data"]
    settled = settle(state, (i for i in known if i["products"]))
    shown = settled.state
    try:
        found: dict[str, Any] = wait_for(
            client().get(
                "/point",
                lon=f"{(lon + 180) % 360 - 180:.5f}",
                lat=f"{max(-90.0, min(90.0, lat)):.5f}",
                v=shown.v,
                d=shown.d,
                t=settled.period,
                b=based(settled, settled.product),
                src=settled.product,
                u=shown.u,
                rel=shown.pinned,
                labels=wanted.words.code,
            )
        )
    except ApiProblem:
        return {"data": [], "cell": None}
    return found


def tiles(view: Explorer, period: str) -> str:
    """Address of the tiles of a view, with places for zoom and position."""
    settled, state = view.settled, view.settled.state
    return tile_address(
        view.meta["release"],
        state.fill,
        settled.product,
        str(settled.indicator["id"]),
        period,
        state.lvl,
        since=based(settled, settled.product),
    )


NO_TILES = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""One transparent pixel."""


def doubt_tiles(view: Explorer, period: str) -> str:
    """Address of the tiles that lie over what is not certain."""
    settled, state = view.settled, view.settled.state
    if state.unc == "off" or not view.sure:
        return NO_TILES
    level = "grid" if state.fill == "grid" else state.lvl
    where = f"{settled.product}/{settled.indicator['id']}/{period.partition('/')[0]}/{level}"
    since = based(settled, settled.product)
    return doubt_address(view.meta["release"], state.unc, where, since=since)


def doubt_address(release: str, style: str, where: str, *, since: str = "") -> str:
    """Address of tiles of doubt; ``where``: product, indicator, period and level."""
    return f"/tiles/{release}/doubt/{style}/{where}/{_PNG}{_since(since)}"


def tile_address(  # what tells one map from another
    release: str,
    fill: str,
    product: str,
    indicator: str,
    period: str,
    level: str,
    *,
    since: str = "",
) -> str:
    """Address of tiles: of the cells, or of areas coloured by their number.

    ``since``: year that a change is counted from; empty: as it is published.
    """
    where = f"{product}/{indicator}/{period.partition('/')[0]}"
    if fill == "grid":
        return f"/tiles/{release}/grid/{where}/{_PNG}{_since(since)}"
    return f"/tiles/{release}/fill/{where}/{level}/{_PNG}{_since(since)}"


_PNG = "{z}/{x}/{y}.png"


def _since(year: str) -> str:
    return f"?b={year}" if year else ""


def _hideout(view: Explorer, lines: list[Line], wanted: Asked) -> dict[str, Any]:
    state, code = view.settled.state, wanted.words.code
    boundaries = str(view.meta["boundaries_id"])
    grades = {g: address(boundaries, state.lvl, code, g) for g in ("coarse", "fine")}
    if view.inside and state.lvl == "adm1":
        own = f"/api/v1/outlines.geojson?lvl=adm1&parent={view.inside.area}&labels={code}"
        own += f"&set={quote(boundaries)}" if state.pinned else ""
        grades = dict.fromkeys(grades, own)
    return {
        "values": {line.shown.area: line.shown.brief for line in lines},
        "chosen": list(view.chosen),
        "line": LINES[wanted.theme],
        "own": CHOSEN[wanted.theme],
        "outlines": grades,
    }


def _cell(found: dict[str, Any], words: Language) -> str:
    cell = found["cell"]
    if not cell or cell["value"] is None:
        return ""
    row = show({**cell, "variable": found["meta"]["indicator"], "area_name": ""}, words)
    return words.say(
        "The cell under the pointer: {value}. One cell is an estimate, "
        "not a measurement of this field.",
        value=row.brief,
    )


def corners(shapes: Shapes | None) -> list[list[float]]:
    """Corners of the main body of an area, for the map."""
    west, south, east, north = shapes.bounds if shapes else (-125.0, -50.0, 150.0, 68.0)
    return [[max(south, -58.0), west], [min(north, 78.0), east]]
