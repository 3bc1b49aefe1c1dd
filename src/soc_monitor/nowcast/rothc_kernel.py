"""The month of RothC over a flat run of cells, compiled.

``rothc.py`` is the door: it says what the numbers are. A tile of cells that stays in the
processor's cache goes through one small loop after another, each with so few arrays that the
compiler can prove them apart and compute several cells in one instruction. Arithmetic is in the
precision of the arrays, twice as many cells at once in float32; therefore what decays is computed
as the loss itself, exp(-x) - 1, which is never the small difference of two large numbers.
"""

import numpy as np
import numpy.typing as npt

from soc_monitor.nowcast.jit import compiled

Cells = npt.NDArray[np.floating]

TILE = 1024
BARE = 0.8 + 1e-6
"""Above this cover factor a month is bare for the water balance; a little more than the 0.8 of
the FAO rule, which float32 cannot hold."""

TRUST = 0.25
"""Share of an observed modifier of moisture in b: half of what may be without a validation, for
what is observed from space is the upper centimetres, not the root zone."""

SLOWEST = 0.02 / 12
"""Monthly rate of the humified pool. The other rates are 15, 33 and 500 times it, so that the loss
of every pool follows from that of this one by multiplications: one exponential instead of four."""


@compiled
def _exp(x: float) -> float:
    """exp(x) for -12 <= x <= 12, to 1e-14 of its value, in float64."""
    x *= 1 / 32
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
    y = 1.0 + x * a
    y *= y
    y *= y
    y *= y
    y *= y
    return y * y


@compiled
def texture(clay: Cells, depth: float, kept: Cells, limit: Cells) -> None:
    """What clay does in every month: share of lost carbon that stays, greatest deficit [mm]."""
    for i in range(kept.size):
        c = float(clay[i])
        kept[i] = 1.0 / (1.0 + 1.67 * (1.85 + 1.60 * _exp(-0.0786 * c)))
        c = 65.0 if c > 65.0 else c  # noqa: FURB136  # NaN stays NaN
        limit[i] = -(20.0 + 1.3 * c - 0.01 * c * c) * depth / 23.0


@compiled
def _temperature(temperature: Cells, cover: Cells, xi: Cells) -> None:
    f = xi.dtype.type
    for i in range(xi.size):
        t = temperature[i]
        x = f(106.06 / 32) / ((f(-5) if t < f(-5) else t) + f(18.27))  # noqa: FURB136  # NaN stays
        a = f(1) + x * f(1 / 11)
        a = f(1) + x * f(1 / 10) * a
        a = f(1) + x * f(1 / 9) * a
        a = f(1) + x * f(1 / 8) * a
        a = f(1) + x * f(1 / 7) * a
        a = f(1) + x * f(1 / 6) * a
        a = f(1) + x * f(1 / 5) * a
        a = f(1) + x * f(1 / 4) * a
        a = f(1) + x * f(1 / 3) * a
        a = f(1) + x * f(1 / 2) * a
        y = f(1) + x * a
        y *= y
        y *= y
        y *= y
        y *= y
        y *= y
        xi[i] = f(0) if t < f(-5) else f(47.91) / (f(1) + y) * cover[i]


@compiled
def _water(rain: Cells, evaporation: Cells, cover: Cells, limit: Cells, deficit: Cells) -> None:
    f = deficit.dtype.type
    for i in range(deficit.size):
        before = deficit[i]
        after = before + (rain[i] - evaporation[i])
        after = f(0) if after > f(0) else after  # noqa: FURB136  # NaN stays NaN
        bare = f(0.556) * limit[i]
        bare = before if before < bare else bare  # noqa: FURB136  # NaN stays NaN
        least = bare if cover[i] > f(BARE) else limit[i]
        deficit[i] = least if after < least else after  # noqa: FURB136  # NaN stays NaN


@compiled
def _slowest(deficit: Cells, limit: Cells, moist: Cells, pace: Cells, xi: Cells) -> None:
    """From the modifiers of warmth and cover to the loss of the slowest pool, exp(-x) - 1."""
    f = xi.dtype.type
    for i in range(xi.size):
        start = f(0.444) * limit[i]
        dry = f(0.2) + f(0.8) * (limit[i] - deficit[i]) / (limit[i] - start)
        b = f(1) if deficit[i] > start else dry
        seen = moist[i]
        b = b if seen < f(0) else b + f(TRUST) * (seen - b)
        x = f(-SLOWEST) * (xi[i] * b * pace[i])
        a = f(1) + x * f(1 / 8)
        a = f(1) + x * f(1 / 7) * a
        a = f(1) + x * f(1 / 6) * a
        a = f(1) + x * f(1 / 5) * a
        a = f(1) + x * f(1 / 4) * a
        a = f(1) + x * f(1 / 3) * a
        a = f(1) + x * f(1 / 2) * a
        xi[i] = x * a


