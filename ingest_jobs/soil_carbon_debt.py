"""Soil carbon debt: modelled stocks before and under land use, 5 arc-minutes.

Source: Sanderman, Hengl and Fiske 2017, PNAS 114(36) 9575-9580; maps under the MIT licence.
The maps are modelled epochs, not yearly observations.
"""

from datetime import date

from soc_monitor.feeds import UrlFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Layer

# As published: the files give the cell as 0.0833333 degrees, and the published totals rest on it.
# The 1/12 that is meant would make every total larger by one millionth.
GRID = Grid(nx=4320, ny=2160, east=-180 + 4320 * 0.0833333, south=90 - 2160 * 0.0833333)


def cube(variable: str, freq: Freq) -> Cube:
    """A cube of this product: int16 as published, t C/ha."""
    return Cube(
        product="soil_carbon_debt",
        variable=variable,
        unit="t ha-1",
        freq=freq,
        grid=GRID,
        data_class=DataClass.INFERRED,
        dtype="int16",
        fill=-32767,
    )


def layer(
    into: Cube,
    item: str,
    year: int,
    highest: float,
    median: tuple[float, float],
    *,
    at_least: Cube | None = None,
    at_most: Cube | None = None,
) -> Layer:
    """A published map, which stands for one year."""
    return Layer(
        cube=into,
        item=item,
        period=date(year, 1, 1),
        period_end=date(year, 12, 31),
        unit="t ha-1",
        valid=(0.0, highest),
        nodata=-32767,
        median=median,
        min_valid_share=0.2,
        # In 46 cells of 2010 the first 30 cm hold up to 3 t/ha more than the first metre.
        max_crossing_share=0.0001,
        at_least=at_least,
        at_most=at_most,
    )


TOP = cube("soc_stock_0_30cm", Freq.EPOCH)
DEEP = cube("soc_stock_0_100cm", Freq.EPOCH)
TOP_NATIVE = cube("soc_stock_no_land_use_0_30cm", Freq.STATIC)
DEEP_NATIVE = cube("soc_stock_no_land_use_0_100cm", Freq.STATIC)
YEARS = (900, 1800, 1910, 1960, 1990, 2010)

LAYERS = (
    *(
        layer(TOP, f"SOCS_0_30cm_year_{y}AD_10km.tif", y, 1000.0, (30.0, 120.0), at_most=DEEP)
        for y in YEARS
    ),
    layer(DEEP, "SOCS_0_100cm_year_2010AD_10km.tif", 2010, 4000.0, (60.0, 300.0), at_least=TOP),
    layer(
        TOP_NATIVE,
        "SOCS_0_30cm_year_NoLU_10km.tif",
        2010,
        1000.0,
        (30.0, 120.0),
        at_most=DEEP_NATIVE,
    ),
    layer(
        DEEP_NATIVE,
        "SOCS_0_100cm_year_NoLU_10km.tif",
        2010,
        4000.0,
        (60.0, 300.0),
        at_least=TOP_NATIVE,
    ),
)

job = IngestJob(
    id="soil_carbon_debt",
    title={
        "en": "Soil carbon debt (Sanderman et al. 2017)",
        "fr": "Dette de carbone des sols (Sanderman et al. 2017)",
        "es": "Deuda de carbono del suelo (Sanderman et al. 2017)",
    },
    feed=UrlFeed(
        base=(
            "https://raw.githubusercontent.com/whrc/Soil-Carbon-Debt/"
            "14919ed435886cccbe473c79b2d39063f84c532e/SOCS"
        ),
        folder="soil-carbon-debt",
        keys=tuple(layer.item for layer in LAYERS),
        version="14919ed435886cccbe473c79b2d39063f84c532e",
    ),
    layers=LAYERS,
    licence="MIT",
    citation=(
        "Sanderman, J., Hengl, T., Fiske, G. (2017). Soil carbon debt of 12,000 years of human "
        "land use. PNAS 114(36), 9575–9580. doi:10.1073/pnas.1706103114"
    ),
    link="https://doi.org/10.1073/pnas.1706103114",
    notes={
        "en": "Modelled epochs, not yearly observations; the source publishes no interval for "
        "stocks. Northern stocks are higher than in national inventories. Its changes are of all "
        "soils, organic ones above 200 t C/ha too.",
        "fr": "Époques modélisées, et non observations annuelles ; la source ne publie pas "
        "d’intervalle pour les stocks. Les stocks du Nord dépassent ceux des inventaires "
        "nationaux. Ses variations portent sur tous les sols, y compris organiques, au-dessus de "
        "200 t C/ha.",
        "es": "Épocas modelizadas, no observaciones anuales; la fuente no publica intervalos para "
        "las reservas. Las reservas del norte superan las de los inventarios nacionales. Sus "
        "cambios son de todos los suelos, también orgánicos, por encima de 200 t C/ha.",
    },
)
