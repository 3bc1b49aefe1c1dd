"""Soil carbon stock 0-30 cm, carbon content and clay to 30 cm of SoilGrids 2.0, at 0.05 degrees.

Source: ISRIC, aggregated to 5 km, in the interrupted Goode homolosine projection. A static map made
from samples of 1905 to 2016.

Traps: the stock is told in tonnes a hectare, carbon in dg/kg, clay in g/kg; the lobes of the
projection leave gaps.
"""

from datetime import date

from soc_monitor.feeds import UrlFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Layer

GRID = Grid(nx=7200, ny=3600)
HOMOLOSINE = "+proj=igh +lon_0=0 +datum=WGS84 +units=m +no_defs"
STOCK = "ocs/ocs_0-30cm_mean_5000.tif"
DEPTHS = ("0-5", "5-15", "15-30")
CONTENT = {depth: f"soc/soc_{depth}cm_mean_5000.tif" for depth in DEPTHS}
CLAY = {depth: f"clay/clay_{depth}cm_mean_5000.tif" for depth in DEPTHS}


def cube(variable: str, unit: str) -> Cube:
    """A cube of this product."""
    return Cube(
        product="soilgrids",
        variable=variable,
        unit=unit,
        freq=Freq.STATIC,
        grid=GRID,
        data_class=DataClass.INFERRED,
    )


def named(depth: str) -> str:
    """A depth as it stands in the name of a variable."""
    return f"{depth.replace('-', '_')}cm"


def layer(item: str, made: Cube, unit: str, valid: tuple[float, float]) -> Layer:
    """A layer of one file."""
    return Layer(
        cube=made,
        item=item,
        period=date(1905, 1, 1),
        period_end=date(2016, 12, 31),
        unit=unit,
        valid=valid,
        nodata=-32768,
        median=(valid[1] / 100, valid[1] / 2),
        min_valid_share=0.1,
        crs=HOMOLOSINE,
        resample="average",
    )


job = IngestJob(
    id="soilgrids",
    title={
        "en": "SoilGrids 2.0, carbon and clay",
        "fr": "SoilGrids 2.0, carbone et argile",
        "es": "SoilGrids 2.0, carbono y arcilla",
    },
    feed=UrlFeed(
        base="https://files.isric.org/soilgrids/latest/data_aggregated/5000m",
        folder="soilgrids",
        keys=(STOCK, *CLAY.values(), *CONTENT.values()),
        version="2.0",
    ),
    layers=(
        layer(STOCK, cube("soc_stock_0_30cm", "t ha-1"), "t ha-1", (0.0, 1000.0)),
        *(
            layer(item, cube(f"clay_{named(depth)}", "%"), "g kg-1", (0.0, 1000.0))
            for depth, item in CLAY.items()
        ),
        *(
            layer(item, cube(f"soc_content_{named(depth)}", "%"), "dg kg-1", (0.0, 6000.0))
            for depth, item in CONTENT.items()
        ),
    ),
    licence="CC-BY-4.0",
    citation=(
        "Poggio, L. et al. (2021). SoilGrids 2.0: producing soil information for the globe with "
        "quantified spatial uncertainty. SOIL 7, 217–240. doi:10.5194/soil-7-217-2021"
    ),
    link="https://doi.org/10.5194/soil-7-217-2021",
    notes={
        "en": "Inferred from samples of 1905–2016: a state without a date. The stock is that of "
        "the provider, not the product of its mean layers.",
        "fr": "Déduit d’échantillons de 1905–2016 : un état sans date. Le stock est celui du "
        "fournisseur, et non le produit de ses couches moyennes.",
        "es": "Inferido de muestras de 1905–2016: un estado sin fecha. La reserva es la del "
        "proveedor, no el producto de sus capas medias.",
    },
)
