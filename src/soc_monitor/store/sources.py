"""Sources: what readers are told of where numbers come from."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select, text

from soc_monitor.errors import UnknownCalculation
from soc_monitor.model import Calculation, DataClass, Release
from soc_monitor.store.engine import transaction
from soc_monitor.store.read import part_of
from soc_monitor.store.store import Store
from soc_monitor.store.tables import calculation_slices, calculations, sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a job says of its source, as a release tells it."""

    id: str
    title: dict[str, str]
    licence: str
    citation: str
    link: str
    notes: dict[str, str]


def list_sources(store: Store, release: Release) -> dict[str, Source]:
    """Every source that had been read when a release was made, by id.

    What a job says of its source may be edited; what a release says of it never changes.
    """
    words = [sources.c[name] for name in ("title", "licence", "citation", "link", "notes")]
    query = select(sources.c.feed_id.label("id"), *words).where(part_of(sources, release))
    with transaction(store.engine) as connection:
        rows = connection.execute(query.order_by(sources.c.feed_id)).mappings()
        return {row["id"]: Source(**row) for row in rows}


_PRODUCT_SOURCES = """
WITH RECURSIVE used AS (
    SELECT s.id FROM app.slices s JOIN app.cubes c ON c.id = s.cube_id
    WHERE c.product = :product AND s.from_release <= :seq
      AND (s.until_release IS NULL OR s.until_release > :seq)
    UNION
    SELECT p.parent_id FROM app.slice_parents p JOIN used u ON u.id = p.slice_id
)
SELECT DISTINCT i.feed_id
FROM used u
JOIN (TABLE app.slice_items UNION ALL TABLE app.slice_grounds) l ON l.slice_id = u.id
JOIN app.items i ON i.id = l.item_id
ORDER BY i.feed_id
"""


def product_sources(store: Store, release: Release, product: str) -> tuple[str, ...]:
    """Ids of the feeds that a product of a release rests on, down to the first files."""
    where = {"product": product, "seq": release.seq}
    with transaction(store.engine) as connection:
        return tuple(connection.execute(text(_PRODUCT_SOURCES), where).scalars())


def find_calculation(store: Store, calculation_id: uuid.UUID) -> tuple[Calculation, uuid.UUID]:
    """A calculation, and the run that made it.

    Raises:
        UnknownCalculation: there is none with this id.
    """
    query = select(calculations).where(calculations.c.id == calculation_id)
    links = select(calculation_slices.c.slice_id).where(
        calculation_slices.c.calculation_id == calculation_id
    )
    with transaction(store.engine) as connection:
        row = connection.execute(query).mappings().first()
        if row is None:
            raise UnknownCalculation(f"no calculation {calculation_id}")
        slices = sorted(connection.execute(links).scalars())
    made = Calculation(
        id=row["id"],
        indicator=row["indicator"],
        product=row["product"],
        period=row["period"],
        period_end=row["period_end"],
        unit=row["unit"],
        data_class=DataClass(row["data_class"]),
        boundaries_id=row["boundaries_id"],
        algorithm=row["algorithm"],
        slices=tuple(slices),
    )
    return made, row["run_id"]
