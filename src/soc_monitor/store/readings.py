"""Readings: what sensors say, in batches, each under its identity and none twice.

The identity is station, variable, datastream, time and result time. The same again is no work; a
later result time is a revision and stands beside the older one; another value under the same
identity is a conflict, and is kept aside like everything else that cannot be taken.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from soc_monitor.model import Observation, Station
from soc_monitor.store import held_readings
from soc_monitor.store.engine import retried, transaction
from soc_monitor.store.plain import plain
from soc_monitor.store.runs import OpenRun, hold_lease
from soc_monitor.store.sensor_periods import make_periods, stage
from soc_monitor.store.store import Store
from soc_monitor.store.tabular import make_months, months_of, write_stations


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A reading that is not taken, and why."""

    rule: str
    found: str
    raw: str
    """What came, as text."""
    station: str = ""
    variable: str = ""
    time: datetime | None = None
    count: int = 0
    """More than 0: it stands for so many readings of something unknown, and the record tells how
    many there were in the newest run that met it."""


@dataclass(frozen=True, slots=True)
class Jumped:
    """A reading that is held, and the last one that was taken before it."""

    reading: Observation
    before: float
    before_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of a batch."""

    accepted: int = 0
    """New readings, revisions among them."""
    revised: int = 0
    duplicate: int = 0
    aside: int = 0
    held: int = 0
    """Readings that jumped, and now wait for an operator."""

    def __add__(self, other: "Counts") -> "Counts":
        """Both together."""
        return Counts(
            accepted=self.accepted + other.accepted,
            revised=self.revised + other.revised,
            duplicate=self.duplicate + other.duplicate,
            aside=self.aside + other.aside,
            held=self.held + other.held,
        )


# What is kept aside by the store: (rule, what was found, which staged rows).
_UNKNOWN = """
SELECT s.row, 'station', s.station FROM staged s WHERE NOT EXISTS (
    SELECT FROM app.stations t WHERE t.feed_id = :feed AND t.id = s.station)
"""
_CONFLICT = """
SELECT s.row, 'conflict', o.value || ' ' || o.unit || ' is there already'
FROM staged s JOIN app.observations o
  ON (o.feed_id, o.station, o.variable, o.datastream, o.time, o.result_time)
   = (:feed, s.station, s.variable, s.datastream, s.time, s.result_time)
WHERE (o.value, o.unit) IS DISTINCT FROM (s.value, s.unit)
UNION ALL
SELECT row, 'conflict', first || ' came in the same batch' FROM (
    SELECT row, value, first_value(value) OVER (
        PARTITION BY station, variable, datastream, time, result_time ORDER BY row) AS first
    FROM staged) d
WHERE value <> first
"""
_ASIDE = """
WITH put AS (
    INSERT INTO app.quarantine (feed_id, digest, station, variable, time, raw, rule, found,
                                run_id, at)
    SELECT :feed, encode(sha256(convert_to(concat_ws('|', f.rule, s.station, s.variable,
               s.datastream, s.time, s.result_time, s.value, s.unit), 'UTF8')), 'hex'),
           s.station, s.variable, s.time, s.value || ' ' || s.unit, f.rule, f.found, :run, now()
    FROM staged s JOIN (SELECT row, rule, found FROM ({query}) q (row, rule, found)) f USING (row)
    ON CONFLICT DO NOTHING)
DELETE FROM staged WHERE row IN (SELECT row FROM ({query}) q (row, rule, found))
"""
# Readings of before datastreams were told have none: what comes again with the same value takes
# its own, and is not a second one. Of two sensors that say the same, the first takes it.
_ADOPT = """
UPDATE app.observations o SET datastream = s.datastream FROM (
    SELECT DISTINCT ON (station, variable, time, result_time, value, unit) * FROM staged
    WHERE datastream <> '' AND NOT EXISTS (
        SELECT FROM app.observations n
        WHERE (n.feed_id, n.station, n.variable, n.datastream, n.time, n.result_time)
            = (:feed, staged.station, staged.variable, staged.datastream, staged.time,
               staged.result_time))
    ORDER BY station, variable, time, result_time, value, unit, datastream
) s
WHERE (o.feed_id, o.station, o.variable, o.datastream, o.time, o.result_time)
    = (:feed, s.station, s.variable, '', s.time, s.result_time)
  AND (o.value, o.unit) = (s.value, s.unit)
"""
# Their days and months go, and are made anew of what still has no datastream.
_FORGET = """
DELETE FROM app.station_periods p USING staged s
WHERE (p.feed_id, p.station, p.variable, p.datastream) = (:feed, s.station, s.variable, '')
  AND (p.step, p.period) IN (('day', (s.time AT TIME ZONE 'UTC')::date),
                             ('month', date_trunc('month', s.time AT TIME ZONE 'UTC')::date))
"""
_REMAKE = """
INSERT INTO staged (station, variable, datastream, time)
SELECT DISTINCT station, variable, '', time FROM staged WHERE datastream <> ''
"""
_REVISED = """
SELECT count(*) FROM staged s WHERE EXISTS (
    SELECT FROM app.observations o
    WHERE (o.feed_id, o.station, o.variable, o.datastream, o.time)
          = (:feed, s.station, s.variable, s.datastream, s.time)
      AND o.result_time < s.result_time)
