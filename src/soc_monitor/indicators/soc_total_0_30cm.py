"""Total soil organic carbon, 0-30 cm: all the carbon of an area."""

from soc_monitor.indicators.soc_stock_0_30cm import stock
from soc_monitor.model import Indicator
from soc_monitor.model.scale import SOIL, Scale

indicator = Indicator(
    id="soc_total_0_30cm",
    title={
        "en": "Total soil organic carbon, 0–30 cm",
        "fr": "Carbone organique total du sol, 0–30 cm",
        "es": "Carbono orgánico total del suelo, 0–30 cm",
    },
    help={
        "en": "All the carbon in the soil of the mapped area; what is not mapped is not counted.",
        "fr": "Tout le carbone du sol de la surface cartographiée ; le reste n’est pas compté.",
        "es": (
            "Todo el carbono del suelo de la superficie cartografiada; lo no "
            "cartografiado no se cuenta."
        ),
    },
    unit="Pg",
    cell_unit="t ha-1",
    inputs=("soc_stock_0_30cm",),
    over_area="total",
    source="Sum of stock x cell area on the WGS 84 ellipsoid",
    compute=stock,
    alias=("total", "0-30"),
    units=("Pg", "Mt"),
    scale=Scale(breaks=(0.01, 0.1, 0.5, 2.0, 10.0, 40.0), colours=SOIL),
    std_input="soc_stock_0_30cm_sd",
)
