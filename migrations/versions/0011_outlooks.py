"""Outlooks: what more carbon input would bring to each area."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of curves."""
    op.create_table(
        "outlooks",
        sa.Column("slice_id", sa.Uuid(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("mapped_ha", sa.Double(), nullable=False),
        sa.Column("start", sa.Double(), nullable=False),
        sa.Column("gains", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.PrimaryKeyConstraint("slice_id", "area", name=op.f("pk_outlooks")),
        sa.ForeignKeyConstraint(["slice_id"], ["app.slices.id"], name=op.f("fk_outlooks_slice_id")),
        schema="app",
        comment="Carbon of areas now, and gained by each year if the plant input were doubled.",
    )


def downgrade() -> None:
    """Drop it; a run makes it anew."""
    op.drop_table("outlooks", schema="app")