"""
_MERGE = """
INSERT INTO app.observations
    (feed_id, station, variable, datastream, time, result_time, value, unit, item_id, run_id)
SELECT :feed, station, variable, datastream, time, result_time, value, unit, :item, :run
FROM staged ORDER BY station, variable, datastream, time, result_time
ON CONFLICT DO NOTHING
"""
_KEEP = """
INSERT INTO app.quarantine AS q
    (feed_id, digest, station, variable, time, raw, rule, found, n, run_id, at)
VALUES (:feed, :digest, :station, :variable, :time, :raw, :rule, :found, :n, :run, now())
ON CONFLICT (feed_id, digest) DO UPDATE SET
    n = excluded.n + CASE WHEN q.run_id = excluded.run_id THEN q.n ELSE 0 END,
    found = excluded.found, run_id = excluded.run_id, at = excluded.at
WHERE :counted
"""


@retried
def add_readings(
    store: Store,
    run: OpenRun,
    item_id: uuid.UUID,
    places: Sequence[Station],
    readings: Sequence[Observation],
    aside: Sequence[Aside] = (),
    held: Sequence[Jumped] = (),
) -> Counts:
    """Write a batch, whole or not at all, with the days and months of the sensors in it.

    Args:
        run: the run that brings it.
        item_id: of the file or the messages that it came in; its row is written at their end.
        places: stations that the source tells of; readings of others are kept aside.
        readings: each in UTC and in the unit of its variable.
        aside: what was found wrong before.
        held: what waits for an operator.
    """
    make_months(store, months_of(readings))
    names = {"feed": run.job_id, "run": run.id}
    with transaction(store.engine) as connection:
        hold_lease(connection, run)
        held_readings.one_writer(connection, run.job_id)
        write_stations(connection, run, places)
        waiting = held_readings.keep(connection, [_row(one, run, item_id) for one in held])
        _keep(connection, run, aside)
        stage(connection, readings)
        adopted = connection.execute(text(_ADOPT), names).rowcount
        kept = sum(
            connection.execute(text(_ASIDE.format(query=query)), names).rowcount
            for query in (_UNKNOWN, _CONFLICT)
        )
        revised = connection.execute(text(_REVISED), names).scalar_one()
        merged = connection.execute(text(_MERGE), {**names, "item": item_id}).rowcount
        if adopted:
            connection.execute(text(_FORGET), names)
            connection.execute(text(_REMAKE))
        if merged or adopted:
            make_periods(connection, run.job_id)
    return Counts(
        accepted=merged,
        revised=min(revised, merged),
        duplicate=len(readings) - merged - kept + len(held) - waiting,
        aside=kept + sum(one.count or 1 for one in aside),
        held=waiting,
    )


def _row(one: Jumped, run: OpenRun, item_id: uuid.UUID) -> dict[str, object]:
    return {
        **asdict(one.reading),
        "before": one.before,
        "before_at": one.before_at,
        "feed": run.job_id,
        "item": item_id,
        "run": run.id,
    }


def _keep(connection: Connection, run: OpenRun, aside: Sequence[Aside]) -> None:
    if not aside:
        return
    rows = [
        {
            "feed": run.job_id,
            "run": run.id,
            "digest": _digest(one),
            "station": plain(one.station),
            "variable": plain(one.variable),
            "time": _instant(one.time),
            "raw": plain(one.raw),
            "rule": one.rule,
            "found": plain(one.found),
            "n": one.count or 1,
            "counted": one.count > 0,
        }
        for one in aside
    ]
    connection.execute(text(_KEEP), rows)


def _digest(aside: Aside) -> str:
    return hashlib.sha256(f"{aside.rule}|{aside.raw}".encode("utf-8", "surrogatepass")).hexdigest()


def _instant(time: datetime | None) -> datetime | None:
    """In UTC: PostgreSQL refuses offsets of 16 hours and more; None: no instant is told."""
    if time is None or time.utcoffset() is None:
        return None
    try:
        return time.astimezone(UTC)
    except OverflowError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A kind of fault of a feed, and how often it was met."""

    rule: str
    variable: str
    count: int
    example: str


def faults(store: Store, feed_id: str) -> list[Fault]:
    """What was kept aside, by rule and variable, the most frequent first; then gaps and flats."""
    query = text(
        "SELECT rule, variable, sum(n)::bigint AS count, min(found) AS example "
        "FROM app.quarantine "
        "WHERE feed_id = :feed GROUP BY rule, variable UNION ALL "
        "SELECT f.rule, p.variable, count(*), min(p.station || ' ' || p.period) "
        "FROM app.station_periods p CROSS JOIN LATERAL (VALUES ('gap', p.gap), ('flat', p.flat)) "
        "f (rule, holds) WHERE p.feed_id = :feed AND p.step = 'day' AND f.holds "
        "GROUP BY f.rule, p.variable ORDER BY 3 DESC, 1, 2"
    )
    with transaction(store.engine) as connection:
        return [Fault(**row) for row in connection.execute(query, {"feed": feed_id}).mappings()]
