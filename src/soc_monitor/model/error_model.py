"""Error model: how the errors of two cells of a map go together, and of which map which holds."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorModel:
    """How the errors of two cells go together, by their distance.

    rho(d) = common + (1 - common) * [own * (d = 0) + (1 - own) * exp(-d / scale_km)]
    """

    common: float = 0.05
    """Share common to all cells of the map [1]."""
    own: float = 0.30
    """Share of the rest that is a cell's own [1]."""
    scale_km: float = 100.0
    """Distance over which the remainder falls to 1/e [km]."""

    def __str__(self) -> str:
        """The parameters, as every report prints them."""
        return f"common {self.common:g}, own {self.own:g}, scale {self.scale_km:g} km"


MAPS = ErrorModel()
"""Of maps of the soil."""

TABLES = ErrorModel(common=0.15, own=0.20, scale_km=500.0)
"""Of maps made of tables: a stock that is wrong for a climate is wrong in all of its land.

Common is the chance that two cells, drawn by the size of their error, lie in one of the IPCC
climates (0.148): one error for each. The others are how the difference from a map of the soil
(Sanderman et al. 2017, doi:10.1073/pnas.1706103114, 2010, 0.25 degrees), in standard errors of the
default and without its mean, falls off with distance: 0.70 at 30 to 60 km, 0.49 at 250 to 400,
0.29 at 600 to 1 000 (`tests/journeys/test_default_interval.py` finds them again).
"""

OF_TABLES = frozenset({"ipcc_tier1", "ipcc_tier1_2006"})
"""Products that are made of tables."""


def error_model(products: Iterable[str]) -> ErrorModel:
    """How errors go together in what is made of some products.

    Args:
        products: a product, and all that it is computed from.

    Example:
        >>> str(error_model(["nowcast", "ipcc_tier1", "land_cover"]))
        'common 0.15, own 0.2, scale 500 km'
        >>> error_model(["gsocmap"]) == ErrorModel()
        True
    """
    return TABLES if OF_TABLES.intersection(products) else MAPS
