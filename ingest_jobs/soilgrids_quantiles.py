r"""How uncertain SoilGrids 2.0 is of carbon and clay to 30 cm: their quantiles, at 0.05 degrees.

Source: ISRIC, SoilGrids 2.0, ``Q0.05`` and ``Q0.95`` of ``soc`` and ``clay``, 250 m. The files of
5 km that the provider offers have the mean alone, and the global ones are larger than what is
decoded here: the operator brings each of the twelve to 5 km by their mean, in the projection that
they are in, and puts them into the folder ``soilgrids-quantiles`` of the mirror::

    gdalwarp -tr 5000 5000 -r average -ot Int16 -dstnodata -32768 -co COMPRESS=DEFLATE \
        soc_0-5cm_Q0.05.vrt soc_0-5cm_Q0.05_5000.tif

Traps: carbon is told in dg/kg, clay in g/kg. The mean of the quantiles of places of 250 m is how
uncertain a place is, not how uncertain the mean of a cell is.
"""

from datetime import date

from soc_monitor.feeds import UrlFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Layer

GRID = Grid(nx=7200, ny=3600)
HOMOLOSINE = "+proj=igh +lon_0=0 +datum=WGS84 +units=m +no_defs"
DEPTHS = ("0-5", "5-15", "15-30")
QUANTILES = {"q05": "Q0.05", "q95": "Q0.95"}
PARTS = {"soc_content": ("soc", "dg kg-1", 6000.0), "clay": ("clay", "g kg-1", 1000.0)}
"""Variable to its name at the source, its unit there and the most that there can be."""
MEDIANS = {
    ("soc_content", "q05"): (5.0, 2000.0),
    ("soc_content", "q95"): (100.0, 5000.0),
    ("clay", "q05"): (2.0, 400.0),
    ("clay", "q95"): (50.0, 800.0),
}
"""Limits for the median of each."""


def layer(variable: str, quantile: str, depth: str) -> Layer:
    """A quantile of a part at a depth."""
    name, told, most = PARTS[variable]
    return Layer(
        cube=Cube(
            product="soilgrids_quantiles",
            variable=f"{variable}_{quantile}_{depth.replace('-', '_')}cm",
            unit="%",
            freq=Freq.STATIC,
            grid=GRID,
            data_class=DataClass.INFERRED,
        ),
        item=f"{name}_{depth}cm_{QUANTILES[quantile]}_5000.tif",
        period=date(1905, 1, 1),
        period_end=date(2016, 12, 31),
        unit=told,
        valid=(0.0, most),
        nodata=-32768,
        median=MEDIANS[variable, quantile],
        min_valid_share=0.1,
        crs=HOMOLOSINE,
        resample="average",
    )


LAYERS = tuple(
    layer(variable, quantile, depth)
    for variable in PARTS
    for quantile in QUANTILES
    for depth in DEPTHS
)

job = IngestJob(
    id="soilgrids_quantiles",
    title={
        "en": "SoilGrids 2.0, quantiles of carbon and clay",
        "fr": "SoilGrids 2.0, quantiles du carbone et de l’argile",
        "es": "SoilGrids 2.0, cuantiles del carbono y de la arcilla",
    },
    feed=UrlFeed(
        base="",
        folder="soilgrids-quantiles",
        keys=tuple(one.item for one in LAYERS),
        version="2.0",
    ),
    layers=LAYERS,
    licence="CC-BY-4.0",
    citation=(
        "Poggio, L. et al. (2021). SoilGrids 2.0: producing soil information for the globe with "
        "quantified spatial uncertainty. SOIL 7, 217–240. doi:10.5194/soil-7-217-2021"
    ),
    link="https://doi.org/10.5194/soil-7-217-2021",
    notes={
        "en": "Between the two quantiles lie nine tenths of what a place of 250 m may have; their "
        "mean over a cell is of such places, not of the mean of the cell.",
        "fr": "Entre les deux quantiles se trouvent neuf dixièmes de ce qu’un lieu de 250 m peut "
        "avoir ; leur moyenne sur une maille vaut pour de tels lieux, non pour la moyenne de la "
        "maille.",
        "es": "Entre los dos cuantiles están nueve décimas partes de lo que puede tener un lugar "
        "de 250 m; su media en una celda es de tales lugares, no de la media de la celda.",
    },
)
