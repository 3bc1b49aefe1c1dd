"""Sealed: the checksum of each period's own array, which closing does not touch."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what lies in a closed block already it is not known."""
    op.add_column(
        "slices",
        sa.Column(
            "sealed",
            sa.Text(),
            nullable=True,
            comment="Checksum of its own array, before it was closed; null: not known.",
        ),
        schema="app",
    )
    op.execute("UPDATE app.slices SET sealed = checksum WHERE step IS NULL")


def downgrade() -> None:
    """Drop it."""
    op.drop_column("slices", "sealed", schema="app")
