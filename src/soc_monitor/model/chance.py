"""Chance: how likely a place is of a class; over an area, the share of the land to be expected."""

from typing import TYPE_CHECKING

from soc_monitor.model.indicator import Compute

if TYPE_CHECKING:  # most of a second to load, and whoever only looks has no array
    import xarray as xr


def chance_of(name: str) -> Compute:
    """The computation of how likely the ratio of carbon to clay is of a class, as it is stored.

    The mean of the chances of an area is the share of its land that is expected to be of the class;
    those of the four classes are together 100. The ratio is lognormal; its median is that of the
    geometric means of the quantiles of 5 and 95 % of carbon and of clay, which lie below the means
    that maps tell. Its error is that of carbon and that of clay together, from the same quantiles;
    layers of one profile err together by 0.7. The interval of an area is that of a share of places
    that are of the class or are not: places near each other go together as errors of a map do,
    which is the most that they can; where they are a few cells it is 0 to 100. The chance of a
    cell is that of a place of 250 m in it.

    Args:
        name: variable of the chances (y, x) [%].

    Returns:
        It gives (y, x) [%]; NaN where there is no ratio, where its limits are not applied, and
        where a quantile is not known or is 0.

    Source:
        Prout et al. 2021, Eur. J. Soil Sci. 72, 2493-2503: limits at 1/13, 1/10 and 1/8.

    Example:
        >>> import xarray as xr
        >>> found = xr.DataArray([[30.0, float("nan")]], dims=("y", "x"))
        >>> chance_of("likely")(xr.Dataset({"likely": found})).values
        array([[30., nan]])
    """

    def chance(cubes: "xr.Dataset") -> "xr.DataArray":
        return cubes[name]

    chance.__doc__ = chance_of.__doc__
    return chance
