"""Saturation: how much carbon the fine particles of a soil could still hold."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from soc_monitor.model.soil_classes import VOLCANIC
from soc_monitor.nowcast.land import NAMES
from soc_monitor.nowcast.organic import organic
from soc_monitor.nowcast.rothc import Floats

AT_NOTHING: Final = 4.09
A_PERCENT: Final = 0.37
"""Carbon that a kilogram of soil can hold in its fine particles: of none, and for each per cent of
particles below 20 um [g kg-1]."""
IN_FINES: Final = {"cropland": 0.85, "cropland_perennial": 0.85, "forest": 0.66}
"""Share of the carbon that lies in fine particles, by use of the land [1]."""
IN_FINES_ELSE: Final = 0.69
"""The same of grassland; shrubs and sparse vegetation are taken like it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What is not known of a soil, and taken for all."""

    fine: float
    """Of the particles below 50 um, the share that is below 20 um [1]."""
    shift: float
    """Added to the share of the carbon that lies in fine particles [1]."""


MIDDLE: Final = Taken(fine=0.8, shift=0.0)
LEAST: Final = Taken(fine=0.7, shift=0.1)
MOST: Final = Taken(fine=0.9, shift=-0.1)


def gap(
    fines: Floats, mass: Floats, stock: Floats, use: npt.NDArray[np.int8], how: Taken
) -> Floats:
    """What the fine particles of the topsoil could hold more than they do; 0: they are full.

    Args:
        fines: clay and silt, particles below 50 um, of layers (layer, y, x) [%].
        mass: fine earth of each (layer, y, x) [kg m-2].
        stock: carbon of all layers together (y, x) [t ha-1].
        use: index into ``NAMES`` (y, x); -1: wet, bare or built, or not known.
        how: what is taken for what is not known.

    Returns:
        (y, x) [t ha-1]; NaN where something is not known, and where the land is not used.

    Source:
        Hassink 1997, Plant and Soil 191, 77-87: 4.09 + 0.37 x particles below 20 um. Share of the
        carbon in fine particles: topsoils of France by use. What of the particles below 50 um is
        below 20: taken as 0.8.

    Example:
        >>> one = np.ones((1, 1, 1))  # 60 % of silt and clay, 390 kg of earth on a square metre
        >>> grass = np.array([[NAMES.index("grassland")]], np.int8)
        >>> gap(60 * one, 390 * one, 60 * one[0], grass, MIDDLE).round(3)  # 21.85 g/kg at most
        array([[43.815]])
    """
    most = (AT_NOTHING + A_PERCENT * how.fine * fines) / 1000
    shares = np.array([*(IN_FINES.get(name, IN_FINES_ELSE) for name in NAMES), np.nan])
    held = stock * (shares[use] + how.shift)
    # A kilogram on a square metre is ten tonnes on a hectare.
    return np.asarray(np.maximum((most * mass).sum(axis=0) * 10 - held, 0))


def applies(stock: Floats, soil: Floats | None) -> npt.NDArray[np.bool_]:
    """Whether the line holds: not for organic soils, nor for those of volcanic ash.

    Args:
        stock: (y, x) [t ha-1].
        soil: group of the WRB (y, x); None: there is no map, and volcanic soils are not known.

    Example:
        >>> applies(np.array([60.0, 250.0, 60.0]), np.array([18.0, 18.0, 3.0])).tolist()
        [True, False, False]
    """
    holds = ~organic(stock, soil)
    return holds if soil is None else holds & (soil != VOLCANIC)
