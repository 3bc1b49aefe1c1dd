"""Sources: what a release says of where its numbers come from belongs to the release."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# What older releases said was never written down: they keep what they say now.
_FILL = """
INSERT INTO app.sources (feed_id, from_release, title, licence, citation, link, notes)
SELECT f.id, r.first, f.title, f.licence, f.citation, f.link, f.notes
FROM app.feeds f, (SELECT min(seq) AS first FROM app.releases) r WHERE r.first IS NOT NULL
"""


def upgrade() -> None:
    """Add the table, and fill it for the releases that there are."""
    op.create_table(
        "sources",
        sa.Column("feed_id", sa.Text(), sa.ForeignKey("app.feeds.id"), primary_key=True),
        sa.Column(
            "from_release",
            sa.Integer(),
            sa.ForeignKey("app.releases.seq"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("until_release", sa.Integer(), sa.ForeignKey("app.releases.seq")),
        sa.Column("title", postgresql.JSONB(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("notes", postgresql.JSONB(), nullable=False),
        schema="app",
        comment="What releases say of the feeds: a row for every change of words.",
    )
    op.execute(_FILL)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("sources", schema="app")
