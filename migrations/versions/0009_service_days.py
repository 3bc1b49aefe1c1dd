"""Service days: whether the site answered and how many live inputs were fresh, day by day."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, empty: of the days before nothing is known."""
    op.create_table(
        "service_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("inputs", sa.Integer(), nullable=False),
        sa.Column("fresh", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_service_days")),
        schema="app",
        comment="Checks of the site, a row a day (UTC); inputs and fresh are sums over the checks.",
    )


def downgrade() -> None:
    """What was checked is forgotten."""
    op.drop_table("service_days", schema="app")
