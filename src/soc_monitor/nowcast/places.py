"""Places: which positions of samples are of one place, by their distance on the ground."""

import numpy as np
import numpy.typing as npt
import shapely

from soc_monitor.nowcast.assimilation import EARTH_KM, Floats

PLACE_M = 100.0
"""Positions that are no farther apart are of one place: about the side of the hectare that a
composite sample is taken from; who comes back stands within some metres."""


def number_places(lon: Floats, lat: Floats) -> npt.NDArray[np.int64]:
    """The place of every position: that of all that lie within 100 m, by way of others too.

    A field that is sampled every 50 m is one place: its cores do not tell of the area on their own.

    Args:
        lon, lat: positions (n) [degrees].

    Returns:
        Index of the first position of the same place (n) [1].

    Source:
        Single linkage: connected parts of the graph of neighbours.

    Example:
        >>> lon, lat = np.array([24.0, 24.0017, 24.01]), np.array([60.0, 60.0, 60.0])
        >>> number_places(lon, lat).tolist()  # 95 m apart, and 460 m from both
        [0, 0, 2]
    """
    # Who comes back to the very position is of its place without a look at how far it is.
    spots, first, spot = np.unique(
        np.stack([lon, lat], axis=1), axis=0, return_index=True, return_inverse=True
    )
    # In the order in which they come: the first of a place is then the least of its numbers.
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    place = _joined(_positions(*spots[order].T))
    return first[order][place[rank[spot.reshape(-1)]]]


def _joined(at: Floats) -> npt.NDArray[np.int64]:
    """The least number of all that are joined to each of some points in space (n, 3) [m]."""
    # Seen from above a pole no two positions are farther apart than they are.
    seen = np.asarray(shapely.points(at[:, :2]))
    one, other = shapely.STRtree(seen).query(seen, predicate="dwithin", distance=PLACE_M)
    near = np.linalg.norm(at[one] - at[other], axis=1) <= PLACE_M
    one, other = one[near], other[near]
    place = np.arange(len(at))
    while True:
        before = place.copy()
        np.minimum.at(place, one, before[other])
        place = place[place]
        if np.array_equal(place, before):
            return place


def _positions(lon: Floats, lat: Floats) -> Floats:
    """In space (n, 3) [m]: there neither 180 degrees nor a pole is an edge."""
    east, north = np.radians(lon), np.radians(lat)
    unit = [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)]
    return np.asarray(1000 * EARTH_KM * np.stack(unit, axis=1))
