"""Soil carbon stock 0-30 cm of FAO's GSOCmap 1.5, brought to 0.05 degrees.

Source: FAO, 30 arc seconds. Its licence is for non-commercial use, share alike: it is not fetched
by itself; the operator puts GSOCmap1.5.0.tif into the folder ``gsocmap`` of the mirror.

Traps: a mosaic of national maps, with steps at borders. Nodata is told as -3.4e38 and held as the
lowest number of single precision, or the other way round.
"""

from datetime import date

from soc_monitor.feeds import UrlFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Layer

FILE = "GSOCmap1.5.0.tif"
LOWEST = -3.4028234663852886e38
"""Of single precision."""

job = IngestJob(
    id="gsocmap",
    title={
        "en": "GSOCmap 1.5, carbon stock",
        "fr": "GSOCmap 1.5, stock de carbone",
        "es": "GSOCmap 1.5, reserva de carbono",
    },
    feed=UrlFeed(base="", folder="gsocmap", keys=(FILE,), version="1.5.0"),
    layers=(
        Layer(
            cube=Cube(
                product="gsocmap",
                variable="soc_stock_0_30cm",
                unit="t ha-1",
                freq=Freq.STATIC,
                grid=Grid(nx=7200, ny=3600),
                data_class=DataClass.INFERRED,
            ),
            item=FILE,
            period=date(1990, 1, 1),
            period_end=date(2018, 12, 31),
            unit="t ha-1",
            valid=(0.0, 1500.0),
            nodata=-3.4e38,
            also_nodata=(LOWEST,),
            median=(15.0, 120.0),
            min_valid_share=0.1,
            resample="average",
        ),
    ),
    licence="CC-BY-NC-SA-3.0-IGO",
    citation="FAO and ITPS (2020). Global Soil Organic Carbon Map V1.5. Technical report. Rome.",
    link="https://doi.org/10.4060/ca7597en",
    notes={
        "en": "A mosaic of national maps of different years: steps at borders are not in the soil.",
        "fr": "Mosaïque de cartes nationales d’années différentes : les ruptures aux frontières ne "
        "sont pas dans le sol.",
        "es": "Mosaico de mapas nacionales de años distintos: los saltos en las fronteras no están "
        "en el suelo.",
    },
)
