"""Vegetation index, monthly, 0.05 degrees: VIIRS VNP13C2, the follower of MODIS.

Source: NASA LP DAAC through its STAC catalogue. Needs an Earthdata account: SOC_EARTHDATA_TOKEN
holds its token. One global HDF5 file a month, about two weeks late.

Traps: the file says ``scale_factor`` 10000 and means a division by it; it does not tell its grid.
"""

from datetime import date

from soc_monitor.feeds import StacFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Item, Layer, Repair

CUBE = Cube(
    product="viirs_ndvi",
    variable="ndvi",
    unit="1",
    freq=Freq.MONTH,
    grid=Grid(nx=7200, ny=3600),
    data_class=DataClass.MODELLED,
    dtype="int16",
    scale=0.0001,
    fill=-15000,
)
FIELD = "HDFEOS/GRIDS/VIIRS_Grid_monthly_VI_CMG/Data Fields/CMG 0.05 Deg Monthly NDVI"


def layers_of(item: Item) -> tuple[Layer, ...]:
    """The index of a month."""
    assert item.period is not None
    assert item.period_end is not None
    return (
        Layer(
            cube=CUBE,
            item=item.key,
            period=item.period,
            period_end=item.period_end,
            variable=FIELD,
            unit="1",
            told_unit="NDVI",
            scale=10000.0,
            correction=(1e-8, 0.0),
            valid=(-0.2, 1.0),
            max_outside_share=0.001,
            nodata=-15000,
            median=(0.0, 0.8),
            max_shift=0.15,
            min_valid_share=0.15,
            repairs=frozenset({Repair.GRID}),
        ),
    )


job = IngestJob(
    id="viirs_ndvi",
    title={
        "en": "Vegetation index, monthly, VIIRS",
        "fr": "Indice de végétation mensuel, VIIRS",
        "es": "Índice de vegetación mensual, VIIRS",
    },
    feed=StacFeed(
        root="https://cmr.earthdata.nasa.gov/stac/LPCLOUD",
        collections=("VNP13C2_002",),
        assets=("data",),
        hosts=("data.lpdaac.earthdatacloud.nasa.gov",),
        secret="SOC_EARTHDATA_TOKEN",
        secret_host="data.lpdaac.earthdatacloud.nasa.gov",
    ),
    layers_of=layers_of,
    example=Item(
        key="VNP13C2.A2024001/data",
        address="-",
        period=date(2024, 1, 1),
        period_end=date(2024, 1, 31),
    ),
    licence="Free and open, no restriction on use",
    citation=(
        "Didan, K. (2023). VIIRS/NPP Vegetation Indices Monthly L3 Global 0.05 Deg CMG V002. "
        "NASA LP DAAC. doi:10.5067/VIIRS/VNP13C2.002"
    ),
    link="https://doi.org/10.5067/VIIRS/VNP13C2.002",
    schedule="10 3 * * *",
    max_age_days=60,
)
