"""Air temperature anomaly: how warm a month is against the same month of other years."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.anomaly import usual
from soc_monitor.model.scale import LOSS_TO_GAIN, Scale


def warmer(cubes: xr.Dataset) -> xr.DataArray:
    """Temperature of the air less that of the record; it stands in for that of the soil.

    A driver of the turnover of carbon. The year itself is left out of the record.

    Args:
        cubes: ``air_temperature`` (y, x) and ``air_temperature_record`` (time, y, x), the same
            month of the other years [deg C].

    Returns:
        (y, x) [K]; NaN where fewer than ten years are known.

    Source:
        x - mean of the calendar month, over ten years of record or more.

    Example:
        >>> past = xr.DataArray([[[10.0]], [[12.0]]] * 5, dims=("time", "y", "x"))
        >>> now = xr.DataArray([[12.5]], dims=("y", "x"))
        >>> warmer(xr.Dataset({"air_temperature": now, "air_temperature_record": past})).values
        array([[1.5]])
    """
    return cubes["air_temperature"] - usual(cubes["air_temperature_record"])


indicator = Indicator(
    id="temperature_anomaly",
    title={
        "en": "Air temperature anomaly",
        "fr": "Anomalie de température de l’air",
        "es": "Anomalía de temperatura del aire",
    },
    help={
        "en": "How much warmer a month is than the same month of other years.",
        "fr": "De combien un mois est plus chaud que le même mois des autres années.",
        "es": "Cuánto más cálido es un mes que el mismo mes de otros años.",
    },
    unit="K",
    cell_unit="K",
    inputs=("air_temperature",),
    over_area="mean",
    source="x - mean of the calendar month, 1991-2020 where ten years of it are there",
    compute=warmer,
    seasonal=True,
    climatology=(1991, 2020),
    alias=("temperature", ""),
    units=(),
    group="drivers",
    scale=Scale(breaks=(-3.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0), colours=LOSS_TO_GAIN[::-1]),
)
