"""Areas: those of a boundary set, where they belong and their shapes."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, select, text

from soc_monitor.errors import UnknownArea
from soc_monitor.model import Area, Level
from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store
from soc_monitor.store.tables import areas

_AREA = (
    areas.c.code,
    areas.c.level,
    areas.c.parent,
    areas.c.name_en,
    areas.c.name_fr,
    areas.c.name_es,
    areas.c.area_km2,
    areas.c.bbox,
)


def list_areas(
    store: Store,
    boundaries_id: str,
    *,
    level: Level | None = None,
    parent: str | None = None,
    codes: Sequence[str] | None = None,
) -> list[Area]:
    """Areas of a boundary set, in order of code."""
    query = select(*_AREA).where(areas.c.boundaries_id == boundaries_id).order_by(areas.c.code)
    if level is not None:
        query = query.where(areas.c.level == level)
    if parent is not None:
        query = query.where(areas.c.parent == parent)
    if codes is not None:
        query = query.where(areas.c.code.in_(codes))
    with transaction(store.engine) as connection:
        return [_area(row) for row in connection.execute(query).mappings()]


def get_areas(store: Store, boundaries_id: str, codes: Sequence[str]) -> list[Area]:
    """Areas by their codes, in the order asked.

    Raises:
        UnknownArea: one of them does not exist.
    """
    found = {area.code: area for area in list_areas(store, boundaries_id, codes=codes)}
    missing = [code for code in codes if code not in found]
    if missing:
        raise UnknownArea(
            f"no area {missing[0]!r}", hint="GET /api/v1/areas?q=… finds areas by name"
        )
    return [found[code] for code in codes]


def ancestors(store: Store, boundaries_id: str, code: str) -> list[Area]:
    """The areas that an area is a part of, the world first; without itself."""
    query = text(
        "WITH RECURSIVE up AS ("
        " SELECT code, parent, 0 AS depth FROM app.areas"
        "  WHERE boundaries_id = :set AND code = :code"
        " UNION ALL SELECT a.code, a.parent, up.depth + 1 FROM app.areas a"
        "  JOIN up ON a.code = up.parent WHERE a.boundaries_id = :set)"
        " SELECT code FROM up WHERE depth > 0 ORDER BY depth DESC"
    )
    with transaction(store.engine) as connection:
        codes = list(connection.execute(query, {"set": boundaries_id, "code": code}).scalars())
    return get_areas(store, boundaries_id, codes)


def _area(row: RowMapping) -> Area:
    return Area(
        code=row["code"],
        level=Level(row["level"]),
        parent=row["parent"],
        name_en=row["name_en"],
        name_fr=row["name_fr"],
        name_es=row["name_es"],
        area_km2=row["area_km2"],
        bbox=None if row["bbox"] is None else tuple(row["bbox"]),
    )


def geometries(store: Store, boundaries_id: str, level: Level) -> list[tuple[str, bytes]]:
    """(code, WKB) of the areas of a level, in order of code; exact shapes, for weights."""
    query = text(
        "SELECT code, ST_AsBinary(geom) FROM app.areas"
        " WHERE boundaries_id = :set AND level = :level AND geom IS NOT NULL ORDER BY code"
    )
    with transaction(store.engine) as connection:
        rows = connection.execute(query, {"set": boundaries_id, "level": level.value})
        return [(code, bytes(shape)) for code, shape in rows]


def outlines(
    store: Store, boundaries_id: str, codes: Sequence[str], *, full: bool = False
) -> dict[str, str]:
    """Code to GeoJSON geometry, as text; simplified for display, or exact."""
    column = "geom" if full else "outline"
    query = text(
        f"SELECT code, ST_AsGeoJSON({column}, 5) FROM app.areas"  # noqa: S608  # one of two words
        " WHERE boundaries_id = :set AND code = ANY(:codes) AND geom IS NOT NULL"
    )
    with transaction(store.engine) as connection:
        rows = connection.execute(query, {"set": boundaries_id, "codes": list(codes)})
        return {code: shape for code, shape in rows if shape is not None}


def newest_boundaries(store: Store) -> str | None:
    """Id of the newest boundary set, published or not; None: there is none."""
    query = text("SELECT id FROM app.boundaries ORDER BY created_at DESC LIMIT 1")
    with transaction(store.engine) as connection:
        found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def released_boundaries(store: Store) -> str | None:
    """Id of the boundary set of the newest release; None: there is none."""
    query = text("SELECT boundaries_id FROM app.releases ORDER BY seq DESC LIMIT 1")
    with transaction(store.engine) as connection:
        found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def boundary_sets(store: Store) -> list[str]:
    """Ids of all boundary sets, published or not, newest first."""
    query = text("SELECT id FROM app.boundaries ORDER BY created_at DESC")
    with transaction(store.engine) as connection:
        return list(connection.execute(query).scalars())
