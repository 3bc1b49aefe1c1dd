"""Land: what a land use means for the carbon that plants give to the soil, and when.

Sources:
    Decomposable share: Coleman and Jenkinson 1996. Coefficients of net primary production: FAO
    2022, GSOCseq technical specifications. Seasons are the monitor's own choice: crops leave 70 %
    of their yearly input in the month of harvest, taken as the month after the warmest, and the
    rest in the warm months before; grass gives in proportion to warmth; woods evenly.
"""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from soc_monitor.nowcast.ipcc import LAND_USE
from soc_monitor.nowcast.rothc import CROP_SHARE, GRASS_SHARE, WOOD_SHARE, Floats

GROWS = 5.0
"""Mean temperature from which a month counts as growing season [deg C]."""
HARVEST = 0.7
"""Share of the yearly input of crops that the month of harvest brings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How a land use feeds the soil."""

    share: float
    """Decomposable share of the plant carbon [1]."""
    production: float
    """Coefficient of net primary production [1]: matters where the use changes."""
    season: str
    """``crop``, ``grass`` or ``wood``."""


USES: MappingProxyType[str, Use] = MappingProxyType(
    {
        "cropland": Use(share=CROP_SHARE, production=0.53, season="crop"),
        "cropland_perennial": Use(share=CROP_SHARE, production=0.53, season="wood"),
        "forest": Use(share=WOOD_SHARE, production=0.88, season="wood"),
        "grassland": Use(share=GRASS_SHARE, production=0.72, season="grass"),
        "shrub": Use(share=GRASS_SHARE, production=0.72, season="grass"),
        "sparse": Use(share=GRASS_SHARE, production=0.72, season="grass"),
    }
)
NAMES = tuple(USES)
UNKNOWN = NAMES.index("grassland")
"""Where no land-cover map is at hand."""


def use_of_class() -> npt.NDArray[np.int8]:
    """ESA land-cover code (256) -> index into ``NAMES``; -1: not modelled (wet, bare, water)."""
    table = np.full(256, -1, np.int8)
    for number, name in enumerate(NAMES):
        table[list(LAND_USE[name])] = number
    return table


def seasons(use: npt.NDArray[np.int8], temperature: Floats) -> Floats:
    """Share of the yearly input that each month brings.

    Args:
        use: index into ``NAMES`` (cell).
        temperature: monthly means of the mean year (12, cell) [deg C].

    Returns:
        (12, cell) [1], sums to 1 over the year.

    Example:
        >>> year = np.array([-2, 0, 4, 8, 13, 16, 18, 17, 13, 9, 4, 0], float)[:, None]
        >>> crop = seasons(np.array([NAMES.index("cropland")], np.int8), year)
        >>> crop[:, 0].round(3).tolist()
        [0.0, 0.0, 0.0, 0.075, 0.075, 0.075, 0.075, 0.7, 0.0, 0.0, 0.0, 0.0]
    """
    kind = np.array([USES[name].season for name in NAMES])[use]
    even = np.full(temperature.shape, 1 / 12)
    warm = np.maximum(temperature, 0) + 1e-3
    grass = warm / warm.sum(axis=0)
    found: Floats = np.where(
        kind == "crop", _crop(temperature), np.where(kind == "grass", grass, even)
    )
    return found


def _crop(temperature: Floats) -> Floats:
    harvest = (temperature.argmax(axis=0) + 1) % 12
    cells = np.arange(temperature.shape[1])
    # The growing season: up to five warm months before the harvest.
    before = (harvest[None, :] - np.arange(12)[:, None]) % 12
    growing = (before >= 1) & (before <= 5) & (temperature >= GROWS)
    none = ~growing.any(axis=0)
    growing[(harvest - 1)[none] % 12, cells[none]] = True
    share: Floats = (1 - HARVEST) * growing / growing.sum(axis=0)
    share[harvest, cells] += HARVEST
    return share


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Land use of cells through the years (cell), as indices into ``NAMES``."""

    use: npt.NDArray[np.int8]
    """What the model takes."""
    seen: npt.NDArray[np.int8]
    """What the yearly maps last agreed on; -1: nothing yet."""


def follow_use(
    before: Followed, last_year: npt.NDArray[np.int8], this_year: npt.NDArray[np.int8]
) -> Followed:
    """The land use from the start of a year on.

    Another use is believed when two maps running agree on it: one year alone is as often an error
    of the map. It is compared with what the same maps said before, never with the map of the
    baseline: two sources differ by more than the land changes. Land that has become water, bare or
    built goes on as it was: what is not modelled has no number, and the mask must not move.

    Args:
        before: until then.
        last_year, this_year: maps of the year before and of the year (cell); -1: not modelled.

    Example:
        >>> grass, crop = NAMES.index("grassland"), NAMES.index("cropland")
        >>> was = Followed(use=np.array([grass] * 3, "i1"), seen=np.array([grass] * 3, "i1"))
        >>> maps = np.array([[crop, grass, crop], [crop, crop, -1]], "i1")
        >>> (follow_use(was, *maps).use == crop).tolist()
        [True, False, False]
    """
    agreed = (last_year == this_year) & (this_year >= 0)
    changed = agreed & (before.seen >= 0) & (this_year != before.seen)
    return Followed(
        use=np.where(changed, this_year, before.use).astype(np.int8),
        seen=np.where(agreed, this_year, before.seen).astype(np.int8),
    )


def production_ratio(
    use: npt.NDArray[np.int8], before: npt.NDArray[np.int8]
) -> npt.NDArray[np.float64]:
    """Growth under a land use over that under another one, in the same weather (cell) [1].

    Example:
        >>> grass, crop = (np.array([NAMES.index(n)]) for n in ("grassland", "cropland"))
        >>> production_ratio(crop, grass).round(3).tolist()
        [0.736]
    """
    production = np.array([USES[name].production for name in NAMES])
    ratio: npt.NDArray[np.float64] = production[use] / production[before]
    return ratio


def usual_cover(use: npt.NDArray[np.int8], temperature: Floats) -> Floats:
    """Covered share of the ground in a mean year, where no vegetation index is at hand.

    Woods and grass cover it all year, sparse vegetation a third of it, crops in warm months.

    Returns:
        (12, cell) [1].
    """
    crop = np.array([name == "cropland" for name in NAMES])[use]
    sparse = np.array([name == "sparse" for name in NAMES])[use]
    full = np.where(sparse, 1 / 3, 1.0)
    cover: Floats = np.where(crop, (temperature >= GROWS).astype(float), full[None, :])
    return cover
