"""NPP anomaly: how much more plants have grown in a month than in the same month of other years."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.anomaly import percent_of_mean
from soc_monitor.model.scale import LOSS_TO_GAIN, Scale


def more_growth(cubes: xr.Dataset) -> xr.DataArray:
    """Net primary production against the mean of the record of its own source, in percent.

    Vegetation, not soil carbon: a driver of the carbon that plants give to the soil. The year
    itself is left out of the record; sources are never mixed.

    Args:
        cubes: ``npp`` (y, x) and ``npp_record`` (time, y, x), the same month of the other years
            [kg m-2 month-1].

    Returns:
        (y, x) [%]; NaN where fewer than ten years are known, and where its mean is not above 0.

    Source:
        100 (x / mean - 1) of the calendar month, over ten years of record or more.

    Example:
        >>> past = xr.DataArray([[[0.04]], [[0.06]]] * 5, dims=("time", "y", "x"))
        >>> now = xr.DataArray([[0.055]], dims=("y", "x"))
        >>> more_growth(xr.Dataset({"npp": now, "npp_record": past})).round(6).values
        array([[10.]])
    """
    return percent_of_mean(cubes["npp"], cubes["npp_record"])


indicator = Indicator(
    id="npp_anomaly",
    title={
        "en": "Plant growth (NPP) anomaly: vegetation, not soil carbon",
        "fr": "Anomalie de croissance végétale (NPP) : végétation, pas carbone du sol",
        "es": "Anomalía del crecimiento vegetal (NPP): vegetación, no carbono del suelo",
    },
    help={
        "en": "How much more plants have grown in a month than in the same month of other years.",
        "fr": "Croissance des plantes d’un mois par rapport au même mois des autres années.",
        "es": "Crecimiento de las plantas de un mes frente al mismo mes de otros años.",
    },
    unit="%",
    cell_unit="%",
    inputs=("npp",),
    over_area="mean",
    source="100 (x / mean - 1) of the calendar month, ten years of record or more",
    compute=more_growth,
    seasonal=True,
    alias=("npp-anomaly", ""),
    units=(),
    group="drivers",
    scale=Scale(breaks=(-40.0, -25.0, -15.0, -5.0, 5.0, 15.0, 25.0, 40.0), colours=LOSS_TO_GAIN),
)
