"""Land cover, yearly, 0.05 degrees, in the classes of the ESA climate change initiative.

Source: Copernicus Climate Data Store, satellite-land-cover, 300 m. The operator puts the global
file of a year, unpacked, into the folder ``land-cover`` of the mirror, under its own name:
``C3S-LC-L4-LCCS-Map-300m-P1Y-2022-v2.1.1.nc``, or of before 2016
``ESACCI-LC-L4-LCCS-Map-300m-P1Y-2015-v2.0.7.tif`` or ``.nc``. A cell becomes the most frequent
class of the 18 x 18 in it. Or a map that was brought to 0.05 degrees before:
``land_cover_2022.tif``.

Trap: beside the classes of the whole world there are finer ones where a region could tell them
(11, 12, 61, …); a majority has both.
"""

from datetime import date

from soc_monitor.feeds import FolderFeed, Step
from soc_monitor.feeds.client import Limits
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Item, Layer
from soc_monitor.model.land_cover import ESA_CLASSES

CUBE = Cube(
    product="land_cover_yearly",
    variable="land_cover",
    unit="1",
    freq=Freq.YEAR,
    grid=Grid(nx=7200, ny=3600),
    data_class=DataClass.MODELLED,
    dtype="uint8",
    fill=0,
    classes=ESA_CLASSES,
)

NAME = r"(land_cover_|(ESACCI|C3S)-LC-L4-LCCS-Map-300m-P1Y-)(?P<year>\d{4})(-v[\w.]+?)?\.(tif|nc)"
CELLS = 129_600 * 64_800
"""Of the global map of 300 m, one byte each, read by bands of rows."""


def layers_of(item: Item) -> tuple[Layer, ...]:
    """The classes of a year."""
    assert item.period is not None
    assert item.period_end is not None
    whole = not item.key.startswith("land_cover_")
    return (
        Layer(
            cube=CUBE,
            item=item.key,
            period=item.period,
            period_end=item.period_end,
            unit="1",
            valid=(10.0, 220.0),
            variable="lccs_class" if item.key.endswith(".nc") else "",
            nodata=0,
            min_valid_share=0.3,
            resample="nested" if whole else "",
            most_cells=CELLS if whole else None,
        ),
    )


job = IngestJob(
    id="land_cover_yearly",
    title={
        "en": "Land cover, yearly, ESA CCI classes",
        "fr": "Occupation du sol annuelle, classes ESA CCI",
        "es": "Cobertura del suelo anual, clases ESA CCI",
    },
    feed=FolderFeed(
        folder="land-cover",
        pattern=NAME,
        step=Step.YEAR,
        limits=Limits(max_bytes=4 << 30),
    ),
    layers_of=layers_of,
    example=Item(
        key="land_cover_2022.tif",
        address="land-cover/land_cover_2022.tif",
        period=date(2022, 1, 1),
        period_end=date(2022, 12, 31),
    ),
    licence="Licence to use Copernicus products; ESA CCI licence",
    citation=(
        "Copernicus Climate Change Service (2019): Land cover classification gridded maps from "
        "1992 to present. doi:10.24381/cds.006f2c9a"
    ),
    link="https://doi.org/10.24381/cds.006f2c9a",
    decode_s=3600.0,  # 8.4 milliards of cells: 84 s alone, ten minutes on a machine in use
    schedule="0 7 1 * *",
    max_age_days=800,
    late_days=36_500,
)
