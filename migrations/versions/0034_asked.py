"""Asked: what the run of an operator's order asked for, and of when a refused item is."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, empty: of what lies there already neither is known."""
    for name in ("asked_from", "asked_to"):
        op.add_column(
            "runs",
            sa.Column(
                name,
                sa.Date(),
                nullable=True,
                comment="Of an order that was done whole: the days asked for. Null: another run.",
            ),
            schema="app",
        )
    op.create_index(
        "ix_runs_asked",
        "runs",
        ["job_id", "started_at"],
        schema="app",
        postgresql_where=sa.text("asked_from IS NOT NULL"),
    )
    for name in ("first_day", "last_day"):
        op.add_column(
            "rejections",
            sa.Column(
                name,
                sa.Date(),
                nullable=True,
                comment="Of what the item holds. Null: it tells no time.",
            ),
            schema="app",
        )


def downgrade() -> None:
    """What was refused is told until it is taken."""
    for name in ("last_day", "first_day"):
        op.drop_column("rejections", name, schema="app")
    op.drop_index("ix_runs_asked", table_name="runs", schema="app")
    for name in ("asked_to", "asked_from"):
        op.drop_column("runs", name, schema="app")
