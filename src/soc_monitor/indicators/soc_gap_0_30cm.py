"""Gap to a scenario, 0-30 cm: what 10 % more carbon input would add in twenty years."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.scale import SOIL, Scale


def gap(cubes: xr.Dataset) -> xr.DataArray:
    """The stock of a scenario less that of business as usual, after twenty years.

    The gain of 5 % is half of it and that of 20 % twice as much: the model is linear in the input.
    It fades, has an end, can be lost again, and is not to be added to the carbon debt.

    Args:
        cubes: ``soc_gap_0_30cm`` (y, x) [t ha-1].

    Returns:
        (y, x) [t ha-1]; NaN where the soil is not modelled.

    Source:
        FAO 2022, GSOCseq technical specifications, sections 3 and 4.

    Example:
        >>> found = xr.DataArray([[1.5, float("nan")]], dims=("y", "x"))
        >>> gap(xr.Dataset({"soc_gap_0_30cm": found})).values
        array([[1.5, nan]])
    """
    return cubes["soc_gap_0_30cm"]


indicator = Indicator(
    id="soc_gap_0_30cm",
    title={
        "en": "What 10% more carbon input would add in 20 years, 0–30 cm",
        "fr": "Ce qu’ajouteraient 10 % d’apports de carbone en plus en 20 ans, 0–30 cm",
        "es": "Lo que añadiría un 10 % más de aporte de carbono en 20 años, 0–30 cm",
    },
    help={
        "en": "A scenario of a model, not a forecast: it fades, has an end and can be lost again.",
        "fr": (
            "Un scénario de modèle, pas une prévision : il s’estompe, a une fin et peut se perdre."
        ),
        "es": "Un escenario de modelo, no un pronóstico: se desvanece, acaba y puede perderse.",
    },
    unit="t ha-1",
    cell_unit="t ha-1",
    inputs=("soc_gap_0_30cm",),
    over_area="mean",
    source="FAO 2022, GSOCseq technical specifications, sections 3 and 4; RothC-26.3",
    compute=gap,
    alias=("gap-scenario", "0-30"),
    units=("t-ha", "kg-m2"),
    group="carbon",
    scale=Scale(breaks=(0.5, 1.0, 1.5, 2.0, 3.0, 5.0), colours=SOIL),
)
