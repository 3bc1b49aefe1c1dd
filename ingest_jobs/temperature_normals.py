"""Air temperature of a mean year: twelve months, 0.75 degrees.

Source: Recommendation ITU-R P.1510-1, made from ERA-Interim of ECMWF, 1979-2014.
"""

from calendar import monthrange
from datetime import date

from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Layer

CUBE = Cube(
    product="temperature_normals",
    variable="air_temperature",
    unit="degC",
    freq=Freq.NORMAL,
    grid=Grid(nx=480, ny=240),
    data_class=DataClass.MODELLED,
    dtype="int16",
    scale=0.1,
    fill=-32768,
)

job = IngestJob(
    id="temperature_normals",
    title={
        "en": "Air temperature, monthly normals 1979–2014",
        "fr": "Température de l’air, normales mensuelles 1979–2014",
        "es": "Temperatura del aire, normales mensuales 1979–2014",
    },
    feed=ShelfFeed(
        folder="starter",
        keys=("temperature_normals.tif",),
        version="ITU-R P.1510-1 by itur 0.4.0",
    ),
    layers=tuple(
        Layer(
            cube=CUBE,
            item="temperature_normals.tif",
            band=month,
            period=date(1979, month, 1),
            period_end=date(2014, month, monthrange(2014, month)[1]),
            unit="degC",
            valid=(-90.0, 60.0),
            nodata=-32768,
            scale=0.1,
            median=(-10.0, 30.0),
            min_valid_share=0.99,
        )
        for month in range(1, 13)
    ),
    licence="ITU-R Recommendation, free of charge; values by itur, MIT",
    citation=(
        "ITU-R (2017). Recommendation P.1510-1: Mean surface temperature, from ERA-Interim 1979–"
        "2014."
    ),
    link="https://www.itu.int/rec/R-REC-P.1510/",
    on=True,
)
