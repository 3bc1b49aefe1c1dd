"""Sensors: what of them may be passed on, and how much of the time they were there."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

PASSED_ON = {
    "tower_readings": "readings",
    "fluxnet_towers": "readings",
    "ismn_stations": "places",
}
"""What the jobs of before are declared to allow: most of them do not run again by themselves."""
_DAYS = """
INSERT INTO app.station_periods
    (feed_id, station, variable, datastream, step, period, n, mean, low, high, gap, flat, unit,
     first, last, hours, days)
SELECT feed_id, station, variable, datastream, 'day', day, count(*), avg(value), min(value),
       max(value),
       count(*) > 3 AND max(step) > 3 * percentile_cont(0.5) WITHIN GROUP (ORDER BY step),
       count(*) >= 12 AND min(value) = max(value) AND min(value) <> 0,
       (array_agg(unit ORDER BY time DESC))[1], min(time), max(time),
       count(DISTINCT date_trunc('hour', time, 'UTC')), 1
FROM (
    SELECT *, extract(epoch FROM time - lag(time) OVER (
        PARTITION BY feed_id, station, variable, datastream, day ORDER BY time)) AS step
    FROM (
        SELECT DISTINCT ON (feed_id, station, variable, datastream, time)
               feed_id, station, variable, datastream, time, value, unit,
               (time AT TIME ZONE 'UTC')::date AS day
        FROM app.observations
        ORDER BY feed_id, station, variable, datastream, time, result_time DESC
    ) newest
) stepped
GROUP BY feed_id, station, variable, datastream, day
"""
_MONTHS = """
INSERT INTO app.station_periods
    (feed_id, station, variable, datastream, step, period, n, mean, low, high, gap, flat, unit,
     first, last, hours, days)
SELECT feed_id, station, variable, datastream, 'month', date_trunc('month', period)::date, sum(n),
       avg(mean), min(low), max(high), bool_or(gap), bool_or(flat),
       (array_agg(unit ORDER BY period DESC))[1], min(first), max(last), sum(hours), count(*)
FROM app.station_periods
GROUP BY feed_id, station, variable, datastream, date_trunc('month', period)
"""
_STATIONS = """
CREATE OR REPLACE VIEW ogc.stations AS
SELECT feed_id || ':' || replace(id, '/', '-') AS id, feed_id, name, geom::geometry(Point, 4326) AS geom
FROM app.stations
"""
_SHOWN = "WHERE feed_id IN (SELECT id FROM app.feeds WHERE pass_on <> 'nothing')"


def upgrade() -> None:
    """Add the columns, and make every day and month anew: of sources of two files, the first."""
    op.add_column(
        "feeds",
        sa.Column(
            "pass_on",
            sa.Text(),
            nullable=False,
            server_default="nothing",
            comment="Of its sensors: readings, places or nothing may be passed on.",
        ),
        schema="app",
    )
    for feed_id, what in PASSED_ON.items():
        op.execute(
            sa.text("UPDATE app.feeds SET pass_on = :what WHERE id = :feed").bindparams(
                what=what, feed=feed_id
            )
        )
    op.execute("DELETE FROM app.station_periods")
    for column in (
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("first", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False, comment="With a reading or more."),
        sa.Column("days", sa.Integer(), nullable=False, comment="With a reading or more."),
    ):
        op.add_column("station_periods", column, schema="app")
    op.execute(_DAYS)
    op.execute(_MONTHS)
    op.create_index(
        "ix_station_periods_months",
        "station_periods",
        ["feed_id", "station"],
        schema="app",
        postgresql_where="step = 'month'",
    )
    op.execute(_STATIONS + _SHOWN)


def downgrade() -> None:
    """Drop the columns; the days and months stay."""
    op.execute(_STATIONS)
    op.drop_index("ix_station_periods_months", "station_periods", schema="app")
    for name in ("unit", "first", "last", "hours", "days"):
        op.drop_column("station_periods", name, schema="app")
    op.drop_column("feeds", "pass_on", schema="app")
