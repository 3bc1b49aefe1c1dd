"""Shapes: what a reader draws or sends, as GeoJSON, to polygons that can be measured.

Source:
    RFC 7946; its rule that rings are cut at the antimeridian is not insisted on: longitudes may
    run on past 180 degrees, and are brought back.
"""

import json
import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from soc_monitor.errors import (
    BadShape,
    EmptyShape,
    SelfCrossing,
    TooManyShapes,
    TooManyVertices,
    ZeroWidth,
)

MOST_VERTICES: Final = 200_000
MOST_SHAPES: Final = 20
MOST_TOGETHER: Final = 10_000
"""Features that are made one shape."""
_EXACT: Final = 2**53
"""The largest whole number that is the same one for every program that reads JSON."""
_DEEPEST: Final = "the text is nested too deeply"


@dataclass(frozen=True, slots=True)
class Shape:
    """One polygon or multipolygon, with what its reader calls it."""

    geometry: BaseGeometry
    """In -180..180 and -90..90 [degrees]."""
    id: str | int | float | None = None
    name: str | None = None

    @property
    def width(self) -> float:
        """Width of its widest part [degrees]."""
        west, _, east, _ = shapely.bounds(shapely.get_parts(self.geometry)).T
        return float((east - west).max())


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much may be sent."""

    vertices: int = MOST_VERTICES
    shapes: int = MOST_SHAPES


LARGE: Final = Bounds(vertices=2_000_000, shapes=1_000)
"""Of what is measured by the worker, and not while its reader waits."""


def read_shapes(
    text: bytes,
    bounds: Bounds = Bounds(),
    *,
    together: bool = False,  # frozen
) -> list[Shape]:
    """The shapes of a GeoJSON document.

    Args:
        text: a Polygon, a MultiPolygon, a Feature or a FeatureCollection, in UTF-8.
        bounds: how much there may be of it.
        together: make all of it one shape; what overlaps counts once.

    Returns:
        One shape, or one for each feature, in their order.

    Raises:
        BadShape: not GeoJSON, not a polygon, or off the globe.
        EmptyShape, ZeroWidth, SelfCrossing: what their names say.
        TooManyShapes, TooManyVertices: there is more of it than may be.

    Example:
        >>> square = [[[0, 0], [2, 0], [2, 1], [0, 1], [0, 0]]]
        >>> text = json.dumps({"type": "Polygon", "coordinates": square})
        >>> read_shapes(text.encode())[0].geometry.area
        2.0
    """
    try:
        document = json.loads(text, parse_constant=_no_number)
    except RecursionError as error:
        raise BadShape(_DEEPEST) from error
    except ValueError as error:  # broken JSON, broken UTF-8
        raise BadShape(f"not JSON: {error}") from error
    most = MOST_TOGETHER if together else bounds.shapes
    features, budget, shapes = _features(document, most), bounds.vertices, list[Shape]()
    for number, feature in enumerate(features):
        where = f"features[{number}]" if len(features) > 1 else "shape"
        geometry, used = _geometry(feature["geometry"], where, budget, bounds.vertices)
        budget -= used
        shapes.append(_shape(feature, geometry))
    if not together or len(shapes) == 1:
        return shapes
    try:
        whole = shapely.union_all([shape.geometry for shape in shapes])
    except shapely.errors.GEOSException as error:
        raise BadShape(f"the features do not go together: {error}") from error
    return [Shape(geometry=whole, name=shapes[0].name if len(shapes) == 1 else None)]


def _shape(feature: dict[str, Any], geometry: BaseGeometry) -> Shape:
    properties = feature.get("properties")
    name = properties.get("name") if isinstance(properties, dict) else None
    own = feature.get("id")
    if isinstance(own, str):
        own = _whole(own)
    elif isinstance(own, int) and abs(own) > _EXACT:
        own = str(own)  # as a number it would be another one, or none, wherever it is read
    elif not isinstance(own, int) and not (isinstance(own, float) and math.isfinite(own)):
        own = None  # 1e999 is a number of JSON, and infinite
    return Shape(geometry=geometry, id=own, name=_whole(name) if isinstance(name, str) else None)


def _whole(text: str) -> str:
    r"""A text without half characters, which JSON can name and no file can hold.

    Example:
        >>> _whole("a\ud800b")
        'a?b'
    """
    return text.encode("utf-8", "replace").decode()


def _no_number(word: str) -> None:
    raise BadShape(f"{word} is not a number")


def _features(document: Any, most: int) -> list[dict[str, Any]]:
    """The document as features, each with a geometry that is an object."""
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "FeatureCollection":
        found = document.get("features")
        if not isinstance(found, list) or not found:
            raise EmptyShape("a FeatureCollection without features")
        if len(found) > most:
            raise TooManyShapes(
                f"{len(found):,} features, {most:,} are allowed",
                hint="together=1 makes one shape of them.",
            )
    elif kind == "Feature":
        found = [document]
    else:
        found = [{"type": "Feature", "geometry": document}]
    for number, feature in enumerate(found):
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise BadShape(f"features[{number}] is no Feature")
        if feature.get("geometry") is None:
            raise EmptyShape(f"features[{number}] has no geometry")
    return found


def _geometry(found: Any, where: str, budget: int, most: int) -> tuple[BaseGeometry, int]:
    """A geometry that can be measured, and how many vertices it has."""
    kind = found.get("type") if isinstance(found, dict) else None
    if kind not in {"Polygon", "MultiPolygon"}:
        raise BadShape(
            f"{where}: {str(kind)[:60]!r} encloses nothing", allowed=("Polygon", "MultiPolygon")
        )
    coordinates = found.get("coordinates")
    parts = coordinates if kind == "MultiPolygon" else [coordinates]
    if not isinstance(parts, list) or not parts or not all(isinstance(p, list) for p in parts):
        raise EmptyShape(f"{where}: no coordinates")
    polygons, used = [], 0
    for part in parts:
        rings = [_ring(ring, where) for ring in part]
        used += sum(map(len, rings))
        if used > budget:
            raise TooManyVertices(
                f"more than {most:,} vertices",
                hint="Simplify the shape, or ask for parts of it one by one.",
            )
        if rings:
            polygons.append(shapely.Polygon(rings[0], rings[1:]))
    if not polygons:
        raise EmptyShape(f"{where}: no ring")
    whole = polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    return _on_globe(_checked(whole, where), where), used


def _ring(found: Any, where: str) -> np.ndarray[Any, Any]:
    """The vertices of a ring (vertex, 2) [degrees]; heights are dropped."""
    try:
        ring = np.array([(x, y) for x, y, *_ in found], dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadShape(f"{where}: a ring is not a list of [longitude, latitude]") from error
    if len(ring) == 0:
        raise EmptyShape(f"{where}: a ring without a vertex")
    if not np.isfinite(ring).all():
        raise BadShape(f"{where}: a coordinate is not a finite number")
    if len(np.unique(ring, axis=0)) < 3:
        raise ZeroWidth(f"{where}: a ring of fewer than three places")
    return ring


def _checked(shape: BaseGeometry, where: str) -> BaseGeometry:
    """The shape, if it encloses something and does not cross itself."""
    if shapely.convex_hull(shape).area == 0:
        raise ZeroWidth(
            f"{where}: it lies on one line",
            hint="A shape over a pole needs an edge along the pole, at latitude 90 or -90.",
        )
    reason = str(shapely.is_valid_reason(shape))
    if reason != "Valid Geometry":
        raise SelfCrossing(
            f"{where}: {reason}", hint="Draw each part as a ring of its own that crosses no other."
        )
    return shape


def _on_globe(shape: BaseGeometry, where: str) -> BaseGeometry:
    """The shape in -180..180; what runs past the antimeridian is brought back."""
    west, south, east, north = shape.bounds
    if south < -90 or north > 90:
        raise BadShape(f"{where}: latitudes run from {south:g} to {north:g}")
    if east - west > 360:
        raise BadShape(f"{where}: it is {east - west:g} degrees wide")
    if west >= -180 and east <= 180:
        return shape
    turns = range(math.floor((west + 180) / 360), math.ceil((east - 180) / 360) + 1)
    if not -2 < turns[0] <= turns[-1] < 2:
        raise BadShape(f"{where}: longitudes run from {west:g} to {east:g}")
    parts = []
    for turn in turns:
        slab = shapely.box(-180 + 360 * turn, -90, 180 + 360 * turn, 90)
        cut = affinity.translate(shapely.intersection(shape, slab), xoff=-360 * turn)
        parts += [p for p in shapely.get_parts(cut) if isinstance(p, shapely.Polygon) and p.area]
    return shapely.union_all(parts)
