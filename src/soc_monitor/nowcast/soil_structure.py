"""Soil structure: carbon over clay, and the land where the limits for it say nothing."""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from soc_monitor.model.soil_classes import VOLCANIC, WEATHERED
from soc_monitor.nowcast.depth import LAYERS_TOGETHER
from soc_monitor.nowcast.organic import organic
from soc_monitor.nowcast.rothc import Floats

CLAY_RANGE: Final = (5.0, 60.0)
"""Clay for which the limits hold [%]."""
ARID: Final = (3, 4, 5, 6)
"""Köppen-Geiger classes of dry climates: BWh, BWk, BSh, BSk."""
LIMITS: Final = (100 / 13, 10.0, 12.5)
"""Carbon over clay at which a class begins: moderate, good, very good [%]."""
NEAR: Final = 3
"""Cells of the map of the climate within which the nearest class is taken: of quarters of a degree,
nine tenths of the land without one are of a coast, beside a cell that has one."""
CLASSES: Final = {0: "not_applicable", 1: "degraded", 2: "moderate", 3: "good", 4: "very_good"}

NINE_TENTHS: Final = 2 * 1.644854
"""Standard deviations of a normal error between its quantiles of 5 and 95 %."""
STEPS: Final = 4096
"""Of the table of the normal distribution, over eight standard deviations to each side."""


def ratio(carbon: Floats, clay: Floats, mass: Floats) -> Floats:
    """Carbon over clay, both as means of some layers by their mass.

    Args:
        carbon: content of layers (layer, y, x) [%].
        clay: (layer, y, x) [%].
        mass: fine earth of a layer (layer, 1 or y, 1 or x) [any]; thickness where it is not known.

    Returns:
        (y, x) [%]; NaN where a layer is not known.

    Source:
        Johannes et al. 2017, Geoderma 302, 14-21.

    Example:
        >>> carbon, clay = np.array([[[3.0]], [[1.0]]]), np.array([[[20.0]], [[20.0]]])
        >>> ratio(carbon, clay, np.array([[[1.0]], [[3.0]]])).tolist()
        [[7.5]]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(100 * (carbon * mass).sum(axis=0) / (clay * mass).sum(axis=0))


def applies(
    carbon: Floats,
    clay: Floats,
    stock: Floats | None,
    climate: Floats | None,
    soil: Floats | None,
) -> npt.NDArray[np.bool_]:
    """Whether the limits, of temperate mineral soils, say something of a cell.

    Args:
        carbon: mean content (y, x) [%].
        clay: mean (y, x) [%].
        stock: 0-30 cm (y, x) [t ha-1]; None: there is no map.
        climate: Köppen-Geiger class (y, x); NaN: not known, so that it may be dry; None: there is
            no map.
        soil: group of the WRB, as ``WRB_GROUPS`` (y, x); NaN: not known; None: there is no map.

    Returns:
        (y, x) False for organic soils (12 % of carbon, 200 t/ha, Histosols), clay below 5 or above
        60 %, dry climates and those not known, soils of volcanic ash and strongly weathered ones
        of the tropics.

    Source:
        Prout et al. 2021, Eur. J. Soil Sci. 72, 2493-2503: mineral soils of a temperate climate.

    Example:
        >>> two, clay = np.full(5, 2.0), np.array([20.0, 70.0, 20.0, 20.0, 20.0])
        >>> climate, soil = np.array([14.0, 14, 5, np.nan, 14]), np.array([18.0, 18, 18, 18, 3])
        >>> applies(two, clay, None, climate, soil).tolist()
        [True, False, False, False, False]
    """
    holds = (clay >= CLAY_RANGE[0]) & (clay <= CLAY_RANGE[1]) & np.isfinite(carbon)
    holds &= ~organic(stock, soil, carbon)
    if climate is not None:
        holds &= np.isfinite(climate) & ~np.isin(climate, ARID)
    if soil is not None:
        holds &= ~np.isin(soil, (VOLCANIC, *WEATHERED))
    return np.asarray(holds)


def nearest(known: Floats, reach: int) -> Floats:
    """A map of classes whose gaps have the nearest class around them.

    Args:
        known: (y, x); NaN: not known.
        reach: how far is looked [cells].

    Returns:
        (y, x), NaN where no class is within reach.

    Example:
        >>> nearest(np.array([[5.0, np.nan, np.nan, np.nan, 14.0, np.nan]]), 1).tolist()
        [[5.0, 5.0, nan, 14.0, 14.0, 14.0]]
    """
    ny, nx = known.shape
    around = np.pad(known, reach, constant_values=np.nan)
    steps = [(dy, dx) for dy in range(-reach, reach + 1) for dx in range(-reach, reach + 1)]
    found = known.copy()
    for dy, dx in sorted(steps, key=lambda step: np.hypot(*step)):
        if np.hypot(dy, dx) <= reach:
            there = around[reach + dy : reach + dy + ny, reach + dx : reach + dx + nx]
            found = np.where(np.isnan(found), there, found)
    return found


def classes(found: Floats, told: npt.NDArray[np.bool_]) -> Floats:
    """The class of each ratio, by ``CLASSES``; NaN where there is none.

    Example:
        >>> found = np.array([7.0, 8.0, 10.0, 12.5, 12.5, np.nan])
        >>> classes(found, np.array([True] * 4 + [False] * 2)).tolist()
        [1.0, 2.0, 3.0, 4.0, 0.0, nan]
    """
    number = np.where(told, 1 + np.searchsorted(LIMITS, found, side="right"), 0)
    return np.where(np.isnan(found), np.nan, number)


def middle(low: Floats, high: Floats) -> Floats:
    """The median of a lognormal content, by its quantiles: its mean, which maps tell, lies higher.

    Args:
        low: quantile of 5 % (...) [any].
        high: quantile of 95 % (...) [the same].

    Returns:
        (...) [the same]; NaN where either is not known.

    Example:
        >>> middle(np.array([1.0]), np.array([4.0])).tolist()
        [2.0]
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt(low * high))


