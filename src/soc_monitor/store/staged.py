"""Staged: how readings in the table of a transaction become observations, whoever brings them."""

import uuid
from dataclasses import dataclass

from sqlalchemy import Connection, text

from soc_monitor.store.sensor_periods import make_periods

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
    INSERT INTO app.quarantine (feed_id, digest, station, variable, datastream, time, raw,
                                rule, found, run_id, at)
    SELECT :feed, encode(sha256(convert_to(concat_ws('|', f.rule, s.station, s.variable,
               s.datastream, s.time, s.result_time, s.value, s.unit), 'UTF8')), 'hex'),
           s.station, s.variable, s.datastream, s.time, s.value || ' ' || s.unit,
           f.rule, f.found, :run, now()
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


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of staged readings."""

    merged: int
    revised: int
    """Of those staged, how many are later results of readings that are there."""
    kept: int
    """How many were kept aside."""


def take_staged(
    connection: Connection, feed_id: str, run_id: uuid.UUID, merge: str, **names: object
) -> Merged:
    """Take the staged readings of a feed, with their days and months; what cannot be is kept aside.

    Args:
        connection: in a transaction that has staged them, and is the feed's only writer.
        feed_id: of the source.
        run_id: the run that is told with what is kept aside.
        merge: statement that writes what is left of them.
        names: its parameters, beside ``feed`` and ``run``.
    """
    names |= {"feed": feed_id, "run": run_id}
    adopted = connection.execute(text(_ADOPT), names).rowcount
    kept = sum(
        connection.execute(text(_ASIDE.format(query=query)), names).rowcount
        for query in (_UNKNOWN, _CONFLICT)
    )
    revised = connection.execute(text(_REVISED), names).scalar_one()
    merged = connection.execute(text(merge), names).rowcount
    if adopted:
        connection.execute(text(_FORGET), names)
        connection.execute(text(_REMAKE))
    if merged or adopted:
        make_periods(connection, feed_id)
    return Merged(merged, revised, kept)
