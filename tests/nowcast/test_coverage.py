"""Intervals of a change hold a made-up truth as often as they say, by the members alone.

The truth is the published model under drivers, turnover and clay that nobody sees; the nowcast sees
each through an error of the size that its members are drawn with. No structural error is in the
truth, and none is counted in the interval.
"""

import numpy as np

from soc_monitor.model.spread import student_t
from soc_monitor.nowcast.drivers import evaporation
from soc_monitor.nowcast.ensemble import MONTHLY, net
from soc_monitor.nowcast.equilibrium import invert
from soc_monitor.nowcast.forecast import (
    DEPTH,
    PACE_SD,
    Ground,
    Seed,
    advance,
    factors,
    start,
)
from soc_monitor.nowcast.land import NAMES, UNKNOWN, USES, seasons, usual_cover
from soc_monitor.nowcast.rothc import Floats, Month, Soil, cover_modifier, inert, step
from soc_monitor.nowcast.weather import HISTORY, Real, weather

CELLS, REFERENCE, YEARS = 400, 5, 10
MONTHS, FIRST = 12 * (REFERENCE + YEARS), 12 * REFERENCE
DOUBT = 0.25
"""Relative error of the baseline."""
MAPS = 3


def red(random: np.random.Generator, correlation: float) -> Floats:
    """Standard normal numbers that go on from month to month, each cell its own (month, cell)."""
    fresh = random.normal(size=(MONTHS, CELLS))
    found = fresh.copy()
    for k in range(1, MONTHS):
        found[k] = correlation * found[k - 1] + np.sqrt(1 - correlation**2) * fresh[k]
    return found


def mean_year(values: Floats) -> Floats:
    mean: Floats = values[:FIRST].reshape(REFERENCE, 12, CELLS).mean(axis=0)
    return mean


def truth_and_members(number: int, *, bias: float = 0.0) -> tuple[Floats, Floats]:
    """Stock at the end of every month of ten years (month, cell), and of the members.

    ``bias``: how much the baseline is too high everywhere, as a share.
    """
    random = np.random.default_rng(number)
    lat = random.uniform(30, 55, CELLS).astype(np.float32)
    lon = random.uniform(-180, 180, CELLS)
    order = np.arange(MONTHS) % 12
    season = -np.cos(2 * np.pi * order / 12)[:, None]
    warmth = 24 - 0.35 * lat + 9 * season + 1.2 * red(random, 0.5)
    rain = (65 + 10 * np.sin(2 * np.pi * order / 12))[:, None] * np.exp(0.25 * red(random, 0.5))
    trend = 1 + random.uniform(-0.15, 0.15, CELLS) * np.clip(
        np.arange(MONTHS)[:, None] / 120 - REFERENCE / 10, 0, 1
    )
    npp = 0.05 * (1.1 + season) * trend * np.exp(0.05 * red(random, 0.5))
    stock = random.uniform(35, 110, CELLS)
    use = np.full(CELLS, UNKNOWN, np.int8)
    share = np.full(CELLS, USES[NAMES[UNKNOWN]].share)

    warm, wet, grown = map(mean_year, (warmth, rain, npp))
    plants, cover = seasons(use, warm), usual_cover(use, warm)
    pace = np.exp(PACE_SD * random.normal(size=CELLS))
    soil = Soil(clay=25 * np.exp(0.1 * random.normal(size=CELLS)), depth=DEPTH)

    def month(k: int, temperature: Floats, fallen: Floats, plant: Floats) -> Month:
        return Month(
            temperature=temperature, rain=fallen, plant=plant, share=share, manure=np.zeros(()),
            evaporation=evaporation(temperature, warm, lat, k + 1), pace=pace,
            cover=cover_modifier(cover[k]),
        )  # fmt: skip

    iom = inert(stock)
    year = [month(k, warm[k], wet[k], plants[k]) for k in range(12)]
    level, state = invert(stock, iom, year, soil)
    true = [stock]
    for k in range(FIRST, MONTHS):
        # Before the start the soil was in equilibrium: growth looks back on the mean year there.
        last = [npp[j] if j >= FIRST else grown[j % 12] for j in range(k - 11, k + 1)]
        ratio = np.sum(last, axis=0) / grown.sum(axis=0)
        now = month(k % 12, warmth[k], rain[k], level * plants[k % 12] * ratio)
        state, _ = step(state, now, soil)
        true.append(state.active + iom)

    baseline = stock * np.exp(np.sqrt(np.log1p(DOUBT**2)) * random.normal(size=CELLS))
    baseline *= 1 + bias
    seen = {
        "air_temperature": warmth + 0.5 * red(random, MONTHLY),
        "rain": rain * np.exp(0.1 * red(random, MONTHLY)),
        "npp": npp * np.exp(0.1 * red(random, MONTHLY)),
    }
    usual = {name: mean_year(values) for name, values in seen.items()}
    warm, wet = usual["air_temperature"], usual["rain"]
    ground = Ground(
        stock=baseline, error=DOUBT * baseline, clay=np.full(CELLS, 25.0), use=use,
        seen=np.full(CELLS, -1, np.int8), share=share, temperature=warm, rain=wet,
        evaporation=np.stack([evaporation(warm[k], warm, lat, k + 1) for k in range(12)]),
        cover=usual_cover(use, warm), season=seasons(use, warm), around=net(lat, lon),
    )  # fmt: skip
    values = {name: all_of[FIRST - HISTORY :].copy() for name, all_of in seen.items()}
    for one in values.values():
        one[:HISTORY] = np.nan
    calendar = [k % 12 + 1 for k in range(FIRST - HISTORY, MONTHS)]
    real = Real(months=calendar, values=values, usual=usual)
    return np.array(true), carried(ground, real, lat, Seed(number=number))


