"""Köppen-Geiger climate classes: thirty classes, quarter of a degree.

Source: Peel, Finlayson and McMahon 2007, from station records to 2006.
"""

from datetime import date

from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Layer

CLASSES = {
    0: "Af",
    1: "Am",
    2: "Aw",
    3: "BWh",
    4: "BWk",
    5: "BSh",
    6: "BSk",
    7: "Csa",
    8: "Csb",
    9: "Csc",
    10: "Cwa",
    11: "Cwb",
    12: "Cwc",
    13: "Cfa",
    14: "Cfb",
    15: "Cfc",
    16: "Dsa",
    17: "Dsb",
    18: "Dsc",
    19: "Dsd",
    20: "Dwa",
    21: "Dwb",
    22: "Dwc",
    23: "Dwd",
    24: "Dfa",
    25: "Dfb",
    26: "Dfc",
    27: "Dfd",
    28: "ET",
    29: "EF",
}

CUBE = Cube(
    product="koppen_geiger",
    variable="climate_class",
    unit="1",
    freq=Freq.STATIC,
    grid=Grid(nx=1440, ny=720),
    data_class=DataClass.INFERRED,
    dtype="uint8",
    fill=255,
    classes=CLASSES,
)

job = IngestJob(
    id="koppen_geiger",
    title={
        "en": "Köppen–Geiger climate classes, 0.25°",
        "fr": "Classes climatiques de Köppen–Geiger, 0,25°",
        "es": "Clases climáticas de Köppen–Geiger, 0,25°",
    },
    feed=ShelfFeed(
        folder="starter",
        keys=("koppen_geiger.tif",),
        version="Peel et al. 2007 by smecv-grid 0.6",
    ),
    layers=(
        Layer(
            cube=CUBE,
            item="koppen_geiger.tif",
            period=date(1900, 1, 1),
            period_end=date(2006, 12, 31),
            unit="1",
            valid=(0.0, 29.0),
            nodata=255,
            min_valid_share=0.2,
        ),
    ),
    licence="Values by smecv-grid, MIT; the map as HESS published it, CC-BY-NC-SA-2.5",
    citation=(
        "Peel, M. C., Finlayson, B. L., McMahon, T. A. (2007). Updated world map of the "
        "Köppen–Geiger climate classification. HESS 11, 1633–1644."
    ),
    link="https://doi.org/10.5194/hess-11-1633-2007",
    on=True,
)
