"""What people enter, decide, ask for and see."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
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
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from soc_monitor.store.tables.common import instant, metadata, released

records = Table(
    "records",
    metadata,
    Column("register", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("item_id", Uuid, ForeignKey("app.items.id")),
    Column("run_id", Uuid, ForeignKey("app.runs.id")),
    instant("created_at"),
    Column("state", Text, nullable=False, server_default="accepted"),
    Column("gone", Boolean, nullable=False, server_default="false"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("proposed_by", Text, nullable=False, server_default=""),
    Column("reviewed_by", Text, nullable=False, server_default=""),
    instant("reviewed_at", null=True),
    *released(),
    CheckConstraint("state IN ('proposed', 'accepted', 'rejected')", name="state"),
    Index("ix_records_live", "register", "position", postgresql_where="live"),
    Index("ix_records_proposed", "created_at", postgresql_where="state = 'proposed'"),
    comment="Registers, such as the objectives of the plan; every version of every record.",
)


editors = Table(
    "editors",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("registers", JSONB, nullable=False),
    Column("sha256", Text, nullable=False),
    instant("created_at"),
    instant("expires_at"),
    instant("revoked_at", null=True),
    CheckConstraint("role IN ('editor', 'reviewer', 'operator', 'analyst')", name="role"),
    comment="Keys of editors: only the hash of each is kept.",
)


verdicts = Table(
    "verdicts",
    metadata,
    Column("objective", Text, primary_key=True),
    Column("horizon", Integer, primary_key=True, autoincrement=False),
    Column("judged_at", DateTime(timezone=True), primary_key=True),
    Column("status", Text, nullable=False),
    Column("kpi", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("rule", Text, nullable=False),
    Column("release", Integer, ForeignKey("app.releases.seq")),
    comment="How objectives stood: a row when the status, its kpi or the rule has changed.",
)


service_days = Table(
    "service_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("checks", Integer, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("inputs", Integer, nullable=False),
    Column("fresh", Integer, nullable=False),
    comment="Checks of the site, a row a day (UTC); inputs and fresh are sums over the checks.",
)


watched_days = Table(
    "watched_days",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("checks", Integer, nullable=False),
    Column("began", Integer, nullable=False, comment="Incidents that began."),
    instant("seen"),
    CheckConstraint("kind IN ('service', 'input')", name="kind"),
    comment="Checks that found a part in a state, by day (UTC); seen is the newest of them.",
)


audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    instant("at"),
    Column("actor", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    comment="Who did what to registers and keys.",
)


exports = Table(
    "exports",
    metadata,
    Column("id", Text, primary_key=True, comment="Digest of what is asked for."),
    Column("address", Text, nullable=False, comment="Path and query, pinned."),
    Column("body", LargeBinary, comment="What was sent with it; null: nothing."),
    Column("name", Text, nullable=False, comment="Of the file, with its ending."),
    Column("media_type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("done", BigInteger, nullable=False, server_default="0"),
    Column("total", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("detail", Text, nullable=False, server_default=""),
    instant("created_at"),
    instant("started_at", null=True),
    instant("lease_until", null=True),
    instant("ended_at", null=True),
    instant("expires_at"),
    Column("bytes", BigInteger),
    Column("sha256", Text),
    CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
    Index("ix_exports_expires_at", "expires_at"),
)


shares = Table(
    "shares",
    metadata,
    Column("id", Text, primary_key=True, comment="Random: who knows it may look."),
    Column("shapes", LargeBinary, nullable=False, comment="GeoJSON, as it was measured."),
    Column("keys", JSONB, nullable=False, comment="What was asked of it: indicator, product, …"),
    instant("created_at"),
    instant("expires_at"),
    Index("ix_shares_expires_at", "expires_at"),
)
