"""Correlations: how the errors of the cells of an area go together is drawn once for each map."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "correlations",
        sa.Column("slice_id", sa.Uuid(), sa.ForeignKey("app.slices.id"), primary_key=True),
        sa.Column("boundaries_id", sa.Text(), primary_key=True),
        sa.Column(
            "model",
            sa.Text(),
            primary_key=True,
            comment="Parameters, and how many pairs are drawn.",
        ),
        sa.Column("area", sa.Text(), primary_key=True),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        schema="app",
        comment="Mean correlation of the errors of two cells of an area, by map of errors.",
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("correlations", schema="app")
