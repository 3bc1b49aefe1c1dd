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


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Numbers of one indicator and product that two releases tell differently."""

    indicator: str
    product: str
    unit: str
    numbers: int
    """Areas and periods that differ, in their value or in what goes with it."""
    new: int
    """Those that only the second release has."""
    gone: int
    """Those that only the first release has."""
    moved: int
    """Those whose value is another."""
    largest: float | None
    """The largest move [unit]; None: none moved."""
    area: str | None
    period: date | None
    """Where and when that was."""


# A row that both releases have, or neither, tells no difference.
_MOVED = """
WITH differing AS (
    SELECT c.indicator, c.product, c.period, c.unit, e.area, e.value,
           e.from_release <= :old AND coalesce(e.until_release > :old, true) AS old,
           e.from_release <= :new AND coalesce(e.until_release > :new, true) AS new
    FROM app.estimates e JOIN app.calculations c ON c.id = e.calculation_id
), a AS (SELECT * FROM differing WHERE old AND NOT new),
   b AS (SELECT * FROM differing WHERE new AND NOT old)
SELECT indicator, product, max(coalesce(b.unit, a.unit)) AS unit, count(*) AS numbers,
       count(*) FILTER (WHERE a.area IS NULL) AS new,
       count(*) FILTER (WHERE b.area IS NULL) AS gone,
       count(*) FILTER (WHERE a.area IS NOT NULL AND b.area IS NOT NULL
                          AND a.value IS DISTINCT FROM b.value) AS moved,
       max(abs(b.value - a.value)) FILTER (WHERE b.value <> a.value) AS largest,
       (array_agg(area ORDER BY abs(b.value - a.value) DESC, area, period)
           FILTER (WHERE b.value <> a.value))[1] AS area,
       (array_agg(period ORDER BY abs(b.value - a.value) DESC, area, period)
           FILTER (WHERE b.value <> a.value))[1] AS period
FROM a FULL JOIN b USING (indicator, product, period, area)
GROUP BY indicator, product
ORDER BY product, indicator
"""


def moved(store: Store, old: Release, new: Release) -> list[Moved]:
    """What two releases tell differently, in either order."""
    with transaction(store.engine) as connection:
        rows = connection.execute(text(_MOVED), {"old": old.seq, "new": new.seq}).mappings()
        return [Moved(**row) for row in rows]
