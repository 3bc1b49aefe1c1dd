"""Weather and soil water over land, monthly, 0.1 degrees: ERA5-Land, for as long as there is any.

Source: Copernicus Climate Data Store, reanalysis-era5-land-monthly-means. Needs an account there:
SOC_CDS_KEY holds its key. About five days after the end of a month; the first two to three months
are preliminary and come again.

Traps: rain is told as metres a day, for every month alike; longitudes run from 0 to 360; the first
and last rows are centred on the poles. Its potential evaporation is that of open water: not taken.
"""

from calendar import monthrange
from datetime import date
from typing import Any

from soc_monitor.feeds import CdsFeed, Period
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Item, Layer, Repair

GRID = Grid(nx=3600, ny=1799, west=-180.05, east=179.95, south=-89.95, north=89.95)
REPAIRS = frozenset({Repair.LON_0_360, Repair.POLES})
NAN = float("nan")


def request(period: Period) -> dict[str, Any]:
    """What the data store is asked for a month."""
    return {
        "product_type": ["monthly_averaged_reanalysis"],
        "variable": ["2m_temperature", "total_precipitation", "volumetric_soil_water_layer_1"],
        "year": [f"{period.first:%Y}"],
        "month": [f"{period.first:%m}"],
        "time": ["00:00"],
        "data_format": "netcdf",
        "download_format": "unarchived",
    }


def cube(variable: str, unit: str) -> Cube:
    """A cube of this product."""
    return Cube(
        product="era5_land",
        variable=variable,
        unit=unit,
        freq=Freq.MONTH,
        grid=GRID,
        data_class=DataClass.MODELLED,
        fill=NAN,
    )


def layers_of(item: Item) -> tuple[Layer, ...]:
    """Temperature, rain and soil moisture of a month."""
    assert item.period is not None
    assert item.period_end is not None
    when = {"item": item.key, "period": item.period, "period_end": item.period_end}
    days = monthrange(item.period.year, item.period.month)[1]
    common: dict[str, Any] = {"nodata": NAN, "repairs": REPAIRS, "min_valid_share": 0.25, **when}
    return (
        Layer(
            cube=cube("air_temperature", "degC"),
            variable="t2m",
            unit="K",
            valid=(180.0, 335.0),
            median=(240.0, 310.0),
            max_shift=15.0,
            **common,
        ),
        Layer(
            cube=cube("rain", "mm month-1"),
            variable="tp",
            unit="mm month-1",
            told_unit="m",
            correction=(1000.0 * days, 0.0),
            valid=(-0.01, 4000.0),
            median=(1.0, 200.0),
            **common,
        ),
        Layer(
            cube=cube("soil_moisture_0_7cm", "m3 m-3"),
            variable="swvl1",
            unit="m3 m-3",
            told_unit="m**3 m**-3",
            valid=(-0.01, 1.0),
            median=(0.05, 0.6),
            **common,
        ),
    )


job = IngestJob(
    id="era5_land",
    title={
        "en": "ERA5-Land, monthly weather and soil water",
        "fr": "ERA5-Land, météo et eau du sol mensuelles",
        "es": "ERA5-Land, tiempo y agua del suelo mensuales",
    },
    feed=CdsFeed(
        root="https://cds.climate.copernicus.eu/api",
        dataset="reanalysis-era5-land-monthly-means",
        request=request,
        folder="era5-land",
        name="era5_land_{period:%Y_%m}.nc",
        first=date(1991, 1, 1),
        hosts=("object-store.os-api.cci2.ecmwf.int",),
        lag_days=6,
        revised_days=100,
        preliminary=True,
    ),
    layers_of=layers_of,
    example=Item(
        key="era5_land_2024_01.nc",
        address="-",
        period=date(2024, 1, 1),
        period_end=date(2024, 1, 31),
    ),
    licence="CC-BY-4.0",
    citation=(
        "Muñoz Sabater, J. (2019): ERA5-Land monthly averaged data from 1950 to present. "
        "Copernicus Climate Change Service (C3S). doi:10.24381/cds.68d2bb30"
    ),
    link="https://doi.org/10.24381/cds.68d2bb30",
    schedule="20 5 7-28/3 * *",
    max_age_days=50,
    late_days=120,
    notes={
        "en": "Months younger than three are preliminary. Contains modified Copernicus Climate "
        "Change Service information.",
        "fr": "Les trois derniers mois sont provisoires. Contient des informations modifiées du "
        "service Copernicus concernant le changement climatique.",
        "es": "Los tres últimos meses son provisionales. Contiene información modificada del "
        "Servicio de Cambio Climático de Copernicus.",
    },
)
