"""Sensor periods: the days and months of sensors, made anew whenever their readings change.

They are worked out from the newest version of each reading, in the transaction that writes it.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from soc_monitor.model import Observation

_STAGE = """
CREATE TEMPORARY TABLE staged (
    row bigint GENERATED ALWAYS AS IDENTITY, station text, variable text, datastream text,
    time timestamptz, result_time timestamptz, value double precision, unit text
) ON COMMIT DROP
"""
_COPY = "COPY staged (station, variable, datastream, time, result_time, value, unit) FROM STDIN"
_COLUMNS = """
    (feed_id, station, variable, datastream, step, period, n, mean, low, high, gap, flat, unit,
     first, last, hours, days)
"""
_AGAIN = """
ON CONFLICT (feed_id, station, variable, datastream, step, period) DO UPDATE SET
    n = excluded.n, mean = excluded.mean, low = excluded.low, high = excluded.high,
    gap = excluded.gap, flat = excluded.flat, unit = excluded.unit, first = excluded.first,
    last = excluded.last, hours = excluded.hours, days = excluded.days
"""
# A gap: some step is three times the usual one. Flat: a dozen readings that are all the same, and
# not nought.
_DAYS = f"""
INSERT INTO app.station_periods {_COLUMNS}
SELECT :feed, station, variable, datastream, 'day', day, count(*), avg(value), min(value),
       max(value),
       count(*) > 3 AND max(step) > 3 * percentile_cont(0.5) WITHIN GROUP (ORDER BY step),
       count(*) >= 12 AND min(value) = max(value) AND min(value) <> 0,
       (array_agg(unit ORDER BY time DESC))[1], min(time), max(time),
       count(DISTINCT date_trunc('hour', time, 'UTC')), 1
FROM (
    SELECT *, extract(epoch FROM time - lag(time) OVER (
        PARTITION BY station, variable, datastream, day ORDER BY time)) AS step
    FROM (
        SELECT DISTINCT ON (o.station, o.variable, o.datastream, o.time)
               o.station, o.variable, o.datastream, o.time, o.value, o.unit,
               (o.time AT TIME ZONE 'UTC')::date AS day
        FROM app.observations o JOIN (
            SELECT DISTINCT station, variable, datastream,
                   date_trunc('day', time, 'UTC') AS since FROM staged
        ) d ON o.feed_id = :feed AND o.station = d.station AND o.variable = d.variable
           AND o.datastream = d.datastream
           AND o.time >= d.since AND o.time < d.since + interval '1 day'
        ORDER BY o.station, o.variable, o.datastream, o.time, o.result_time DESC
    ) newest
) stepped
GROUP BY station, variable, datastream, day
{_AGAIN}
"""  # noqa: S608  # names of ours
# A month has a gap, or is flat, where one of its days is; how many days it has is told beside.
_MONTHS = f"""
INSERT INTO app.station_periods {_COLUMNS}
SELECT :feed, d.station, d.variable, d.datastream, 'month', m.month, sum(d.n), avg(d.mean),
       min(d.low), max(d.high), bool_or(d.gap), bool_or(d.flat),
       (array_agg(d.unit ORDER BY d.period DESC))[1], min(d.first), max(d.last), sum(d.hours),
       count(*)
FROM app.station_periods d JOIN (
    SELECT DISTINCT station, variable, datastream,
           date_trunc('month', time AT TIME ZONE 'UTC')::date AS month FROM staged
) m ON d.feed_id = :feed AND d.station = m.station AND d.variable = m.variable
   AND d.datastream = m.datastream AND d.step = 'day' AND d.period >= m.month
   AND d.period < (m.month + interval '1 month')::date
GROUP BY d.station, d.variable, d.datastream, m.month
{_AGAIN}
"""  # noqa: S608  # names of ours


def stage(connection: Connection, readings: Sequence[Observation]) -> None:
    """Readings in a table of the transaction's own, called ``staged``."""
    connection.execute(text(_STAGE))
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        for one in readings:
            copy.write_row(
                (
                    one.station,
                    one.variable,
                    one.datastream,
                    one.time,
                    one.result_time,
                    one.value,
                    one.unit,
                )
            )
    connection.execute(text("ANALYZE staged"))


def make_periods(connection: Connection, feed_id: str) -> None:
    """The days and months that the staged readings lie in, of their sensors alone."""
    connection.execute(text(_DAYS), {"feed": feed_id})
    connection.execute(text(_MONTHS), {"feed": feed_id})
