"""IPCC stock-change factors of both editions: land use (FLU), management (FMG) and input (FI).

Source: 2006 IPCC Guidelines, Vol. 4, Tables 5.5 and 6.2, and the tables of the same numbers in the
2019 Refinement. A factor without a doubt is the reference condition, 1 by definition.
"""

from typing import NamedTuple


class Factor(NamedTuple):
    """One cell of a table."""

    edition: int
    land_use: str
    kind: str
    """FLU, FMG or FI."""
    level: str
    climates: str
    value: float
    percent: float | None
    """Half of the 95 % interval in per cent of the value; None: no error by definition."""


def _temperate(water: str, heat: str) -> tuple[str, ...]:
    """Groups of a climate outside of the tropics, the narrowest first."""
    wet = "moist_wet" if water == "moist" else "dry"
    own = (
        f"cool_temperate_and_boreal_{water}" if heat == "cool" else f"warm_temperate_{water}",
        f"temperate_boreal_{water}",
        f"temperate_boreal_and_tropical_{wet}",
        wet,
    )
    return (*own, "temperate_and_boreal_all", "temperate_boreal", "all")


def _tropical(water: str) -> tuple[str, ...]:
    """Groups of a climate of the lowland tropics, the narrowest first."""
    wet = "moist_wet" if water == "moist" else "dry"
    own = (f"tropical_{wet}", f"temperate_boreal_and_tropical_{wet}", wet)
    return (*own, "tropical_all", "tropical", "all")


DISPUTES = (
    "Tree crops of the tropics, 2019: two stored copies have 1.01, a third has 1.10; 1.01 is used.",
    "Tropical montane factors of 2019 (cultivated, reduced tillage, no tillage): one copy alone.",
    "Errors of the factors of 2006 rest on one reading of the Guidelines.",
)
"""What copies of the tables do not agree on, or do not confirm."""

