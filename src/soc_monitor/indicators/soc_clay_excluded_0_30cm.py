"""Land where carbon to clay is not judged, 0-30 cm: its limits are of other soils and climates."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.scale import SOIL, Scale


def excluded(cubes: xr.Dataset) -> xr.DataArray:
    """100 where the limits of carbon to clay are not applied, and 0 where they are.

    They are of temperate mineral soils. Left out are organic soils (12 % of carbon, 200 t C/ha,
    Histosols), clay below 5 or above 60 %, dry climates (Köppen B) and land whose climate is not
    known within three cells of the map, and, where a map of soil classes is connected, soils of
    volcanic ash (Andosols) and strongly weathered ones of the tropics (Acrisols, Ferralsols,
    Lixisols, Nitisols, Plinthosols). The mean over an area is the share of its mapped land.

    Args:
        cubes: ``soc_clay_class_0_30cm`` (y, x) [1]: 0 not applicable, 1 to 4 judged.

    Returns:
        (y, x) [%]; NaN where carbon or clay is not known.

    Source:
        Prout et al. 2021, Eur. J. Soil Sci. 72, 2493-2503: mineral soils of a temperate climate.

    Example:
        >>> found = xr.DataArray([[0.0, 1.0, 3.0, float("nan")]], dims=("y", "x"))
        >>> excluded(xr.Dataset({"soc_clay_class_0_30cm": found})).values
        array([[100.,   0.,   0.,  nan]])
    """
    found = cubes["soc_clay_class_0_30cm"]
    return (100.0 * (found == 0)).where(found.notnull())


indicator = Indicator(
    id="soc_clay_excluded_0_30cm",
    title={
        "en": "Land where carbon to clay is not judged, 0–30 cm",
        "fr": "Terres où le rapport carbone/argile n’est pas jugé, 0–30 cm",
        "es": "Tierras donde no se juzga la relación carbono/arcilla, 0–30 cm",
    },
    help={
        "en": "Share of the land of dry climates, organic soils, and soils too sandy, too heavy, "
        "volcanic or strongly weathered for limits of temperate soils.",
        "fr": "Part des terres de climat sec, des sols organiques et des sols trop sableux, trop "
        "lourds, volcaniques ou très altérés pour des limites de sols tempérés.",
        "es": "Parte de la tierra de clima seco, suelos orgánicos y suelos demasiado arenosos, "
        "pesados, volcánicos o meteorizados para límites de suelos templados.",
    },
    unit="%",
    cell_unit="%",
    inputs=("soc_clay_class_0_30cm",),
    over_area="mean",
    source="Prout et al. 2021 (Eur. J. Soil Sci. 72, 2493-2503): temperate mineral soils",
    compute=excluded,
    alias=("soc-clay-excluded", "0-30"),
    units=("pct",),
    group="health",
    scale=Scale(breaks=(1.0, 5.0, 10.0, 20.0, 40.0, 60.0), colours=SOIL),
)
