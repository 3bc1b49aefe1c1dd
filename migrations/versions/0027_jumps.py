"""Jumps: readings that are held until an operator has said whether they are believed."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "held_readings",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("variable", sa.Text(), nullable=False),
        sa.Column("datastream", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column(
            "before", sa.Double(), nullable=False, comment="The last reading that was taken."
        ),
        sa.Column("before_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            server_default="waiting",
            comment="waiting, accepted or rejected.",
        ),
        sa.Column("decided_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["app.feeds.id"], name=op.f("fk_held_readings_feed_id")
        ),
        sa.PrimaryKeyConstraint(
            "feed_id",
            "station",
            "variable",
            "datastream",
            "time",
            "result_time",
            name=op.f("pk_held_readings"),
        ),
        schema="app",
        comment="Readings that jumped, held for an operator's word.",
    )
    op.create_index(
        "ix_held_readings_waiting",
        "held_readings",
        ["feed_id"],
        schema="app",
        postgresql_where="state = 'waiting'",
    )


def downgrade() -> None:
    """Drop it, and with it what waits."""
    op.drop_table("held_readings", schema="app")
