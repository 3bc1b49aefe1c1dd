"""States: of a change, what may be said of it, with the interval and the base it rests on."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def estimates() -> tuple[sa.Column, ...]:
    """New columns of every number; made anew each time, for a column belongs to one table."""
    return (
        sa.Column("lower_95", sa.Double(), comment="Null: the interval is that of a normal error."),
        sa.Column("upper_95", sa.Double()),
        sa.Column("lower_50", sa.Double()),
        sa.Column("upper_50", sa.Double()),
        sa.Column("state", sa.Text(), comment="Of a change: what may be said of it."),
        sa.Column("reasons", sa.Text(), comment="Why it is not assessable, joined by a semicolon."),
        sa.Column("prob_gt_0", sa.Double()),
        sa.Column("prob_ge_4", sa.Double()),
        sa.Column("observation_weight", sa.Double(), comment="Measured share of the information."),
    )


def calculations() -> tuple[sa.Column, ...]:
    """New columns of what made the numbers."""
    return (
        sa.Column(
            "base",
            sa.Date(),
            comment="Of a change: first day of the period that it is counted from.",
        ),
        sa.Column("base_end", sa.Date()),
    )


def upgrade() -> None:
    """Add the columns, empty: numbers that are there already have no state."""
    for column in estimates():
        op.add_column("estimates", column, schema="app")
    for column in calculations():
        op.add_column("calculations", column, schema="app")


def downgrade() -> None:
    """Drop them."""
    for column in calculations():
        op.drop_column("calculations", column.name, schema="app")
    for column in estimates():
        op.drop_column("estimates", column.name, schema="app")
