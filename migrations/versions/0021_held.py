"""Held: an operator may hold what readers see at a release, and says why."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add who holds a pointer, since when and why; null: it follows what is published."""
    who = "Who holds it there; null: it follows what is published."
    op.add_column("pointers", sa.Column("held_by", sa.Text(), comment=who), schema="app")
    op.add_column("pointers", sa.Column("held_at", sa.DateTime(timezone=True)), schema="app")
    op.add_column(
        "pointers", sa.Column("reason", sa.Text(), nullable=False, server_default=""), schema="app"
    )


def downgrade() -> None:
    """Drop them: what was held follows again with the next release."""
    for name in ("reason", "held_at", "held_by"):
        op.drop_column("pointers", name, schema="app")
