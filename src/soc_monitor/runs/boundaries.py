"""Boundaries: from the finest areas and two tables to every level, nested by construction."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from soc_monitor.aggregate import polygon_area
from soc_monitor.errors import ItemRejected
from soc_monitor.model import UNASSIGNED, WORLD, Area, Level
from soc_monitor.store import tabular
from soc_monitor.store.intake import NewItem
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store
from soc_monitor.store.tabular import AreaShape

Rows = Sequence[Mapping[str, str]]

OUTLINE_DEG = {Level.ADM1: 0.02, Level.ADM0: 0.05, Level.M49: 0.1}
"""How far a display outline may stray from the border; a pixel at zoom 4 is 0.09 degrees."""

SLIT_DEG = 1.0
"""A gap no wider is a slit, such as those between the sectors of Antarctica."""

_REST_NAMES = (
    "Not in any country (coasts, lakes)",
    "Hors de tout pays (côtes, lacs)",
    "Fuera de todo país (costas, lagos)",
)


@dataclass(frozen=True, slots=True)
class _Place:
    code: str
    level: Level
    parent: str | None
    names: tuple[str, str, str]


def read_boundaries(
    store: Store, run: OpenRun, rows: tuple[Rows, Rows, Rows], new: Sequence[NewItem]
) -> int:
    """Build every level from the finest areas and write the set, once.

    Countries are the union of their areas, regions the union of countries: what nests by
    construction adds up exactly.

    Args:
        store: where the set goes.
        run: the run that makes it.
        rows: the finest areas with their geometry, the countries, the regions.
        new: the files that they were read from.

    Returns:
        How many areas were written; 0: this very set was there.

    Raises:
        ItemRejected: a code twice, a country without a row, a region without a parent.
    """
    finest, countries, regions = rows
    places = _places(finest, countries, regions)
    leaves = [str(row["code"]) for row in finest]
    shapes = np.array([_multi(shapely.from_wkb(row["wkb"])) for row in finest])
    boundaries_id = _identity(places, leaves, shapes)
    built = _build(places, dict(zip(leaves, shapes, strict=True)))
    written = tabular.add_boundaries(store, run, boundaries_id, built, new)
    return len(built) if written else 0


def _names(row: Mapping[str, str]) -> tuple[str, str, str]:
    return row["name_en"], row["name_fr"], row["name_es"]


def _places(finest: Rows, countries: Rows, regions: Rows) -> list[_Place]:
    if not finest:
        raise ItemRejected("empty", "no areas")
    used = {row["country"] for row in finest}
    world = [_names(row) for row in regions if row["code"] == WORLD]
    if len(world) != 1:
        raise ItemRejected("area code", f"{len(world)} rows for the world among the regions")
    found = [
        _Place(WORLD, Level.WORLD, None, world[0]),
        _Place(UNASSIGNED, Level.ADM0, WORLD, _REST_NAMES),
        *(
            _Place(r["code"], Level.M49, r["parent"], _names(r))
            for r in regions
            if r["code"] != WORLD
        ),
        *(
            _Place(r["code"], Level.ADM0, r["parent"] or WORLD, _names(r))
            for r in countries
            if r["code"] in used
        ),
        # What no country holds for certain is nobody's here: it is in the world alone.
        *(_Place(r["code"], Level.ADM1, r["country"] or UNASSIGNED, _names(r)) for r in finest),
    ]
    codes = {place.code for place in found}
    if len(codes) != len(found):
        raise ItemRejected("area code", "a code is there twice")
    orphans = sorted({p.code for p in found if p.parent is not None and p.parent not in codes})
    if orphans:
        raise ItemRejected("area parent", f"no parent for {', '.join(orphans[:5])}")
    parents = {place.parent for place in found}
    keep = {Level.WORLD, Level.ADM0, Level.ADM1}
    return [place for place in found if place.level in keep or place.code in parents]


def _identity(places: Iterable[_Place], leaves: Sequence[str], shapes: np.ndarray) -> str:
    digest = hashlib.sha256()
    for place in sorted(places, key=lambda place: place.code):
        digest.update("\0".join((place.code, place.parent or "", *place.names, "")).encode())
    for index in np.argsort(leaves):
        digest.update(shapely.to_wkb(shapes[index], byte_order=1))
    return digest.hexdigest()[:32]


def _build(places: Sequence[_Place], leaves: dict[str, BaseGeometry]) -> list[AreaShape]:
    geometry = {code: _multi(shape) for code, shape in leaves.items()}
    area_m2 = dict(zip(leaves, polygon_area(list(leaves.values())), strict=True))
    children: dict[str, list[str]] = defaultdict(list)
    for place in places:
        if place.parent is not None:
            children[place.parent].append(place.code)
    # Deepest first, so that a parent finds its children built.
    for place in sorted(places, key=lambda p: _depth(p, _by_code(places)), reverse=True):
        parts = [code for code in children[place.code] if code in geometry]
        if place.code in geometry or place.code == UNASSIGNED or not parts:
            continue
        area_m2[place.code] = float(sum(area_m2[code] for code in parts))
        if place.code != WORLD:
            geometry[place.code] = _union([geometry[code] for code in parts])
    outlines = _outlines(places, geometry)
    return [
        AreaShape(
            area=Area(
                code=place.code,
                level=place.level,
                parent=place.parent,
                name_en=place.names[0],
                name_fr=place.names[1],
                name_es=place.names[2],
                area_km2=area_m2.get(place.code, 0.0) / 1e6,
                bbox=bounds(geometry.get(place.code)),
            ),
            geom=geometry.get(place.code),
            outline=outlines.get(place.code),
        )
        for place in places
    ]


def _by_code(places: Iterable[_Place]) -> dict[str, _Place]:
    return {place.code: place for place in places}


def _depth(place: _Place, known: Mapping[str, _Place]) -> int:
    depth = 0
    while place.parent is not None:
        place, depth = known[place.parent], depth + 1
    return depth


def _multi(shape: BaseGeometry) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"])


def _union(parts: list[BaseGeometry]) -> shapely.MultiPolygon:
    # Neighbours share their border's vertices, which makes this union fast; where they do not, it
    # fails or gives what is not valid, and the general one is taken.
    with suppress(GEOSException):
        whole = shapely.coverage_union_all(parts)
        if shapely.is_valid(whole):
            return _multi(whole)
    return _multi(shapely.union_all(parts))


def _outlines(
    places: Sequence[_Place], geometry: Mapping[str, BaseGeometry]
) -> dict[str, shapely.MultiPolygon]:
    found: dict[str, shapely.MultiPolygon] = {}
    for level, tolerance in OUTLINE_DEG.items():
        codes = [p.code for p in places if p.level is level and p.code in geometry]
        for code in codes:
            simple = shapely.simplify(geometry[code], tolerance, preserve_topology=True)
            found[code] = _multi(simple)
    return found


def bounds(shape: BaseGeometry | None) -> tuple[float, float, float, float] | None:
    """West, south, east, north of a shape; west > east where it crosses the antimeridian.

    Example:
        >>> bounds(
        ...     shapely.MultiPolygon(
        ...         [shapely.box(170, -20, 180, -10), shapely.box(-180, -20, -178, -15)]
        ...     )
        ... )
        (170.0, -20.0, -178.0, -10.0)
    """
    if shape is None or shape.is_empty:
        return None
    west, south, east, north = (float(edge) for edge in shape.bounds)
    spans = sorted(
        (float(part.bounds[0]), float(part.bounds[2])) for part in shapely.get_parts(shape)
    )
    # The widest stretch of longitudes that no part covers is what lies outside: the one through
    # the antimeridian, unless another is wider by more than a slit.
    reach, gap, edge = spans[0][1], 360 - (east - west) + SLIT_DEG, (west, east)
    for left, right in spans[1:]:
        if left - reach > gap:
            gap, edge = left - reach, (left, reach)
        reach = max(reach, right)
    return edge[0], south, edge[1], north
