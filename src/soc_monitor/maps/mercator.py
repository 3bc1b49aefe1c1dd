"""Web Mercator: where the pixels of a tile lie."""

import numpy as np

from soc_monitor.errors import UnknownTile
from soc_monitor.maps.held import Array

SIZE = 256
"""Pixels of a side."""
DEEPEST = 10
"""Greatest zoom."""


def check_tile(z: int, x: int, y: int, *, deepest: int = DEEPEST) -> None:
    """Refuse what is not a tile of ours.

    Args:
        z, x, y: zoom, column and row.
        deepest: greatest zoom.

    Raises:
        UnknownTile: too deep, or outside the world.
    """
    if not (0 <= z <= deepest and 0 <= x < 1 << z and 0 <= y < 1 << z):
        raise UnknownTile(
            f"no tile {z}/{x}/{y}", hint=f"z is 0 to {deepest}; x and y are 0 to 2^z - 1"
        )


def pixel_centres(z: int, x: int, y: int) -> tuple[Array, Array]:
    """Longitudes of a tile's columns and latitudes of its rows [degrees].

    Raises:
        UnknownTile: too deep, or outside the world.

    Example:
        >>> lons, lats = pixel_centres(0, 0, 0)
        >>> lons[[0, -1]].tolist(), round(float(lats[0]), 3)
        ([-179.296875, 179.296875], 84.99)
    """
    check_tile(z, x, y)
    middle = (np.arange(SIZE) + 0.5) / SIZE
    lons = (x + middle) / (1 << z) * 360.0 - 180.0
    lats = np.degrees(np.arctan(np.sinh(np.pi * (1.0 - 2.0 * (y + middle) / (1 << z)))))
    return lons, lats


def project(lonlat: Array) -> Array:
    """Longitude and latitude [degrees] as fractions of the world square, y downwards.

    Args:
        lonlat: pairs (point, 2) [degrees].

    Example:
        >>> project(np.array([[0.0, 0.0], [180.0, -85.0511287798066]])).round(9).tolist()
        [[0.5, 0.5], [1.0, 1.0]]
    """
    # The poles lie at infinity; 89.9 degrees is far outside of the square already.
    lat = np.radians(np.clip(lonlat[:, 1], -89.9, 89.9))
    y = 0.5 - np.arcsinh(np.tan(lat)) / (2.0 * np.pi)
    return np.column_stack((lonlat[:, 0] / 360.0 + 0.5, y))
