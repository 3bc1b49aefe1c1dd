"""Soil structure: carbon over clay, and the land where the limits for it say nothing."""

from typing import Final

import numpy as np
import numpy.typing as npt

from soc_monitor.model.soil_classes import VOLCANIC, WEATHERED
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
