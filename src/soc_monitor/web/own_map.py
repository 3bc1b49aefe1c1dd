"""Own map: a reader's shapes drawn by the server, on the land around them."""

import asyncio
import json
from typing import Any

import shapely
from markupsafe import Markup

from soc_monitor.web import view, worldmap
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.estimate import Shown
from soc_monitor.web.i18n import Language
from soc_monitor.web.own_view import OwnPage

LAND = "#d9d4c8"
"""Of the country around the shapes; the style sheet has its own for the dark."""
AROUND = 0.6
"""How much is shown around the shapes, as a share of their own extent."""
LEAST = 0.02
"""Half of what is shown across at least [earth radii]: some 130 km, so that a place is known."""
WIDTH = 900


async def drawing(
    api: Client, shapes: bytes | None, page: OwnPage, words: Language
) -> Markup | None:
    """The map of the shapes; None: they are forgotten, or cannot be drawn."""
    if shapes is None:
        return None
    land = await _land(api, page.holders, words)
    try:
        return await asyncio.to_thread(_drawn, shapes, land, page, words)
    except shapely.GEOSException:
        return None


async def _land(api: Client, holders: list[Shown], words: Language) -> list[dict[str, Any]]:
    """The divisions of the country that holds the middle, else the country; empty: neither."""
    country = next((one.area for one in holders if one.level == "adm0"), "")
    if not country:
        return []
    try:
        parts = await api.get("/outlines.geojson", lvl="adm1", parent=country, labels=words.code)
        if parts["features"]:
            return [one for one in parts["features"] if one.get("geometry")]
        found = await api.get(f"/areas/{country}/outline.geojson", labels=words.code)
    except ApiProblem:
        return []
    return [one for one in found.get("features", [found]) if one.get("geometry")]


def _drawn(
    shapes: bytes, land: list[dict[str, Any]], page: OwnPage, words: Language
) -> Markup | None:
    own = _features(shapes)
    if not own:
        return None
    whole = shapely.union_all([shapely.geometry.shape(one["geometry"]) for one in own])
    west, south, east, north = whole.bounds
    projection = worldmap.lambert((west + east) / 2, (south + north) / 2)
    frame = _frame(worldmap.frame_of(whole, projection))
    drawn = worldmap.draw({"features": own}, projection, width=WIDTH, frame=frame, thin=0.5)
    paths, dots = dict(drawn.paths), dict(drawn.dots)
    marks = [view.mark(line, words) for line in page.lines]
    if land:
        ground = worldmap.draw({"features": land}, projection, width=WIDTH, frame=frame)
        around = {f"land-{key}": path for key, path in ground.paths.items()}
        names = {str(one["id"]): str(one["properties"]["name"]) for one in land}
        marks = [
            worldmap.Mark(key, LAND, names.get(key.removeprefix("land-"), "")) for key in around
        ] + marks
        paths |= around
    placed = worldmap.Shapes(drawn.width, drawn.height, paths, dots)
    return worldmap.svg(placed, marks, name=page.name, summary_id="own-map-about", ident="own-map")


def _features(shapes: bytes) -> list[dict[str, Any]]:
    """One feature a shape, each with the id that its line has."""
    found = json.loads(shapes)
    return [{**one, "id": f"own-{n}"} for n, one in enumerate(found["features"])]


def _frame(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """A frame of 16 to 9 around a box, with some of the land about it."""
    x0, y0, x1, y1 = box
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    half = max(max((x1 - x0) / 2, (y1 - y0) / 2 * 16 / 9) * (1 + AROUND), LEAST)
    tall = half * 9 / 16
    return x - half, y - tall, x + half, y + tall
