"""Anomalies: what a record must have, and what is left blank."""

import numpy as np
import pytest
import xarray as xr

from soc_monitor.model.anomaly import (
    moisture_percentile,
    moisture_score,
    percent_of_mean,
    percentile,
    standard_score,
    usual,
)


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
    for compute in (standard_score, percent_of_mean, percentile):
        assert np.isnan(compute(NOW, nine).item())
    assert np.isnan(usual(record(*[np.nan] * 12)).item())
    assert np.isnan(standard_score(NOW, record(*[2.0] * 12)).item())


def test_frozen_ground_has_no_moisture_anomaly() -> None:
    cubes = xr.Dataset({"wet": NOW, "wet_record": record(*TEN)})
    for make in (moisture_score, moisture_percentile):
        compute = make("wet")
        assert compute(cubes.drop_vars("air_temperature", errors="ignore")).notnull().all()
        for warmth, told in ((0.0, True), (-0.1, False), (np.nan, False)):
            cubes["air_temperature"] = xr.full_like(NOW, warmth)
            assert compute(cubes).notnull().item() is told


def test_a_percentile_is_the_place_among_the_years_whatever_their_spread() -> None:
    years = np.random.default_rng(1).lognormal(0.0, 1.5, 11).astype(np.float32)
    ranks = np.argsort(np.argsort(years)) + 1
    for at, rank in enumerate(ranks):
        now = xr.full_like(NOW, years[at])
        others = record(*np.delete(years, at))
        assert percentile(now, others).item() == pytest.approx(100 * rank / 12)
        gappy = record(*np.delete(years, at), np.nan)
        assert percentile(now, gappy).item() == pytest.approx(100 * rank / 12)
    # Of equal years half lie below, and of a month that is not known nothing is told.
    assert percentile(xr.full_like(NOW, 2.0), record(*[2.0] * 12)).item() == pytest.approx(50.0)
    assert np.isnan(percentile(xr.full_like(NOW, np.nan), record(*TEN)).item())
