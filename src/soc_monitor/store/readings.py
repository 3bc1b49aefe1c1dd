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
from soc_monitor.store.held_readings import Jumped, Parted, Steps
from soc_monitor.store.plain import plain
from soc_monitor.store.runs import OpenRun, hold_lease
from soc_monitor.store.sensor_periods import stage
from soc_monitor.store.staged import take_staged
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
    datastream: str | None = None
    """Which of the sensors of its variable; None: it is not known."""
    time: datetime | None = None
    count: int = 0
    """More than 0: it stands for so many readings of something unknown, and the record tells how
    many there were in the newest run that met it."""


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


_MERGE = """
INSERT INTO app.observations
    (feed_id, station, variable, datastream, time, result_time, value, unit, item_id, run_id)
SELECT :feed, station, variable, datastream, time, result_time, value, unit, :item, :run
FROM staged ORDER BY station, variable, datastream, time, result_time
ON CONFLICT DO NOTHING
"""
_KEEP = """
INSERT INTO app.quarantine AS q
    (feed_id, digest, station, variable, datastream, time, raw, rule, found, n, run_id, at)
VALUES (:feed, :digest, :station, :variable, :datastream, :time, :raw, :rule, :found, :n, :run,
        now())
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
    steps: Steps | None = None,
) -> Counts:
    """Write a batch, whole or not at all, with the days and months of the sensors in it.

    Args:
        run: the run that brings it.
        item_id: of the file or the messages that it came in; its row is written at their end.
        places: stations that the source tells of; readings of others are kept aside.
        readings: each in UTC and in the unit of its variable.
        aside: what was found wrong before.
        steps: how those that jump are told apart; None: no step is looked at.
    """
    make_months(store, months_of(readings))
    with transaction(store.engine) as connection:
        hold_lease(connection, run)
        held_readings.one_writer(connection, run.job_id)
        write_stations(connection, run, places)
        parted = Parted(taken=list(readings))
        if steps is not None:
            # Under the lock: who decides or writes at the same time is not overlooked.
            parted = steps.part(held_readings.read_past(connection, run.job_id, steps.spans))
        known = _known(connection, run, parted.held)
        held = [one for one in parted.held if one.reading.station in known]
        # A reading of a station that nobody knows is no work for an operator.
        rest = [one.reading for one in parted.held if one.reading.station not in known]
        waiting = held_readings.keep(connection, [_row(one, run, item_id) for one in held])
        _keep(connection, run, [*aside, *(_other(*one) for one in parted.conflicts)])
        stage(connection, [*parted.taken, *rest])
        done = take_staged(connection, run.job_id, run.id, _MERGE, item=item_id)
    return Counts(
        accepted=done.merged,
        revised=min(done.revised, done.merged),
        duplicate=len(parted.taken) + len(rest) - done.merged - done.kept + len(held) - waiting,
        aside=done.kept + len(parted.conflicts) + sum(one.count or 1 for one in aside),
        held=waiting,
    )


def _known(connection: Connection, run: OpenRun, held: Sequence[Jumped]) -> set[str]:
    query = text("SELECT id FROM app.stations WHERE feed_id = :feed AND id = ANY(:ids)")
    ids = sorted({one.reading.station for one in held})
    return set(connection.execute(query, {"feed": run.job_id, "ids": ids}).scalars())


def _other(reading: Observation, value: float) -> Aside:
    """Another value under the identity of a reading that is held."""
    where = f"{reading.station}|{reading.variable}|{reading.datastream}"
    when = f"{reading.time.isoformat()}|{reading.result_time.isoformat()}"
    return Aside(
        rule="conflict",
        found=f"{value} {reading.unit} is held already",
        raw=f"{where}|{when}|{reading.value}",
        station=reading.station,
        variable=reading.variable,
        datastream=reading.datastream,
        time=reading.time,
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
            "datastream": None if one.datastream is None else plain(one.datastream),
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
