"""Desk: the tables of the operators. DDL is in ``migrations/``, as for ``tables``."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from soc_monitor.store.tables import metadata

holds = Table(
    "holds",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("feed_id", Text, ForeignKey("app.feeds.id"), nullable=False),
    Column("run_id", Uuid, ForeignKey("app.runs.id"), nullable=False),
    Column("item", JSONB, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("found", Text, nullable=False),
    Column("cube_id", Text, nullable=False),
    Column("period", Date, nullable=False),
    Column("period_before", Date, nullable=False),
    Column("unit", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("columns", Integer, nullable=False),
    Column("preview", LargeBinary, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_by", Text, nullable=False, server_default=""),
    Column("decided_at", DateTime(timezone=True)),
    UniqueConstraint("feed_id", "sha256", "cube_id", "period", name="uq_holds_feed_id"),
    comment="Slices that wait for an operator's word, with what changed, coarsely.",
)

orders = Table(
    "orders",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("job_id", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("outcome", Text, nullable=False, server_default=""),
    Index("ix_orders_open", "id", postgresql_where=text("ended_at IS NULL")),
    comment="What operators ask of the worker.",
)

run_logs = Table(
    "run_logs",
    metadata,
    Column("run_id", Uuid, ForeignKey("app.runs.id"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("level", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
    comment="What a run said while it was under way.",
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("told_at", DateTime(timezone=True)),
    Column("times", Integer, nullable=False, server_default="0"),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_told", Boolean, nullable=False, server_default="false"),
    Column("acked_by", Text, nullable=False, server_default=""),
    Column("acked_at", DateTime(timezone=True)),
    Index(
        "ix_alerts_open",
        "kind",
        "subject",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
    ),
    comment="What operators are told of: a row a cause, from its first sight to its end.",
)

silences = Table(
    "silences",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("pattern", Text, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
    comment="Alerts that operators want to hear nothing of for a while.",
)
