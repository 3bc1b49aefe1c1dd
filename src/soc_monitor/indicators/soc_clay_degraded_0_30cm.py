"""Land whose topsoil has too little carbon for its clay, 0-30 cm: below 1/13."""

import xarray as xr

from soc_monitor.indicators.soc_clay_ratio_0_30cm import ratio
from soc_monitor.model import Indicator
from soc_monitor.model.scale import SOIL, Scale

DEGRADED = 100.0 / 13
"""Carbon to clay below which the structure is taken as degraded [%]."""


def degraded(cubes: xr.Dataset) -> xr.DataArray:
    """100 where carbon to clay is below 1/13, and 0 where it is not.

    The mean over an area is the share of the land that the ratio is told of: an area's mean ratio
    may be good while a third of its land is degraded.

    Args:
        cubes: ``soc_content_0_5cm``, ``soc_content_5_15cm``, ``soc_content_15_30cm``,
            ``clay_0_5cm``, ``clay_5_15cm`` and ``clay_15_30cm`` (y, x) [%].

    Returns:
        (y, x) [%]; NaN where there is no ratio: organic soils, clay below 5 or above 60 %.

    Source:
        Prout et al. 2021, Eur. J. Soil Sci. 72, 2493-2503: 38.2 % of arable land, 6.6 % of
        grassland and 5.6 % of woodland in England and Wales.

    Example:
        >>> grid = lambda *cells: xr.DataArray([cells], dims=("y", "x"))
        >>> layers = ("0_5cm", "5_15cm", "15_30cm")
        >>> both = {f"soc_content_{layer}": grid(1.5, 2.0) for layer in layers}
        >>> both |= {f"clay_{layer}": grid(20.0, 20.0) for layer in layers}
        >>> degraded(xr.Dataset(both)).values
        array([[100.,   0.]])
    """
    found = ratio(cubes)
    return (100.0 * (found < DEGRADED)).where(found.notnull())


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
    inputs=tuple(
        f"{name}_{layer}"
        for name in ("soc_content", "clay")
        for layer in ("0_5cm", "5_15cm", "15_30cm")
    ),
    over_area="mean",
    source="Prout et al. 2021 (Eur. J. Soil Sci. 72, 2493-2503): below 1/13",
    compute=degraded,
    alias=("soc-clay-degraded", "0-30"),
    units=("pct",),
    group="health",
    scale=Scale(breaks=(1.0, 5.0, 10.0, 20.0, 40.0, 60.0), colours=SOIL),
)
