"""Watched days: how each part of the service and each input stood, day by day."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, empty: of the days before nothing is known."""
    op.create_table(
        "watched_days",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("began", sa.Integer(), nullable=False, comment="Incidents that began."),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('service', 'input')", name=op.f("ck_watched_days_kind")),
        sa.PrimaryKeyConstraint("kind", "part", "day", "state", name=op.f("pk_watched_days")),
        schema="app",
        comment="Checks that found a part in a state, by day (UTC); seen is the newest of them.",
    )


def downgrade() -> None:
    """What was watched is forgotten."""
    op.drop_table("watched_days", schema="app")
