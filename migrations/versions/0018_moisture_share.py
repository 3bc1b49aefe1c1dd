"""Moisture share: how much of an area has an observed soil moisture in a month of the nowcast."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; in months of before nothing was observed."""
    op.add_column(
        "member_estimates",
        sa.Column("moisture_share", sa.Double(), nullable=False, server_default="0"),
        schema="app",
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_column("member_estimates", "moisture_share", schema="app")
