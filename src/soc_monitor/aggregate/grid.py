"""Exact areas on the WGS 84 ellipsoid: of cells, and of polygons in longitude and latitude.

The area between the equator and a latitude, per radian of longitude, is

    q(lat) = b^2 / 2 * (atanh(e s) / e + s / (1 - e^2 s^2)),  s = sin(lat).

Differences of q cancel for narrow rows, so q is kept as a sine series (its coefficients fall by
300 from term to term): sines subtract without loss.

Source:
    J. P. Snyder (1987), Map Projections: A Working Manual, USGS PP 1395, Eq. 3-12.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from soc_monitor.aggregate.rings import rings_of
from soc_monitor.model.grid import Grid

A: Final = 6378137.0
"""Equatorial radius of WGS 84 [m]."""
F: Final = 1 / 298.257223563
"""Flattening of WGS 84 [1]."""
_B2: Final = (A * (1 - F)) ** 2
_E2: Final = F * (2 - F)

Floats = npt.NDArray[np.float64]


def density(lat: Floats) -> Floats:
    """Area of the ellipsoid per radian of latitude and of longitude.

    Args:
        lat: latitude (any) [radians].

    Returns:
        dq / dlat (as given) [m2].
    """
    return np.asarray(_B2 * np.cos(lat) / (1 - _E2 * np.sin(lat) ** 2) ** 2)


def _sine_series() -> tuple[Floats, Floats]:
    """Orders m = 1, 3, 5... and coefficients c of q(lat) = sum of c sin(m lat) [m2]."""
    turns: Floats = np.arange(64) * np.float64(2 * np.pi / 64)
    orders = np.arange(1.0, 16.0, 2.0)
    cosines = np.cos(orders[:, None] * turns)
    return orders, cosines @ density(turns) / 32 / orders


_ORDERS, _COEFFICIENTS = _sine_series()


def row_area(grid: Grid) -> Floats:
    """Area of one cell in each row, exact on the WGS 84 ellipsoid.

    Args:
        grid: the grid.

    Returns:
        (y,) [m2]; never NaN.

    Source:
        q(north) - q(south) of the row, times the width of a cell.

    Example:
        >>> one_degree = Grid(nx=360, ny=180)
        >>> (row_area(one_degree)[44] / 1e6).round(6)  # 45 N to 46 N
        np.float64(8686.494957)
    """
    return _row_area(grid).copy()


@lru_cache(maxsize=8)
def _row_area(grid: Grid) -> Floats:
    """As ``row_area``; every block of a field asks for it."""
    rows = np.arange(grid.ny)
    height = np.radians(grid.north - grid.south)
    middle = np.radians(grid.north) - (rows + 0.5) * (height / grid.ny)
    half = height / grid.ny / 2
    chords = 2 * np.sin(_ORDERS * half) * _COEFFICIENTS
    return np.asarray(np.cos(middle[:, None] * _ORDERS) @ chords * np.radians(grid.dx))


def polygon_area(geometries: Sequence[BaseGeometry]) -> Floats:
    """Area of polygons whose edges are straight lines in longitude and latitude.

    Such an edge is not a geodesic: a box is bounded by its parallels. It is the line that the
    weights and every map in plate carree take.

    Args:
        geometries: polygons in longitude and latitude (area) [degrees].

    Returns:
        (area,) [m2]; never NaN.

    Raises:
        BadValue: not a polygon, empty, or outside of [-180, 180] x [-90, 90].

    Source:
        Green's theorem: minus the sum over edges of dlon times the mean of q along the edge.

    Example:
        >>> import shapely
        >>> (polygon_area([shapely.box(7, 45, 8, 46)]) / 1e6).round(6)
        array([8686.494957])
    """
    rings = rings_of(geometries)
    lon, lat = np.radians(rings.lonlat).T
    edge = np.ones(len(lon) - 1, bool)
    edge[rings.ring_ptr[1:-1] - 1] = False  # from one ring to the next
    middle = (lat[1:] + lat[:-1]) / 2
    half = np.abs(lat[1:] - lat[:-1]) / 2
    mean = np.zeros(len(middle))
    for order, coefficient in zip(_ORDERS, _COEFFICIENTS, strict=True):
        mean += coefficient * np.sin(order * middle) * np.sinc(order * half / np.pi)
    strips = np.where(edge, -(lon[1:] - lon[:-1]) * mean, 0.0)
    return np.add.reduceat(strips, rings.ring_ptr[rings.area_ptr[:-1]])


def row_shape(grid: Grid) -> tuple[Floats, Floats]:
    """How the area of a row is spread from its top to its bottom.

    With t from -1 at the top to 1 at the bottom, the density is 1 - skew t + curve P2(t), P2 the
    second Legendre polynomial. At a quarter of a degree a share is then right to 2e-8 in the rows
    at the poles, and far better elsewhere.

    Args:
        grid: the grid.

    Returns:
        skew (y,) [1] and curve (y,) [1].
    """
    nodes, shares = np.polynomial.legendre.leggauss(8)
    height = np.radians(grid.north - grid.south) / grid.ny
    middle = np.radians(grid.north) - (np.arange(grid.ny) + 0.5) * height
    across = density(middle[:, None] - nodes * height / 2)
    whole = across @ shares / 2
    skew = -1.5 * (across @ (shares * nodes)) / whole
    curve = 2.5 * (across @ (shares * (3 * nodes**2 - 1) / 2)) / whole
    return skew, curve
