"""Land cover of 2010: the majority class of each quarter-degree cell.

Source: ESA Climate Change Initiative Land Cover, 2010, aggregated; 0 is the source's no data.
"""

from datetime import date

from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Layer
from soc_monitor.model.land_cover import ESA_CLASSES

CUBE = Cube(
    product="land_cover",
    variable="land_cover_class",
    unit="1",
    freq=Freq.YEAR,
    grid=Grid(nx=1440, ny=720),
    data_class=DataClass.MODELLED,
    dtype="uint8",
    fill=0,
    classes=ESA_CLASSES,
)

job = IngestJob(
    id="land_cover",
    title={
        "en": "Land cover 2010, 0.25°",
        "fr": "Occupation du sol 2010, 0,25°",
        "es": "Cobertura del suelo 2010, 0,25°",
    },
    feed=ShelfFeed(
        folder="starter",
        keys=("land_cover_2010.tif",),
        version="ESA CCI Land Cover 2.0.7, 2010, by smecv-grid 0.6",
    ),
    layers=(
        Layer(
            cube=CUBE,
            item="land_cover_2010.tif",
            period=date(2010, 1, 1),
            period_end=date(2010, 12, 31),
            unit="1",
            valid=(1.0, 254.0),
            nodata=0,
            min_valid_share=0.2,
        ),
    ),
    licence="ESA CCI data policy: free use with attribution",
    citation=(
        "ESA Climate Change Initiative – Land Cover project, map of 2010, v2.0.7, © ESA CCI "
        "Land Cover and UCLouvain."
    ),
    link="https://www.esa-landcover-cci.org/",
    on=True,
)
