"""Land whose soil carbon is stable, SDG 15.3.1: within 10 % of 2000-2015."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.anomaly import share_in_class
from soc_monitor.model.scale import SOIL, Scale


def share(cubes: xr.Dataset) -> xr.DataArray:
    """100 where the stock is within 10 % of the mean of 2000-2015, 0 where it is not.

    The mean over an area is the share of its land in the class: water has none, and is in no
    denominator. Land cover alone is seen; neither management nor climate.

    Args:
        cubes: ``sdg_soc_class_0_30cm`` (y, x): -1, 0 or 1.

    Returns:
        (y, x) [%]; NaN where the land is not judged.

    Source:
        UNCCD Good Practice Guidance for SDG 15.3.1, version 2 (2021), Section 4.2.4.

    Example:
        >>> found = xr.DataArray([[-1.0, 0.0, 1.0, float("nan")]], dims=("y", "x"))
        >>> share(xr.Dataset({"sdg_soc_class_0_30cm": found})).values
        array([[  0., 100.,   0.,  nan]])
    """
    return share_in_class(cubes["sdg_soc_class_0_30cm"], 0)


indicator = Indicator(
    id="sdg_soc_stable_0_30cm",
    title={
        "en": "Land with stable soil carbon (SDG 15.3.1), 0–30 cm",
        "fr": "Terres au carbone du sol stable (ODD 15.3.1), 0–30 cm",
        "es": "Tierras con carbono del suelo estable (ODS 15.3.1), 0–30 cm",
    },
    help={
        "en": ("Share of the land within 10% of its carbon of 2000–2015, by land cover alone."),
        "fr": (
            "Part des terres à moins de 10 % de leur carbone de 2000–2015, d’après la "
            "seule occupation du sol."
        ),
        "es": (
            "Parte de la tierra a menos del 10 % de su carbono de 2000–2015, solo por la cobertura."
        ),
    },
    unit="%",
    cell_unit="%",
    inputs=("sdg_soc_class_0_30cm",),
    over_area="mean",
    source="UNCCD Good Practice Guidance for SDG 15.3.1, version 2 (2021), Section 4.2.4",
    compute=share,
    alias=("sdg-stable", "0-30"),
    units=("pct",),
    group="health",
    scale=Scale(breaks=(1.0, 5.0, 10.0, 20.0, 40.0, 60.0), colours=SOIL),
)
