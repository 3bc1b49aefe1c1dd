"""Followers: the tables of readers who are told. DDL is in ``migrations/``, as for ``tables``."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from soc_monitor.store.tables import metadata

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("host", Text, nullable=False, comment="With its port: what is counted."),
    Column("secret", Text, nullable=False, comment="Signs what is sent."),
    Column("area", Text),
    Column("objective", Text),
    Column("kinds", ARRAY(Text), nullable=False),
    Column("lang", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("(area IS NULL) <> (objective IS NULL)", name="one"),
    CheckConstraint("state IN ('waiting', 'on', 'off')", name="state"),
    Index("ix_subscriptions_host", "host"),
    comment="Who is told of an area or an objective; gone when they want no more.",
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Uuid, primary_key=True, comment="Made of subscription and event."),
    Column(
        "subscription_id",
        Text,
        ForeignKey("app.subscriptions.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("kind", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("next_at", DateTime(timezone=True), nullable=False),
    Column("lease_until", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("answer", Text, nullable=False, server_default=""),
    CheckConstraint("state IN ('waiting', 'taken', 'lost')", name="state"),
    Index("ix_deliveries_waiting", "next_at", postgresql_where=text("state = 'waiting'")),
    Index("ix_deliveries_subscription_id", "subscription_id", "created_at"),
    comment="What subscribers are sent: a row an event and subscriber, sent once.",
)
