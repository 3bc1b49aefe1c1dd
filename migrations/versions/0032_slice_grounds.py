"""Grounds: the files of field samples that a map was corrected with."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, empty: corrected maps are made anew, and tell it."""
    op.create_table(
        "slice_grounds",
        sa.Column("slice_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["slice_id"], ["app.slices.id"], name=op.f("fk_slice_grounds_slice_id")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["app.items.id"], name=op.f("fk_slice_grounds_item_id")
        ),
        sa.PrimaryKeyConstraint("slice_id", "item_id", name=op.f("pk_slice_grounds")),
        schema="app",
        comment="The files of the field samples that a slice was corrected with.",
    )


def downgrade() -> None:
    """Which samples a map rests on is told by its run alone."""
    op.drop_table("slice_grounds", schema="app")
