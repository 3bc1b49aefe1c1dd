"""Outlines made ready for drawing, kept as long as the API's answer is the same."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import shapely

from soc_monitor.web import worldmap
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.state import State

KEPT = 64
SHAPE = 16 / 9
"""Width by height of the box that a map of an area stands in."""
AROUND_DEG = 3.0
"""How far from an area the land is looked at that its map may show [degrees]."""
_shapes: OrderedDict[tuple[str, int], tuple[Any, worldmap.Shapes]] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Pinned:
    """The release whose outlines are drawn; empty: the newest one."""

    rel: str = ""
    boundaries: str = ""
    """Its boundary set."""


NEWEST = Pinned()


def pinned(state: State, meta: Mapping[str, Any]) -> Pinned:
    """The outlines that belong to a page.

    Args:
        state: of the page.
        meta: of the API's answer that it shows.
    """
    return Pinned(state.pinned, str(meta["boundaries_id"])) if state.pinned else NEWEST


async def world_shapes(api: Client, level: str, of: Pinned = NEWEST) -> worldmap.Shapes:
    """The areas of a level on the map of the world; provinces are too many, countries stand in."""
    drawn = "m49" if level == "m49" else "adm0"
    outlines = await api.get("/outlines.geojson", lvl=drawn, set=of.boundaries)
    return await _made(f"world/{drawn}", outlines, _world)


def _world(outlines: Any) -> worldmap.Shapes:
    return worldmap.draw(outlines, frame=worldmap.WORLD_FRAME)


async def area_shapes(
    api: Client, area: str, level: str, of: Pinned = NEWEST
) -> worldmap.Shapes | None:
    """An area by its parts, or alone where it has none.

    Args:
        api: the public API.
        area: its id.
        level: of the parts; empty: it has none.
        of: the release that the page is of.
    """
    if area == "WLD":
        return await world_shapes(api, level or "adm0", of)
    try:
        if level:
            outlines = await api.get("/outlines.geojson", lvl=level, parent=area, set=of.boundaries)
        else:
            one = await api.get(f"/areas/{area}/outline.geojson", rel=of.rel)
            outlines = {"features": one.get("features", [one])}
    except ApiProblem:
        return None
    if not any(feature.get("geometry") for feature in outlines["features"]):
        return None
    countries = await api.get("/outlines.geojson", lvl="adm0", set=of.boundaries)
    return await _made(f"area/{area}/{level}", outlines, partial(_area, countries=countries))


def _area(outlines: Any, *, countries: Any) -> worldmap.Shapes:
    (lon, lat), body = worldmap.near(outlines)
    projection = worldmap.lambert(lon, lat)
    frame = worldmap.frame_of(body, projection)
    # As wide as the box that it stands in: what is beside the area is land, and not cut off.
    (x, y), half = ((frame[0] + frame[2]) / 2, (frame[1] + frame[3]) / 2), frame[2] - frame[0]
    half = max(half, (frame[3] - frame[1]) * SHAPE) / 2
    frame = (x - half, y - half / SHAPE, x + half, y + half / SHAPE)
    drawn = worldmap.draw(outlines, projection, width=900, frame=frame, thin=1.25, smallest=6)
    box = west, south, east, north = worldmap.bounds(body)
    away = max(AROUND_DEG, east - west, north - south)
    land = worldmap.ground(
        countries,
        projection,
        width=900,
        frame=frame,
        around=(west - away, south - away, east + away, north + away),
    )
    return replace(drawn, bounds=box, ground=land)


async def _made(key: str, outlines: Any, make: Any) -> worldmap.Shapes:
    # The answer is the same object as long as its ETag holds: its identity is its version.
    known = _shapes.get((key, id(outlines)))
    if known is not None:
        return known[1]
    try:
        shapes: worldmap.Shapes = await asyncio.to_thread(make, outlines)
    except shapely.GEOSException:
        shapes = worldmap.Shapes(16, 7, {}, {})
    _shapes[key, id(outlines)] = (outlines, shapes)
    while len(_shapes) > KEPT:
        _shapes.popitem(last=False)
    return shapes
