"""Sampled places, 0-30 cm: at how many places of an area the soil was sampled in ten years."""

from soc_monitor.model import Indicator
from soc_monitor.model.backing import Backing
from soc_monitor.model.scale import SOIL, Scale


def density(behind: Backing) -> float | None:
    """Places that were sampled in the last ten years, on 1,000 square kilometres of land.

    A place that was sampled again is no new place: what it tells of change is more, what it tells
    of the area is the same. Positions within 100 m of each other are of one place.

    Args:
        behind: what stands behind the stock of an area, ``soc_stock_0_30cm``, in one month.

    Returns:
        [1e-3 km-2]; there is none where the area has no land.

    Source:
        Sites of two surveys that are paired: their number, and not that of their visits, divides
        the variance of the mean difference.

    Example:
        >>> told = {"weather": 0, "vegetation": 0, "input_age": 0}
        >>> density(Backing(**told, samples=9, places=3, land_km2=1500.0))
        2.0
    """
    return 1000 * behind.places / behind.land_km2 if behind.land_km2 > 0 else None


indicator = Indicator(
    id="sampled_places_0_30cm",
    title={
        "en": "Sampled places per 1,000 km² in ten years, 0–30 cm",
        "fr": "Lieux prélevés pour 1 000 km² en dix ans, 0–30 cm",
        "es": "Lugares muestreados por 1000 km² en diez años, 0–30 cm",
    },
    help={
        "en": "At how many places the soil was sampled; a second visit is no second place.",
        "fr": "Nombre de lieux prélevés ; une deuxième visite n’est pas un deuxième lieu.",
        "es": "En cuántos lugares se muestreó; una segunda visita no es un segundo lugar.",
    },
    unit="1e-3 km-2",
    inputs=("soc_stock_0_30cm",),
    over_area="mean",
    source="Places of observed samples in ten years, over the area of the land",
    of_backing=density,
    alias=("sampled-places", "0-30"),
    units=(),
    group="support",
    scale=Scale(breaks=(0.01, 0.1, 0.3, 1.0, 3.0, 10.0), colours=SOIL),
)
