"""Blocks: several periods may lie side by side in one array."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A slice is a place in an array."""
    op.add_column(
        "slices",
        sa.Column(
            "step", sa.Integer(), comment="Place in an array of several periods; null: it is alone."
        ),
        schema="app",
    )
    op.drop_constraint("uq_slices_path", "slices", schema="app")
    op.create_unique_constraint(
        "uq_slices_path_step",
        "slices",
        ["path", "step"],
        schema="app",
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    """One array, one slice; refused while there are blocks."""
    op.drop_constraint("uq_slices_path_step", "slices", schema="app")
    op.create_unique_constraint("uq_slices_path", "slices", ["path"], schema="app")
    op.drop_column("slices", "step", schema="app")
