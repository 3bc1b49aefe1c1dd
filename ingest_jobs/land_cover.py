"""Land cover of 2010: the majority class of each quarter-degree cell.

Source: ESA Climate Change Initiative Land Cover, 2010, aggregated; 0 is the source's no data.
"""

from datetime import date

from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Layer

CLASSES = {
    10: "Cropland, rainfed",
    11: "Cropland, rainfed, herbaceous cover",
    12: "Cropland, rainfed, tree or shrub cover",
    20: "Cropland, irrigated or post-flooding",
    30: "Mosaic cropland (>50 %) / natural vegetation (<50 %)",
    40: "Mosaic natural vegetation (>50 %) / cropland (<50 %)",
    50: "Tree cover, broadleaved, evergreen, closed to open (>15 %)",
    60: "Tree cover, broadleaved, deciduous, closed to open (>15 %)",
    61: "Tree cover, broadleaved, deciduous, closed (>40 %)",
    62: "Tree cover, broadleaved, deciduous, open (15-40 %)",
    70: "Tree cover, needleleaved, evergreen, closed to open (>15 %)",
    71: "Tree cover, needleleaved, evergreen, closed (>40 %)",
    72: "Tree cover, needleleaved, evergreen, open (15-40 %)",
    80: "Tree cover, needleleaved, deciduous, closed to open (>15 %)",
    81: "Tree cover, needleleaved, deciduous, closed (>40 %)",
    82: "Tree cover, needleleaved, deciduous, open (15-40 %)",
    90: "Tree cover, mixed leaf type (broadleaved and needleleaved)",
    100: "Mosaic tree and shrub (>50 %) / herbaceous cover (<50 %)",
    110: "Mosaic herbaceous cover (>50 %) / tree and shrub (<50 %)",
    120: "Shrubland",
    121: "Evergreen shrubland",
    122: "Deciduous shrubland",
    130: "Grassland",
    140: "Lichens and mosses",
    150: "Sparse vegetation (tree, shrub, herbaceous cover) (<15 %)",
    151: "Sparse tree (<15 %)",
    152: "Sparse shrub (<15 %)",
    153: "Sparse herbaceous cover (<15 %)",
    160: "Tree cover, flooded, fresh or brackish water",
    170: "Tree cover, flooded, saline water",
    180: "Shrub or herbaceous cover, flooded",
    190: "Urban areas",
    200: "Bare areas",
    201: "Consolidated bare areas",
    202: "Unconsolidated bare areas",
    210: "Water bodies",
    220: "Permanent snow and ice",
}

CUBE = Cube(
    product="land_cover",
    variable="land_cover_class",
    unit="1",
    freq=Freq.YEAR,
    grid=Grid(nx=1440, ny=720),
    data_class=DataClass.MODELLED,
    dtype="uint8",
    fill=0,
    classes=CLASSES,
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
