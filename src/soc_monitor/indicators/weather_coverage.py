"""Weather coverage: how much of the modelled land has the weather of the very month."""

from soc_monitor.model import Indicator
from soc_monitor.model.backing import Backing
from soc_monitor.model.scale import SOIL, Scale


def covered(behind: Backing) -> float:
    """Share of the modelled land with temperature and rain of the very month.

    The rest of the land, and months that have no real weather yet, are filled from a mean year.

    Args:
        behind: what stands behind the stock of an area, ``soc_stock_0_30cm``, in one month.

    Returns:
        [%], 0 to 100; there is none where nothing is modelled.

    Source:
        Area with an accepted input inside of its allowed age over the area of soil; the age that is
        allowed is the month itself.

    Example:
        >>> covered(Backing(weather=0.5, vegetation=0, input_age=0, samples=0, land_km2=1.0))
        50.0
    """
    return 100.0 * behind.weather


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
    of_backing=covered,
    alias=("weather-coverage", ""),
    units=("pct",),
    group="support",
    scale=Scale(breaks=(10.0, 25.0, 50.0, 75.0, 90.0, 99.0), colours=SOIL),
)
