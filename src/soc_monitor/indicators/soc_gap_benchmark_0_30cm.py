"""Gap to a benchmark, 0-30 cm: what land holds less than the best tenth of like land."""

import xarray as xr

from soc_monitor.model import Indicator
from soc_monitor.model.scale import SOIL, Scale


def gap(cubes: xr.Dataset) -> xr.DataArray:
    """The stock of the best tenth of like land less that of the cell; 0 for that tenth itself.

    Like land has the same climate zone, texture class and use, over the whole world; where no map
    of texture is connected, the same climate and use. The best tenth is the 90 % quantile by area,
    of strata with 100 squares of 100 km or more. It is told over a map of the soil alone: a map
    made of tables has one stock a stratum, and would put every gap at 0. Connect SoilGrids, GSOCmap
    or the maps of the carbon debt for it. The interval is that of the map, where it has one; the
    error of the quantile is not in it.

    Args:
        cubes: ``soc_gap_benchmark_0_30cm`` (y, x) [t ha-1].

    Returns:
        (y, x) [t ha-1]; NaN for organic soils (above 200 t C/ha, and Histosols where a map of soil
        classes is connected), wetlands, paddies and land without soil, and for strata with too
        little land or of one stock.

    Source:
        Quantile by area over strata (definition 1 of Hyndman and Fan 1996). FAO 2022, GSOCseq:
        organic soils are above 200 t C/ha.

    Example:
        >>> found = xr.DataArray([[12.5, 0.0, float("nan")]], dims=("y", "x"))
        >>> gap(xr.Dataset({"soc_gap_benchmark_0_30cm": found})).values
        array([[12.5,  0. ,  nan]])
    """
    return cubes["soc_gap_benchmark_0_30cm"]


indicator = Indicator(
    id="soc_gap_benchmark_0_30cm",
    title={
        "en": "Gap to the best tenth of like land, 0–30 cm",
        "fr": "Écart au meilleur dixième des terres semblables, 0–30 cm",
        "es": "Brecha con la mejor décima parte de tierras semejantes, 0–30 cm",
    },
    help={
        "en": "What the soil holds less than the best tenth of the same climate, texture and use: "
        "attainable under known practice, no limit of physics.",
        "fr": "Ce qui manque au sol par rapport au meilleur dixième de même climat, texture et "
        "usage : atteignable par des pratiques connues, sans être une limite physique.",
        "es": "Lo que le falta al suelo respecto de la mejor décima parte del mismo clima, textura "
        "y uso: alcanzable con prácticas conocidas, sin ser un límite físico.",
    },
    unit="t ha-1",
    cell_unit="t ha-1",
    inputs=("soc_gap_benchmark_0_30cm",),
    over_area="mean",
    source="90 % quantile of climate zone, texture class and land use, less the stock",
    compute=gap,
    alias=("gap-benchmark", "0-30"),
    units=("t-ha", "kg-m2"),
    group="carbon",
    scale=Scale(breaks=(5.0, 10.0, 20.0, 30.0, 45.0, 60.0), colours=SOIL),
    std_input="soc_gap_benchmark_0_30cm_sd",
)
