"""Land whose topsoil has too little carbon for its clay, 0-30 cm: below 1/13."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.scale import SOIL, Scale


def degraded(cubes: xr.Dataset) -> xr.DataArray:
    """100 where carbon to clay is below 1/13, and 0 where it is not.

    The mean over an area is the share of the land that the ratio is told of: an area's mean ratio
    may be good while a third of its land is degraded. How much land it is not told of stands in
    ``soc_clay_excluded_0_30cm``.

    Args:
        cubes: ``soc_clay_class_0_30cm`` (y, x) [1]: 0 not applicable, 1 degraded, 2 moderate, 3
            good, 4 very good.

    Returns:
        (y, x) [%]; NaN where there is no ratio, and where the limits are not applied.

    Source:
        Prout et al. 2021, Eur. J. Soil Sci. 72, 2493-2503: 38.2 % of arable land, 6.6 % of
        grassland and 5.6 % of woodland in England and Wales.

    Example:
        >>> found = xr.DataArray([[0.0, 1.0, 3.0, float("nan")]], dims=("y", "x"))
        >>> degraded(xr.Dataset({"soc_clay_class_0_30cm": found})).values
        array([[ nan, 100.,   0.,  nan]])
    """
    found = cubes["soc_clay_class_0_30cm"]
    return (100.0 * (found == 1)).where(found > 0)


indicator = Indicator(
    id="soc_clay_degraded_0_30cm",
    title={
        "en": "Land with little carbon for its clay, 0–30 cm",
        "fr": "Terres pauvres en carbone pour leur argile, 0–30 cm",
        "es": "Tierras con poco carbono para su arcilla, 0–30 cm",
    },
    help={
        "en": (
            "Share of the land whose carbon is below 1/13 of the clay: a degraded structure in "
            "temperate mineral soils, of 5 to 60% clay."
        ),
        "fr": (
            "Part des terres dont le carbone est sous 1/13 de l’argile : une structure dégradée "
            "pour les sols minéraux tempérés, de 5 à 60 % d’argile."
        ),
        "es": (
            "Parte de la tierra cuyo carbono está por debajo de 1/13 de la arcilla: una estructura "
            "degradada en suelos minerales templados, con 5 a 60 % de arcilla."
        ),
    },
    unit="%",
    cell_unit="%",
    inputs=("soc_clay_class_0_30cm",),
    over_area="mean",
    source="Prout et al. 2021 (Eur. J. Soil Sci. 72, 2493-2503): below 1/13",
    compute=degraded,
    alias=("soc-clay-degraded", "0-30"),
    units=("pct",),
    group="health",
    scale=Scale(breaks=(1.0, 5.0, 10.0, 20.0, 40.0, 60.0), colours=SOIL),
)
