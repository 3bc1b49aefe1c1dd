"""Soil organic carbon stock, 0-100 cm: carbon on one hectare."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.scale import SOIL, Scale


def stock(cubes: xr.Dataset) -> xr.DataArray:
    """The stock itself: the areal number is its mean over the mapped area.

    Args:
        cubes: ``soc_stock_0_100cm`` (y, x) [t ha-1].

    Returns:
        (y, x) [t ha-1]; NaN where there is no soil or no estimate.

    Source:
        IPCC 2019 Refinement, Vol. 4, Ch. 2, Section 2.3.3.1 (stock to a fixed depth).

    Example:
        >>> grid = xr.DataArray([[50.0, 70.0]], dims=("y", "x"))
        >>> float(stock(xr.Dataset({"soc_stock_0_100cm": grid})).mean())
        60.0
    """
    return cubes["soc_stock_0_100cm"]


indicator = Indicator(
    id="soc_stock_0_100cm",
    title={
        "en": "Soil organic carbon stock, 0–100 cm",
        "fr": "Stock de carbone organique du sol, 0–100 cm",
        "es": "Reserva de carbono orgánico del suelo, 0–100 cm",
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
    inputs=("soc_stock_0_100cm",),
    over_area="mean",
    source="IPCC 2019 Refinement, Vol. 4, Ch. 2, Section 2.3.3.1",
    compute=stock,
    alias=("stock", "0-100"),
    units=("t-ha", "kg-m2"),
    scale=Scale(breaks=(40.0, 60.0, 90.0, 130.0, 180.0, 270.0), colours=SOIL),
    std_input="soc_stock_0_100cm_sd",
)
