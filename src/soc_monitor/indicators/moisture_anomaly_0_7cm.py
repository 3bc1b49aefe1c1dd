"""Soil moisture anomaly, 0-7 cm: how far a month stands from the same month of other years."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.anomaly import standard_score
from soc_monitor.model.scale import LOSS_TO_GAIN, Scale


def anomaly(cubes: xr.Dataset) -> xr.DataArray:
    """Soil moisture against the record of its own sensor, in standard deviations.

    A driver of the turnover of carbon, not a measurement of carbon. The year itself is left out of
    the record; sensors are never mixed.

    Args:
        cubes: ``soil_moisture_0_7cm`` (y, x) and ``soil_moisture_0_7cm_record`` (time, y, x), the
            same month of the other years [m3 m-3].

    Returns:
        (y, x) [1]; NaN where any month of the record is NaN, and where the record does not vary.

    Source:
        z = (x - mean) / sd of the calendar month, over ten years of record or more.

    Example:
        >>> past = xr.DataArray([[[0.1]], [[0.2]], [[0.3]]], dims=("time", "y", "x"))
        >>> now = xr.DataArray([[0.4]], dims=("y", "x"))
        >>> anomaly(
        ...     xr.Dataset({"soil_moisture_0_7cm": now, "soil_moisture_0_7cm_record": past})
        ... ).values
        array([[2.]])
    """
    name = "soil_moisture_0_7cm"
    return standard_score(cubes[name], cubes[f"{name}_record"])


indicator = Indicator(
    id="moisture_anomaly_0_7cm",
    title={
        "en": "Soil moisture anomaly, 0–7 cm",
        "fr": "Anomalie d’humidité du sol, 0–7 cm",
        "es": "Anomalía de humedad del suelo, 0–7 cm",
    },
    help={
        "en": (
            "How far a month is from the same month of other years, in standard "
            "deviations; wetter is positive."
        ),
        "fr": (
            "Écart d’un mois au même mois des autres années, en écarts types ; positif si"
            " plus humide."
        ),
        "es": (
            "Distancia de un mes al mismo mes de otros años, en desviaciones típicas; "
            "positiva si es más húmedo."
        ),
    },
    unit="1",
    cell_unit="1",
    inputs=("soil_moisture_0_7cm",),
    over_area="mean",
    source="(x - mean) / sd of the calendar month, ten years of record or more",
    compute=anomaly,
    seasonal=True,
    alias=("moisture", "0-7"),
    units=(),
    group="drivers",
    scale=Scale(breaks=(-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0), colours=LOSS_TO_GAIN),
)
