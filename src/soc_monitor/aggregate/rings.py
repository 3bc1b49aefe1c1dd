"""Rings: the outlines of many areas as flat arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from soc_monitor.errors import BadValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Rings:
    """Outlines of areas; shells run counter-clockwise, holes clockwise."""

    lonlat: npt.NDArray[np.float64]
    """Vertices (vertex, 2) [degrees], the first of a ring repeated as its last."""
    ring_ptr: npt.NDArray[np.int64]
    """Ring r has the vertices ``ring_ptr[r]:ring_ptr[r + 1]``."""
    area_ptr: npt.NDArray[np.int64]
    """Area a has the rings ``area_ptr[a]:area_ptr[a + 1]``."""

    @property
    def n_areas(self) -> int:
        """How many areas there are."""
        return len(self.area_ptr) - 1


def rings_of(geometries: Sequence[BaseGeometry]) -> Rings:
    """The outlines of polygons and multipolygons.

    Args:
        geometries: polygons in longitude and latitude (area) [degrees].

    Returns:
        Their rings, in the order of the areas.

    Raises:
        BadValue: not a polygon, empty, or outside of [-180, 180] x [-90, 90].

    Example:
        >>> rings_of([shapely.box(0, 0, 2, 1)]).lonlat.tolist()
        [[2.0, 0.0], [2.0, 1.0], [0.0, 1.0], [0.0, 0.0], [2.0, 0.0]]
    """
    shapes = np.array(geometries, dtype=object)
    _refuse(~np.isin(shapely.get_type_id(shapes), (3, 6)), "is not a polygon")
    _refuse(shapely.is_empty(shapes), "is empty")
    shapes = np.asarray(shapely.orient_polygons(shapes), dtype=object)
    parts, part_area = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    lonlat, vertex_ring = shapely.get_coordinates(rings, return_index=True)
    ring_area = part_area[ring_part]
    inside = (np.abs(lonlat) <= (180.0, 90.0)).all(axis=1)
    outside = np.zeros(len(shapes), bool)
    outside[ring_area[vertex_ring[~inside]]] = True
    _refuse(outside, "leaves longitude -180..180 or latitude -90..90")
    return Rings(
        lonlat=lonlat,
        ring_ptr=np.searchsorted(vertex_ring, np.arange(len(rings) + 1)),
        area_ptr=np.searchsorted(ring_area, np.arange(len(shapes) + 1)),
    )


def _refuse(bad: npt.NDArray[np.bool_], why: str) -> None:
    """Raise for the first bad geometry."""
    if bad.any():
        msg = f"geometry {int(np.argmax(bad))} {why}"
        raise BadValue(msg)
