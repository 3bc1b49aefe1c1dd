"""Input age: how old the oldest input is that a month of the nowcast cannot do without."""

from soc_monitor.model import Indicator
from soc_monitor.model.backing import Backing
from soc_monitor.model.scale import SOIL, Scale


def age(behind: Backing) -> float | None:
    """Days from the newest observation of the input that is behind most to the end of the month.

    The chain is as fresh as its weakest link: not the newest input counts, but the oldest of those
    that cannot be done without. Age runs from the end of what was observed, not from its download.

    Args:
        behind: what stands behind the stock of an area, ``soc_stock_0_30cm``, in one month.

    Returns:
        [d]; there is none where nothing was ever observed.

    Source:
        Freshness of a result: the greatest of the ages of the inputs that it strictly needs.

    Example:
        >>> age(Backing(weather=0, vegetation=0, input_age=31, samples=0, places=0, land_km2=1.0))
        31.0
    """
    return None if behind.input_age is None else float(behind.input_age)


indicator = Indicator(
    id="input_age",
    title={
        "en": "Age of the oldest input that is needed",
        "fr": "Âge de la plus ancienne donnée nécessaire",
        "es": "Antigüedad del dato necesario más viejo",
    },
    help={
        "en": "Days between the newest weather that was observed and the end of the month.",
        "fr": "Jours entre la dernière météo observée et la fin du mois.",
        "es": "Días entre el último tiempo observado y el final del mes.",
    },
    unit="d",
    inputs=("soc_stock_0_30cm",),
    over_area="mean",
    source="The greatest of the ages of the inputs that are strictly needed, at the month's end",
    of_backing=age,
    alias=("input-age", ""),
    units=(),
    group="support",
    scale=Scale(breaks=(1.0, 31.0, 62.0, 92.0, 183.0, 366.0), colours=SOIL[::-1]),
)
