"""Readings: what was kept aside, and the days and months of sensors."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "quarantine",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column(
            "digest",
            sa.Text(),
            nullable=False,
            comment="Of rule and content: the same is kept once.",
        ),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("variable", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["app.feeds.id"], name=op.f("fk_quarantine_feed_id")),
        sa.ForeignKeyConstraint(["run_id"], ["app.runs.id"], name=op.f("fk_quarantine_run_id")),
        sa.PrimaryKeyConstraint("feed_id", "digest", name=op.f("pk_quarantine")),
        schema="app",
        comment="Readings that were not taken, and why.",
    )
    op.create_index(
        op.f("ix_quarantine_feed_id_rule"),
        "quarantine",
        ["feed_id", "rule"],
        unique=False,
        schema="app",
    )
    op.create_table(
        "station_periods",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("variable", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False, comment="day or month."),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("mean", sa.Double(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.Column("gap", sa.Boolean(), nullable=False),
        sa.Column("flat", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["app.feeds.id"], name=op.f("fk_station_periods_feed_id")
        ),
        sa.PrimaryKeyConstraint(
            "feed_id", "station", "variable", "step", "period", name=op.f("pk_station_periods")
        ),
        schema="app",
        comment="Days and months of sensors, from the newest version of each reading.",
    )


def downgrade() -> None:
    op.drop_table("station_periods", schema="app")
    op.drop_table("quarantine", schema="app")
