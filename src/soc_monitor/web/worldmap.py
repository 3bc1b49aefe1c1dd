"""Maps drawn by the server: areas as paths of one inline SVG, in equal-area projections.

Outlines come from the public API. They are projected, thinned together so that neighbours stay
joined, and rounded to whole numbers: a map of the world is then some 25 KB on the wire.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from markupsafe import Markup, escape
from shapely.geometry import shape

Floats = npt.NDArray[np.float64]

WIDTH = 1600
"""Units of the drawing across; a whole number is well under a pixel on screen."""
DOT = 5.0
"""Radius of the dot that stands for an area too small to draw."""
_A = (1.340264, -0.081106, 0.000893, 0.003796)


@dataclass(frozen=True, slots=True)
class Shapes:
    """Areas ready to be drawn."""

    width: int
    height: int
    paths: Mapping[str, str]
    """Area to the ``d`` of its path."""
    dots: Mapping[str, tuple[int, int]]
    """Areas too small for a path: where their dot stands."""
    bounds: tuple[float, float, float, float] = (-180.0, -60.0, 180.0, 80.0)
    """West, south, east, north of what is drawn [degrees]."""
    ground: str = ""
    """``d`` of the land that the areas stand on; empty: none is drawn."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How one area is drawn."""

    area: str
    colour: str
    title: str
    href: str = ""
    doubt: bool = False
    """Drawn with stripes over its colour."""


def equal_earth(points: Floats) -> Floats:
    """Longitude, latitude [degrees] to the Equal Earth projection, y downwards.

    Source:
        Šavrič, Patterson and Jenny 2018, doi:10.1080/13658816.2018.1504949.

    Example:
        >>> equal_earth(np.array([[0.0, 0.0], [180.0, 0.0]])).round(4)
        array([[ 0.    , -0.    ],
               [ 2.7066, -0.    ]])
    """
    lon, lat = np.radians(points[:, 0]), np.radians(np.clip(points[:, 1], -90, 90))
    root3 = math.sqrt(3)
    theta = np.arcsin(root3 / 2 * np.sin(lat))
    t2 = theta**2
    t6 = t2**3
    slope = 9 * _A[3] * t6 * t2 + 7 * _A[2] * t6 + 3 * _A[1] * t2 + _A[0]
    x = 2 * root3 * lon * np.cos(theta) / (3 * slope)
    y = theta * (_A[3] * t6 * t2 + _A[2] * t6 + _A[1] * t2 + _A[0])
    return np.column_stack([x, -y])


def lambert(lon_0: float, lat_0: float) -> "Projection":
    """The Lambert azimuthal equal-area projection about a point [degrees], y downwards."""
    phi_0, lambda_0 = math.radians(lat_0), math.radians(lon_0)

    def project(points: Floats) -> Floats:
        away = np.radians(points[:, 0]) - lambda_0
        phi = np.radians(points[:, 1])
        cosine = math.sin(phi_0) * np.sin(phi) + math.cos(phi_0) * np.cos(phi) * np.cos(away)
        k = np.sqrt(2 / np.maximum(1 + cosine, 1e-6))
        x = k * np.cos(phi) * np.sin(away)
        y = k * (math.cos(phi_0) * np.sin(phi) - math.sin(phi_0) * np.cos(phi) * np.cos(away))
        return np.column_stack([x, -y])

    return Projection(project)


