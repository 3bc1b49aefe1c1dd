"""Sensor watch: which sensors have fallen silent, and which say the same all day."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A sensor, and its newest reading."""

    feed_id: str
    station: str
    variable: str
    datastream: str
    unit: str
    last: datetime
    value: float
    """Mean of the newest day."""
    days: int
    """Days since its newest reading, or in which it stands still."""


MOST = 500
"""Sensors in a list."""
_NEWEST = """
WITH newest AS (
    SELECT feed_id, station, variable, datastream, max(last) AS last
    FROM app.station_periods WHERE step = 'month' GROUP BY 1, 2, 3, 4
)
SELECT d.feed_id, d.station, d.variable, d.datastream, d.unit, n.last, d.mean AS value,
       {days} AS days
FROM newest n JOIN app.feeds f ON f.id = n.feed_id
JOIN app.station_periods d
  ON (d.feed_id, d.station, d.variable, d.datastream, d.step, d.period)
   = (n.feed_id, n.station, n.variable, n.datastream, 'day', (n.last AT TIME ZONE 'UTC')::date)
WHERE f.max_age_days IS NOT NULL AND NOT f.retired AND {holds}
ORDER BY days {order}, d.feed_id, d.station, d.variable, d.datastream LIMIT :most
"""
_SILENT = _NEWEST.format(
    days="extract(day FROM CAST(:now AS timestamptz) - n.last)::integer",
    # One whose readings are held talks: it stands among those that jumped.
    holds="""n.last < CAST(:now AS timestamptz) - f.max_age_days * interval '1 day'
        AND NOT EXISTS (SELECT FROM app.held_readings h
            WHERE (h.feed_id, h.station, h.variable, h.datastream, h.state)
                = (n.feed_id, n.station, n.variable, n.datastream, 'waiting'))""",
    order="ASC",
)
# So many days without a break, up to the newest one.
_STILL = _NEWEST.format(
    days="""(SELECT count(*) FROM app.station_periods p
        WHERE (p.feed_id, p.station, p.variable, p.datastream, p.step)
            = (d.feed_id, d.station, d.variable, d.datastream, 'day')
          AND p.flat AND p.low = d.low AND p.high = d.high AND p.period > coalesce((
              SELECT max(q.period) FROM app.station_periods q
              WHERE (q.feed_id, q.station, q.variable, q.datastream, q.step)
                  = (d.feed_id, d.station, d.variable, d.datastream, 'day')
                AND NOT q.flat), '-infinity'))::integer""",
    holds="d.flat",
    order="DESC",
)


def silent(store: Store, now: datetime) -> list[Watched]:
    """Sensors without a reading for longer than their feed may be old, the newest silence first.

    Sources that do not go on, those that are retired, and sensors of which readings wait are left
    out.
    """
    return _read(store, _SILENT, now=now)


def standing_still(store: Store) -> list[Watched]:
    """Sensors whose newest day has a dozen readings that are all the same, the longest first."""
    return _read(store, _STILL)


def _read(store: Store, query: str, **names: datetime) -> list[Watched]:
    with transaction(store.engine) as connection:
        rows = connection.execute(text(query), {**names, "most": MOST}).mappings()
        return [Watched(**row) for row in rows]
