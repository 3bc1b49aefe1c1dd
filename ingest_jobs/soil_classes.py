r"""Soil classes: the most probable reference group of the WRB, brought to 0.05 degrees by majority.

Source: ISRIC, SoilGrids 2.0, ``wrb/MostProbable``, 250 m. The global file is larger than what is
decoded here: the operator brings it to degrees, cells of 0.05, by majority, and puts it as
``MostProbable.tif`` into the folder ``soil-classes`` of the mirror::

    gdalwarp -t_srs EPSG:4326 -te -180 -90 180 90 -tr 0.05 0.05 -r mode -dstnodata 255 \
        -ot Byte -co COMPRESS=DEFLATE MostProbable.vrt MostProbable.tif

Traps: the provider's file is in the interrupted Goode homolosine projection. One that was made
coarser in place, and so is still in it, is refused.
"""

from datetime import date

from soc_monitor.feeds import UrlFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Layer
from soc_monitor.model.soil_classes import WRB_GROUPS

FILE = "MostProbable.tif"

CUBE = Cube(
    product="soil_classes",
    variable="soil_class",
    unit="1",
    freq=Freq.STATIC,
    grid=Grid(nx=7200, ny=3600),
    data_class=DataClass.INFERRED,
    dtype="uint8",
    fill=255,
    classes=dict(enumerate(WRB_GROUPS)),
)

job = IngestJob(
    id="soil_classes",
    title={
        "en": "Soil classes, WRB reference groups",
        "fr": "Classes de sols, groupes de référence WRB",
        "es": "Clases de suelos, grupos de referencia WRB",
    },
    feed=UrlFeed(base="", folder="soil-classes", keys=(FILE,), version="2.0"),
    layers=(
        Layer(
            cube=CUBE,
            item=FILE,
            period=date(1905, 1, 1),
            period_end=date(2016, 12, 31),
            unit="1",
            valid=(0.0, 29.0),
            nodata=255,
            min_valid_share=0.1,
            resample="mode",
        ),
    ),
    licence="CC-BY-4.0",
    citation=(
        "Poggio, L. et al. (2021). SoilGrids 2.0: producing soil information for the globe with "
        "quantified spatial uncertainty. SOIL 7, 217–240. doi:10.5194/soil-7-217-2021"
    ),
    link="https://doi.org/10.5194/soil-7-217-2021",
    notes={
        "en": "The most probable group of each cell: others may be nearly as probable.",
        "fr": "Le groupe le plus probable de chaque maille : d’autres peuvent l’être presque "
        "autant.",
        "es": "El grupo más probable de cada celda: otros pueden serlo casi tanto.",
    },
)
