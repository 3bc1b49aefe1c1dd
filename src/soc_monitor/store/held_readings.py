"""Held readings: those that jumped wait, unseen by readers, until an operator has decided.

A sensor is decided as a whole: one whose unit has changed says a thousand times the same.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from soc_monitor.errors import UnknownRecord
from soc_monitor.model import Observation
from soc_monitor.store.engine import retried, transaction
from soc_monitor.store.registers import note
from soc_monitor.store.sensor_periods import stage
from soc_monitor.store.staged import take_staged
from soc_monitor.store.store import Store
from soc_monitor.store.tabular import make_months

SensorKey = tuple[str, str, str]
"""Station, variable, datastream."""
Identity = tuple[datetime, datetime]
"""Time, result time."""

MD5 = "md5(concat_ws('|', feed_id, station, variable, datastream))"
"""Name of a sensor in addresses and commands."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a sensor: its readings beside those of a batch, and of the day up to it."""

    taken: dict[Identity, float] = field(default_factory=dict)
    held: dict[Identity, float] = field(default_factory=dict)
    """Those that wait or were refused."""


@dataclass(frozen=True, slots=True)
class Jumped:
    """A reading that is held, and the last one that was taken before it."""

    reading: Observation
    before: float
    before_at: datetime


@dataclass(slots=True)
class Parted:
    """Readings that can be taken, and those that are held."""

    taken: list[Observation] = field(default_factory=list)
    held: list[Jumped] = field(default_factory=list)
    conflicts: list[tuple[Observation, float]] = field(default_factory=list)
    """Those with another value than the one that is held under their identity, which is told."""


@dataclass(frozen=True, slots=True)
class Steps:
    """How the readings of a batch that jump are told from the others."""

    spans: Mapping[SensorKey, tuple[datetime, datetime]]
    """From when to when each sensor is in the batch."""
    part: Callable[[Mapping[SensorKey, Past]], Parted]
    """What is known of those sensors -> the batch, parted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSensor:
    """A sensor of which readings wait."""

    id: str
    feed_id: str
    station: str
    variable: str
    datastream: str
    unit: str
    n: int
    """Readings that wait."""
    first: datetime
    last: datetime
    low: float
    high: float
    before: float
    """The reading before the first of them."""
    before_at: datetime
    seen: datetime
    """When the newest of them was written down: who decides on this list has seen no later one."""


_SENSORS = """
unnest(CAST(:stations AS text[]), CAST(:variables AS text[]), CAST(:datastreams AS text[]),
       CAST(:since AS timestamptz[]), CAST(:until AS timestamptz[]))
    AS w (station, variable, datastream, since, until)
"""
_OWN = """
    WHERE {t}.feed_id = :feed AND {t}.station = w.station AND {t}.variable = w.variable
      AND {t}.datastream = w.datastream AND {t}.time"""
_O, _H = _OWN.format(t="o"), _OWN.format(t="h")
# The readings beside those of the batch, those of the day up to it, and the one before that day:
# where the sensor stood before a step of that day.
_TAKEN = f"""
SELECT w.station, w.variable, w.datastream, o.time, o.result_time, o.value
FROM {_SENSORS} LEFT JOIN LATERAL (
    SELECT o.time FROM app.observations o {_O} < w.since ORDER BY o.time DESC LIMIT 1
) n ON true LEFT JOIN LATERAL (
    SELECT o.time FROM app.observations o {_O} < n.time - interval '1 day'
    ORDER BY o.time DESC LIMIT 1
) b ON true CROSS JOIN LATERAL (
    SELECT o.time, o.result_time, o.value FROM app.observations o
    {_O} >= coalesce(b.time, n.time - interval '1 day', w.since) AND o.time <= w.until
) o
"""  # noqa: S608  # words of this file
# Those beside the batch that wait or were refused, and the newest one before it.
_HELD = f"""
SELECT w.station, w.variable, w.datastream, h.time, h.result_time, h.value
FROM {_SENSORS} CROSS JOIN LATERAL (
    SELECT h.time, h.result_time, h.value FROM app.held_readings h
    {_H} >= w.since AND h.time <= w.until AND h.state <> 'accepted'
    UNION ALL
    (SELECT h.time, h.result_time, h.value FROM app.held_readings h
     {_H} < w.since AND h.state <> 'accepted' ORDER BY h.time DESC LIMIT 1)
) h
"""  # noqa: S608  # the same
_KEEP = """
INSERT INTO app.held_readings
    (feed_id, station, variable, datastream, time, result_time, value, unit, before, before_at,
     item_id, run_id, at)
VALUES (:feed, :station, :variable, :datastream, :time, :result_time, :value, :unit, :before,
        :before_at, :item, :run, clock_timestamp())
ON CONFLICT DO NOTHING
"""
_WAITING = f"""
SELECT {MD5} AS id, feed_id, station, variable, datastream, min(unit) AS unit, count(*) AS n,
       min(time) AS first, max(time) AS last, min(value) AS low, max(value) AS high,
       (array_agg(before ORDER BY time))[1] AS before,
       (array_agg(before_at ORDER BY time))[1] AS before_at, max(at) AS seen