class Projection:
    """A way to put longitudes and latitudes on a plane."""

    def __init__(self, project: Any) -> None:
        """Take a function of (n, 2) arrays."""
        self.project = project

    def __call__(self, shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
        """The same geometries on the plane."""
        projected: npt.NDArray[np.object_] = shapely.transform(shapes, self.project)
        return projected


WORLD = Projection(equal_earth)
WORLD_FRAME = (-2.72, -1.31, 2.72, 1.0)
"""From Cape Horn to the north of Greenland: Antarctica has no soil to show."""


def draw(
    outlines: Mapping[str, Any],
    projection: Projection = WORLD,
    *,
    width: int = WIDTH,
    thin: float = 1.2,
    frame: tuple[float, float, float, float] | None = None,
    smallest: float = 8.0,
) -> Shapes:
    """Outlines as paths.

    Args:
        outlines: GeoJSON of the API; each feature has the id of its area.
        projection: to the plane.
        width: of the drawing, in its own units.
        thin: how far an outline may move, in units of the drawing.
        frame: what to show, on the plane: x0, y0, x1, y1; None: everything.
        smallest: parts with a smaller area [square units] are left out.
    """
    names, flat = _read(outlines)
    plane = projection(shapely.segmentize(flat, 5.0))
    box = frame or tuple(float(v) for v in shapely.total_bounds(plane))
    scale = width / max(box[2] - box[0], 1e-9)
    height = max(1, round((box[3] - box[1]) * scale))
    origin = np.array(box[:2])
    placed = shapely.transform(plane, lambda points: (points - origin) * scale)
    window = shapely.box(0, 0, width, height)
    placed = np.array([_within(part, window) for part in placed], dtype=object)
    thinned = _thin(placed, thin)
    paths: dict[str, str] = {}
    dots: dict[str, tuple[int, int]] = {}
    for name, drawn, whole in zip(names, thinned, placed, strict=True):
        path = _path(drawn, smallest)
        if path:
            paths[name] = path
        elif not shapely.is_empty(whole):
            middle = shapely.point_on_surface(shapely.convex_hull(whole))
            dots[name] = (round(middle.x), round(middle.y))
    return Shapes(width, height, paths, dots)


def ground(
    outlines: Mapping[str, Any],
    projection: Projection,
    *,
    width: int,
    frame: tuple[float, float, float, float],
    around: tuple[float, float, float, float],
) -> str:
    """The land within a frame as one path: neighbours are land, not sea.

    Args:
        outlines: GeoJSON of the API.
        projection: to the plane.
        width: of the drawing, in its own units.
        frame: what is shown, on the plane: x0, y0, x1, y1.
        around: west, south, east, north of what may be in it [degrees].
    """
    _, flat = _read(outlines)
    near = shapely.clip_by_rect(flat, *around)
    plane = projection(shapely.segmentize(near[~shapely.is_empty(near)], 1.0))
    scale = width / max(frame[2] - frame[0], 1e-9)
    origin = np.array(frame[:2])
    placed = shapely.transform(plane, lambda points: (points - origin) * scale)
    height = (frame[3] - frame[1]) * scale
    # Beyond the edge, so that no border is drawn along it; a phone's box is taller, and shows more.
    shown = shapely.clip_by_rect(placed, -9, -height / 5, width + 9, height * 6 / 5)
    return "".join(_path(part, 150.0) for part in _thin(shown[~shapely.is_empty(shown)], 4.0))


def _read(outlines: Mapping[str, Any]) -> tuple[list[str], npt.NDArray[np.object_]]:
    features = [f for f in outlines["features"] if f.get("geometry")]
    # Regions and their sub-regions share a level: the finest ones are drawn.
    whole = {f.get("properties", {}).get("parent") for f in features}
    features = [f for f in features if f["id"] not in whole] or features
    names = [str(f["id"]) for f in features]
    return names, np.array([shape(f["geometry"]) for f in features], dtype=object)


def _within(geometry: shapely.Geometry, window: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a geometry that touch the window: far parts would only cost bytes."""
    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(geometry)))
    kept = parts[(shapely.get_type_id(parts) == 3) & shapely.intersects(parts, window)]
    found: shapely.Geometry = shapely.multipolygons(kept)
    return found


def _thin(shapes: npt.NDArray[np.object_], tolerance: float) -> npt.NDArray[np.object_]:
    """Thin all outlines at once, so that shared borders stay shared."""
    try:
        thinned: npt.NDArray[np.object_] = shapely.coverage_simplify(shapes, tolerance)
    except shapely.GEOSException:
        # Outlines that overlap are no coverage: thinned one by one, gaps hide under the strokes.
        thinned = shapely.simplify(shapes, tolerance)
    return thinned


def _path(geometry: shapely.Geometry, smallest: float) -> str:
    parts = [p for p in shapely.get_parts(geometry) if shapely.get_type_id(p) == 3]
    text: list[str] = []
    for part in parts:
        text += [
            _ring(np.rint(shapely.get_coordinates(ring)).astype(int))
            for ring in (part.exterior, *part.interiors)
            if shapely.area(shapely.polygons(ring)) >= smallest
        ]
    return "".join(text)


def _ring(points: npt.NDArray[np.int_]) -> str:
    steps = np.diff(points, axis=0)
    steps = steps[np.any(steps != 0, axis=1)][:-1]
    if len(steps) < 2:
        return ""
    written: list[str] = [f"M{points[0, 0]} {points[0, 1]}l"]
    last = "l"
    for dx, dy in steps.tolist():
        for value in (dx, dy):
            text = str(value)
            gap = "" if last[-1] == "l" or text[0] == "-" else " "
            written.append(gap + text)
            last = text
    return "".join(written) + "z"


def near(outlines: Mapping[str, Any]) -> tuple[tuple[float, float], shapely.Geometry]:
    """The main body of some outlines: the largest part and what lies near it.

    A country's far parts would make its map an empty ocean; they are in the table instead.

    Returns:
        (longitude, latitude) of its middle, and the parts.
    """
    _, flat = _read(outlines)
    try:
        whole = shapely.coverage_union_all(flat)
    except shapely.GEOSException:
        whole = shapely.union_all(shapely.make_valid(flat))
    parts = shapely.get_parts(whole)
    sizes = shapely.area(parts)
    main = [int(i) for i in np.argsort(-sizes)]
    boxes = shapely.bounds(parts)
    west, south, east, north = boxes[main[0]]
    kept = {main[0]}
    for index in main[1:400]:
        # An island as large as a good part of the main one belongs to it from further away.
        share = 0.4 if sizes[index] > 0.2 * sizes[main[0]] else 0.12
        reach = share * math.hypot(east - west, north - south)
        if shapely.distance(shapely.box(west, south, east, north), parts[index]) <= reach:
            kept.add(index)
            # Of numbers alone: outlines of many small islands are not always valid polygons.
            west, south = np.minimum((west, south), boxes[index][:2])
            east, north = np.maximum((east, north), boxes[index][2:])
    box = shapely.box(west, south, east, north)
    middle = box.centroid
    return (middle.x, middle.y), shapely.multipolygons(list(parts[sorted(kept)]))


def bounds(geometry: shapely.Geometry) -> tuple[float, float, float, float]:
    """West, south, east, north of a geometry."""
    west, south, east, north = (float(v) for v in shapely.bounds(geometry))
    return west, south, east, north


def frame_of(body: shapely.Geometry, projection: Projection) -> tuple[float, float, float, float]:
    """The frame of a body on the plane, with a small margin."""
    plane = projection(np.array([body], dtype=object))
    x0, y0, x1, y1 = (float(v) for v in shapely.total_bounds(plane))
    pad = 0.03 * max(x1 - x0, y1 - y0)
    return x0 - pad, y0 - pad, x1 + pad, y1 + pad


def svg(
    shapes: Shapes, marks: Iterable[Mark], *, name: str, summary_id: str, ident: str = "map"
) -> Markup:
    """The drawing: each area a link with a title, in the order of the marks.

    Args:
        shapes: from :func:`draw`.
        marks: areas without a shape are left out.
        name: accessible name of the map.
        summary_id: id of the element that describes it.
        ident: begins the ids inside of the drawing.
    """
    body: list[str] = []
    around = f'<path class="around" d="{shapes.ground}"/>' if shapes.ground else ""
    hatched: dict[str, str] = {}
    for mark in marks:
        if mark.doubt:
            hatched.setdefault(mark.colour, f"{ident}-{len(hatched)}")
        inner = _drawn(shapes, mark, hatched)
        if inner and mark.href:
            body.append(f'<a href="{escape(mark.href)}">{inner}</a>')
        elif inner:
            body.append(inner)
    return Markup(  # noqa: S704  # built above from escaped parts
        f'<svg class="map" viewBox="0 0 {shapes.width} {shapes.height}" role="group" '
        f'aria-label="{escape(name)}" aria-describedby="{escape(summary_id)}">'
        f"{_patterns(hatched, shapes.width)}{around}{''.join(body)}</svg>"
    )


def _patterns(hatched: Mapping[str, str], width: int) -> str:
    """Stripes over each colour: the area is one path still."""
    step = round(width / 90, 1)
    stripe = f"M0 {step}L{step} 0M-1 1L1 -1M{step - 1} {step + 1}L{step + 1} {step - 1}"
    found = [
        f'<pattern id="{ident}" width="{step}" height="{step}" patternUnits="userSpaceOnUse">'
        f'<rect width="{step}" height="{step}" fill="{colour}"/>'
        f'<path d="{stripe}" style="stroke:#fff;stroke-width:{step / 3:.1f};opacity:.5"/>'
        f'<path d="{stripe}" style="stroke:#1f2328;stroke-width:{step / 6:.1f}"/></pattern>'
        for colour, ident in hatched.items()
    ]
    return f"<defs>{''.join(found)}</defs>" if found else ""


def _drawn(shapes: Shapes, mark: Mark, hatched: Mapping[str, str]) -> str:
    title = f"<title>{escape(mark.title)}</title>"
    fill = f"url(#{hatched[mark.colour]})" if mark.doubt else mark.colour
    if mark.area in shapes.paths:
        return f'<path fill="{fill}" d="{shapes.paths[mark.area]}">{title}</path>'
    if mark.area in shapes.dots:
        x, y = shapes.dots[mark.area]
        return f'<circle fill="{fill}" cx="{x}" cy="{y}" r="{DOT:g}">{title}</circle>'
    return ""
