"""Anomaly: how a month stands to the same month of other years, cell by cell, lazily."""

import xarray as xr


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
