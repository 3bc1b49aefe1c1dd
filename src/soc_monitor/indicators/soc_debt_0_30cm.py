"""Soil carbon debt, 0-30 cm: what land use has cost one hectare."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.scale import LOSS_TO_GAIN, Scale


def debt(cubes: xr.Dataset) -> xr.DataArray:
    """What the soil has lost against a world without land use; a gain is negative.

    Args:
        cubes: ``soc_stock_0_30cm`` and ``soc_stock_no_land_use_0_30cm`` (y, x) [t ha-1].

    Returns:
        (y, x) [t ha-1]; NaN where either is NaN: the two are compared on their common mask.

    Source:
        Sanderman, Hengl and Fiske 2017, PNAS 114(36) 9575-9580, doi:10.1073/pnas.1706103114.

    Example:
        >>> now = xr.DataArray([[50.0, 70.0]], dims=("y", "x"))
        >>> before = xr.DataArray([[60.0, float("nan")]], dims=("y", "x"))
        >>> names = ("soc_stock_0_30cm", "soc_stock_no_land_use_0_30cm")
        >>> debt(xr.Dataset(dict(zip(names, (now, before), strict=True)))).values
        array([[10., nan]])
    """
    return cubes["soc_stock_no_land_use_0_30cm"] - cubes["soc_stock_0_30cm"]


indicator = Indicator(
    id="soc_debt_0_30cm",
    title={
        "en": "Soil carbon debt, 0–30 cm",
        "fr": "Dette de carbone du sol, 0–30 cm",
        "es": "Deuda de carbono del suelo, 0–30 cm",
    },
    help={
        "en": (
            "Carbon lost from one hectare against a world without land use; "
            "negative where there was a gain."
        ),
        "fr": (
            "Carbone perdu par hectare par rapport à un monde sans usage des "
            "terres ; négatif en cas de gain."
        ),
        "es": (
            "Carbono perdido por hectárea frente a un mundo sin uso de la tierra; "
            "negativo si hubo ganancia."
        ),
    },
    unit="t ha-1",
    cell_unit="t ha-1",
    inputs=("soc_stock_0_30cm", "soc_stock_no_land_use_0_30cm"),
    over_area="mean",
    source="Sanderman, Hengl and Fiske 2017, PNAS 114(36) 9575-9580",
    compute=debt,
    alias=("debt", "0-30"),
    units=("t-ha", "kg-m2"),
    scale=Scale(
        breaks=(-20.0, -10.0, -5.0, -1.0, 1.0, 5.0, 10.0, 20.0), colours=LOSS_TO_GAIN[::-1]
    ),
    std_input="",
)
