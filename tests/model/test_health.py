"""Bare soil: which days are joined."""

import numpy as np
import pytest
import xarray as xr

from soc_monitor.model.vegetation import days_below


@pytest.mark.parametrize(("apart", "bridged"), [(32, 32.0), (33, 0.0)])
def test_looks_are_joined_over_32_days_and_no_more(apart: int, bridged: float) -> None:
    looks = xr.DataArray([[[0.0]], [[0.0]]], dims=("time", "y", "x"))
    first = np.datetime64("2021-01-01", "ns")
    looks["time"] = np.array([first, first + np.timedelta64(apart, "D")])
    below, joined, whole = days_below(looks, 0.3)
    assert (below.item(), joined.item(), whole) == (bridged, bridged, apart)
