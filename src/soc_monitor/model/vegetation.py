"""Vegetation: green cover from an index, and the days that it stays below a limit, lazily."""

import numpy as np
import xarray as xr

SOIL_NDVI, CANOPY_NDVI = 0.15, 0.80
"""NDVI of bare soil and of a full canopy: the monitor's own choice."""
BARE = 0.30
"""Green cover below which the ground counts as bare [1]."""
SNOW_NDVI = 0.05
"""An index below it is that of snow or water, never of bare ground: the monitor's own choice."""
LEAST_BRIDGED = 0.6
"""Share of the days that looks must bridge for their number to be told [1]."""
LONGEST_DAYS = 32
"""Farther apart than this two looks are not joined."""


def vegetated(ndvi: xr.DataArray) -> xr.DataArray:
    """Green share of the ground (any dims) [1]; NaN stays NaN.

    Example:
        >>> vegetated(xr.DataArray([0.1, 0.475, 0.9])).values.round(3).tolist()
        [0.0, 0.5, 1.0]
    """
    share: xr.DataArray = ((ndvi - SOIL_NDVI) / (CANOPY_NDVI - SOIL_NDVI)).clip(0.0, 1.0)
    return share


def days_below(record: xr.DataArray, limit: float) -> tuple[xr.DataArray, xr.DataArray, float]:
    """Days on which straight lines between looks run below a limit.

    Args:
        record: (time, y, x), with times; each stands for the middle of its month, all alike.
        limit: in the unit of the record.

    Returns:
        Days below (y, x) [d], days that are bridged (y, x) [d], and all days of the record [d].

    Example:
        >>> looks = xr.DataArray([[[1.0]], [[0.0]], [[0.0]]], dims=("time", "y", "x"))
        >>> looks["time"] = np.array(["2021-01-01", "2021-01-31", "2021-02-10"], "M8[ns]")
        >>> below, bridged, whole = days_below(looks, 0.3)
        >>> below.item(), bridged.item(), whole
        (19.0, 40.0, 40.0)
    """
    apart = np.diff(record["time"].values) / np.timedelta64(1, "D")
    below = bridged = xr.zeros_like(record.isel(time=0, drop=True))
    for k, days in enumerate(apart):
        if days > LONGEST_DAYS:
            continue
        one, other = record.isel(time=k, drop=True), record.isel(time=k + 1, drop=True)
        known = one.notnull() & other.notnull()
        low, high = one.where(one < other, other), one.where(one > other, other)
        # The part of a straight line that is below: all, none, or up to where it crosses.
        part = ((limit - low) / (high - low).where(high > low, 1.0)).clip(0.0, 1.0)
        share = part.where(high > low, 1.0 * (low < limit))
        below = below + (share * days).where(known, 0.0)
        bridged = bridged + float(days) * known
    return below, bridged, float(apart.sum())
