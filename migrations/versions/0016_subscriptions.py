"""Subscriptions: addresses of readers that are told of what is new, and what they were sent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False, comment="With its port: what is counted."),
        sa.Column("secret", sa.Text(), nullable=False, comment="Signs what is sent."),
        sa.Column("area", sa.Text()),
        sa.Column("objective", sa.Text()),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="waiting"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(area IS NULL) <> (objective IS NULL)", name="ck_subscriptions_one"),
        sa.CheckConstraint("state IN ('waiting', 'on', 'off')", name="ck_subscriptions_state"),
        schema="app",
        comment="Who is told of an area or an objective; gone when they want no more.",
    )
    op.create_index("ix_subscriptions_host", "subscriptions", ["host"], schema="app")
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), primary_key=True, comment="Made of subscription and event."),
        sa.Column(
            "subscription_id",
            sa.Text(),
            sa.ForeignKey("app.subscriptions.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, server_default="waiting"),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("answer", sa.Text(), nullable=False, server_default=""),
        sa.CheckConstraint("state IN ('waiting', 'taken', 'lost')", name="ck_deliveries_state"),
        schema="app",
        comment="What subscribers are sent: a row an event and subscriber, sent once.",
    )
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["next_at"],
        schema="app",
        postgresql_where="state = 'waiting'",
    )
    op.create_index(
        "ix_deliveries_subscription_id",
        "deliveries",
        ["subscription_id", "created_at"],
        schema="app",
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("deliveries", schema="app")
    op.drop_table("subscriptions", schema="app")
