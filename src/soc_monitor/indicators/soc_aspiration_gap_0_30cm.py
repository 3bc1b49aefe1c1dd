"""Gap to the 4 per 1000 aspiration, 0-30 cm: carbon still missing on one hectare each year."""

import xarray as xr

from soc_monitor.indicators.soc_change_0_30cm import change
from soc_monitor.model import Indicator
from soc_monitor.model.change import ASPIRATION
from soc_monitor.model.scale import SOIL, Scale


def missing(now: float, base: float, years: float) -> float:
    """What two means lack to the aspiration; below 0 what they have above it [t ha-1 yr-1].

    Example:
        >>> round(missing(51.0, 50.0, 10), 9), round(missing(60.0, 50.0, 10), 9)
        (0.1, -0.8)
    """
    return ASPIRATION / 1000 * base - (now - base) / years


def lacking(cubes: xr.Dataset) -> xr.DataArray:
    """Carbon that one hectare would have to gain on top, each year; never negative.

    Args:
        cubes: ``soc_stock_0_30cm`` and ``soc_stock_0_30cm_base`` (y, x) [t ha-1]; ``years``
            between them.

    Returns:
        (y, x) [t ha-1 yr-1]; NaN where either is NaN.

    Source:
        max(0, 0.004 T0 - b), T0 the base stock and b its change a year: of two dates the
        difference, from three on the least-squares slope.

    Example:
        >>> grid = lambda value: xr.DataArray([[value]], dims=("y", "x"))
        >>> both = {"soc_stock_0_30cm": grid(51.0), "soc_stock_0_30cm_base": grid(50.0)}
        >>> lacking(xr.Dataset(both | {"years": 10})).values
        array([[0.1]])
    """
    return (ASPIRATION / 1000 * cubes["soc_stock_0_30cm_base"] - change(cubes)).clip(min=0)


indicator = Indicator(
    id="soc_aspiration_gap_0_30cm",
    title={
        "en": "Gap to the 4 per 1000 aspiration, 0–30 cm",
        "fr": "Écart à l’aspiration « 4 pour 1000 », 0–30 cm",
        "es": "Brecha hasta la aspiración «4 por 1000», 0–30 cm",
    },
    help={
        "en": (
            "Carbon that one hectare lacks each year, on average, to grow by 4 per 1000 "
            "of its stock."
        ),
        "fr": (
            "Carbone qui manque chaque année à un hectare, en moyenne, pour croître de 4 "
            "pour 1000 de son stock."
        ),
        "es": (
            "Carbono que falta cada año a una hectárea, en promedio, para crecer un 4 por"
            " 1000 de su reserva."
        ),
    },
    unit="t ha-1 yr-1",
    cell_unit="t ha-1 yr-1",
    inputs=("soc_stock_0_30cm",),
    over_area="ratio",
    source=(
        "max(0, 0.004 T0 - b) of the means of the area, b the least-squares slope through all "
        "yearly means since the base (of two, their difference a year)"
    ),
    compute=lacking,
    of_means=missing,
    floor=0.0,
    alias=("aspiration-gap", "0-30"),
    units=("t-ha", "kg-m2"),
    group="change",
    scale=Scale(breaks=(0.05, 0.1, 0.2, 0.3, 0.4, 0.6), colours=SOIL),
)
