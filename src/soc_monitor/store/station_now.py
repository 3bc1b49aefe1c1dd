"""Station now: the newest reading of each sensor of a station, and what was not taken of it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from soc_monitor.store.engine import transaction
from soc_monitor.store.stations import StationSeen
from soc_monitor.store.store import Store

MOST = 10_000
"""Days in a list of what was not taken; the newest are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The newest reading of a sensor."""

    variable: str
    datastream: str
    time: datetime
    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTaken:
    """Readings of a day that count nowhere, and why."""

    variable: str
    datastream: str | None
    """None: which sensor of the variable was not written down."""
    day: date | None
    """In UTC; None: they told no time that could be read."""
    why: str
    """``held``, ``rejected`` (by an operator), or the rule that they break."""
    readings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTakenSum:
    """Readings of a sensor that count nowhere for one reason, through all of time."""

    variable: str
    datastream: str | None
    why: str
    readings: int
    days: int
    """Days that they are of; those without a readable time count as one."""
    first: date | None
    """First day; None: none of them told a time that could be read."""
    last: date | None


_NEWEST = """
SELECT p.variable, p.datastream, o.time, o.value, o.unit FROM (
    SELECT variable, datastream, max(last) AS last FROM app.station_periods
    WHERE (feed_id, station, step) = (:feed, :station, 'month') GROUP BY variable, datastream
) p CROSS JOIN LATERAL (
    SELECT o.time, o.value, o.unit FROM app.observations o
    WHERE (o.feed_id, o.station, o.variable, o.datastream, o.time)
        = (:feed, :station, p.variable, p.datastream, p.last)
    ORDER BY o.result_time DESC LIMIT 1
) o ORDER BY p.variable, p.datastream
"""
_EACH = """
WITH each AS (
    SELECT variable, datastream, (time AT TIME ZONE 'UTC')::date AS day,
           CASE state WHEN 'waiting' THEN 'held' ELSE 'rejected' END AS why, 1 AS n
    FROM app.held_readings
    WHERE (feed_id, station) = (:feed, :station) AND state <> 'accepted'
    UNION ALL
    SELECT variable, datastream, (time AT TIME ZONE 'UTC')::date, rule, n FROM app.quarantine
    WHERE (feed_id, station) = (:feed, :station) AND variable <> ''
)
"""
_DAYS = """
SELECT variable, datastream, day, why, sum(n)::bigint AS readings FROM each
GROUP BY variable, datastream, day, why
ORDER BY day DESC NULLS LAST, variable, datastream, why LIMIT :most
"""
_SUMS = """
SELECT variable, datastream, why, sum(n)::bigint AS readings,
       count(DISTINCT coalesce(day, '-infinity')) AS days, min(day) AS first, max(day) AS last
FROM each GROUP BY variable, datastream, why ORDER BY variable, why, datastream NULLS FIRST
"""


def newest_readings(store: Store, place: StationSeen) -> list[Newest]:
    """The newest reading of each sensor, in the order of the sensors of the station."""
    with transaction(store.engine) as connection:
        rows = connection.execute(text(_NEWEST), _names(place)).mappings()
        return [Newest(**row) for row in rows]


def not_taken(store: Store, place: StationSeen) -> list[NotTaken]:
    """What was held, refused or set aside of a station, by day and reason, the newest first."""
    with transaction(store.engine) as connection:
        rows = connection.execute(text(_EACH + _DAYS), {**_names(place), "most": MOST}).mappings()
        return [NotTaken(**row) for row in rows]


def not_taken_sums(store: Store, place: StationSeen) -> list[NotTakenSum]:
    """How much was not taken of a station in all, by sensor and reason."""
    with transaction(store.engine) as connection:
        rows = connection.execute(text(_EACH + _SUMS), _names(place)).mappings()
        return [NotTakenSum(**row) for row in rows]


def _names(place: StationSeen) -> dict[str, str]:
    return {"feed": place.feed_id, "station": place.id}