FROM app.held_readings WHERE state = 'waiting'
GROUP BY feed_id, station, variable, datastream ORDER BY feed_id, station, variable, datastream
"""  # noqa: S608  # the same
_MONTHS = f"""
SELECT DISTINCT date_trunc('month', time AT TIME ZONE 'UTC')::date FROM app.held_readings
WHERE state = 'waiting' AND {MD5} = :sensor
"""  # noqa: S608  # the same
_DECIDE = f"""
UPDATE app.held_readings SET state = :state, decided_by = :by, decided_at = now()
WHERE state = 'waiting' AND {MD5} = :sensor
  AND at <= coalesce(CAST(:seen AS timestamptz), 'infinity')
RETURNING feed_id, station, variable, datastream, time, result_time, value, unit, item_id, run_id
"""  # noqa: S608  # the same
# Each with the file and the run that brought it.
_TAKE = """
INSERT INTO app.observations
    (feed_id, station, variable, datastream, time, result_time, value, unit, item_id, run_id)
SELECT h.feed_id, s.station, s.variable, s.datastream, s.time, s.result_time, s.value, s.unit,
       h.item_id, h.run_id
FROM staged s JOIN app.held_readings h
  ON (h.feed_id, h.station, h.variable, h.datastream, h.time, h.result_time)
   = (:feed, s.station, s.variable, s.datastream, s.time, s.result_time)
ON CONFLICT DO NOTHING
"""


def one_writer(connection: Connection, feed_id: str) -> None:
    """Until the transaction ends, who else writes readings of the feed waits.

    Days and months are made of all readings that are there: two at once would each miss the
    other's.
    """
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('readings ' || :feed, 0))"),
        {"feed": feed_id},
    )


def read_past(
    connection: Connection, feed_id: str, spans: Mapping[SensorKey, tuple[datetime, datetime]]
) -> dict[SensorKey, Past]:
    """What is known of sensors beside and just before the readings of a batch."""
    if not spans:
        return {}
    names = {
        "feed": feed_id,
        "stations": [key[0] for key in spans],
        "variables": [key[1] for key in spans],
        "datastreams": [key[2] for key in spans],
        "since": [span[0] for span in spans.values()],
        "until": [span[1] for span in spans.values()],
    }
    found: dict[SensorKey, Past] = defaultdict(Past)
    for *key, time, result_time, value in connection.execute(text(_TAKEN), names):
        found[key[0], key[1], key[2]].taken[time, result_time] = value
    for *key, time, result_time, value in connection.execute(text(_HELD), names):
        found[key[0], key[1], key[2]].held[time, result_time] = value
    return dict(found)


def keep(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write down readings that wait; those that wait or were decided already are no work.

    Returns:
        How many are new.
    """
    return connection.execute(text(_KEEP), rows).rowcount if rows else 0


def list_waiting(store: Store) -> list[HeldSensor]:
    """Sensors of which readings wait, in order of feed and station."""
    with transaction(store.engine) as connection:
        return [HeldSensor(**row) for row in connection.execute(text(_WAITING)).mappings()]


@retried
def decide(store: Store, sensor: str, state: str, by: str, seen: datetime | None = None) -> int:
    """Take the waiting readings of a sensor, with their days and months, or refuse them for good.

    Args:
        sensor: its id, as ``list_waiting`` has it.
        state: ``accepted`` or ``rejected``.
        by: who decides.
        seen: of what they decided on, as ``list_waiting`` has it; what was written down later goes
            on to wait, whatever it is of. None: all that wait.

    Returns:
        How many readings; 0: somebody was faster.

    Raises:
        UnknownRecord: no reading of such a sensor was ever held.
    """
    if state == "accepted":
        with transaction(store.engine) as connection:
            months = connection.execute(text(_MONTHS), {"sensor": sensor}).scalars().all()
        # No month was made for readings that only waited.
        make_months(store, months)
    with transaction(store.engine) as connection:
        feed_id = connection.execute(
            text(f"SELECT feed_id FROM app.held_readings WHERE {MD5} = :sensor LIMIT 1"),  # noqa: S608  # ours
            {"sensor": sensor},
        ).scalar_one_or_none()
        if feed_id is None:
            raise UnknownRecord(f"no readings of a sensor {sensor!r} are held")
        one_writer(connection, feed_id)
        rows = [
            dict(row)
            for row in connection.execute(
                text(_DECIDE), {"sensor": sensor, "state": state, "by": by, "seen": seen}
            ).mappings()
        ]
        if not rows:
            return 0
        if state == "accepted":
            names = Observation.__dataclass_fields__
            stage(connection, [Observation(**{k: row[k] for k in names}) for row in rows])
            take_staged(connection, feed_id, rows[0]["run_id"], _TAKE)
        first = rows[0]
        verb = "accept" if state == "accepted" else "reject"
        told = f"{len(rows)} readings of {first['station']} {first['variable']}"
        which = first["datastream"] if first["datastream"] != first["variable"] else ""
        note(connection, by, verb, feed_id, f"{told} {which}".strip())
        return len(rows)
