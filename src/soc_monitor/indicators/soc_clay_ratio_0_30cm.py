"""SOC to clay, 0-30 cm: how much carbon the topsoil has for its clay; a sign of its structure."""

import math

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.scale import SOIL, Scale


def ratio(cubes: xr.Dataset) -> xr.DataArray:
    """Organic carbon over clay, both as means over 30 cm by the mass of the fine earth.

    Very good from 12.5 % (1/8) on, good from 10 % (1/10), moderate from 7.7 % (1/13), below it the
    structure is degraded: limits of temperate mineral soils. Both maps come from the same
    covariates: their errors go together. Where no map of density is connected the layers weigh by
    thickness.

    Args:
        cubes: ``soc_clay_ratio_0_30cm`` (y, x) [%].

    Returns:
        (y, x) [%]; NaN where an input is not known, for organic soils, for clay below 5 or above
        60 % and in dry climates (Köppen B) and those not known, where the limits do not hold; where
        a map of soil classes is connected, for soils of volcanic ash and strongly weathered ones of
        the tropics, too.

    Source:
        Johannes et al. 2017, Geoderma 302, 14-21; Prout et al. 2021, Eur. J. Soil Sci. 72,
        2493-2503 (3 809 sites in England and Wales).

    Example:
        >>> found = xr.DataArray([[10.0, float("nan")]], dims=("y", "x"))
        >>> ratio(xr.Dataset({"soc_clay_ratio_0_30cm": found})).values
        array([[10., nan]])
    """
    return cubes["soc_clay_ratio_0_30cm"]


indicator = Indicator(
    id="soc_clay_ratio_0_30cm",
    title={
        "en": "Carbon to clay, 0–30 cm",
        "fr": "Rapport carbone/argile, 0–30 cm",
        "es": "Relación carbono/arcilla, 0–30 cm",
    },
    help={
        "en": (
            "Carbon as a share of the clay: below 7.7% (1/13) the structure of a temperate soil is "
            "taken as degraded, from 10% (1/10) as good."
        ),
        "fr": (
            "Carbone en part de l’argile : sous 7,7 % (1/13) la structure d’un sol tempéré est "
            "jugée dégradée, bonne à partir de 10 % (1/10)."
        ),
        "es": (
            "Carbono como parte de la arcilla: por debajo del 7,7 % (1/13) la estructura de un "
            "suelo templado se considera degradada; desde el 10 % (1/10), buena."
        ),
    },
    unit="%",
    cell_unit="%",
    inputs=("soc_clay_ratio_0_30cm",),
    over_area="mean",
    source="Johannes et al. 2017 (Geoderma 302, 14-21): 1/8, 1/10 and 1/13",
    compute=ratio,
    alias=("soc-clay", "0-30"),
    units=("pct",),
    usual=(100 / 13, math.inf),
    group="health",
    scale=Scale(breaks=(5.0, 100 / 13, 10.0, 12.5, 20.0, 30.0), colours=SOIL),
)
