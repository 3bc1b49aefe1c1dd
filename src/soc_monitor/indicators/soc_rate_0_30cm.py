"""Rate of change of soil organic carbon, 0-30 cm, in thousandths of the base stock a year."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.change import LEAST_STOCK, linear_rate
from soc_monitor.model.scale import LOSS_TO_GAIN, Scale


def rate(cubes: xr.Dataset) -> xr.DataArray:
    """Change a year in thousandths of the base stock: the convention of the Initiative.

    The rate of an area is made from its totals at all its dates on the land that all cover. It is
    not the mean of its cells, in which the poorest soils would weigh most.

    Args:
        cubes: ``soc_stock_0_30cm`` and ``soc_stock_0_30cm_base`` (y, x) [t ha-1]; ``years``
            between them.

    Returns:
        (y, x) [permille yr-1]; NaN where either is NaN, and where the base stock is below 5 t/ha.

    Source:
        1000 b / T0, linear on the base stock T0; b is the change a year: of two dates the
        difference, from three on the least-squares slope. 4 per 1000 over 20 years is
        8 %. Minasny et al. 2017, Geoderma 292, 59-86.

    Example:
        >>> grid = lambda *values: xr.DataArray([values], dims=("y", "x"))
        >>> both = {"soc_stock_0_30cm": grid(54.0, 4.0), "soc_stock_0_30cm_base": grid(50.0, 3.0)}
        >>> rate(xr.Dataset(both | {"years": 20})).values
        array([[ 4., nan]])
    """
    base = cubes["soc_stock_0_30cm_base"]
    gained = cubes["soc_stock_0_30cm"] - base
    return 1000 * gained / (base * cubes["years"]).where(base >= LEAST_STOCK)


indicator = Indicator(
    id="soc_rate_0_30cm",
    title={
        "en": "Rate of change of soil organic carbon, 0–30 cm",
        "fr": "Taux de variation du carbone organique du sol, 0–30 cm",
        "es": "Tasa de cambio del carbono orgánico del suelo, 0–30 cm",
    },
    help={
        "en": (
            "Yearly change in thousandths of the stock at the base period; the world's "
            "aspiration is +4."
        ),
        "fr": (
            "Variation annuelle en millièmes du stock de la période de base ; "
            "l’aspiration mondiale est de +4."
        ),
        "es": (
            "Cambio anual en milésimas de la reserva del periodo de base; la aspiración "
            "mundial es +4."
        ),
    },
    unit="‰ yr-1",
    cell_unit="‰ yr-1",
    inputs=("soc_stock_0_30cm",),
    over_area="ratio",
    source=(
        "1000 b / T0, b the least-squares slope through all yearly means since the base (of two, "
        "their difference a year); Minasny et al. 2017, Geoderma 292, 59-86"
    ),
    compute=rate,
    of_means=linear_rate,
    alias=("rate", "0-30"),
    units=("permille", "pct"),
    group="change",
    scale=Scale(breaks=(-8.0, -4.0, -2.0, -0.5, 0.5, 2.0, 4.0, 8.0), colours=LOSS_TO_GAIN),
)
