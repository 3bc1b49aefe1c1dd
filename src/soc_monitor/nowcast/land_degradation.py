"""Land degradation: the carbon sub-indicator of SDG 15.3.1, from land cover alone.

The stock of a map is carried through the years by the land cover: a cell that passes to another
class moves in twenty equal yearly steps to the stock that the pair of classes has. It sees the
conversion of land and nothing else: neither management nor climate. What a reader must know of
the rule: artificial land loses nine tenths in twenty years by decree, and doubles when it turns
back.
"""

from collections.abc import Sequence
from enum import IntEnum
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from soc_monitor.errors import BadValue

Floats = npt.NDArray[np.floating]
Bytes = npt.NDArray[np.integer]

TRANSITION_YEARS = 20
BASELINE = (2000, 2015)
"""First and last year of the baseline period."""
PERIOD_YEARS = 4
"""Years of a reporting period: 2016-2019, 2020-2023, ..."""
LIMIT = 10.0
"""Change of the stock that makes a class [%]."""
ROUNDING = 1e-9
"""What the arithmetic may add to a change of exactly ``LIMIT`` [%]."""
NODATA = -32768
"""Class of a cell that is not judged: no data, or water."""


class Cover(IntEnum):
    """Classes of land cover of the convention on desertification."""

    FOREST = 1
    GRASSLAND = 2
    CROPLAND = 3
    WETLAND = 4
    ARTIFICIAL = 5
    OTHER = 6
    """Bare and other land."""
    WATER = 7


CROPPED: MappingProxyType[str, float] = MappingProxyType(
    {
        "temperate_dry": 0.80,
        "temperate_moist": 0.69,
        "tropical_dry": 0.58,
        "tropical_moist": 0.48,
        "tropical_montane": 0.64,
    }
)
"""Climate -> share of the stock that is left when forest or grassland is cropped (2006)."""

_CLIMATES: MappingProxyType[str, str] = MappingProxyType(
    {
        "polar": "temperate_moist",
        "boreal": "temperate_moist",
        "cool_temperate_dry": "temperate_dry",
        "cool_temperate_moist": "temperate_moist",
        "warm_temperate_dry": "temperate_dry",
        "warm_temperate_moist": "temperate_moist",
        "tropical_dry": "tropical_dry",
        "tropical_moist": "tropical_moist",
        "tropical_wet": "tropical_moist",
        "tropical_montane": "tropical_montane",
    }
)


def cropped_factors(climates: Sequence[str]) -> npt.NDArray[np.float64]:
    """Factor of each IPCC climate (climate) [1]; the far north has that of moist temperate land.

    Example:
        >>> cropped_factors(["boreal", "tropical_wet"]).tolist()
        [0.69, 0.48]
    """
    return np.array([CROPPED[_CLIMATES[climate]] for climate in climates])


_ESA: MappingProxyType[Cover, tuple[range, ...]] = MappingProxyType(
    {
        Cover.CROPLAND: (range(10, 50),),
        Cover.FOREST: (range(50, 110),),
        Cover.GRASSLAND: (range(110, 160),),
        Cover.WETLAND: (range(160, 190),),
        Cover.ARTIFICIAL: (range(190, 200),),
        Cover.OTHER: (range(200, 210), range(220, 230)),
        Cover.WATER: (range(210, 220),),
    }
)


def cover_of_esa() -> npt.NDArray[np.int8]:
    """ESA land-cover code (256) -> ``Cover``; 0: not known.

    Mosaics of crops and natural vegetation are cropland; shrubs, lichens and sparse vegetation
    are grassland; ice is other land: the monitor's own reading of the seven classes.

    Example:
        >>> table = cover_of_esa()
        >>> [Cover(table[code]).name for code in (30, 61, 130, 180, 210)]
        ['CROPLAND', 'FOREST', 'GRASSLAND', 'WETLAND', 'WATER']
    """
    table = np.zeros(256, np.int8)
    for cover, codes in _ESA.items():
        for some in codes:
            table[list(some)] = cover
    return table


def on_all_land(base: Floats, cover: Bytes) -> Floats:
    """A stock for all land, also where the map has none.

    The classes are of ratios and need no level: land that was built over before the map was made,
    or is bare, is judged by its cover, and is part of the land that shares are counted of.

    Args:
        base: stock of the first year (y, x) [t ha-1]; NaN: the map has none.
        cover: class of the first year (y, x); 0: not known.

    Returns:
        (y, x) [t ha-1]; NaN for water, and where the cover is not known.

    Source:
        UNCCD 2021, Good Practice Guidance, SDG indicator 15.3.1: shares are of all land without
        inland water.

    Example:
        >>> base = np.array([[60.0, np.nan, np.nan, np.nan]])
        >>> cover = np.array([[Cover.FOREST, Cover.ARTIFICIAL, Cover.WATER, 0]], np.int8)
        >>> on_all_land(base, cover)
        array([[60.,  1., nan, nan]])
    """
    land = (cover > 0) & (cover != Cover.WATER)
    return np.where(np.isnan(base) & land, 1.0, base)


