"""Change of the soil organic carbon stock, 0-30 cm: what one hectare gains or loses in a year."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.scale import LOSS_TO_GAIN, Scale


def yearly(now: float, base: float, years: float) -> float:
    """Change a year between two means [t ha-1 yr-1].

    Example:
        >>> yearly(51.0, 50.0, 10)
        0.1
    """
    return (now - base) / years


def change(cubes: xr.Dataset) -> xr.DataArray:
    """Mean yearly change since the base period; plus for a gain.

    Months are compared as means of twelve, by the slope through them: the change from one month
    to the next is the season's, and is never written as a rate.

    Args:
        cubes: ``soc_stock_0_30cm`` and ``soc_stock_0_30cm_base`` (y, x) [t ha-1]; ``years``
            between them.

    Returns:
        (y, x) [t ha-1 yr-1]; NaN where either is NaN.

    Source:
        IPCC 2019 Refinement, Vol. 4, Ch. 2, Eq. 2.25.

    Example:
        >>> grid = lambda value: xr.DataArray([[value]], dims=("y", "x"))
        >>> both = {"soc_stock_0_30cm": grid(51.0), "soc_stock_0_30cm_base": grid(50.0)}
        >>> change(xr.Dataset(both | {"years": 10})).values
        array([[0.1]])
    """
    return (cubes["soc_stock_0_30cm"] - cubes["soc_stock_0_30cm_base"]) / cubes["years"]


indicator = Indicator(
    id="soc_change_0_30cm",
    title={
        "en": "Change of soil organic carbon, 0–30 cm",
        "fr": "Variation du carbone organique du sol, 0–30 cm",
        "es": "Cambio del carbono orgánico del suelo, 0–30 cm",
    },
    help={
        "en": (
            "Carbon that one hectare gains or loses in a year since the base period, on "
            "the land that all its dates cover."
        ),
        "fr": (
            "Carbone qu’un hectare gagne ou perd en un an depuis la période de base, sur "
            "les terres que toutes ses dates couvrent."
        ),
        "es": (
            "Carbono que una hectárea gana o pierde en un año desde el periodo de base, "
            "en la tierra que cubren todas sus fechas."
        ),
    },
    unit="t ha-1 yr-1",
    cell_unit="t ha-1 yr-1",
    inputs=("soc_stock_0_30cm",),
    over_area="ratio",
    source=(
        "IPCC 2019 Refinement, Vol. 4, Ch. 2, Eq. 2.25; least-squares slope through all yearly "
        "means (of two, their difference a year)"
    ),
    compute=change,
    of_means=yearly,
    alias=("change", "0-30"),
    units=("t-ha", "kg-m2"),
    group="change",
    scale=Scale(breaks=(-0.5, -0.2, -0.1, -0.02, 0.02, 0.1, 0.2, 0.5), colours=LOSS_TO_GAIN),
)
