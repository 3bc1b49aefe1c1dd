"""History: what a release brought, and which published numbers it moved."""

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from soc_monitor.model import Release
from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """One indicator of one product for one period, as a release brought it."""

    calculation_id: uuid.UUID
    indicator: str
    product: str
    period: date
    period_end: date
    unit: str
    numbers: int
    """Areas with a new row."""
    replaced: int
    """Areas that had a number of the same period before."""
    moved: int
    """Those whose number is another now."""
    largest: float | None
    """The largest move [unit]; None: none moved."""
    area: str | None
    """Where that was."""


_BROUGHT = """
WITH before AS (
    SELECT e.area, e.value, c.indicator, c.product, c.period
    FROM app.estimates e JOIN app.calculations c ON c.id = e.calculation_id
    WHERE e.until_release = :seq
)
SELECT c.id AS calculation_id, c.indicator, c.product, c.period, c.period_end, c.unit,
       count(*) AS numbers, count(b.area) AS replaced,
       count(b.area) FILTER (WHERE b.value IS DISTINCT FROM n.value) AS moved,
       max(abs(n.value - b.value)) FILTER (WHERE b.value <> n.value) AS largest,
       (array_agg(n.area ORDER BY abs(n.value - b.value) DESC, n.area)
           FILTER (WHERE b.value <> n.value))[1] AS area
FROM app.estimates n
JOIN app.calculations c ON c.id = n.calculation_id
LEFT JOIN before b ON b.area = n.area AND b.indicator = c.indicator
    AND b.product = c.product AND b.period = c.period
WHERE n.from_release = :seq
GROUP BY c.id, c.indicator, c.product, c.period, c.period_end, c.unit
ORDER BY c.product, c.indicator, c.period
"""


def brought(store: Store, release: Release) -> list[Brought]:
    """What began with a release, beside what stood there before it."""
    with transaction(store.engine) as connection:
        rows = connection.execute(text(_BROUGHT), {"seq": release.seq}).mappings()
        return [Brought(**row) for row in rows]
