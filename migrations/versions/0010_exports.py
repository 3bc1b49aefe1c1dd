"""Exports: long files that are made once, told of while they are made, and kept for a while."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "exports",
        sa.Column("id", sa.Text(), primary_key=True, comment="Digest of what is asked for."),
        sa.Column("address", sa.Text(), nullable=False, comment="Path and query, pinned."),
        sa.Column("body", sa.LargeBinary(), comment="What was sent with it; null: nothing."),
        sa.Column("name", sa.Text(), nullable=False, comment="Of the file, with its ending."),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("detail", sa.Text(), nullable=False, server_default=""),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("sha256", sa.Text()),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
        schema="app",
    )
    op.create_index("ix_exports_expires_at", "exports", ["expires_at"], schema="app")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("exports", schema="app")
