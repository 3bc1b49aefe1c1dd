"""Tries: how often a due time was tried and failed, and when it is again; broken job files."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what failed since the last good run of its job is tried again at once."""
    for name, start, comment in (
        ("held", "0", "Of the rejected."),
        ("tries", "1", None),
        ("failures", "0", "Of the tries."),
    ):
        count = sa.Column(name, sa.Integer(), nullable=False, server_default=start, comment=comment)
        op.add_column("runs", count, schema="app")
    op.add_column("runs", sa.Column("retry_at", sa.DateTime(timezone=True)), schema="app")
    why = "Why its job file is none."
    broken = sa.Column("broken", sa.Text(), nullable=False, server_default="", comment=why)
    op.add_column("feeds", broken, schema="app")
    op.execute("UPDATE app.runs SET failures = 1 WHERE state = 'failed'")
    op.execute(
        "UPDATE app.runs r SET retry_at = now() WHERE state IN ('running', 'abandoned', 'failed') "
        "AND NOT EXISTS (SELECT 1 FROM app.runs g WHERE g.job_id = r.job_id "
        "AND g.started_at > r.started_at "
        "AND g.state IN ('done', 'nothing_new', 'partly', 'refused'))"
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_column("feeds", "broken", schema="app")
    for name in ("retry_at", "failures", "tries", "held"):
        op.drop_column("runs", name, schema="app")
