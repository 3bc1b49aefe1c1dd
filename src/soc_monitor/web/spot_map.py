"""Spot map: a place as a dot on the land around it, drawn by the server."""

import asyncio
import logging
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from markupsafe import Markup, escape

from soc_monitor.web import worldmap
from soc_monitor.web.client import ApiProblem, Client

log = logging.getLogger(__name__)

WIDTH = 640
HALF = 0.16
"""What is shown on each side of the place [earth radii]: some 1000 km, so that it is known."""
SHAPE = 4 / 3
"""Width by height."""


async def spot(api: Client, lon: float, lat: float, *, name: str, about: str) -> Markup | None:
    """The map of a place; None: there are no outlines yet.

    Args:
        api: the public API.
        lon: of the place [degrees].
        lat: of the place [degrees].
        name: accessible name of the map.
        about: id of the element that describes it.
    """
    try:
        outlines = await api.get("/outlines.geojson", lvl="adm0")
        land = await asyncio.to_thread(_land, outlines, lon, lat)
    except (ApiProblem, shapely.GEOSException) as error:
        # The page has the place in degrees, too; before the first release there are no outlines.
        log.warning("no map around a station", extra={"reason": str(error)})
        return None
    x, y = WIDTH // 2, round(WIDTH / SHAPE / 2)
    return Markup(  # noqa: S704  # built here from escaped parts and numbers
        f'<svg class="map" viewBox="0 0 {WIDTH} {2 * y}" role="img" aria-label="{escape(name)}" '
        f'aria-describedby="{escape(about)}"><path class="around" d="{land}"/>'
        f'<circle class="halo" cx="{x}" cy="{y}" r="20"/>'
        f'<circle class="spot" cx="{x}" cy="{y}" r="8"/></svg>'
    )


def _land(outlines: Mapping[str, Any], lon: float, lat: float) -> str:
    """The land around a place as one path; also that beyond the antimeridian."""
    tall = HALF / SHAPE
    north = math.degrees(HALF) * 1.2
    # Near a pole every meridian is near.
    cosine = math.cos(math.radians(min(85.0, abs(lat) + north)))
    east = min(180.0, north / cosine)
    shown = {"features": [*outlines["features"], *_turned(outlines, lon, east)]}
    return worldmap.ground(
        shown,
        worldmap.lambert(lon, lat),
        width=WIDTH,
        frame=(-HALF, -tall, HALF, tall),
        around=(lon - east, max(-90.0, lat - north), lon + east, min(90.0, lat + north)),
    )


def _turned(outlines: Mapping[str, Any], lon: float, east: float) -> list[dict[str, Any]]:
    """The areas once more, a turn further, where the map reaches over the antimeridian."""
    turn = 360.0 if lon + east > 180 else -360.0 if lon - east < -180 else 0.0
    if not turn:
        return []
    found, move = [], np.array([turn, 0.0])
    for one in outlines["features"]:
        if one.get("geometry"):
            shape = shapely.transform(
                shapely.geometry.shape(one["geometry"]), lambda points: points + move
            )
            found.append(
                {
                    "id": f"{one['id']}+",
                    "properties": one.get("properties", {}),
                    "geometry": shapely.geometry.mapping(shape),
                }
            )
    return found
