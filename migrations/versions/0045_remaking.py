"""Remaking: which products are to be made anew and could not be yet."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None is, as far as is known."""
    op.create_table(
        "remaking",
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column(
            "shown",
            sa.Boolean(),
            nullable=False,
            comment="Whether readers see the numbers of before.",
        ),
        sa.Column(
            "reason",
            sa.Text(),
            nullable=False,
            comment="Why what they rest on was withdrawn; empty: nothing was.",
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("product", name=op.f("pk_remaking")),
        schema="app",
        comment="Products that are to be made anew and could not be yet.",
    )


def downgrade() -> None:
    """Nobody is told."""
    op.drop_table("remaking", schema="app")
