"""Datastreams: a reading is told by the sensor that it comes from, not by its variable alone."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KEYS = {
    "observations": ("feed_id, station, variable", "time, result_time"),
    "station_periods": ("feed_id, station, variable", "step, period"),
}


def upgrade() -> None:
    """Add the column to both identities; readings of before do not tell theirs."""
    for table, (first, last) in KEYS.items():
        op.add_column(
            table,
            sa.Column("datastream", sa.Text(), nullable=False, server_default=""),
            schema="app",
        )
        _key(table, f"{first}, datastream, {last}")
    op.add_column(
        "quarantine",
        sa.Column(
            "n", sa.Integer(), nullable=False, server_default="1", comment="Readings, in that run."
        ),
        schema="app",
    )


def downgrade() -> None:
    """Drop it: of the sensors of one variable at a station, the first stays."""
    op.drop_column("quarantine", "n", schema="app")
    for table, (first, last) in KEYS.items():
        key = f"{first}, {last}"
        op.execute(
            f"DELETE FROM app.{table} a USING app.{table} b "  # noqa: S608  # names of ours
            f"WHERE ({key.replace('feed_id', 'a.feed_id').replace(', ', ', a.')}) = "
            f"({key.replace('feed_id', 'b.feed_id').replace(', ', ', b.')}) "
            "AND a.datastream > b.datastream"
        )
        op.execute(f"ALTER TABLE app.{table} DROP CONSTRAINT pk_{table}")
        op.drop_column(table, "datastream", schema="app")
        op.execute(f"ALTER TABLE app.{table} ADD CONSTRAINT pk_{table} PRIMARY KEY ({key})")


def _key(table: str, columns: str) -> None:
    op.execute(f"ALTER TABLE app.{table} DROP CONSTRAINT pk_{table}")
    op.execute(f"ALTER TABLE app.{table} ADD CONSTRAINT pk_{table} PRIMARY KEY ({columns})")
