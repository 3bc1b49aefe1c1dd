"""Soil of SoilGrids 2.0 to 30 cm, at 0.05 degrees: carbon stock and content, texture, density.

Source: ISRIC, aggregated to 5 km, in the interrupted Goode homolosine projection. A static map made
from samples of 1905 to 2016.

Traps: the stock is told in tonnes a hectare, carbon in dg/kg, texture in g/kg, density in cg/cm3,
stones by volume in per mille; the lobes of the projection leave gaps.
"""

from datetime import date

from soc_monitor.feeds import UrlFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Layer

GRID = Grid(nx=7200, ny=3600)
HOMOLOSINE = "+proj=igh +lon_0=0 +datum=WGS84 +units=m +no_defs"
STOCK = "ocs/ocs_0-30cm_mean_5000.tif"
DEPTHS = ("0-5", "5-15", "15-30")
PARTS: dict[str, tuple[str, str, str, float, tuple[float, float]]] = {
    "clay": ("clay", "%", "g kg-1", 1000.0, (10.0, 500.0)),
    "silt": ("silt", "%", "g kg-1", 1000.0, (10.0, 600.0)),
    "sand": ("sand", "%", "g kg-1", 1000.0, (50.0, 800.0)),
    "soc_content": ("soc", "%", "dg kg-1", 6000.0, (60.0, 3000.0)),
    "bulk_density": ("bdod", "g cm-3", "cg cm-3", 265.0, (60.0, 180.0)),
    "coarse_fragments": ("cfvo", "%", "cm3 dm-3", 1000.0, (10.0, 500.0)),
}
"""Variable to its name at the source, its unit here and there, the most that there can be, and
limits for its median."""


def file_of(name: str, depth: str) -> str:
    """Address of a part at a depth."""
    return f"{name}/{name}_{depth}cm_mean_5000.tif"


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


def layer(item: str, made: Cube, unit: str, most: float, median: tuple[float, float]) -> Layer:
    """A layer of one file."""
    return Layer(
        cube=made,
        item=item,
        period=date(1905, 1, 1),
        period_end=date(2016, 12, 31),
        unit=unit,
        valid=(0.0, most),
        nodata=-32768,
        median=median,
        min_valid_share=0.1,
        crs=HOMOLOSINE,
        resample="average",
    )


job = IngestJob(
    id="soilgrids",
    title={
        "en": "SoilGrids 2.0, carbon, texture and density",
        "fr": "SoilGrids 2.0, carbone, texture et densité",
        "es": "SoilGrids 2.0, carbono, textura y densidad",
    },
    feed=UrlFeed(
        base="https://files.isric.org/soilgrids/latest/data_aggregated/5000m",
        folder="soilgrids",
        keys=(STOCK, *(file_of(name, depth) for name, *_ in PARTS.values() for depth in DEPTHS)),
        version="2.0",
    ),
    layers=(
        layer(STOCK, cube("soc_stock_0_30cm", "t ha-1"), "t ha-1", 1000.0, (10.0, 500.0)),
        *(
            layer(
                file_of(name, depth), cube(f"{variable}_{named(depth)}", unit), told, most, median
            )
            for variable, (name, unit, told, most, median) in PARTS.items()
            for depth in DEPTHS
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