def spread(content: Floats, low: Floats, high: Floats, mass: Floats) -> Floats:
    """How uncertain the mean content of some layers is, as a standard deviation of its logarithm.

    Args:
        content: median of layers (layer, y, x) [%].
        low: its quantile of 5 % (layer, y, x) [%].
        high: its quantile of 95 % (layer, y, x) [%].
        mass: as of ``ratio`` [any].

    Returns:
        (y, x) [1]; NaN where a layer is not known, or a quantile is 0.

    Source:
        Errors of a content are lognormal, so that their logarithm has a quantile of 5 and one of
        95 % as far apart as ``NINE_TENTHS`` standard deviations. Layers of one profile err
        together by ``depth.LAYERS_TOGETHER``; each counts by its share of what all hold.

    Example:
        >>> one = np.ones((2, 1, 1))
        >>> both = spread(one, one * np.exp(-0.329), one * np.exp(0.329), one)
        >>> both.round(4).tolist()  # 0.2 of each, of which 0.7 go together
        [[0.1844]]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        alone = np.where((low > 0) & (high >= low), np.log(high / low), np.nan) / NINE_TENTHS
        part = content * mass / (content * mass).sum(axis=0) * alone
    together = LAYERS_TOGETHER * part.sum(axis=0) ** 2
    return np.asarray(np.sqrt(together + (1 - LAYERS_TOGETHER) * (part**2).sum(axis=0)))


def chances(found: Floats, of_carbon: Floats, of_clay: Floats) -> Floats:
    """How likely carbon over clay is of each class, by what is known of both.

    Args:
        found: carbon over clay, by the medians of both (y, x) [%]; NaN: not told.
        of_carbon: see ``spread`` (y, x) [1]; NaN: not known.
        of_clay: likewise.

    Returns:
        (class, y, x) [%], degraded first: together 100; NaN where something is not known.

    Source:
        Variances of the relative errors of carbon and clay add up, in logarithms; what is told is
        the median. That both are of the same covariates is not counted: where their errors go
        together the classes are more certain than this.

    Example:
        >>> found, s = np.array([[10.0, 10.0]]), np.array([[0.3, np.nan]])
        >>> chances(found, s, 0.4 * s / 0.3).round(1)[:, 0, 0].tolist()
        [30.0, 20.0, 17.2, 32.8]
    """
    sd = np.hypot(of_carbon, of_clay)
    with np.errstate(invalid="ignore", divide="ignore"):
        below = [normal(np.log(limit / found) / sd) for limit in LIMITS]
    known = np.isfinite(found) & np.isfinite(sd)
    edges = np.stack([np.where(known, one, np.nan) for one in (0.0 * sd, *below, 1.0 + 0.0 * sd)])
    return np.asarray(100 * np.diff(edges, axis=0))


def normal(z: Floats) -> Floats:
    """The normal distribution, from a table: within 1e-6.

    Args:
        z: (...) [standard deviations]; NaN: 0.

    Returns:
        (...) share that lies below [1].

    Example:
        >>> normal(np.array([-np.inf, -1.959964, 0.0, np.nan, 9.0])).round(6).tolist()
        [0.0, 0.025, 0.5, 0.5, 1.0]
    """
    at = np.linspace(-8, 8, STEPS + 1)
    table = [math.erfc(-one / math.sqrt(2)) / 2 for one in at]
    return np.asarray(np.interp(np.nan_to_num(z, posinf=8, neginf=-8), at, table))
