"""NDVI anomaly: how green a month is against the same month of other years."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.anomaly import ONE_SPREAD, standard_score
from soc_monitor.model.scale import LOSS_TO_GAIN, Scale


def anomaly(cubes: xr.Dataset) -> xr.DataArray:
    """Greenness against the record of its own sensor, in standard deviations.

    Vegetation, not soil carbon: a driver of the carbon that plants give to the soil. The year
    itself is left out of the record; sensors are never mixed.

    Args:
        cubes: ``ndvi`` (y, x) and ``ndvi_record`` (time, y, x), the same month of
            the other years [1].

    Returns:
        (y, x) [1]; NaN where fewer than ten years are known, and where the record does not vary.

    Source:
        z = (x - mean) / sd of the calendar month, over ten years of record or more.

    Example:
        >>> past = xr.DataArray([[[0.5]], [[0.7]]] * 5, dims=("time", "y", "x"))
        >>> now = xr.DataArray([[0.8]], dims=("y", "x"))
        >>> anomaly(xr.Dataset({"ndvi": now, "ndvi_record": past})).round(3).values
        array([[1.897]])
    """
    return standard_score(cubes["ndvi"], cubes["ndvi_record"])


indicator = Indicator(
    id="ndvi_anomaly",
    title={
        "en": "NDVI anomaly: vegetation, not soil carbon",
        "fr": "Anomalie du NDVI : végétation, pas carbone du sol",
        "es": "Anomalía de NDVI: vegetación, no carbono del suelo",
    },
    help={
        "en": (
            "How green a month is against the same month of other years, in standard deviations."
        ),
        "fr": ("Verdure d’un mois par rapport au même mois des autres années, en écarts types."),
        "es": "Verdor de un mes frente al mismo mes de otros años, en desviaciones típicas.",
    },
    unit="1",
    cell_unit="1",
    inputs=("ndvi",),
    over_area="mean",
    source="(x - mean) / sd of the calendar month, ten years of record or more",
    compute=anomaly,
    seasonal=True,
    alias=("ndvi", ""),
    units=(),
    usual=ONE_SPREAD,
    group="drivers",
    scale=Scale(breaks=(-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0), colours=LOSS_TO_GAIN),
)
