"""Anomaly: how a month stands to the same month of other years, cell by cell, lazily."""

import xarray as xr

from soc_monitor.model.indicator import Compute


def standard_score(now: xr.DataArray, record: xr.DataArray) -> xr.DataArray:
    """Distance from the mean of a record in its standard deviations.

    Args:
        now: (y, x) [any].
        record: the same month of other years (time, y, x) [as ``now``].

    Returns:
        (y, x) [1]; NaN where any month of the record is NaN, and where the record does not vary.

    Source:
        z = (x - mean) / sd of the calendar month, sd with n - 1.
    """
    spread = record.std("time", ddof=1, skipna=False)
    return (now - record.mean("time", skipna=False)) / spread.where(spread > 0)


def percent_of_mean(now: xr.DataArray, record: xr.DataArray) -> xr.DataArray:
    """Departure from the mean of a record in percent of it (y, x) [%].

    NaN where any month of the record is NaN, and where its mean is not above 0.
    """
    mean = record.mean("time", skipna=False)
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
            the same month of the other years [m3 m-3].

    Returns:
        It gives (y, x) [1]; NaN where any month of the record is NaN, and where the record does
        not vary.

    Source:
        z = (x - mean) / sd of the calendar month, over ten years of record or more.

    Example:
        >>> past = xr.DataArray([[[0.1]], [[0.2]], [[0.3]]], dims=("time", "y", "x"))
        >>> now = xr.DataArray([[0.4]], dims=("y", "x"))
        >>> moisture_score("wet")(xr.Dataset({"wet": now, "wet_record": past})).values
        array([[2.]])
    """

    def compute(cubes: xr.Dataset) -> xr.DataArray:
        return standard_score(cubes[variable], cubes[f"{variable}_record"])

    compute.__doc__ = moisture_score.__doc__
    return compute


def land_share(number: int) -> Compute:
    """The computation of the share of the land in one class of SDG 15.3.1: 100 in it, 0 in others.

    The mean over an area is the share of its land in the class: water has none, and is in no
    denominator. Land cover alone is seen; neither management nor climate.

    Args:
        number: of the class: -1, 0 or 1. It takes ``sdg_soc_class_0_30cm`` (y, x).

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
        return share_in_class(cubes["sdg_soc_class_0_30cm"], number)

    compute.__doc__ = land_share.__doc__
    return compute
