"""Retracted: slices that an operator has withdrawn, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nothing was withdrawn before."""
    op.add_column(
        "slices",
        sa.Column(
            "retracted",
            sa.Text(),
            nullable=True,
            comment="Why an operator has withdrawn it; null: nobody has.",
        ),
        schema="app",
    )


def downgrade() -> None:
    """Drop it: what was withdrawn stays so where another slice has taken its place."""
    op.drop_column("slices", "retracted", schema="app")
