"""Anomalies: what a record must have, and what is left blank."""

import numpy as np
import pytest
import xarray as xr

from soc_monitor.model.anomaly import moisture_score, percent_of_mean, standard_score, usual


def record(*years: float) -> xr.DataArray:
    """Years of one cell."""
    return xr.DataArray(np.array(years, np.float32)[:, None, None], dims=("time", "y", "x"))


NOW = xr.DataArray(np.array([[5.0]], np.float32), dims=("y", "x"))
TEN = [1.0, 3.0] * 5


def test_a_year_that_is_missing_does_not_blank_the_others() -> None:
    whole, gappy = record(*TEN), record(*TEN, np.nan)
    assert usual(gappy).item() == 2.0
    assert standard_score(NOW, gappy).item() == standard_score(NOW, whole).item()
    assert standard_score(NOW, whole).item() == pytest.approx(3 / np.std(TEN, ddof=1))
    assert percent_of_mean(NOW, gappy).item() == pytest.approx(150.0)


def test_fewer_than_ten_years_and_a_record_that_never_varies_say_nothing() -> None:
    nine = record(*TEN[:9], np.nan, np.nan)
    for compute in (standard_score, percent_of_mean):
        assert np.isnan(compute(NOW, nine).item())
    assert np.isnan(usual(record(*[np.nan] * 12)).item())
    assert np.isnan(standard_score(NOW, record(*[2.0] * 12)).item())


def test_frozen_ground_has_no_moisture_anomaly() -> None:
    cubes = xr.Dataset({"wet": NOW, "wet_record": record(*TEN)})
    assert moisture_score("wet")(cubes).notnull().all()
    for warmth, told in ((0.0, True), (-0.1, False), (np.nan, False)):
        cubes["air_temperature"] = xr.full_like(NOW, warmth)
        assert moisture_score("wet")(cubes).notnull().item() is told
