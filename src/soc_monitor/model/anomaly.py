"""Anomaly: how a month stands to the same month of other years, cell by cell, lazily."""

import xarray as xr

from soc_monitor.model.change import LEAST_RECORD
from soc_monitor.model.indicator import Compute

FOUR_OF_FIVE = (10.0, 90.0)
"""Percentiles that are usual: four years of five."""
ONE_SPREAD = (-1.0, 1.0)
"""Standard scores that are usual: two years of three, where years are spread normally."""


def standard_score(now: xr.DataArray, record: xr.DataArray) -> xr.DataArray:
    """Distance from the mean of a record in its standard deviations.

    Args:
        now: (y, x) [any].
        record: the same month of other years (time, y, x) [as ``now``].

    Returns:
        (y, x) [1]; NaN where fewer than ten years are known, and where the record does not vary.

    Source:
        z = (x - mean) / sd of the calendar month, sd with n - 1.
    """
    count, mean = record.count("time"), usual(record)
    spread = (((record - mean) ** 2).sum("time") / (count - 1).clip(min=1)) ** 0.5
    return (now - mean) / spread.where(spread > 0)


def percentile(now: xr.DataArray, record: xr.DataArray) -> xr.DataArray:
    """Share of the years that lie below a month, itself counted among them.

    It asks for no shape of their spread, as a standard score does: moisture is skewed. It never
    reaches 0 nor 100: of ten other years and itself the driest has 8.3.

    Args:
        now: (y, x) [any].
        record: the same month of other years (time, y, x) [as ``now``].

    Returns:
        (y, x) [%]; of equal years half lie below; NaN where fewer than ten other years are known.

    Source:
        p = rank / (n + 1), n years with the month itself (Weibull 1939).

    Example:
        >>> past = xr.DataArray([[[float(year)]] for year in range(10)], dims=("time", "y", "x"))
        >>> now = xr.DataArray([[-1.0, 4.5, 99.0]], dims=("y", "x"))
        >>> percentile(now, past.isel(x=[0, 0, 0])).round(1).values
        array([[ 8.3, 50. , 91.7]])
    """
    count = record.count("time")
    below = (record < now).sum("time") + 0.5 * (record == now).sum("time")
    share = 100.0 * (below + 1.0) / (count + 2.0)
    return share.where((count >= LEAST_RECORD) & now.notnull())


def usual(record: xr.DataArray) -> xr.DataArray:
    """Mean of the years that are known (y, x) [as given]; NaN where they are fewer than ten."""
    count = record.count("time")
    return record.sum("time") / count.where(count >= LEAST_RECORD)


def percent_of_mean(now: xr.DataArray, record: xr.DataArray) -> xr.DataArray:
    """Departure from the mean of a record in percent of it (y, x) [%].

    NaN where fewer than ten years are known, and where their mean is not above 0.
    """
    mean = usual(record)
    return 100.0 * (now / mean.where(mean > 0) - 1.0)


def share_in_class(found: xr.DataArray, number: int) -> xr.DataArray:
    """100 where a map has a class and 0 where it has another one (y, x) [%]; NaN stays NaN.

    The mean over an area is the share of its mapped land in the class.
    """
    return (100.0 * (found == number)).where(found.notnull())


def moisture_score(variable: str) -> Compute:
    """The computation of a soil moisture anomaly, for the layer that a sensor sees.

    A driver of the turnover of carbon, not a measurement of carbon. The year itself is left out of
    the record; sensors are never mixed.

    Args:
        variable: of the cubes: it takes ``variable`` (y, x) and ``variable_record`` (time, y, x),
            the same month of the other years [m3 m-3], and ``air_temperature`` (y, x) [deg C]
            where the product has it, which stands in for that of the soil.

    Returns:
        It gives (y, x) [1]; NaN where fewer than ten years are known, where the record does not
        vary, and in a month whose mean is below freezing.

    Source:
        z = (x - mean) / sd of the calendar month, over ten years of record or more.

    Example:
        >>> past = xr.DataArray([[[0.1]], [[0.3]]] * 5, dims=("time", "y", "x"))
        >>> cubes = xr.Dataset({"wet": xr.DataArray([[0.4]], dims=("y", "x")), "wet_record": past})
        >>> moisture_score("wet")(cubes).round(3).values
        array([[1.897]])
        >>> cubes["air_temperature"] = xr.DataArray([[-3.0]], dims=("y", "x"))
        >>> moisture_score("wet")(cubes).values
        array([[nan]])
    """

    def compute(cubes: xr.Dataset) -> xr.DataArray:
        return _thawed(standard_score(cubes[variable], cubes[f"{variable}_record"]), cubes)

    compute.__doc__ = moisture_score.__doc__
    return compute


def moisture_percentile(variable: str) -> Compute:
    """The computation of how a month of soil moisture stands among the same months, in percent.

    A driver of the turnover of carbon, not a measurement of carbon. The mean over an area is that
    of its cells: half of it at 10 and half at 90 makes 50, and no usual month.

    Args:
        variable: of the cubes: it takes ``variable`` (y, x) and ``variable_record`` (time, y, x),
            the same month of the other years [m3 m-3], and ``air_temperature`` (y, x) [deg C]
            where the product has it, which stands in for that of the soil.

    Returns:
        It gives (y, x) [%]; NaN where fewer than ten years are known, and in a month whose mean is
        below freezing.

    Source:
        p = rank / (n + 1) of the calendar month, over ten years of record or more.

    Example:
        >>> past = xr.DataArray([[[0.1]], [[0.3]]] * 5, dims=("time", "y", "x"))
        >>> cubes = xr.Dataset({"wet": xr.DataArray([[0.4]], dims=("y", "x")), "wet_record": past})
        >>> moisture_percentile("wet")(cubes).round(1).values
        array([[91.7]])
    """

    def compute(cubes: xr.Dataset) -> xr.DataArray:
        return _thawed(percentile(cubes[variable], cubes[f"{variable}_record"]), cubes)

    compute.__doc__ = moisture_percentile.__doc__
    return compute


def _thawed(found: xr.DataArray, cubes: xr.Dataset) -> xr.DataArray:
    """What was found, blank in a month whose mean is below freezing."""
    if "air_temperature" not in cubes:
        return found
    return found.where(cubes["air_temperature"] >= 0.0)


def land_share(number: int, variable: str = "sdg_soc_class_0_30cm") -> Compute:
    """The computation of the share of the land in one class of SDG 15.3.1: 100 in it, 0 in others.

    The mean over an area is the share of its land in the class: water has none, and is in no
    denominator. Land cover alone is seen; neither management nor climate.

    Args:
        number: of the class: -1, 0 or 1.
        variable: the classes (y, x) that it takes.

    Returns:
        It gives (y, x) [%]; NaN where the land is not judged.

    Source:
        UNCCD Good Practice Guidance for SDG 15.3.1, version 2 (2021), Section 4.2.4.

    Example:
        >>> found = xr.DataArray([[-1.0, 0.0, 1.0, float("nan")]], dims=("y", "x"))
        >>> land_share(-1)(xr.Dataset({"sdg_soc_class_0_30cm": found})).values
        array([[100.,   0.,   0.,  nan]])
    """

    def compute(cubes: xr.Dataset) -> xr.DataArray:
        return share_in_class(cubes[variable], number)

    compute.__doc__ = land_share.__doc__
    return compute
