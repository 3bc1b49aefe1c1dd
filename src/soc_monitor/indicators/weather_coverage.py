"""Weather coverage: how much of the modelled land has the weather of the very month."""

from soc_monitor.model import Indicator
from soc_monitor.model.backing import land_covered
from soc_monitor.model.scale import SOIL, Scale

indicator = Indicator(
    id="weather_coverage",
    title={
        "en": "Land with the weather of the very month",
        "fr": "Terres dont la météo du mois est connue",
        "es": "Tierra con el tiempo del propio mes",
    },
    help={
        "en": "Share of the modelled land whose temperature and rain are those of the month.",
        "fr": "Part des terres modélisées dont la température et la pluie sont celles du mois.",
        "es": "Parte de la tierra modelada cuya temperatura y lluvia son las del mes.",
    },
    unit="%",
    inputs=("soc_stock_0_30cm",),
    over_area="mean",
    source="Area with an accepted input of the month over the area that is modelled",
    of_backing=land_covered("weather"),
    alias=("weather-coverage", ""),
    units=("pct",),
    group="support",
    scale=Scale(breaks=(10.0, 25.0, 50.0, 75.0, 90.0, 99.0), colours=SOIL),
)