# With m = e - 1, what two losses make together is (1 + m)(1 + n) - 1 = m + n + m n.


@compiled
def _decay_slow(loss: Cells, rpm: Cells, lost: Cells) -> None:
    f = lost.dtype.type
    for i in range(loss.size):
        m = loss[i]
        m2 = m * (f(2) + m)
        m4 = m2 * (f(2) + m2)
        m8 = m4 * (f(2) + m4)
        m3 = m2 + m + m2 * m
        m7 = m4 + m3 + m4 * m3
        gone = rpm[i] * (m8 + m7 + m8 * m7)
        lost[i] = -gone
        rpm[i] += gone


@compiled
def _decay_fast(loss: Cells, dpm: Cells, lost: Cells) -> None:
    f = lost.dtype.type
    for i in range(loss.size):
        m2 = loss[i] * (f(2) + loss[i])
        m4 = m2 * (f(2) + m2)
        m8 = m4 * (f(2) + m4)
        m16 = m8 * (f(2) + m8)
        m32 = m16 * (f(2) + m16)
        m64 = m32 * (f(2) + m32)
        m128 = m64 * (f(2) + m64)
        m256 = m128 * (f(2) + m128)
        m20 = m16 + m4 + m16 * m4
        m96 = m64 + m32 + m64 * m32
        m116 = m96 + m20 + m96 * m20
        m384 = m256 + m128 + m256 * m128
        gone = dpm[i] * (m384 + m116 + m384 * m116)
        lost[i] -= gone
        dpm[i] += gone


@compiled
def _decay_biomass(loss: Cells, bio: Cells, lost: Cells) -> None:
    f = lost.dtype.type
    for i in range(loss.size):
        m = loss[i]
        m2 = m * (f(2) + m)
        m4 = m2 * (f(2) + m2)
        m8 = m4 * (f(2) + m4)
        m16 = m8 * (f(2) + m8)
        m32 = m16 * (f(2) + m16)
        gone = bio[i] * (m32 + m + m32 * m)
        lost[i] -= gone
        bio[i] += gone


@compiled
def _decay_humus(loss: Cells, hum: Cells, lost: Cells) -> None:
    for i in range(loss.size):
        gone = hum[i] * loss[i]
        lost[i] -= gone
        hum[i] += gone


@compiled
def _keep(lost: Cells, kept: Cells, bio: Cells, hum: Cells) -> None:
    f = lost.dtype.type
    for i in range(lost.size):
        stays = lost[i] * kept[i]
        bio[i] += f(0.46) * stays
        hum[i] += f(0.54) * stays


@compiled
def _breathe(lost: Cells, kept: Cells, co2: Cells) -> None:
    f = lost.dtype.type
    for i in range(lost.size):
        co2[i] = lost[i] * (f(1) - kept[i])


@compiled
def _feed(plant: Cells, manure: Cells, share: Cells, dpm: Cells, rpm: Cells) -> None:
    f = dpm.dtype.type
    for i in range(dpm.size):
        yard, quick = f(0.49) * manure[i], plant[i] * share[i]
        dpm[i] += quick + yard
        rpm[i] += (plant[i] - quick) + yard


@compiled
def _feed_humus(manure: Cells, pool: Cells) -> None:
    f = pool.dtype.type
    for i in range(pool.size):
        pool[i] += f(0.02) * manure[i]


@compiled
def month(
    kept: Cells, limit: Cells,
    dpm: Cells, rpm: Cells, bio: Cells, hum: Cells, deficit: Cells, co2: Cells,
    temperature: Cells, rain: Cells, evaporation: Cells, cover: Cells,
    moist: Cells, pace: Cells, plant: Cells, manure: Cells, share: Cells,
) -> None:  # fmt: skip
    """One month of every cell, in place; all arrays (cell), as ``rothc.Month`` has them.

    ``kept`` and ``limit`` are those of ``texture``.
    """
    loss, lost = np.empty(TILE, dpm.dtype), np.empty(TILE, dpm.dtype)
    for first in range(0, dpm.size, TILE):
        end = min(first + TILE, dpm.size)
        m, d = loss[: end - first], lost[: end - first]
        k, most = kept[first:end], limit[first:end]
        _temperature(temperature[first:end], cover[first:end], m)
        _water(rain[first:end], evaporation[first:end], cover[first:end], most, deficit[first:end])
        _slowest(deficit[first:end], most, moist[first:end], pace[first:end], m)
        _decay_slow(m, rpm[first:end], d)
        _decay_fast(m, dpm[first:end], d)
        _decay_biomass(m, bio[first:end], d)
        _decay_humus(m, hum[first:end], d)
        _keep(d, k, bio[first:end], hum[first:end])
        _breathe(d, k, co2[first:end])
        _feed(plant[first:end], manure[first:end], share[first:end], dpm[first:end], rpm[first:end])
        _feed_humus(manure[first:end], hum[first:end])
