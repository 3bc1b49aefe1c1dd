"""Ensemble: errors that go together in space and time, the same for a member at every date.

An error is a number at each knot of a coarse net over the globe, drawn from (seed, source, member,
month, knot) alone, so that it does not depend on how the map is cut into blocks. Between knots it
is interpolated with weights whose squares add up to 1: its variance is 1 everywhere. A net of
1.61 a has the same integral range, 2 pi a^2, as the exponential correlation of length a that the
monitor uses for errors of maps (100 km); 5 % of the variance is common to the whole map. In time
an error of a driver is AR(1), 0.9 from month to month. Draws are centred over the members, so that
the mean of the ensemble is the run without errors as nearly as the model is linear.
"""

import hashlib
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from soc_monitor.nowcast.jit import compiled
from soc_monitor.nowcast.rothc import Floats

Indexes = npt.NDArray[np.int32]

RANGE_KM = 100.0
"""Length a of the correlation of errors."""
COMMON = 0.05
"""Share of the variance that is common to all cells."""
MONTHLY = 0.9
"""Correlation of the error of a driver from one month to the next."""
KM_PER_DEGREE = 111.195

ROWS = round(180 * KM_PER_DEGREE / (1.613 * RANGE_KM))
"""Rows of the net from pole to pole."""


def _counts() -> npt.NDArray[np.int64]:
    """Knots in each row: fewer towards the poles, so that they stand equally far apart."""
    lat = 90 - (np.arange(ROWS) + 0.5) * 180 / ROWS
    return np.maximum(np.round(2 * ROWS * np.cos(np.radians(lat))), 4).astype(np.int64)


COUNTS = _counts()
FIRST = np.concatenate([[0], np.cumsum(COUNTS)[:-1]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """The knots around some cells."""

    knots: npt.NDArray[np.int64]
    """Numbers of the knots (knot)."""
    index: Indexes
    """Four knots of each cell (4, cell), as positions in ``knots``."""
    weight: npt.NDArray[np.float32]
    """(4, cell) [1]; the squares of a cell's weights add up to 1."""


def net(lat: Floats, lon: Floats) -> Net:
    """The knots around some cells, and how much of each a cell takes.

    Args:
        lat: (cell) [degrees north].
        lon: (cell) [degrees east].

    Example:
        >>> found = net(np.array([52.0]), np.array([5.0]))
        >>> found.index.shape, round(float((found.weight**2).sum()), 6)
        ((4, 1), 1.0)
    """
    row = np.clip((90 - lat) * ROWS / 180 - 0.5, 0, ROWS - 1)
    above = np.minimum(row.astype(np.int64), ROWS - 2)
    down = row - above
    numbers, weights = [], []
    for side, share in ((above, 1 - down), (above + 1, down)):
        place = (np.asarray(lon) + 180) / 360 % 1 * COUNTS[side]
        left = place.astype(np.int64)
        right = place - left
        for step, part in ((0, 1 - right), (1, right)):
            numbers.append(FIRST[side] + (left + step) % COUNTS[side])
            weights.append(share * part)
    knots, index = np.unique(np.stack(numbers), return_inverse=True)
    raw = np.stack(weights)
    return Net(
        knots=knots,
        index=index.reshape(raw.shape).astype(np.int32),
        weight=(raw / np.sqrt((raw**2).sum(axis=0))).astype(np.float32),
    )


@compiled
def _mixed(key: int, knots: npt.NDArray[np.int64], out: npt.NDArray[np.float64]) -> None:
    """A standard normal number for each knot, from a key: splitmix64, then Box and Muller."""
    for i in range(knots.size):
        pair = (0.0, 0.0)
        for turn in range(2):
            z = np.uint64(key) + np.uint64(2 * knots[i] + turn + 1) * np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z ^= z >> np.uint64(31)
            pair = (pair[1], (float(z >> np.uint64(11)) + 0.5) / 9007199254740992.0)
        out[i] = math.sqrt(-2 * math.log(pair[0])) * math.cos(2 * math.pi * pair[1])


def draw(seed: int, source: str, members: int, knots: npt.NDArray[np.int64], when: int) -> Floats:
    """Errors at knots, centred over the members.

    Args:
        seed: of the ensemble.
        source: what errs; every source has its own errors.
        members: how many.
        knots: numbers of the knots (knot).
        when: number of the month; 0 for what does not change in time.

    Returns:
        (member, knot + 1) [1], standard normal; the last column is common to all cells.
    """
    wanted = np.append(knots, FIRST[-1] + COUNTS[-1])
    out = np.empty((members, len(wanted)))
    for member in range(members):
        name = f"{seed}|{source}|{member}|{when}"
        key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=7).digest(), "big")
        _mixed(key, wanted, out[member])
    if members > 1:
        out = (out - out.mean(axis=0)) * np.sqrt(members / (members - 1))
    return out


def follow(errors: Floats, fresh: Floats) -> Floats:
    """The errors of a driver a month later [1], from those of a month and new draws."""
    later: Floats = MONTHLY * errors + np.sqrt(1 - MONTHLY**2) * fresh
    return later


TILE = 512
"""Cells whose knots and weights stay in the nearest cache while one source follows another."""


@compiled
def _spread(
    values: npt.NDArray[np.float64],
    index: Indexes,
    weight: npt.NDArray[np.float32],
    out: npt.NDArray[np.float32],
) -> None:
    own, shared = math.sqrt(1 - 0.05), math.sqrt(0.05)
    for first in range(0, out.shape[1], TILE):
        for source in range(out.shape[0]):
            common = shared * values[source, -1]
            for i in range(first, min(first + TILE, out.shape[1])):
                total = 0.0
                for k in range(4):
                    total += weight[k, i] * values[source, index[k, i]]
                out[source, i] = own * total + common


def spread_all(values: Floats, around: Net) -> npt.NDArray[np.float32]:
    """Errors of one member at cells (source, cell) [1], from those at knots (source, knot + 1)."""
    out = np.empty((len(values), around.index.shape[1]), np.float32)
    _spread(np.ascontiguousarray(values, np.float64), around.index, around.weight, out)
    return out


def spread(values: Floats, around: Net) -> npt.NDArray[np.float32]:
    """Errors of one member from one source at cells (cell) [1], from those at its knots."""
    found: npt.NDArray[np.float32] = spread_all(np.asarray(values)[None], around)[0]
    return found
