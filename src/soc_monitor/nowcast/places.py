"""Places: which positions of samples are of one place, by their distance on the ground."""

import itertools
import math

import numpy as np
import numpy.typing as npt

from soc_monitor.nowcast.assimilation import EARTH_KM, Floats

PLACE_M = 100.0
"""Positions that are no farther apart are of one place: about the side of the hectare that a
composite sample is taken from; who comes back stands within some metres."""
CUBE_M = PLACE_M / math.sqrt(3) * (1 - 1e-9)
"""Side of the cubes that points are sorted into: in one of them any two are within the limit."""
REACH = 2
"""Cubes farther apart than this hold no two points within the limit."""
AT_A_TIME = 64
"""Points of a cube whose distances to as many of another are looked at together."""
FEW = 1024
"""Pairs of points of two cubes that are looked at without asking which may be near."""
MOST_PAIRS = 1_000_000
"""Pairs that are looked at together: some tens of megabytes."""

Ints = npt.NDArray[np.int64]


def number_places(lon: Floats, lat: Floats) -> Ints:
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
    place = _joined(positions(*spots[order].T))
    return first[order][place[rank[spot.reshape(-1)]]]


def _joined(at: Floats) -> Ints:
    """The least number of all that are joined to each of some points in space (n, 3) [m]."""
    if not len(at):
        return np.empty(0, np.int64)
    # In a cube whose diagonal is below the limit all are near each other, however many they are:
    # they are joined without a look at any pair.
    cubes, first, of = np.unique(
        np.floor(at / CUBE_M).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    one, other = _neighbours(cubes)
    near = _touch(at, of.reshape(-1), one, other)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    part = _parts(len(cubes), rank[one[near]], rank[other[near]])
    return np.asarray(first[order][part[rank[of.reshape(-1)]]])


def _neighbours(cubes: Ints) -> tuple[Ints, Ints]:
    """Pairs of cubes (n, 3), in their order, that may hold points within the limit."""
    size = np.ptp(cubes, axis=0) + 1 + 2 * REACH
    stride = np.array([size[1] * size[2], size[2], 1])
    keys = (cubes - cubes.min(axis=0)) @ stride
    found = []
    for step in itertools.product(range(-REACH, REACH + 1), repeat=3):
        if step > (0, 0, 0):  # the other half are the same pairs
            wanted = keys + np.array(step) @ stride
            where = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            here = np.flatnonzero(keys[where] == wanted)
            found.append((here, where[here]))
    ones, others = (np.concatenate(some) for some in zip(*found, strict=True))
    return ones, others


def _touch(at: Floats, of: Ints, one: Ints, other: Ints) -> npt.NDArray[np.bool_]:
    """Whether a point of the one cube and one of the other are within the limit, by pair."""
    size = np.bincount(of)
    at, start = at[np.argsort(of, kind="stable")], np.cumsum(size) - size
    found = np.zeros(len(one), bool)
    pairs = size[one] * size[other]
    few = np.flatnonzero(pairs <= FEW)
    for some in np.array_split(few, 1 + pairs[few].sum() // MOST_PAIRS):
        found[some] = _any_near(at, start, size, one[some], other[some])
    for pair in np.flatnonzero(pairs > FEW):
        here, there = (slice(start[c], start[c] + size[c]) for c in (one[pair], other[pair]))
        found[pair] = _meet(at[here], at[there])
    return found


def _any_near(at: Floats, start: Ints, size: Ints, one: Ints, other: Ints) -> npt.NDArray[np.bool_]:
    """The same of cubes with few points: every pair of them is looked at, all at once."""
    pairs, wide = size[one] * size[other], size[other]
    of = np.repeat(np.arange(len(one)), pairs)
    number = np.arange(len(of)) - np.repeat(np.cumsum(pairs) - pairs, pairs)
    here, there = np.divmod(number, wide[of])
    apart = at[start[one][of] + here] - at[start[other][of] + there]
    near = np.linalg.norm(apart, axis=1) <= PLACE_M
    return np.bincount(of[near], minlength=len(one)) > 0


def _meet(some: Floats, others: Floats) -> bool:
    """Whether any two points of two clouds are within the limit."""
    todo = [(some, others)]
    while todo:
        # Only what is near the box around the other cloud can be, and the nearest most likely.
        one, other = todo.pop()
        some = _near_box(one, other)
        others = _near_box(other, some) if len(some) else some
        if not len(others):
            continue
        here, there = some[:AT_A_TIME], others[:AT_A_TIME]
        apart = np.linalg.norm(here[:, None] - there[None], axis=2)
        if (apart <= PLACE_M).any():
            return True
        # Of clouds that lie side by side most parts are too far apart, which their boxes tell.
        if len(some) > AT_A_TIME or len(others) > AT_A_TIME:
            cut, whole = (others, some) if len(some) < len(others) else (some, others)
            todo += [(whole, half) for half in _halves(cut)]
    return False


def _halves(cloud: Floats) -> tuple[Floats, Floats]:
    """A cloud cut across where it is longest, as many points on either side."""
    along = cloud[:, np.argmax(np.ptp(cloud, axis=0))]
    order = np.argpartition(along, len(cloud) // 2)
    return cloud[order[: len(cloud) // 2]], cloud[order[len(cloud) // 2 :]]


def _near_box(some: Floats, others: Floats) -> Floats:
    """Points within the limit of the box around others, the nearest first."""
    low, high = others.min(axis=0), others.max(axis=0)
    away = np.linalg.norm(np.maximum(0, np.maximum(low - some, some - high)), axis=1)
    # A hair wider: what lies at the limit itself is for the points to tell.
    order = np.argsort(away, kind="stable")
    return np.asarray(some[order[away[order] <= PLACE_M * (1 + 1e-9)]])


def _parts(count: int, one: Ints, other: Ints) -> Ints:
    """The least number of all that are joined to each of ``count`` by some pairs."""
    place = np.arange(count)
    # Every part is hung below the least of its neighbours, and all is told of the top at once: a
    # part that stays on top is met by the next round, so that two rounds halve them at least.
    while len(one):
        np.minimum.at(place, one, other)
        np.minimum.at(place, other, one)
        while not np.array_equal(above := place[place], place):
            place = above
        one, other = place[one], place[other]
        apart = one != other
        one, other = one[apart], other[apart]
    return place


def positions(lon: Floats, lat: Floats) -> Floats:
    """In space (n, 3) [m]: there neither 180 degrees nor a pole is an edge."""
    east, north = np.radians(lon), np.radians(lat)
    unit = [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)]
    return np.asarray(1000 * EARTH_KM * np.stack(unit, axis=1))
