"""By itself: which jobs the worker looks for, so that nobody is promised a look at another."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None is, until a worker has started and said so."""
    op.add_column(
        "feeds",
        sa.Column(
            "by_itself",
            sa.Boolean(),
            nullable=False,
            server_default="false",
            comment="The worker runs its job by the schedule.",
        ),
        schema="app",
    )


def downgrade() -> None:
    """A schedule alone is a promise again."""
    op.drop_column("feeds", "by_itself", schema="app")
