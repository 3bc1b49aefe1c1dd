"""Vegetation coverage: how much of the modelled land has the vegetation of the very month."""

from soc_monitor.model import Indicator
from soc_monitor.model.backing import land_covered
from soc_monitor.model.scale import SOIL, Scale

indicator = Indicator(
    id="vegetation_coverage",
    title={
        "en": "Land with the vegetation of the very month",
        "fr": "Terres dont la végétation du mois est connue",
        "es": "Tierra con la vegetación del propio mes",
    },
    help={
        "en": "Share of the modelled land whose plants were seen from space in the month.",
        "fr": "Part des terres modélisées dont les plantes ont été vues de l’espace ce mois-là.",
        "es": "Parte de la tierra modelada cuyas plantas se vieron desde el espacio ese mes.",
    },
    unit="%",
    inputs=("soc_stock_0_30cm",),
    over_area="mean",
    source="Area with an accepted input of the month over the area that is modelled",
    of_backing=land_covered("vegetation"),
    alias=("vegetation-coverage", ""),
    units=("pct",),
    group="support",
    scale=Scale(breaks=(10.0, 25.0, 50.0, 75.0, 90.0, 99.0), colours=SOIL),
)
