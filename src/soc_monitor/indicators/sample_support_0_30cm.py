"""Sample support, 0-30 cm: how many field samples of ten years stand behind an area."""

from soc_monitor.model import Indicator
from soc_monitor.model.backing import Backing
from soc_monitor.model.scale import SOIL, Scale


def density(behind: Backing) -> float | None:
    """Field samples of the last ten years on 1,000 square kilometres of land.

    A place on a day counts once, however many layers or cores were taken; positions within 100 m
    of each other are of one place. What has no date or no position does not count, and neither
    does what was derived from a soil map.

    Args:
        behind: what stands behind the stock of an area, ``soc_stock_0_30cm``, in one month.

    Returns:
        [1e-3 km-2]; there is none where the area has no land.

    Source:
        Number of samples of soil organic carbon in ten years, by area; ten years is the age up to
        which a sample is allowed to speak of change.

    Example:
        >>> density(
        ...     Backing(weather=0, vegetation=0, input_age=0, samples=3, places=3, land_km2=1500.0)
        ... )
        2.0
    """
    return 1000 * behind.samples / behind.land_km2 if behind.land_km2 > 0 else None


indicator = Indicator(
    id="sample_support_0_30cm",
    title={
        "en": "Field samples per 1,000 km² in ten years, 0–30 cm",
        "fr": "Prélèvements pour 1 000 km² en dix ans, 0–30 cm",
        "es": "Muestras de campo por 1000 km² en diez años, 0–30 cm",
    },
    help={
        "en": "How often places were sampled in the last ten years, for the size of the land.",
        "fr": "Nombre de visites de lieux prélevés en dix ans, rapporté à la surface.",
        "es": "Cuántas veces se muestrearon lugares en los últimos diez años, según la superficie.",
    },
    unit="1e-3 km-2",
    inputs=("soc_stock_0_30cm",),
    over_area="mean",
    source="Places and days of observed samples in ten years, over the area of the land",
    of_backing=density,
    alias=("samples", "0-30"),
    units=(),
    group="support",
    scale=Scale(breaks=(0.01, 0.1, 0.3, 1.0, 3.0, 10.0), colours=SOIL),
)