class Judged(NamedTuple):
    """The classes of every reporting period (period, y, x): -1, 0, 1; NaN: not judged, or water."""

    strict: npt.NDArray[np.float64]
    """A loss of exactly 10 % is stable, as the guidance has it."""
    inclusive: npt.NDArray[np.float64]
    """It is degraded, as some programs have it."""
    status: npt.NDArray[np.float64]
    """Strict, and degraded where it had degraded by the end of the baseline and is stable."""


def classes_of_periods(base: Floats, cover: Bytes, cropped: Floats, years: Sequence[int]) -> Judged:
    """The classes of every whole reporting period.

    Args:
        base: stock of the first year (y, x) [t ha-1]; NaN: no data.
        cover: class of every year (year, y, x) [1], see ``Cover``.
        cropped: factor of the climate (y, x) [1]; NaN: not known.
        years: the years, each following the other, from 2000 on or before.

    Source:
        UNCCD Good Practice Guidance for SDG 15.3.1, version 2 (2021), Sections 2.2 and 4.2.4: a
        period is compared with the mean of the baseline, whatever the periods between were, and
        land that is degraded in the baseline and stable in the period is degraded. What the
        baseline itself has lost is that from its first year to its last.
    """
    series = land_cover_series(base, cover, cropped)
    first, last = (series[years.index(year)] for year in BASELINE)
    degraded = classify(change_percent(first, last)) == -1
    found: list[list[npt.NDArray[np.float64]]] = [[], [], []]
    for report in reporting_periods(max(years)):
        before, after = period_means(series, years, report)
        percent, water = change_percent(before, after), cover[years.index(report[1])]
        strict, inclusive = classify(percent), classify(percent, boundary="inclusive")
        for kind, one in zip(found, (strict, inclusive, status(degraded, strict)), strict=True):
            judged = mask_water(one, water)
            kind.append(np.where(judged == NODATA, np.nan, judged))
    shape = (-1, *base.shape)
    return Judged(*(np.array(kind, np.float64).reshape(shape) for kind in found))


def status(degraded: npt.NDArray[np.bool_], period: Bytes) -> npt.NDArray[np.int16]:
    """The class of a period with that of the baseline: only what improves is no more degraded.

    The periods between play no part: land that had improved and is stable against the baseline
    again has lost what it gained, and is where it was when it was degraded.

    Args:
        degraded: whether it was at the end of the baseline (...).
        period: class of the period (...): -1, 0, 1 or ``NODATA``.

    Example:
        >>> status(np.array([True, True, False, True]), np.array([0, 1, 0, NODATA])).tolist()
        [-1, 1, 0, -32768]
    """
    return np.where(degraded & (period == 0), -1, period).astype(np.int16)


WETLAND_CROPPED = 0.71
SEALED, FREED = 0.1, 2.0


def transition_factor(before: Cover, after: Cover, cropped: float) -> float:
    """Share of the stock that is there twenty years after a transition.

    Args:
        before: class that it was.
        after: class that it is.
        cropped: factor of the climate, see ``CROPPED``.

    Source:
        UNCCD Good Practice Guidance for SDG 15.3.1, version 2 (2021), Table 4-3; the factors of
        the climates are those of the 2006 IPCC Guidelines, Vol. 4, Table 5.5.

    Example:
        >>> transition_factor(Cover.FOREST, Cover.CROPLAND, 0.69)
        0.69
        >>> transition_factor(Cover.ARTIFICIAL, Cover.FOREST, 0.69)
        2.0
    """
    sealed = {Cover.ARTIFICIAL, Cover.OTHER}
    if before is after or Cover.WATER in {before, after} or {before, after} <= sealed:
        return 1.0
    if after in sealed:
        return SEALED
    if before in sealed:
        return FREED
    if after is Cover.CROPLAND:
        return WETLAND_CROPPED if before is Cover.WETLAND else cropped
    if before is Cover.CROPLAND:
        return 1 / (WETLAND_CROPPED if after is Cover.WETLAND else cropped)
    return 1.0


def transition_table(cropped: float) -> npt.NDArray[np.float64]:
    """Factors of every pair of classes (8, 8), by class code; 1 for a class that is not known."""
    table = np.ones((8, 8))
    for before in Cover:
        for after in Cover:
            table[before, after] = transition_factor(before, after, cropped)
    return table