FACTORS: tuple[Factor, ...] = (
    Factor(
        2019, "cropland", "FLU", "long_term_cultivated", "cool_temperate_and_boreal_dry", 0.77, 14
    ),
    Factor(
        2019, "cropland", "FLU", "long_term_cultivated", "cool_temperate_and_boreal_moist", 0.7, 12
    ),
    Factor(2019, "cropland", "FLU", "long_term_cultivated", "warm_temperate_dry", 0.76, 12),
    Factor(2019, "cropland", "FLU", "long_term_cultivated", "warm_temperate_moist", 0.69, 16),
    Factor(2019, "cropland", "FLU", "long_term_cultivated", "tropical_dry", 0.92, 13),
    Factor(2019, "cropland", "FLU", "long_term_cultivated", "tropical_moist_wet", 0.83, 11),
    Factor(2019, "cropland", "FLU", "long_term_cultivated", "tropical_montane", 0.86, 50),
    Factor(2019, "cropland", "FLU", "paddy_rice", "all", 1.35, 4),
    Factor(2019, "cropland", "FLU", "perennial_tree_crop", "temperate_and_boreal_all", 0.72, 22),
    Factor(2019, "cropland", "FLU", "perennial_tree_crop", "tropical_all", 1.01, 25),
    Factor(
        2019, "cropland", "FLU", "set_aside_lt20yr", "temperate_boreal_and_tropical_dry", 0.93, 11
    ),
    Factor(
        2019,
        "cropland",
        "FLU",
        "set_aside_lt20yr",
        "temperate_boreal_and_tropical_moist_wet",
        0.82,
        17,
    ),
    Factor(2019, "cropland", "FLU", "set_aside_lt20yr", "tropical_montane", 0.88, 50),
    Factor(2019, "cropland", "FLU", "native_or_uncultivated", "all", 1.0, None),
    Factor(2019, "cropland", "FMG", "full_tillage", "all", 1.0, None),
    Factor(2019, "cropland", "FMG", "reduced_tillage", "cool_temperate_and_boreal_dry", 0.98, 5),
    Factor(2019, "cropland", "FMG", "reduced_tillage", "cool_temperate_and_boreal_moist", 1.04, 4),
    Factor(2019, "cropland", "FMG", "reduced_tillage", "warm_temperate_dry", 0.99, 3),
    Factor(2019, "cropland", "FMG", "reduced_tillage", "warm_temperate_moist", 1.05, 4),
    Factor(2019, "cropland", "FMG", "reduced_tillage", "tropical_dry", 0.99, 7),
    Factor(2019, "cropland", "FMG", "reduced_tillage", "tropical_moist_wet", 1.04, 7),
    Factor(2019, "cropland", "FMG", "reduced_tillage", "tropical_montane", 1.02, 50),
    Factor(2019, "cropland", "FMG", "no_till", "cool_temperate_and_boreal_dry", 1.03, 4),
    Factor(2019, "cropland", "FMG", "no_till", "cool_temperate_and_boreal_moist", 1.09, 4),
    Factor(2019, "cropland", "FMG", "no_till", "warm_temperate_dry", 1.04, 3),
    Factor(2019, "cropland", "FMG", "no_till", "warm_temperate_moist", 1.1, 4),
    Factor(2019, "cropland", "FMG", "no_till", "tropical_dry", 1.04, 7),
    Factor(2019, "cropland", "FMG", "no_till", "tropical_moist_wet", 1.1, 5),
    Factor(2019, "cropland", "FMG", "no_till", "tropical_montane", 1.08, 50),
    Factor(2006, "cropland", "FI", "low", "dry", 0.95, 13),
    Factor(2006, "cropland", "FI", "low", "moist_wet", 0.92, 14),
    Factor(2006, "cropland", "FI", "low", "tropical_montane", 0.94, 50),
    Factor(2006, "cropland", "FI", "medium", "all", 1.0, None),
    Factor(2006, "cropland", "FI", "high_without_manure", "dry", 1.04, 13),
    Factor(2006, "cropland", "FI", "high_without_manure", "moist_wet", 1.11, 10),
    Factor(2006, "cropland", "FI", "high_without_manure", "tropical_montane", 1.08, 50),
    Factor(2006, "cropland", "FI", "high_with_manure", "dry", 1.37, 12),
    Factor(2006, "cropland", "FI", "high_with_manure", "moist_wet", 1.44, 13),
    Factor(2006, "cropland", "FI", "high_with_manure", "tropical_montane", 1.41, 50),
    Factor(2019, "cropland", "FI", "low", "dry", 0.95, 13),
    Factor(2019, "cropland", "FI", "low", "moist_wet", 0.92, 14),
    Factor(2019, "cropland", "FI", "low", "tropical_montane", 0.94, 50),
    Factor(2019, "cropland", "FI", "medium", "all", 1.0, None),
    Factor(2019, "cropland", "FI", "high_without_manure", "dry", 1.04, 13),
    Factor(2019, "cropland", "FI", "high_without_manure", "moist_wet", 1.11, 10),
    Factor(2019, "cropland", "FI", "high_without_manure", "tropical_montane", 1.08, 50),
    Factor(2019, "cropland", "FI", "high_with_manure", "dry", 1.37, 12),
    Factor(2019, "cropland", "FI", "high_with_manure", "moist_wet", 1.44, 13),
    Factor(2019, "cropland", "FI", "high_with_manure", "tropical_montane", 1.41, 50),
    Factor(2006, "cropland", "FLU", "long_term_cultivated", "temperate_boreal_dry", 0.8, 9),
    Factor(2006, "cropland", "FLU", "long_term_cultivated", "temperate_boreal_moist", 0.69, 12),
    Factor(2006, "cropland", "FLU", "long_term_cultivated", "tropical_dry", 0.58, 61),
    Factor(2006, "cropland", "FLU", "long_term_cultivated", "tropical_moist_wet", 0.48, 46),
    Factor(2006, "cropland", "FLU", "long_term_cultivated", "tropical_montane", 0.64, 50),
    Factor(2006, "cropland", "FLU", "paddy_rice", "all", 1.1, 50),
    Factor(2006, "cropland", "FLU", "perennial_tree_crop", "all", 1.0, 50),
    Factor(
        2006, "cropland", "FLU", "set_aside_lt20yr", "temperate_boreal_and_tropical_dry", 0.93, 11
    ),
    Factor(
        2006,
        "cropland",
        "FLU",
        "set_aside_lt20yr",
        "temperate_boreal_and_tropical_moist_wet",
        0.82,
        17,
    ),
    Factor(2006, "cropland", "FLU", "set_aside_lt20yr", "tropical_montane", 0.88, 50),
    Factor(2006, "cropland", "FMG", "full_tillage", "all", 1.0, None),
    Factor(2006, "cropland", "FMG", "reduced_tillage", "temperate_boreal_dry", 1.02, 6),
    Factor(2006, "cropland", "FMG", "reduced_tillage", "temperate_boreal_moist", 1.08, 5),
    Factor(2006, "cropland", "FMG", "reduced_tillage", "tropical_dry", 1.09, 9),
    Factor(2006, "cropland", "FMG", "reduced_tillage", "tropical_moist_wet", 1.15, 8),
    Factor(2006, "cropland", "FMG", "reduced_tillage", "tropical_montane", 1.09, 50),
    Factor(2006, "cropland", "FMG", "no_till", "temperate_boreal_dry", 1.1, 5),
    Factor(2006, "cropland", "FMG", "no_till", "temperate_boreal_moist", 1.15, 4),
    Factor(2006, "cropland", "FMG", "no_till", "tropical_dry", 1.17, 8),
    Factor(2006, "cropland", "FMG", "no_till", "tropical_moist_wet", 1.22, 7),
    Factor(2006, "cropland", "FMG", "no_till", "tropical_montane", 1.16, 50),
    Factor(2006, "grassland", "FLU", "all", "all", 1.0, None),
    Factor(2006, "grassland", "FMG", "nominally_managed", "all", 1.0, None),
    Factor(2006, "grassland", "FMG", "severely_degraded", "all", 0.7, 40),
    Factor(2006, "grassland", "FMG", "improved", "temperate_boreal", 1.14, 11),
    Factor(2006, "grassland", "FMG", "improved", "tropical", 1.17, 9),
    Factor(2006, "grassland", "FMG", "improved", "tropical_montane", 1.16, 40),
    Factor(2006, "grassland", "FI", "medium", "all", 1.0, None),
    Factor(2006, "grassland", "FI", "high_improved_only", "all", 1.11, 7),
    Factor(2019, "grassland", "FLU", "all", "all", 1.0, None),
    Factor(2019, "grassland", "FMG", "nominally_managed", "all", 1.0, None),
    Factor(2019, "grassland", "FMG", "severely_degraded", "all", 0.7, 40),
    Factor(2019, "grassland", "FMG", "improved", "temperate_boreal", 1.14, 11),
    Factor(2019, "grassland", "FMG", "improved", "tropical", 1.17, 9),
    Factor(2019, "grassland", "FMG", "improved", "tropical_montane", 1.16, 40),
    Factor(2019, "grassland", "FI", "medium", "all", 1.0, None),
    Factor(2019, "grassland", "FI", "high_improved_only", "all", 1.11, 7),
    Factor(2019, "grassland", "FMG", "high_intensity_grazing", "all", 0.9, 8),
    Factor(2006, "grassland", "FMG", "moderately_degraded", "temperate_boreal", 0.95, 13),
    Factor(2006, "grassland", "FMG", "moderately_degraded", "tropical", 0.97, 11),
    Factor(2006, "grassland", "FMG", "moderately_degraded", "tropical_montane", 0.96, 40),
    Factor(2019, "forest", "FLU", "native_or_managed", "all", 1.0, None),
    Factor(2006, "forest", "FLU", "native_or_managed", "all", 1.0, None),
)


