"""Vegetation index of MODIS on Terra (MOD13A1), from tiles of 500 m to a month at 0.05 degrees.

Source: NASA LP DAAC, through the STAC catalogue of the Planetary Computer, which asks for no
account. A month is the mean of the 16-day composites whose middle lies in it: some 400 tiles of
about 6 MB, and smaller ones of islands, each with its reliability.

Traps: the collection holds Aqua's composites too, eight days apart: sensors are not mixed. Fill is
-3000, where the follower VIIRS has -15000. A file tells its scale as 0.0001, not at all, or as the
10000 that it is to be divided by. Both satellites are at the end of their lives and drift.
"""

import re
from datetime import date, timedelta

from soc_monitor.feeds import StacFeed
from soc_monitor.model import (
    Cube,
    DataClass,
    Freq,
    Grid,
    IngestJob,
    Item,
    Layer,
    Quality,
    TileSet,
)

COLLECTION = "modis-13A1-061"
STORE = "modiseuwest.blob.core.windows.net"
CATALOGUE = "https://planetarycomputer.microsoft.com"
INDEX, RELIABILITY = "500m_16_days_NDVI", "500m_16_days_pixel_reliability"
NAME = re.compile(r"MOD13A1\.A\d{4}(?P<day>\d{3})\.(?P<tile>h\d\dv\d\d)\.061\.\d{13}/.*")
SINUSOIDAL = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs"
GOOD, MARGINAL = 0, 1

CUBE = Cube(
    product="modis_ndvi",
    variable="ndvi",
    unit="1",
    freq=Freq.MONTH,
    grid=Grid(nx=7200, ny=3600),
    data_class=DataClass.MODELLED,
    dtype="int16",
    scale=0.0001,
    fill=-3000,
)

Spans = dict[int, tuple[tuple[int, int], ...]]

LAND: Spans = {
    2: ((9, 26),),
    3: ((8, 14), (17, 27)),
    4: ((8, 14), (17, 28)),
    5: ((8, 12), (17, 29)),
    6: ((7, 10), (16, 29)),
    7: ((8, 11), (16, 30)),
    8: ((9, 12), (16, 22), (25, 30)),
    9: ((9, 14), (18, 22), (28, 33)),
    10: ((10, 14), (19, 22), (29, 32), (34, 34)),
    11: ((11, 14), (19, 22), (28, 31), (33, 33)),
    12: ((11, 13), (19, 20), (27, 32)),
    13: ((12, 13), (28, 31)),
    14: ((13, 14),),
}
"""Row of tiles -> columns, from and to, with land on a hundredth of the tile or more: all but
0.09 % of the land between 60 degrees south and 70 north, by the outlines of the areas."""

ISLANDS: Spans = {
    3: ((6, 7), (15, 15), (28, 29)),
    5: ((7, 7), (15, 16), (30, 30)),
    6: ((2, 3), (11, 11), (30, 32)),
    7: ((1, 1), (3, 3), (7, 7), (12, 12), (15, 15), (31, 34)),
    8: ((0, 2), (8, 8), (13, 13), (15, 15), (23, 23), (31, 35)),
    9: ((0, 2), (4, 4), (8, 8), (16, 16), (23, 23), (25, 25), (27, 27), (34, 35)),
    10: ((0, 5), (17, 17), (23, 23), (27, 28), (33, 33), (35, 35)),
    11: ((1, 6), (8, 8), (10, 10), (15, 15), (23, 23), (27, 27), (32, 32), (34, 34)),
    12: ((17, 17), (24, 24)),
    13: ((5, 5), (17, 17), (20, 22)),
    14: ((15, 16), (18, 18), (22, 22), (27, 28)),
}
"""The others with any land: some of them the source never has, so that no month waits for them."""

NORTH: Spans = {0: ((11, 24),), 1: ((11, 24),)}
"""Beyond 70 degrees north, where the winter has no light to see by."""


def tiles(of: Spans) -> tuple[str, ...]:
    """Names of some tiles."""
    return tuple(
        f"h{column:02d}v{row:02d}"
        for row, spans in of.items()
        for first, last in spans
        for column in range(first, last + 1)
    )


EVERY, ALSO = tiles(LAND), tiles({**NORTH, **ISLANDS})
WANTED = rf"MOD13A1\.A\d{{7}}\.({'|'.join((*EVERY, *ALSO))})\.061\..*"
"""Terra's, of these tiles."""


def looks(period: date) -> tuple[str, ...]:
    """Days of the year on which the composites of a month begin.

    Example:
        >>> looks(date(2024, 1, 1)), looks(date(2024, 5, 1))
        (('001', '017'), ('129', '145'))
    """
    begins = (date(period.year, 1, 1) + timedelta(days=day) for day in range(0, 366, 16))
    middle = timedelta(days=7, hours=12)
    return tuple(
        f"{one:%j}" for one in begins if (one + middle).replace(day=1) == period.replace(day=1)
    )


def tile_of(item: Item) -> str:
    """``h18v04/017``: a tile, and the day that its composite begins on."""
    found = NAME.fullmatch(item.key)
    if found is None:
        raise ValueError(f"{item.key!r} is not named as a tile of MOD13A1")
    return f"{found['tile']}/{found['day']}"


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
            unit="1",
            told_unit="NDVI",
            scale=0.0001,
            also_told=(1.0, 10000.0),
            valid=(-0.2, 1.0),
            max_outside_share=0.001,
            nodata=-3000,
            quality=Quality(asset=RELIABILITY, keep=(GOOD, MARGINAL)),
            median=(0.0, 0.8),
            max_shift=0.15,
            min_valid_share=0.1,
            crs=SINUSOIDAL,
            resample="centres",
        ),
    )


job = IngestJob(
    id="modis_ndvi",
    title={
        "en": "Vegetation index, monthly, MODIS",
        "fr": "Indice de végétation mensuel, MODIS",
        "es": "Índice de vegetación mensual, MODIS",
    },
    feed=StacFeed(
        root=f"{CATALOGUE}/api/stac/v1",
        collections=(COLLECTION,),
        only=WANTED,
        assets=(INDEX,),
        beside=(RELIABILITY,),
        by_middle=True,
        hosts=(STORE,),
        token=f"{CATALOGUE}/api/sas/v1/token/{COLLECTION}",
        page=500,
    ),
    tiles=TileSet(names=EVERY, also=ALSO, tile_of=tile_of, looks=looks, wait_days=30),
    layers_of=layers_of,
    example=Item(
        key=f"MOD13A1.A2024017.h18v04.061.2024036111111/{INDEX}",
        address="-",
        period=date(2024, 1, 1),
        period_end=date(2024, 1, 31),
    ),
    licence="Free and open, no restriction on use",
    citation=(
        "Didan, K. (2021). MODIS/Terra Vegetation Indices 16-Day L3 Global 500m SIN Grid V061. "
        "NASA LP DAAC. doi:10.5067/MODIS/MOD13A1.061"
    ),
    link="https://doi.org/10.5067/MODIS/MOD13A1.061",
    schedule="40 3 * * *",
    max_age_days=75,
    notes={
        "en": "A month is the mean of the composites whose middle lies in it, of what the provider "
        "calls good or marginal; tiles with hardly any land are not waited for.",
        "fr": "Un mois est la moyenne des composites dont le milieu y tombe, pour ce que le "
        "fournisseur dit bon ou passable ; les tuiles presque sans terre ne sont pas attendues.",
        "es": "Un mes es la media de los compuestos cuyo punto medio cae en él, de lo que el "
        "proveedor llama bueno o marginal; las teselas casi sin tierra no se esperan.",
    },
)
