"""Soil health: where the limits of an indicator are, and which days are joined."""

import numpy as np
import pytest
import xarray as xr

from soc_monitor.indicators import load_indicators
from soc_monitor.model.vegetation import days_below


def ratio(carbon: float, clay: float, name: str = "soc_clay_ratio_0_30cm") -> float:
    """Of a soil that is the same down to 30 cm [%]."""
    layers = ("0_5cm", "5_15cm", "15_30cm")
    cell = {f"soc_content_{layer}": carbon for layer in layers}
    cell |= {f"clay_{layer}": clay for layer in layers}
    fields = {name: xr.DataArray([[value]], dims=("y", "x")) for name, value in cell.items()}
    compute = load_indicators()[name].compute
    assert compute is not None
    return float(compute(xr.Dataset(fields)).item())


@pytest.mark.parametrize(
    ("carbon", "clay", "told"),
    [
        (2.0, 5.0, 40.0), (2.0, 4.99, None), (3.0, 60.0, 5.0), (3.0, 60.01, None),
        (11.99, 20.0, 59.95), (12.0, 20.0, None),
    ],
)  # fmt: skip
def test_carbon_to_clay_is_told_of_mineral_soils_of_usual_texture_alone(
    carbon: float, clay: float, told: float | None
) -> None:
    found = ratio(carbon, clay)
    assert np.isnan(found) if told is None else found == pytest.approx(told)


@pytest.mark.parametrize(
    ("carbon", "clay", "share"),
    [(1.53, 20.0, 100.0), (1.54, 20.0, 0.0), (0.1, 4.99, None), (12.0, 20.0, None)],
)
def test_land_is_degraded_below_a_thirteenth_where_the_ratio_is_told_at_all(
    carbon: float, clay: float, share: float | None
) -> None:
    found = ratio(carbon, clay, "soc_clay_degraded_0_30cm")
    assert np.isnan(found) if share is None else found == share


@pytest.mark.parametrize(("apart", "bridged"), [(32, 32.0), (33, 0.0)])
def test_looks_are_joined_over_32_days_and_no_more(apart: int, bridged: float) -> None:
    looks = xr.DataArray([[[0.0]], [[0.0]]], dims=("time", "y", "x"))
    first = np.datetime64("2021-01-01", "ns")
    looks["time"] = np.array([first, first + np.timedelta64(apart, "D")])
    below, joined, whole = days_below(looks, 0.3)
    assert (below.item(), joined.item(), whole) == (bridged, bridged, apart)
