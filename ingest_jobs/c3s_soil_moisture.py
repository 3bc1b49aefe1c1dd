"""Surface soil moisture from satellites, monthly, 0.25 degrees: C3S, combined record.

Source: Copernicus Climate Data Store, satellite-soil-moisture. Needs an account there: SOC_CDS_KEY
holds its key. 10 to 20 days late. The upper five centimetres alone; frozen, snowy and densely
wooded ground has no values.

Trap: the climate record and its continuation are joined only within one version.
"""

from datetime import date
from typing import Any

from soc_monitor.feeds import CdsFeed, Period
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Item, Layer

CUBE = Cube(
    product="c3s_soil_moisture",
    variable="soil_moisture_0_5cm",
    unit="m3 m-3",
    freq=Freq.MONTH,
    grid=Grid(nx=1440, ny=720),
    data_class=DataClass.MODELLED,
)
RECORD_END = date(2022, 12, 31)
"""Last day of the climate record of version v202312; what is later is its continuation."""


def request(period: Period) -> dict[str, Any]:
    """What the data store is asked for a month."""
    return {
        "variable": ["volumetric_surface_soil_moisture"],
        "type_of_sensor": ["combined_passive_and_active"],
        "time_aggregation": ["month_average"],
        "year": [f"{period.first:%Y}"],
        "month": [f"{period.first:%m}"],
        "day": ["01"],
        "type_of_record": ["cdr" if period.last <= RECORD_END else "icdr"],
        "version": ["v202312"],
    }


def layers_of(item: Item) -> tuple[Layer, ...]:
    """The soil moisture of a month."""
    assert item.period is not None
    assert item.period_end is not None
    return (
        Layer(
            cube=CUBE,
            item=item.key,
            period=item.period,
            period_end=item.period_end,
            variable="sm",
            unit="m3 m-3",
            valid=(0.0, 1.0),
            nodata=-9999.0,
            median=(0.05, 0.5),
            min_valid_share=0.05,
        ),
    )


job = IngestJob(
    id="c3s_soil_moisture",
    title={
        "en": "Surface soil moisture, monthly, C3S",
        "fr": "Humidité du sol en surface, mensuelle, C3S",
        "es": "Humedad superficial del suelo, mensual, C3S",
    },
    feed=CdsFeed(
        root="https://cds.climate.copernicus.eu/api",
        dataset="satellite-soil-moisture",
        request=request,
        folder="c3s-soil-moisture",
        name="c3s_sm_{period:%Y_%m}.nc",
        first=date(1991, 1, 1),
        hosts=("object-store.os-api.cci2.ecmwf.int",),
        lag_days=20,
        revised_days=90,
    ),
    layers_of=layers_of,
    example=Item(
        key="c3s_sm_2024_01.nc", address="-", period=date(2024, 1, 1), period_end=date(2024, 1, 31)
    ),
    licence="Licence to use Copernicus products",
    citation=(
        "Copernicus Climate Change Service (2018): Soil moisture gridded data from 1978 to "
        "present. doi:10.24381/cds.d7782f18"
    ),
    link="https://doi.org/10.24381/cds.d7782f18",
    schedule="50 5 20-28/2 * *",
    max_age_days=70,
    late_days=120,
)
