"""Outlines made lighter without parting neighbours.

Every border is cut into arcs at the points where more than two areas meet. An arc is thinned
and rounded once, so both sides keep the same points. Faces of the resulting net are given
back to the area that held them.
"""

import numpy as np
import numpy.typing as npt
import shapely

Geometries = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# About 1 m and 11 m: small areas need the finer one to keep their size.
FINE_DEG, COARSE_DEG = 1e-5, 1e-4
# Outlines of areas thinned more than this are rounded to the coarse grid.
FINE_BELOW_DEG = 5e-4
SECTORS = 3


def polygons_only(geometry: shapely.Geometry) -> shapely.Geometry:
    """A valid geometry without the points and lines that a repair leaves behind."""
    repaired = shapely.make_valid(geometry)
    parts = shapely.get_parts(shapely.get_parts(repaired))
    return shapely.union_all(parts[shapely.get_type_id(parts) == 3])


def arcs_of(areas: Geometries) -> Geometries:
    """Borders of all areas, noded and joined up to the points where three areas meet."""
    return shapely.get_parts(shapely.line_merge(shapely.union_all(shapely.boundary(areas))))


def finest(values: Floats, areas: Geometries, arcs: Geometries) -> Floats:
    """For each arc, the smallest value among the areas that it bounds."""
    middle = shapely.get_point(arcs, shapely.get_num_points(arcs) // 2)
    arc, area = shapely.STRtree(areas).query(middle, predicate="intersects")
    result = np.full(len(arcs), np.inf)
    np.minimum.at(result, arc, values[area])
    return result


def _thin(arcs: Geometries, tolerance_deg: Floats) -> Geometries:
    thinned = shapely.simplify(arcs, tolerance_deg, preserve_topology=False)
    # A thinned ring of three points has no inside: an islet keeps its own outline.
    lost = shapely.is_closed(arcs) & (shapely.get_num_points(thinned) < 5)
    return np.where(lost, arcs, thinned)


def _round(arcs: Geometries, tolerance_deg: Floats) -> Geometries:
    points, arc = shapely.get_coordinates(arcs, return_index=True)
    step = np.where(tolerance_deg[arc] < FINE_BELOW_DEG, FINE_DEG, COARSE_DEG)
    ends = np.concatenate([[True], np.diff(arc) > 0, [True]])
    # Arcs of either grid meet at their ends, which must stay the same point.
    step[ends[:-1] | ends[1:]] = FINE_DEG
    rounded = np.round(points / step[:, None]) * step[:, None]
    return np.asarray(shapely.linestrings(rounded, indices=arc))


def _owners(faces: Geometries, areas: Geometries) -> Indices:
    """The area that holds each face, or -1 for seas, lakes and gaps."""
    inside = shapely.point_on_surface(faces)
    face, area = shapely.STRtree(areas).query(inside, predicate="within")
    owner = np.full(len(faces), -1, dtype=np.int64)
    # Where two areas of the source overlap, the first one keeps the face.
    owner[face[::-1]] = area[::-1]
    return owner


def lighten(areas: Geometries, tolerance_deg: Floats) -> Geometries:
    """Thin and round the outlines of areas that share borders.

    Args:
        areas: valid polygons [degree].
        tolerance_deg: how far a border of each area may move [degree].

    Returns:
        The areas on the grid of 1e-5 degree; those that share a border share its points.
    """
    arcs = arcs_of(areas)
    tolerance = finest(tolerance_deg, areas, arcs)
    lines = _round(_thin(arcs, tolerance), tolerance)
    net = shapely.union_all(lines, grid_size=FINE_DEG)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    owner = _owners(faces, areas)
    return np.array([shapely.coverage_union_all(faces[owner == i]) for i in range(len(areas))])


def in_sectors(geometry: shapely.Geometry) -> shapely.Geometry:
    """Cut a polygon around the pole into sectors, one fine grid step apart.

    Parts of one multipolygon may not share an edge, hence the step: 0.0001 % of Antarctica.
    """
    edges = np.linspace(-180, 180, SECTORS + 1)
    step = np.where(np.abs(edges) == 180, 0, FINE_DEG)
    sectors = [
        shapely.box(west + a, -90, east, 90)
        for west, east, a in zip(edges[:-1], edges[1:], step[:-1], strict=True)
    ]
    cut = shapely.union_all([shapely.intersection(geometry, s) for s in sectors])
    return shapely.set_precision(cut, FINE_DEG)


def widest_part(geometry: shapely.Geometry) -> float:
    """Width [degree] of the widest polygon of an area."""
    bounds = shapely.bounds(shapely.get_parts(geometry))
    return float(np.max(bounds[:, 2] - bounds[:, 0]))
