"""The month of RothC over a flat run of cells, compiled.

``rothc.py`` is the door: it says what the numbers are. A tile of cells that stays in the
processor's cache goes through one small loop after another, each with so few arrays that the
compiler can prove them apart and compute several cells in one instruction. All arithmetic is in
float64, whatever the cells are stored in.
"""

import numpy as np
import numpy.typing as npt

from soc_monitor.nowcast.jit import compiled

Cells = npt.NDArray[np.floating]

TILE = 1024
BARE = 0.8 + 1e-6
"""Above this cover factor a month is bare for the water balance; a little more than the 0.8 of
the FAO rule, which float32 cannot hold."""


@compiled
def _exp_small(x: float) -> float:
    """exp(x) for -0.4 <= x <= 0.4, to 1e-14: a polynomial, which a loop of cells can share."""
    a = 1.0 + x * (1 / 11)
    a = 1.0 + x * (1 / 10) * a
    a = 1.0 + x * (1 / 9) * a
    a = 1.0 + x * (1 / 8) * a
    a = 1.0 + x * (1 / 7) * a
    a = 1.0 + x * (1 / 6) * a
    a = 1.0 + x * (1 / 5) * a
    a = 1.0 + x * (1 / 4) * a
    a = 1.0 + x * (1 / 3) * a
    a = 1.0 + x * (1 / 2) * a
    return 1.0 + x * a


@compiled
def _exp(x: float) -> float:
    """exp(x) for -12 <= x <= 12, to 1e-14 of its value."""
    y = _exp_small(x * (1 / 32))
    y *= y
    y *= y
    y *= y
    y *= y
    return y * y


@compiled
def _temperature(temperature: Cells, xi: Cells) -> None:
    for i in range(xi.size):
        t = float(temperature[i])
        warm = 106.06 / ((-5.0 if t < -5.0 else t) + 18.27)  # noqa: FURB136  # NaN stays NaN
        xi[i] = 0.0 if t < -5.0 else 47.91 / (1.0 + _exp(warm))


@compiled
def _times(factor: Cells, xi: Cells) -> None:
    for i in range(xi.size):
        xi[i] *= factor[i]


@compiled
def _clay(clay: Cells, depth: float, kept: Cells, limit: Cells) -> None:
    for i in range(kept.size):
        c = float(clay[i])
        kept[i] = 1.0 / (1.0 + 1.67 * (1.85 + 1.60 * _exp(-0.0786 * c)))
        c = 65.0 if c > 65.0 else c  # noqa: FURB136  # NaN stays NaN
        limit[i] = -(20.0 + 1.3 * c - 0.01 * c * c) * depth / 23.0


@compiled
def _water(rain: Cells, evaporation: Cells, cover: Cells, limit: Cells, deficit: Cells) -> None:
    for i in range(deficit.size):
        before = float(deficit[i])
        after = before + (float(rain[i]) - float(evaporation[i]))
        after = 0.0 if after > 0.0 else after  # noqa: FURB136  # NaN stays NaN
        bare = 0.556 * limit[i]
        bare = before if before < bare else bare  # noqa: FURB136  # NaN stays NaN
        least = bare if cover[i] > BARE else limit[i]
        deficit[i] = least if after < least else after  # noqa: FURB136  # NaN stays NaN


@compiled
def _moisture(deficit: Cells, limit: Cells, xi: Cells) -> None:
    for i in range(xi.size):
        start = 0.444 * limit[i]
        d = float(deficit[i])
        dry = 0.2 + 0.8 * (limit[i] - d) / (limit[i] - start)
        xi[i] *= 1.0 if d > start else dry


@compiled
def _decay_fast(xi: Cells, k: float, pool: Cells, lost: Cells) -> None:
    for i in range(xi.size):
        before = float(pool[i])
        after = before * _exp(-k * xi[i])
        lost[i] += before - after
        pool[i] = after


@compiled
def _decay_slow(xi: Cells, k: float, pool: Cells, lost: Cells) -> None:
    for i in range(xi.size):
        before = float(pool[i])
        after = before * _exp_small(-k * xi[i])
        lost[i] += before - after
        pool[i] = after


@compiled
def _keep(lost: Cells, kept: Cells, share: float, pool: Cells) -> None:
    for i in range(lost.size):
        pool[i] += share * lost[i] * kept[i]


@compiled
def _breathe(lost: Cells, kept: Cells, co2: Cells) -> None:
    for i in range(lost.size):
        co2[i] = lost[i] * (1.0 - kept[i])


@compiled
def _feed(plant: Cells, manure: Cells, share: Cells, sign: float, pool: Cells) -> None:
    # sign +1: the share of decomposable material; -1: what is left of it.
    rest = 0.0 if sign > 0 else 1.0
    for i in range(pool.size):
        pool[i] += plant[i] * (rest + sign * share[i]) + 0.49 * manure[i]


@compiled
def _feed_humus(manure: Cells, pool: Cells) -> None:
    for i in range(pool.size):
        pool[i] += 0.02 * manure[i]


@compiled
def rate(
    temperature: Cells, rain: Cells, evaporation: Cells, cover: Cells,
    limit: Cells, deficit: Cells, xi: Cells,
) -> None:  # fmt: skip
    """Water balance of a tile, and the product of the three rate modifiers into ``xi``."""
    _temperature(temperature, xi)
    _times(cover, xi)
    _water(rain, evaporation, cover, limit, deficit)
    _moisture(deficit, limit, xi)


@compiled
def month(
    depth: float, dpm: Cells, rpm: Cells, bio: Cells, hum: Cells, deficit: Cells, co2: Cells,
    temperature: Cells, rain: Cells, evaporation: Cells, cover: Cells,
    pace: Cells, plant: Cells, manure: Cells, share: Cells, clay: Cells,
) -> None:  # fmt: skip
    """One month of every cell, in place; all arrays (cell), as ``rothc.Month`` has them."""
    xi, kept, limit, lost = np.empty(TILE), np.empty(TILE), np.empty(TILE), np.empty(TILE)
    for first in range(0, dpm.size, TILE):
        end = min(first + TILE, dpm.size)
        n = end - first
        x, k, m, d = xi[:n], kept[:n], limit[:n], lost[:n]
        d[:] = 0.0
        _clay(clay[first:end], depth, k, m)
        rate(
            temperature[first:end], rain[first:end], evaporation[first:end], cover[first:end],
            m, deficit[first:end], x,
        )  # fmt: skip
        _times(pace[first:end], x)
        _decay_fast(x, 10.0 / 12, dpm[first:end], d)
        _decay_slow(x, 0.3 / 12, rpm[first:end], d)
        _decay_slow(x, 0.66 / 12, bio[first:end], d)
        _decay_slow(x, 0.02 / 12, hum[first:end], d)
        _keep(d, k, 0.46, bio[first:end])
        _keep(d, k, 0.54, hum[first:end])
        _breathe(d, k, co2[first:end])
        _feed(plant[first:end], manure[first:end], share[first:end], 1.0, dpm[first:end])
        _feed(plant[first:end], manure[first:end], share[first:end], -1.0, rpm[first:end])
        _feed_humus(manure[first:end], hum[first:end])