def carried(ground: Ground, real: Real, lat: Floats, seed: Seed) -> Floats:
    members, kept = start(ground, seed, 12, 24_000), factors(ground, seed)
    found = [members.stock]
    for number, one in enumerate(weather(real, ground, lat)):
        members = advance(members, one, ground, kept, seed, 24_001 + number)
        found.append(members.stock)
    return np.array(found)


def rate(stock: Floats) -> Floats:
    """From the mean of the first year to that of the last [permille yr-1]."""
    ratio: Floats = stock[-12:].mean(axis=0) / stock[1:13].mean(axis=0)
    return 1000 * (ratio - 1) / (YEARS - 1)


def test_paired_members_hold_the_true_change_as_often_as_they_say() -> None:
    inside, off, levels = [], [], []
    t95 = student_t(0.95, Seed().members - 1)
    for number in range(1, 1 + MAPS):
        truth, members = truth_and_members(number)
        rates = rate(members)
        error = rates.mean(axis=0) - rate(truth)
        inside.append(np.abs(error) <= t95 * rates.std(axis=0, ddof=1))
        off.append(error)
        last = members[-1]
        levels.append(np.abs(last.mean(axis=0) - truth[-1]) <= t95 * last.std(axis=0, ddof=1))
    assert 0.90 <= np.mean(inside) <= 0.98
    assert 0.90 <= np.mean(levels) <= 0.98
    # Nor is the number off on the whole: errors of drivers are no change of the soil.
    assert abs(np.mean(off)) < 0.2


def test_a_map_that_is_a_quarter_too_high_moves_the_level_and_not_the_rate() -> None:
    t95 = student_t(0.95, Seed().members - 1)
    truth, members = truth_and_members(1, bias=0.25)
    rates = rate(members)
    error = rates.mean(axis=0) - rate(truth)
    # The input follows from the map, so that all of its carbon is too much by the same share.
    assert 1.15 < np.mean(members[-1].mean(axis=0) / truth[-1]) < 1.35
    # What a cell's drivers and turnover err is more; the map's own part is next to nothing.
    fair = rate(truth_and_members(1)[1]).mean(axis=0)
    assert np.mean(np.abs(rates.mean(axis=0) - fair)) < 0.05
    assert abs(np.mean(error)) < 0.5
    assert np.mean(np.abs(error) <= t95 * rates.std(axis=0, ddof=1)) >= 0.90
