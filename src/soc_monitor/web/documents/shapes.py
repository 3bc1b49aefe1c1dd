"""Light outlines for the explorer's map: the API's, thinned for the zooms of a first view."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import numpy as np
import shapely
from shapely.geometry import shape
from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.model import LANGUAGES
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.static_files import FOREVER, Packed, answer, pack

THIN_DEG = {"coarse": 0.27, "fine": 0.06}
"""How far an outline may move: under a pixel to zoom 2, and to zoom 4."""
SMALLEST_DEG2 = {"coarse": 0.15, "fine": 0.01}
DECIMALS = {"coarse": 1, "fine": 2}
LEVELS = ("adm0", "m49")

_kept: dict[tuple[str, str, str, str], Packed] = {}


def address(boundaries_id: str, level: str, code: str, grade: str = "coarse") -> str:
    """Where the light outlines of a level are; provinces are too many, countries stand in."""
    drawn = "m49" if level == "m49" else "adm0"
    return f"/outlines/{quote(boundaries_id)}/{drawn}.{grade}.{code}.geojson"


async def outlines(request: Request) -> Response:
    """``/outlines/{set}/{level}.{grade}.{lang}.geojson``: a boundary set never changes."""
    keys = request.path_params
    boundaries, level, grade, code = keys["set"][:100], keys["level"], keys["grade"], keys["code"]
    if level not in LEVELS or grade not in THIN_DEG or code not in LANGUAGES:
        raise ApiProblem(404, {})
    packed = _kept.get((boundaries, level, grade, code))
    if packed is None:
        api: Client = request.app.state.client
        found = await api.get("/outlines.geojson", lvl=level, set=boundaries, labels=code)
        packed = await asyncio.to_thread(_packed, found, grade)
        if len(_kept) > 12:
            _kept.clear()
        _kept[boundaries, level, grade, code] = packed
    return answer(request, packed, FOREVER)


def _packed(found: Mapping[str, Any], grade: str) -> Packed:
    return pack(lighten(found, grade).encode(), "application/geo+json")


def lighten(found: Mapping[str, Any], grade: str) -> str:
    """A feature collection with outlines that look right down to a few kilometres a pixel."""
    features = [f for f in found["features"] if f.get("geometry")]
    whole = {f["properties"].get("parent") for f in features}
    features = [f for f in features if f["id"] not in whole] or features
    shapes = np.array([shape(f["geometry"]) for f in features], dtype=object)
    try:
        thinned = shapely.coverage_simplify(shapes, THIN_DEG[grade])
    except shapely.GEOSException:
        thinned = shapely.simplify(shapes, THIN_DEG[grade])
    body = [
        {
            "type": "Feature",
            "id": feature["id"],
            "properties": {"id": feature["id"], "name": feature["properties"]["name"]},
            "geometry": {"type": "MultiPolygon", "coordinates": _rings(light, exact, grade)},
        }
        for feature, light, exact in zip(features, thinned, shapes, strict=True)
    ]
    collection = {"type": "FeatureCollection", "features": body}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":"))


def _rings(
    light: shapely.Geometry, exact: shapely.Geometry, grade: str
) -> list[list[list[list[float]]]]:
    """Rounded rings; an area of islets alone keeps the largest of them."""
    parts = [p for p in shapely.get_parts(light) if p.area >= SMALLEST_DEG2[grade]]
    if not parts:
        largest = max(shapely.get_parts(exact), key=lambda part: float(part.area))
        return [[_ring(shapely.simplify(largest, 0.02).exterior, 2)]]
    return [
        [_ring(ring, DECIMALS[grade]) for ring in (part.exterior, *part.interiors)]
        for part in parts
    ]


def _ring(ring: shapely.Geometry, decimals: int) -> list[list[float]]:
    points = np.round(shapely.get_coordinates(ring), decimals)
    changed = np.any(np.diff(points, axis=0) != 0, axis=1)
    kept: list[list[float]] = points[np.concatenate([[True], changed])].tolist()
    return kept