def land_cover_series(base: Floats, cover: Bytes, cropped: Floats) -> npt.NDArray[np.float64]:
    """The stock of every year that the land cover alone gives.

    A transition goes in twenty equal steps, from the stock that was reached when it began; the
    next one ends it.

    Args:
        base: stock of the first year (y, x) [t ha-1]; NaN: no data.
        cover: class of every year (year, y, x) [1], see ``Cover``; 0: not known, taken as
            unchanged.
        cropped: factor of the climate of cells (y, x) [1], see ``CROPPED``; NaN: no climate.

    Returns:
        (year, y, x) [t ha-1]; NaN where the base or the climate is not known.

    Source:
        UNCCD Good Practice Guidance for SDG 15.3.1, version 2 (2021), Section 4.2.

    Example:
        >>> cover = np.array([1, *[3] * 25]).reshape(26, 1, 1)
        >>> series = land_cover_series(np.array([[100.0]]), cover, np.array([[0.69]]))
        >>> [round(float(series[year, 0, 0]), 2) for year in (5, 20, 25)]
        [92.25, 69.0, 69.0]
    """
    if cover.shape[1:] != base.shape or cropped.shape != base.shape:
        raise BadValue(f"land cover {cover.shape[1:]} is not on the grid of the map {base.shape}")
    known = {float(f): transition_table(float(f)) for f in np.unique(cropped[~np.isnan(cropped)])}
    tables = np.stack([*known.values(), np.full((8, 8), np.nan)])
    which = np.full(base.shape, len(known))
    for number, factor in enumerate(known):
        which[cropped == factor] = number
    stock = np.where(which == len(known), np.nan, base.astype(np.float64))
    step, left = np.zeros(base.shape), np.zeros(base.shape, np.int16)
    last = cover[0]
    out = np.empty(cover.shape)
    out[0] = stock
    for year in range(1, len(cover)):
        now = np.where(cover[year] == 0, last, cover[year])
        moved = (now != last) & (last != 0)
        factor = tables[which, last, now]
        step = np.where(moved, stock * (factor - 1) / TRANSITION_YEARS, step)
        left = np.where(moved, TRANSITION_YEARS, left)
        stock = stock + np.where(left > 0, step, 0.0)
        left = np.maximum(left - 1, 0)
        out[year] = stock
        last = now
    return out


def period_means(
    series: Floats, years: Sequence[int], report: tuple[int, int]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean stock of the baseline period and of a reporting period.

    Args:
        series: stock of every year (year, y, x) [t ha-1].
        years: the years, in order.
        report: first and last year of the reporting period.

    Returns:
        Two of (y, x) [t ha-1].

    Raises:
        BadValue: a year of either period is missing.
    """
    means = []
    for first, last in (BASELINE, report):
        wanted = range(first, last + 1)
        missing = sorted(set(wanted) - set(years))
        if missing:
            raise BadValue(f"no land cover of {missing[0]}: {first}-{last} needs every year")
        means.append(np.mean([series[years.index(year)] for year in wanted], axis=0))
    return means[0], means[1]


def reporting_periods(last: int) -> list[tuple[int, int]]:
    """Whole reporting periods up to a year.

    Example:
        >>> reporting_periods(2024)
        [(2016, 2019), (2020, 2023)]
    """
    first = BASELINE[1] + 1
    starts = range(first, last - PERIOD_YEARS + 2, PERIOD_YEARS)
    return [(start, start + PERIOD_YEARS - 1) for start in starts]


def change_percent(base: Floats, report: Floats) -> Floats:
    """Change of the stock of a period against the baseline [%]; NaN where the baseline is 0."""
    some = np.where(base > 0, base, np.nan)
    return np.asarray(100 * (report - base) / some)


def classify(
    percent: npt.ArrayLike, *, boundary: Literal["strict", "inclusive"] = "strict"
) -> npt.NDArray[np.int16]:
    """Degraded -1, stable 0, improved 1.

    Args:
        percent: change against the baseline (...) [%]; NaN or ``NODATA``: not judged.
        boundary: ``strict``: a loss of exactly 10 % is stable, as the guidance has it;
            ``inclusive``: it is degraded, as some programs have it.

    Returns:
        (...) -1, 0, 1 or ``NODATA``.

    Source:
        UNCCD Good Practice Guidance for SDG 15.3.1, version 2 (2021), Section 4.2.4.

    Example:
        >>> classify([-25, -10, -5, 0, 10, 15, NODATA]).tolist()
        [-1, 0, 0, 0, 0, 1, -32768]
        >>> classify([-10.0], boundary="inclusive").tolist()
        [-1]
    """
    change = np.asarray(percent, np.float64)
    # Means of many years are exact to some last bits alone.
    least = LIMIT - ROUNDING if boundary == "inclusive" else LIMIT + ROUNDING
    lost = change < -least
    judged = np.where(lost, -1, np.where(change > LIMIT + ROUNDING, 1, 0))
    return np.where(np.isnan(change) | (change == NODATA), NODATA, judged).astype(np.int16)


def mask_water(classes: Bytes, cover: Bytes) -> npt.NDArray[np.int16]:
    """Water is not land: it is in no class and in no denominator."""
    return np.where(cover == Cover.WATER, NODATA, classes).astype(np.int16)
