"""Drivers: what a model needs to know of the weather, from what is at hand."""

from calendar import monthrange

import numpy as np
import numpy.typing as npt

from soc_monitor.model.vegetation import CANOPY_NDVI, SOIL_NDVI

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.floating]

DAYS = np.array([monthrange(2001, month)[1] for month in range(1, 13)], np.float32)
"""Days of the months of a common year."""

_MID = (np.cumsum(DAYS) - DAYS / 2).astype(np.float32)


def day_length(lat: Floats) -> Floats:
    """Hours of daylight in the middle of each month.

    Args:
        lat: latitude (y) [degrees north].

    Returns:
        (12, y) [h]; 0 in the polar night, 24 under the midnight sun.

    Source:
        Allen et al. 1998, FAO Irrigation and Drainage Paper 56, Eq. 24, 25 and 34.

    Example:
        >>> day_length(np.array([0.0, 80.0], np.float32))[5].round(1).tolist()
        [12.0, 24.0]
    """
    declination = 0.409 * np.sin(2 * np.pi * _MID / 365 - 1.39)
    cosine = -np.tan(np.radians(lat))[None, :] * np.tan(declination)[:, None]
    hours: Floats = (24 / np.pi * np.arccos(np.clip(cosine, -1, 1))).astype(np.float32)
    return hours


def thornthwaite(temperature: Floats, lat: Floats) -> Floats:
    """Potential evapotranspiration from temperature alone.

    Args:
        temperature: monthly means (12, y, x) [deg C]; NaN: not known.
        lat: latitude of the rows (y) [degrees north].

    Returns:
        (12, y, x) [mm month-1]; 0 in months at or below freezing; NaN where a month is not known.

    Source:
        Thornthwaite 1948, Geographical Review 38, 55-94; above 26.5 deg C the parabola of
        Willmott, Rowe and Mintz 1985, Journal of Climatology 5, 589-606, Eq. 4.

    Example:
        >>> year = np.full((12, 1, 1), 20.0, np.float32)
        >>> thornthwaite(year, np.zeros(1, np.float32)).sum().round().item()
        899.0
    """
    heat = ((np.maximum(temperature, 0) / 5) ** 1.514).sum(axis=0)
    return (_unadjusted(temperature, heat) * _share(lat)[:, :, None]).astype(np.float32)


def _share(lat: Floats) -> Floats:
    """What the length of months and days makes of 30 days of 12 hours (12, y) [1]."""
    share: Floats = (day_length(lat) / 12 * (DAYS / 30)[:, None]).astype(np.float32)
    return share


def _unadjusted(temperature: Floats, heat: Floats) -> Floats:
    warm = np.maximum(temperature, 0)
    exponent = 6.75e-7 * heat**3 - 7.71e-5 * heat**2 + 1.792e-2 * heat + 0.49239
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = 16 * (10 * warm / heat) ** exponent
    hot = -415.85 + 32.24 * warm - 0.43 * warm**2
    return np.where(warm <= 0, 0 * warm, np.where(warm < 26.5, usual, hot)).astype(np.float32)


def evaporation(temperature: Floats, year: Floats, lat: Floats, month: int) -> Floats:
    """Potential evapotranspiration of one month, in the climate of a mean year.

    Args:
        temperature: mean of the month (cell) [deg C].
        year: monthly means of the mean year (12, cell) [deg C].
        lat: (cell) [degrees north].
        month: 1 to 12.

    Returns:
        (cell) [mm month-1], as ``thornthwaite`` has it.

    Example:
        >>> year = np.full((12, 1), 20.0, np.float32)
        >>> evaporation(year[0], year, np.zeros(1, np.float32), 1).round().item()
        76.0
    """
    heat = ((np.maximum(year, 0) / 5) ** 1.514).sum(axis=0)
    amount: Floats = _unadjusted(temperature, heat) * _share(lat)[month - 1]
    return amount


def miami(temperature: Numbers, rain: Numbers) -> Numbers:
    """Net primary production of a year from its weather: used for ratios alone.

    Args:
        temperature: mean of the year [deg C].
        rain: sum of the year [mm].

    Returns:
        Dry matter [g m-2 yr-1], same dims.

    Source:
        Lieth 1975, in: Primary Productivity of the Biosphere, 237-263.

    Example:
        >>> miami(np.array([10.0]), np.array([800.0])).round().tolist()
        [1236.0]
    """
    warm = 3000 / (1 + np.exp(1.315 - 0.119 * temperature))
    wet = 3000 * (1 - np.exp(-0.000664 * rain))
    least: Numbers = np.minimum(warm, wet)
    return least


def vegetated_fraction(ndvi: Numbers) -> Numbers:
    """Share of the ground that is covered by growing plants [1].

    Example:
        >>> vegetated_fraction(np.array([0.1, 0.475, 0.9])).round(3).tolist()
        [0.0, 0.5, 1.0]
    """
    share: Numbers = np.clip((ndvi - SOIL_NDVI) / (CANOPY_NDVI - SOIL_NDVI), 0, 1)
    return share
