"""Benchmark: like land, whose best tenth tells what is attainable.

Like land is of one climate, one texture and one use. What its best tenth holds is attainable under
known practice; it is no limit of physics, and tells nothing of the way there.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from soc_monitor.nowcast.land import NAMES
from soc_monitor.nowcast.organic import organic
from soc_monitor.nowcast.rothc import Floats
from soc_monitor.nowcast.tier1 import CLIMATES

BEST: Final = 0.9
"""Share of the land of a stratum that holds less."""
ENOUGH: Final = 100
"""Independent cells that a stratum needs."""
SIDE_DEG: Final = 0.9
"""Side of the squares of which each counts once, 100 km: errors of a map go together over as much,
so that cells beside each other do not tell of their stratum on their own [degrees of latitude]."""
TEXTURES: Final = ("coarse", "medium", "medium fine", "fine", "very fine")
STRATA: Final = len(CLIMATES) * len(TEXTURES) * len(NAMES)

Labels = npt.NDArray[np.int16]


def texture_class(clay: Floats, sand: Floats | None) -> npt.NDArray[np.int8]:
    """Texture of soils.

    Args:
        clay: (y, x) [%]; NaN: not known.
        sand: (y, x) [%]; None: there is no map of it, and clay alone tells, by the same limits.

    Returns:
        (y, x) index into ``TEXTURES``; -1: not known.

    Source:
        Soil Geographical Database of Eurasia, version 4, attribute TEXT: limits at 18, 35 and 60 %
        of clay, 15 and 65 % of sand.

    Example:
        >>> clay, sand = np.array([10.0, 10.0, 20.0, 20.0, 40.0, 70.0]), np.full(6, 70.0)
        >>> sand[1:] = 40.0, 40.0, 10.0, 30.0, 10.0
        >>> [TEXTURES[k] for k in texture_class(clay, sand)]
        ['coarse', 'medium', 'medium', 'medium fine', 'fine', 'very fine']
        >>> [TEXTURES[k] for k in texture_class(clay, None)]
        ['coarse', 'coarse', 'medium', 'medium', 'fine', 'very fine']
    """
    heavy = [clay > 60, clay > 35]
    codes = [TEXTURES.index("very fine"), TEXTURES.index("fine")]
    if sand is None:
        found = np.select([*heavy, clay >= 18], [*codes, TEXTURES.index("medium")], 0)
    else:
        light = [sand < 15, (clay >= 18) | (sand <= 65)]
        codes += [TEXTURES.index("medium fine"), TEXTURES.index("medium")]
        found = np.select([*heavy, *light], codes, 0)
    known = (clay > 0) & (clay < 100)
    if sand is not None:
        known &= np.isfinite(sand)
    return np.where(known, found, -1).astype(np.int8)


def strata(
    stock: Floats,
    zone: npt.NDArray[np.int8],
    texture: npt.NDArray[np.int8] | None,
    use: npt.NDArray[np.int8],
    group: Floats | None,
) -> Labels:
    """The stratum of each cell.

    Args:
        stock: (y, x) [t ha-1]; NaN: none.
        zone: climate, index into ``CLIMATES`` (y, x); -1: not known.
        texture: as of ``texture_class`` (y, x); None: there is no map, and all soils are one.
        use: index into ``NAMES`` (y, x); -1: wet, bare or built, or not known.
        group: of the WRB, as ``WRB_GROUPS`` (y, x); NaN: not known; None: there is no map.

    Returns:
        (y, x) 0 to ``STRATA`` - 1; -1: organic (200 t/ha, Histosols), or something of it is not
        known.

    Example:
        >>> one, stock = np.ones(3, np.int8), np.array([60.0, 250.0, np.nan])
        >>> strata(stock, one, one, one, None).tolist()
        [37, -1, -1]
        >>> groups = np.array([14, 18, np.nan])  # Histosols, Luvisols, not known
        >>> strata(np.full(3, 60.0), one, None, one, groups).tolist()
        [-1, 31, 31]
    """
    soil = np.zeros_like(zone) if texture is None else texture
    with np.errstate(invalid="ignore"):
        known = (stock > 0) & ~organic(stock, group) & (zone >= 0) & (soil >= 0) & (use >= 0)
    label = (zone.astype(np.int16) * len(TEXTURES) + soil) * len(NAMES) + use
    return np.where(known, label, -1).astype(np.int16)


def squares(lat: Floats, lon: Floats) -> npt.NDArray[np.int64]:
    """Which square of about 100 km each cell lies in, for counting those that are independent.

    Args:
        lat: of the rows (y) [degrees north].
        lon: of the columns (x) [degrees east].

    Returns:
        (y, x) number of the square.

    Example:
        >>> len(np.unique(squares(np.array([0.45]), np.arange(0.05, 9, 0.1))))
        10
        >>> len(np.unique(squares(np.array([60.0]), np.arange(0.05, 9, 0.1))))  # one is cut
        6
    """
    band = np.floor((lat + 90) / SIDE_DEG).astype(np.int64)
    across = np.cos(np.radians(np.clip((band + 0.5) * SIDE_DEG - 90, -90, 90)))
    along = np.floor((lon[None, :] + 360) * across[:, None] / SIDE_DEG).astype(np.int64)
    return np.asarray(band[:, None] * 1000 + along)


def gap(stock: Floats, label: Labels, best: Floats) -> Floats:
    """What a cell holds less than the best tenth of its stratum; 0: it is of that tenth.

    Args:
        stock: (y, x) [t ha-1].
        label: stratum, as of ``strata`` (y, x).
        best: of each stratum [t ha-1]; NaN: not assessable.

    Returns:
        (y, x) [t ha-1]; NaN where there is no stratum, or it is not assessable.

    Example:
        >>> best = np.array([80.0, np.nan])
        >>> gap(
        ...     np.array([60.0, 90.0, 60.0, 60.0]), np.array([0, 0, 1, -1], np.int16), best
        ... ).tolist()
        [20.0, 0.0, nan, nan]
    """
    found = np.where(label >= 0, best[label], np.nan)
    return np.asarray(np.maximum(found - stock, 0))
