"""Soil organic carbon stock, 0-30 cm: carbon on one hectare."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.scale import SOIL, Scale


def stock(cubes: xr.Dataset) -> xr.DataArray:
    """The stock itself: the areal number is its mean over the mapped area.

    Args:
        cubes: ``soc_stock_0_30cm`` (y, x) [t ha-1].

    Returns:
        (y, x) [t ha-1]; NaN where there is no soil or no estimate.

    Source:
        IPCC 2019 Refinement, Vol. 4, Ch. 2, Section 2.3.3.1 (stock to a fixed depth).

    Example:
        >>> grid = xr.DataArray([[50.0, 70.0]], dims=("y", "x"))
        >>> float(stock(xr.Dataset({"soc_stock_0_30cm": grid})).mean())
        60.0
    """
    return cubes["soc_stock_0_30cm"]


indicator = Indicator(
    id="soc_stock_0_30cm",
    title={
        "en": "Soil organic carbon stock, 0–30 cm",
        "fr": "Stock de carbone organique du sol, 0–30 cm",
        "es": "Reserva de carbono orgánico del suelo, 0–30 cm",
    },
    help={
        "en": "Carbon held by the soil of one hectare, averaged over the mapped area.",
        "fr": "Carbone contenu dans le sol d’un hectare, en moyenne sur la surface cartographiée.",
        "es": (
            "Carbono contenido en el suelo de una hectárea, en promedio sobre la "
            "superficie cartografiada."
        ),
    },
    unit="t ha-1",
    cell_unit="t ha-1",
    inputs=("soc_stock_0_30cm",),
    over_area="mean",
    source="IPCC 2019 Refinement, Vol. 4, Ch. 2, Section 2.3.3.1",
    compute=stock,
    alias=("stock", "0-30"),
    units=("t-ha", "kg-m2"),
    scale=Scale(breaks=(20.0, 30.0, 40.0, 60.0, 80.0, 120.0), colours=SOIL),
    std_input="soc_stock_0_30cm_sd",
)
