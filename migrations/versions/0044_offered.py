"""Offered: since when a source does not offer a file any more that was taken from it."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of none it is known, before its source is looked at again."""
    op.add_column(
        "items",
        sa.Column(
            "gone_since",
            sa.DateTime(timezone=True),
            comment="When its source was first seen to offer it no longer. Null: it does.",
        ),
        schema="app",
    )


def downgrade() -> None:
    """What is offered no longer is told no longer."""
    op.drop_column("items", "gone_since", schema="app")
