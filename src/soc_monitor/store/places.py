"""Places: which areas are where, and their shapes for display."""

from collections.abc import Sequence

from sqlalchemy import text

from soc_monitor.model import Level
from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store


def areas_at(
    store: Store, boundaries_id: str, lon: float, lat: float
) -> list[tuple[str, str, str | None]]:
    """Countries and their parts that hold a point, by exact shape: (code, level, parent).

    A point on a border is in every area that has the border.
    """
    query = text(
        "SELECT code, level, parent FROM app.areas WHERE boundaries_id = :set"
        " AND level IN ('adm0', 'adm1')"
        " AND ST_Intersects(geom, ST_SetSRID(ST_Collect("
        " ST_MakePoint(:lon, :lat), ST_MakePoint(:again, :lat)), 4326)) ORDER BY level, code"
    )
    # Shapes are cut at the antimeridian: a point on it is on both edges.
    again = -lon if abs(lon) == 180.0 else lon
    where = {"set": boundaries_id, "lon": lon, "again": again, "lat": lat}
    with transaction(store.engine) as connection:
        return [(row.code, row.level, row.parent) for row in connection.execute(query, where)]


def outline_shapes(store: Store, boundaries_id: str, level: Level) -> list[tuple[str, bytes]]:
    """(code, WKB) of the display outlines of a level, in order of code."""
    query = text(
        "SELECT code, ST_AsBinary(outline) FROM app.areas"
        " WHERE boundaries_id = :set AND level = :level AND outline IS NOT NULL ORDER BY code"
    )
    with transaction(store.engine) as connection:
        rows = connection.execute(query, {"set": boundaries_id, "level": level.value})
        return [(code, bytes(shape)) for code, shape in rows]


def area_shape(store: Store, boundaries_id: str, code: str) -> bytes | None:
    """The exact shape of an area as WKB; None: it has none of its own, such as the world."""
    query = text(
        "SELECT ST_AsBinary(geom) FROM app.areas"
        " WHERE boundaries_id = :set AND code = :code AND geom IS NOT NULL"
    )
    with transaction(store.engine) as connection:
        found = connection.execute(query, {"set": boundaries_id, "code": code}).scalar_one_or_none()
        return None if found is None else bytes(found)


def wkb(
    store: Store, boundaries_id: str, codes: Sequence[str], *, full: bool = False
) -> dict[str, bytes]:
    """Code to WKB: simplified for display, or exact; areas without a shape are left out."""
    column = "geom" if full else "outline"
    query = text(
        f"SELECT code, ST_AsBinary({column}) FROM app.areas"  # noqa: S608  # one of two words
        f" WHERE boundaries_id = :set AND code = ANY(:codes) AND {column} IS NOT NULL"
    )
    with transaction(store.engine) as connection:
        rows = connection.execute(query, {"set": boundaries_id, "codes": list(codes)})
        return {code: bytes(shape) for code, shape in rows}


LAYER = "areas"
"""Of vector tiles."""
_VECTOR = text(
    "WITH tile AS (SELECT ST_TileEnvelope(:z, :x, :y) AS box),"
    " inside AS ("
    "  SELECT code AS id, level, parent, name_en, name_fr, name_es, area_km2, ST_AsMVTGeom("
    # The poles lie at infinity: what is far outside is cut off before it is projected.
    "   ST_Transform(ST_ClipByBox2D(outline, Box2D(ST_Expand(around, width / 32))), 3857),"
    "   box, 4096, 64) AS geom FROM app.areas, tile, LATERAL ST_Transform(box, 4326) AS around,"
    "   LATERAL (SELECT ST_XMax(around) - ST_XMin(around) AS width) AS size"
    "  WHERE boundaries_id = :set AND level = :level AND outline && ST_Expand(around, width / 32)"
    "  ORDER BY code)"
    " SELECT ST_AsMVT(inside, :layer) FROM inside WHERE geom IS NOT NULL"
)


def vector_tile(
    store: Store, boundaries_id: str, level: Level, tile: tuple[int, int, int]
) -> bytes:
    """The display outlines of a level as a Mapbox Vector Tile; empty where there are none.

    Args:
        store: where they are.
        boundaries_id: of the set.
        level: of the areas.
        tile: zoom, column and row in Web Mercator.
    """
    z, x, y = tile
    asked = {"z": z, "x": x, "y": y, "set": boundaries_id, "level": level.value, "layer": LAYER}
    with transaction(store.engine) as connection:
        return bytes(connection.execute(_VECTOR, asked).scalar_one())
