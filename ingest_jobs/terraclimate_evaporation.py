"""Reference evaporation, monthly, 1/24 degree, land alone: TerraClimate.

Source: Climatology Lab, University of California Merced. No account is needed. One NetCDF file a
year with its twelve months, made once a year: for the years behind us and for the mean year; the
months of this year go on with that mean year, more or less by what the temperature tells.

Traps: it says ``mm`` and means the sum of its month; from version 1.1 on it is corrected for CO2
and is not to be joined to older copies.
"""

from calendar import monthrange
from datetime import date

from soc_monitor.feeds import Step, TemplateFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Item, Layer, SnapEdges

CUBE = Cube(
    product="terraclimate_evaporation",
    variable="potential_evaporation",
    unit="mm month-1",
    freq=Freq.MONTH,
    grid=Grid(nx=8640, ny=4320),
    data_class=DataClass.MODELLED,
    dtype="int16",
    scale=0.1,
    fill=-32768,
)


def layers_of(item: Item) -> tuple[Layer, ...]:
    """The twelve months of a year, in the order of the file."""
    assert item.period is not None
    year = item.period.year
    return tuple(
        Layer(
            cube=CUBE,
            item=item.key,
            period=date(year, month, 1),
            period_end=date(year, month, monthrange(year, month)[1]),
            variable="pet",
            band=month,
            unit="mm month-1",
            told_unit="mm",
            scale=None,
            valid=(0.0, 1000.0),
            nodata=-32768,
            median=(5.0, 250.0),
            max_shift=80.0,
            min_valid_share=0.2,
            snap=SnapEdges(tolerance_deg=0.002),
        )
        for month in range(1, 13)
    )


job = IngestJob(
    id="terraclimate_evaporation",
    title={
        "en": "Reference evaporation, monthly, TerraClimate",
        "fr": "Évaporation de référence mensuelle, TerraClimate",
        "es": "Evaporación de referencia mensual, TerraClimate",
    },
    feed=TemplateFeed(
        template=(
            "https://climate.northwestknowledge.net/TERRACLIMATE-DATA/"
            "TerraClimate_pet_{period:%Y}.nc"
        ),
        folder="terraclimate",
        first=date(1991, 1, 1),
        step=Step.YEAR,
        lag_days=60,
    ),
    layers_of=layers_of,
    example=Item(
        key="2020-01-01/TerraClimate_pet_2020.nc",
        address="-",
        period=date(2020, 1, 1),
        period_end=date(2020, 12, 31),
    ),
    licence="CC0-1.0",
    citation=(
        "Abatzoglou, J. T., Dobrowski, S. Z., Parks, S. A., Hegewisch, K. C. (2018). TerraClimate, "
        "a high-resolution global dataset of monthly climate and climatic water balance. "
        "Scientific Data 5, 170191. doi:10.1038/sdata.2017.191"
    ),
    link="https://www.climatologylab.org/terraclimate.html",
    schedule="30 4 1-28/7 * *",
    max_age_days=600,
    late_days=400,
)
