"""Compound rate of change of soil organic carbon, 0-30 cm: another convention, so named."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.change import LEAST_STOCK, compound_rate
from soc_monitor.model.scale import LOSS_TO_GAIN, Scale


def compound(cubes: xr.Dataset) -> xr.DataArray:
    """The yearly rate that, compounded, leads from the base stock to the stock of the period.

    Args:
        cubes: ``soc_stock_0_30cm`` and ``soc_stock_0_30cm_base`` (y, x) [t ha-1]; ``years``
            between them.

    Returns:
        (y, x) [permille yr-1]; NaN where either is NaN, and where the base stock is below 5 t/ha.

    Source:
        1000 ((S1 / S0)^(1 / years) - 1): 4 per 1000 over 20 years is 8.31 %, and 8 % linear.

    Example:
        >>> grid = lambda value: xr.DataArray([[value]], dims=("y", "x"))
        >>> both = {"soc_stock_0_30cm": grid(54.0), "soc_stock_0_30cm_base": grid(50.0)}
        >>> compound(xr.Dataset(both | {"years": 20})).values.round(3)
        array([[3.855]])
    """
    base = cubes["soc_stock_0_30cm_base"]
    growth = cubes["soc_stock_0_30cm"] / base.where(base >= LEAST_STOCK)
    return 1000 * (growth ** (1 / cubes["years"]) - 1)


indicator = Indicator(
    id="soc_rate_compound_0_30cm",
    title={
        "en": "Compound rate of change of soil organic carbon, 0–30 cm",
        "fr": "Taux composé de variation du carbone organique du sol, 0–30 cm",
        "es": "Tasa compuesta de cambio del carbono orgánico del suelo, 0–30 cm",
    },
    help={
        "en": (
            "The rate as if each year built on the year before; not the linear rate that "
            "the Initiative speaks of."
        ),
        "fr": (
            "Le taux comme si chaque année partait de la précédente ; ce n’est pas le "
            "taux linéaire dont parle l’Initiative."
        ),
        "es": (
            "La tasa como si cada año partiera del anterior; no es la tasa lineal de la "
            "que habla la Iniciativa."
        ),
    },
    unit="‰ yr-1",
    cell_unit="‰ yr-1",
    inputs=("soc_stock_0_30cm",),
    over_area="ratio",
    source=(
        "1000 ((1 + b years / T0)^(1 / years) - 1): compound interest on the total of the area, b "
        "the least-squares slope through all yearly means (of two, their difference a year)"
    ),
    compute=compound,
    of_means=compound_rate,
    alias=("rate-compound", "0-30"),
    units=("permille", "pct"),
    group="change",
    scale=Scale(breaks=(-8.0, -4.0, -2.0, -0.5, 0.5, 2.0, 4.0, 8.0), colours=LOSS_TO_GAIN),
)
