"""Rain, monthly, 0.05 degrees, 60° south to 60° north: CHIRPS 3.

Source: Climate Hazards Center, UC Santa Barbara. No account is needed. Final values come around
the third week of the next month.
"""

from datetime import date

from soc_monitor.feeds import TemplateFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Item, Layer

CUBE = Cube(
    product="chirps_rain",
    variable="rain",
    unit="mm month-1",
    freq=Freq.MONTH,
    grid=Grid(nx=7200, ny=2400, south=-60.0, north=60.0),
    data_class=DataClass.MODELLED,
)


def layers_of(item: Item) -> tuple[Layer, ...]:
    """The rain of a month; the file names neither unit nor scale."""
    assert item.period is not None
    assert item.period_end is not None
    return (
        Layer(
            cube=CUBE,
            item=item.key,
            period=item.period,
            period_end=item.period_end,
            unit="mm month-1",
            valid=(0.0, 5000.0),
            nodata=-9999.0,
            median=(1.0, 200.0),
            min_valid_share=0.2,
        ),
    )


job = IngestJob(
    id="chirps_rain",
    title={
        "en": "Rain, monthly, CHIRPS 3",
        "fr": "Pluie mensuelle, CHIRPS 3",
        "es": "Lluvia mensual, CHIRPS 3",
    },
    feed=TemplateFeed(
        template=(
            "https://data.chc.ucsb.edu/products/CHIRPS/v3.0/monthly/global/tifs/"
            "chirps-v3.0.{period:%Y.%m}.tif"
        ),
        folder="chirps",
        first=date(1981, 1, 1),
        lag_days=18,
    ),
    layers_of=layers_of,
    example=Item(
        key="2024-01-01/chirps-v3.0.2024.01.tif",
        address="-",
        period=date(2024, 1, 1),
        period_end=date(2024, 1, 31),
    ),
    licence="CC0-1.0",
    citation=(
        "Climate Hazards Center (2025). CHIRPS version 3. University of California, Santa "
        "Barbara. doi:10.15780/G2JQ0P"
    ),
    link="https://www.chc.ucsb.edu/data/chirps3",
    schedule="40 4 18-28/2 * *",
    max_age_days=60,
)
