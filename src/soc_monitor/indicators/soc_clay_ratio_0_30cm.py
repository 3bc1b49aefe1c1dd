"""SOC to clay, 0-30 cm: how much carbon the topsoil has for its clay; a sign of its structure."""

import math

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.scale import SOIL, Scale

LAYERS = {"0_5cm": 5, "5_15cm": 10, "15_30cm": 15}
"""Layer to its thickness [cm]."""
CLAY_RANGE = (5.0, 60.0)
"""Clay for which the classes hold [%]."""
ORGANIC = 12.0
"""Carbon from which on a soil is organic: the ratio says nothing of it [%]."""


def ratio(cubes: xr.Dataset) -> xr.DataArray:
    """Organic carbon over clay, both as means over 30 cm by thickness.

    Very good from 12.5 % (1/8) on, good from 10 % (1/10), moderate from 7.7 % (1/13), below it the
    structure is degraded: limits of temperate mineral soils. Both maps of a product may come from
    the same covariates: their errors go together. No weight is given to bulk density.

    Args:
        cubes: ``soc_content_0_5cm``, ``soc_content_5_15cm``, ``soc_content_15_30cm``,
            ``clay_0_5cm``, ``clay_5_15cm`` and ``clay_15_30cm`` (y, x) [%].

    Returns:
        (y, x) [%]; NaN where an input is NaN, for organic soils and for clay below 5 or above 60 %,
        where the limits do not hold.

    Source:
        Johannes et al. 2017, Geoderma 302, 14-21; Prout et al. 2021, Eur. J. Soil Sci. 72,
        2493-2503 (3 809 sites in England and Wales).

    Example:
        >>> grid = lambda value: xr.DataArray([[value]], dims=("y", "x"))
        >>> both = {f"soc_content_{layer}": grid(2.0) for layer in LAYERS}
        >>> both |= {f"clay_{layer}": grid(20.0) for layer in LAYERS}
        >>> ratio(xr.Dataset(both)).values
        array([[10.]])
    """
    carbon, clay = _mean(cubes, "soc_content"), _mean(cubes, "clay")
    holds = (clay >= CLAY_RANGE[0]) & (clay <= CLAY_RANGE[1]) & (carbon < ORGANIC)
    found: xr.DataArray = (100.0 * carbon / clay).where(holds)
    return found


def _mean(cubes: xr.Dataset, name: str) -> xr.DataArray:
    total = cubes[f"{name}_0_5cm"] * LAYERS["0_5cm"]
    for layer in ("5_15cm", "15_30cm"):
        total = total + cubes[f"{name}_{layer}"] * LAYERS[layer]
    return total / sum(LAYERS.values())


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
    inputs=tuple(f"{name}_{layer}" for name in ("soc_content", "clay") for layer in LAYERS),
    over_area="mean",
    source="Johannes et al. 2017 (Geoderma 302, 14-21): 1/8, 1/10 and 1/13",
    compute=ratio,
    alias=("soc-clay", "0-30"),
    units=("pct",),
    usual=(100 / 13, math.inf),
    group="health",
    scale=Scale(breaks=(5.0, 100 / 13, 10.0, 12.5, 20.0, 30.0), colours=SOIL),
)
