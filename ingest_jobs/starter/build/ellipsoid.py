"""Areas on the WGS84 ellipsoid of polygons given in degrees.

Edges are straight on the longitude-latitude plane, as those of grid cells are: an edge along
a parallel follows the parallel, so areas of cells and of polygons add up.
"""

import numpy as np
import numpy.typing as npt
import shapely

A_KM = 6378.1370
B_KM = 6356.752314245
E = float(np.sqrt(1 - (B_KM / A_KM) ** 2))
NODES, WEIGHTS = np.polynomial.legendre.leggauss(6)
# Beyond this step the quadrature along an edge is no longer exact to 1e-9.
LONGEST_EDGE_DEG = 5.0

Array = npt.NDArray[np.float64]


def area_to_parallel(latitude: Array) -> Array:
    """Area [km2] between the equator and a parallel, for one degree of longitude."""
    sine = np.sin(np.radians(latitude))
    band = np.arctanh(E * sine) / E + sine / (1 - (E * sine) ** 2)
    return np.pi * B_KM**2 * band / 360


def _ring_area(x: Array, y: Array) -> float:
    middle, half = (y[1:] + y[:-1]) / 2, np.diff(y) / 2
    mean = sum(w * area_to_parallel(middle + half * n) for n, w in zip(NODES, WEIGHTS, strict=True))
    return float(abs(np.sum(np.diff(x) * mean) / 2))


def area_km2(geometry: shapely.Geometry) -> float:
    """Area [km2] of a polygon or multipolygon in degrees, holes taken off."""
    total = 0.0
    for part in shapely.get_parts(shapely.segmentize(geometry, LONGEST_EDGE_DEG)):
        rings = shapely.get_rings(part)
        areas = [_ring_area(*shapely.get_coordinates(ring).T) for ring in rings]
        total += areas[0] - sum(areas[1:])
    return total
