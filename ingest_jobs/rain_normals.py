"""Rain of a mean year over land: twelve months, 0.25 degrees.

Source: Recommendation ITU-R P.837-7, made from the GPCC climatology V2015, 1951-2000.
"""

from calendar import monthrange
from datetime import date

from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Layer

CUBE = Cube(
    product="rain_normals",
    variable="rain",
    unit="mm month-1",
    freq=Freq.NORMAL,
    grid=Grid(nx=1440, ny=720),
    data_class=DataClass.INFERRED,
    dtype="int16",
    fill=-32768,
)

job = IngestJob(
    id="rain_normals",
    title={
        "en": "Rain, monthly normals 1951–2000",
        "fr": "Pluie, normales mensuelles 1951–2000",
        "es": "Lluvia, normales mensuales 1951–2000",
    },
    feed=ShelfFeed(
        folder="starter", keys=("rain_normals.tif",), version="ITU-R P.837-7 by itur 0.4.0"
    ),
    layers=tuple(
        Layer(
            cube=CUBE,
            item="rain_normals.tif",
            band=month,
            period=date(1951, month, 1),
            period_end=date(2000, month, monthrange(2000, month)[1]),
            unit="mm month-1",
            valid=(0.0, 3000.0),
            nodata=-32768,
            median=(0.5, 200.0),
            min_valid_share=0.1,
        )
        for month in range(1, 13)
    ),
    licence="ITU-R Recommendation, free of charge; values by itur, MIT",
    citation=(
        "ITU-R (2017). Recommendation P.837-7: Characteristics of precipitation, from GPCC "
        "Climatology V2015 over land."
    ),
    link="https://www.itu.int/rec/R-REC-P.837/",
    on=True,
)
