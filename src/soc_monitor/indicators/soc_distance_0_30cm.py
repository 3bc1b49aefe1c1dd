"""Distance to the 4 per 1000 aspiration, 0-30 cm: how far the rate stands from it."""

import xarray as xr

from soc_monitor.indicators.soc_rate_0_30cm import rate
from soc_monitor.model import Indicator
from soc_monitor.model.change import ASPIRATION, distance, linear_rate
from soc_monitor.model.scale import LOSS_TO_GAIN, Scale


def from_aspiration(now: float, base: float, years: float) -> float:
    """Distance of the linear rate of two means from the aspiration [permille yr-1].

    Example:
        >>> from_aspiration(54.0, 50.0, 20)
        0.0
    """
    return distance(linear_rate(now, base, years))


def short_of(cubes: xr.Dataset) -> xr.DataArray:
    """The linear rate less 4 per 1000; negative where it is short of the aspiration.

    An aspiration for the soils of the world together, not a quota of a country or of a field.

    Args:
        cubes: ``soc_stock_0_30cm`` and ``soc_stock_0_30cm_base`` (y, x) [t ha-1]; ``years``
            between them.

    Returns:
        (y, x) [permille yr-1]; NaN where the rate is NaN.

    Source:
        '4 per 1000' Initiative: a yearly growth of 0.4 % of the stock of the upper soil.

    Example:
        >>> grid = lambda value: xr.DataArray([[value]], dims=("y", "x"))
        >>> both = {"soc_stock_0_30cm": grid(50.0), "soc_stock_0_30cm_base": grid(50.0)}
        >>> short_of(xr.Dataset(both | {"years": 20})).values
        array([[-4.]])
    """
    return rate(cubes) - ASPIRATION


indicator = Indicator(
    id="soc_distance_0_30cm",
    title={
        "en": "Distance to the 4 per 1000 aspiration, 0–30 cm",
        "fr": "Distance à l’aspiration « 4 pour 1000 », 0–30 cm",
        "es": "Distancia a la aspiración «4 por 1000», 0–30 cm",
    },
    help={
        "en": (
            "The rate of change less 4; negative where it is short of the aspiration, "
            "which is for the world as a whole."
        ),
        "fr": (
            "Le taux de variation moins 4 ; négatif en deçà de l’aspiration, qui vaut "
            "pour le monde entier."
        ),
        "es": (
            "La tasa de cambio menos 4; negativa si no llega a la aspiración, que es para"
            " el mundo en conjunto."
        ),
    },
    unit="‰ yr-1",
    cell_unit="‰ yr-1",
    inputs=("soc_stock_0_30cm",),
    over_area="ratio",
    source="Linear rate less 4 permille a year; 4 per 1000 Initiative, 2015",
    compute=short_of,
    of_means=from_aspiration,
    alias=("distance", "0-30"),
    units=("permille", "pct"),
    group="change",
    scale=Scale(breaks=(-12.0, -8.0, -4.0, -1.0, 1.0, 4.0, 8.0, 12.0), colours=LOSS_TO_GAIN),
)
