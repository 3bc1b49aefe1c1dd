"""Weather: the drivers of some months, with the gaps filled from the mean year."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from soc_monitor.model.vegetation import SOIL_NDVI
from soc_monitor.nowcast.drivers import evaporation, miami, vegetated_fraction
from soc_monitor.nowcast.forecast import GROWTH, Ground, Weather
from soc_monitor.nowcast.rothc import Floats
from soc_monitor.nowcast.water import bounds, modifier

HISTORY = 11
"""Months before the first that the growth of a year looks back on."""
LEAST = {"soil_moisture": 0.0, "rain": 0.0, "potential_evaporation": 0.0, "npp": 0.0}
"""Below it a value is impossible, and as good as missing."""
WARMER = (0.5, 2.0)
"""Least and greatest ratio of a month's evaporation to its usual one, as warmth tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Real:
    """What was observed of some months, gaps and all."""

    months: Sequence[int]
    """Calendar months, 1 to 12, the first ``HISTORY`` of them before the first month asked for."""
    values: Mapping[str, Floats]
    """Driver -> (month, cell); NaN: missing."""
    usual: Mapping[str, Floats]
    """Driver -> mean year (12, cell); NaN: the cell is outside of its map."""


def possible(values: Floats, name: str) -> tuple[Floats, int]:
    """Values without the impossible ones, and how many those were.

    Example:
        >>> possible(np.array([3.0, -1.0, np.nan]), "rain")
        (array([ 3., nan, nan]), 1)
    """
    if name not in LEAST:
        return values, 0
    wrong = values < LEAST[name]
    return np.where(wrong, np.nan, values), int(wrong.sum())


def weather(real: Real, ground: Ground, lat: Floats) -> Iterator[Weather]:
    """The months that were asked for, one after another, whole.

    Where a driver's own map does not reach, and its mean year with it, the month is the ground's
    mean year; growth comes from production, else from the vegetation index, else from the weather.
    """
    order = np.array(real.months) - 1
    warmth, warmth_seen = _filled(real, "air_temperature", ground.temperature[order])
    rain, rain_seen = _filled(real, "rain", ground.rain[order])
    unknown = np.full_like(warmth, np.nan)
    index, index_seen = _filled(real, "ndvi", unknown)
    demand, demand_seen = _filled(real, "potential_evaporation", unknown)
    water, water_seen = _filled(real, "soil_moisture", unknown)
    soil = bounds(ground.clay, ground.stock)
    _, npp_seen = _filled(real, "npp", unknown)
    growth = _growth(real, warmth, rain, ground, order)
    for k in range(HISTORY, len(order)):
        month = int(order[k]) + 1
        plants = vegetated_fraction(index[k])
        yield Weather(
            month=month,
            temperature=warmth[k],
            rain=rain[k],
            evaporation=np.where(
                demand_seen[k], demand[k], _demand(warmth[k], demand[k], ground, lat, month)
            ),
            cover=np.where(np.isfinite(plants), plants, ground.cover[month - 1]),
            growth=np.clip(growth[k - HISTORY], *GROWTH),
            filled=~(warmth_seen[k] & rain_seen[k]),
            grown=index_seen[k] | npp_seen[k],
            moist=modifier(water[k], soil),
            moistened=water_seen[k],
        )


def _demand(warmth: Floats, usual: Floats, ground: Ground, lat: Floats, month: int) -> Floats:
    """Evaporation of a month that no driver tells of (cell) [mm month-1].

    Args:
        warmth: its temperature (cell) [deg C].
        usual: the driver's own mean year (cell) [mm month-1]; NaN: it has none.
        ground: the cells and their mean year.
        lat: (cell) [degrees north].
        month: 1 to 12.

    Returns:
        The driver's mean year, as much more or less as warmth alone would make it; without a
        driver what warmth alone gives. Two formulas for one number would be a change by itself.
    """
    own = evaporation(warmth, ground.temperature, lat, month)
    mean = evaporation(ground.temperature[month - 1], ground.temperature, lat, month)
    with np.errstate(divide="ignore", invalid="ignore"):
        warmer = np.clip(np.where(mean > 1, own / mean, 1.0), *WARMER)
    return np.where(np.isfinite(usual), usual * warmer, own)


def _filled(real: Real, name: str, otherwise: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """A driver with its gaps filled from its own mean year, and where it was seen."""
    if name not in real.values:
        return otherwise, np.zeros(otherwise.shape, bool)
    order = np.array(real.months) - 1
    usual = real.usual[name]
    # A cell without a mean year of the same source has nothing to be compared with.
    seen = np.isfinite(real.values[name]) & np.isfinite(usual[order])
    whole = np.where(seen, real.values[name], usual[order])
    return np.where(np.isfinite(whole), whole, otherwise), seen


def _growth(
    real: Real, warmth: Floats, rain: Floats, ground: Ground, order: npt.NDArray[np.integer]
) -> Floats:
    """Growth of the twelve months up to each, over that of the mean year (month, cell) [1]."""
    mean = ground.temperature.mean(axis=0), ground.rain.sum(axis=0)
    found = miami(_year(warmth) / 12, _year(rain)) / np.maximum(miami(*mean), 1.0)
    for name, floor in (("ndvi", SOIL_NDVI), ("npp", 0.0)):
        if name in real.values:
            usual = np.maximum(real.usual[name] - floor, 0)
            level = np.maximum(real.values[name] - floor, 0)
            whole = np.where(np.isfinite(level), level, usual[order])
            year = usual.sum(axis=0)
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = _year(whole) / year
            found = np.where(np.isfinite(ratio) & (year > 0), ratio, found)
    return found


def _year(values: Floats) -> Floats:
    """Sums over twelve months, ending at each month from the twelfth on."""
    total = np.cumsum(values, axis=0)
    sums: Floats = total[HISTORY:] - np.concatenate([0 * total[:1], total[: -HISTORY - 1]])
    return sums
