"""Shares: shapes that a reader asked to keep for a while, under an address of their own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "shares",
        sa.Column("id", sa.Text(), primary_key=True, comment="Random: who knows it may look."),
        sa.Column(
            "shapes", sa.LargeBinary(), nullable=False, comment="GeoJSON, as it was measured."
        ),
        sa.Column(
            "keys",
            postgresql.JSONB(),
            nullable=False,
            comment="What was asked of it: indicator, product, …",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        schema="app",
    )
    op.create_index("ix_shares_expires_at", "shares", ["expires_at"], schema="app")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("shares", schema="app")
