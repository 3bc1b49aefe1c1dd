"""Aside by sensor: which sensor of a station a reading that was not taken is of."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of readings from before it is not known."""
    op.add_column(
        "quarantine",
        sa.Column("datastream", sa.Text, comment="Which of its sensors; null: it is not known."),
        schema="app",
    )


def downgrade() -> None:
    """It is not known of any."""
    op.drop_column("quarantine", "datastream", schema="app")
