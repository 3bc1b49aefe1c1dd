"""Vegetation coverage: how much of the modelled land has the vegetation of the very month."""

from soc_monitor.model import Indicator
from soc_monitor.model.backing import Backing
from soc_monitor.model.scale import SOIL, Scale


def covered(behind: Backing) -> float:
    """Share of the modelled land whose vegetation was seen in the very month.

    Elsewhere growth follows from the weather alone, or from a mean year.

    Args:
        behind: what stands behind the stock of an area, ``soc_stock_0_30cm``, in one month.

    Returns:
        [%], 0 to 100; there is none where nothing is modelled.

    Source:
        Area with an accepted input inside of its allowed age over the area of soil; the age that is
        allowed is the month itself.

    Example:
        >>> covered(Backing(weather=0, vegetation=0.25, input_age=0, samples=0, land_km2=1.0))
        25.0
    """
    return 100.0 * behind.vegetation


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
    of_backing=covered,
    alias=("vegetation-coverage", ""),
    units=("pct",),
    group="support",
    scale=Scale(breaks=(10.0, 25.0, 50.0, 75.0, 90.0, 99.0), colours=SOIL),
)
