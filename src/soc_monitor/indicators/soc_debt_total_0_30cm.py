"""Total soil carbon debt, 0-30 cm: what land use has cost an area."""

from soc_monitor.indicators.soc_debt_0_30cm import debt
from soc_monitor.model import Indicator
from soc_monitor.model.scale import LOSS_TO_GAIN, Scale

indicator = Indicator(
    id="soc_debt_total_0_30cm",
    title={
        "en": "Total soil carbon debt, 0–30 cm",
        "fr": "Dette totale de carbone du sol, 0–30 cm",
        "es": "Deuda total de carbono del suelo, 0–30 cm",
    },
    help={
        "en": "All the carbon lost from the mapped area against a world without land use.",
        "fr": (
            "Tout le carbone perdu sur la surface cartographiée par rapport à un "
            "monde sans usage des terres."
        ),
        "es": (
            "Todo el carbono perdido en la superficie cartografiada frente a un "
            "mundo sin uso de la tierra."
        ),
    },
    unit="Pg",
    cell_unit="t ha-1",
    inputs=("soc_stock_0_30cm", "soc_stock_no_land_use_0_30cm"),
    over_area="total",
    source="Sanderman, Hengl and Fiske 2017, PNAS 114(36) 9575-9580",
    compute=debt,
    alias=("debt-total", "0-30"),
    units=("Pg", "Mt"),
    scale=Scale(breaks=(-2.0, -0.5, -0.1, -0.01, 0.01, 0.1, 0.5, 2.0), colours=LOSS_TO_GAIN[::-1]),
    std_input="",
)
