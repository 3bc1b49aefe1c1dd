"""Aside by station: what was not taken of one station is found without reading all of its feed."""

from alembic import op

revision = "0029"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        op.f("ix_quarantine_feed_id_station"),
        "quarantine",
        ["feed_id", "station"],
        schema="app",
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index(op.f("ix_quarantine_feed_id_station"), "quarantine", schema="app")