def find_factor(edition: int, land_use: str, kind: str, level: str, climate: str) -> Factor:
    """The factor of a climate.

    Args:
        edition: 2006 or 2019.
        land_use: ``cropland``, ``grassland``, ``forest``.
        kind: FLU, FMG or FI.
        level: such as ``long_term_cultivated``, ``no_till``, ``medium``.
        climate: such as ``cool_temperate_moist``.

    Raises:
        KeyError: the tables have none.

    Example:
        >>> find_factor(2019, "cropland", "FMG", "no_till", "cool_temperate_moist").value
        1.09
    """
    fit = [
        one
        for one in FACTORS
        if (one.edition, one.land_use, one.kind, one.level) == (edition, land_use, kind, level)
        and one.climates in GROUPS[climate]
    ]
    if not fit:
        msg = f"no {kind} {level} of {land_use} for {climate} in {edition}"
        raise KeyError(msg)
    return fit[0]


GROUPS: dict[str, tuple[str, ...]] = {
    "polar": _temperate("moist", "cool"),
    "boreal": _temperate("moist", "cool"),
    "cool_temperate_dry": _temperate("dry", "cool"),
    "cool_temperate_moist": _temperate("moist", "cool"),
    "warm_temperate_dry": _temperate("dry", "warm"),
    "warm_temperate_moist": _temperate("moist", "warm"),
    "tropical_dry": _tropical("dry"),
    "tropical_moist": _tropical("moist"),
    "tropical_wet": _tropical("moist"),
    "tropical_montane": ("tropical_montane", "tropical_all", "tropical", "all"),
}
"""Climate -> the groups of climates of the tables that it belongs to."""
