"""Where data come from, what was taken from there, and by which run."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from soc_monitor.store.tables.common import instant, metadata

feeds = Table(
    "feeds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", JSONB, nullable=False),
    Column("licence", Text, nullable=False),
    Column("citation", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("notes", JSONB, nullable=False),
    Column("max_age_days", Integer),
    Column("schedule", Text, nullable=False),
    Column("paused", Boolean, nullable=False, server_default="false"),
    Column("paused_until", DateTime(timezone=True), comment="Null: until an operator resumes it."),
    Column("retired", Boolean, nullable=False, server_default="false"),
    Column("time_zone", Text, nullable=False, server_default="UTC"),
    Column("broken", Text, nullable=False, server_default="", comment="Why its job file is none."),
    Column(
        "by_itself",
        Boolean,
        nullable=False,
        server_default="false",
        comment="The worker runs its job by the schedule.",
    ),
    Column(
        "pass_on",
        Text,
        nullable=False,
        server_default="nothing",
        comment="Of its sensors: readings, places or nothing may be passed on.",
    ),
    comment="Where data come from; one row a job.",
)


runs = Table(
    "runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("job_id", Text, nullable=False),
    instant("due_at"),
    Column("state", Text, nullable=False),
    Column("lease", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    instant("started_at"),
    instant("heartbeat_at"),
    instant("ended_at", null=True),
    Column("job_version", Text, nullable=False),
    Column("code_version", Text, nullable=False),
    Column("taken", Integer, nullable=False, server_default="0"),
    Column("rejected", Integer, nullable=False, server_default="0"),
    Column("held", Integer, nullable=False, server_default="0", comment="Of the rejected."),
    Column("tries", Integer, nullable=False, server_default="1"),
    Column("failures", Integer, nullable=False, server_default="0", comment="Of the tries."),
    instant("retry_at", null=True),
    Column("detail", Text, nullable=False, server_default=""),
    *(
        Column(
            name,
            Date,
            comment="Of an order that was done whole: the days asked for. Null: another run.",
        )
        for name in ("asked_from", "asked_to")
    ),
    UniqueConstraint("job_id", "due_at"),
    Index(
        "ix_runs_asked",
        "job_id",
        "started_at",
        postgresql_where=text("asked_from IS NOT NULL"),
    ),
    comment="One execution of a job for one due time.",
)


leases = Table(
    "leases",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("run_id", Uuid, ForeignKey("app.runs.id"), nullable=False),
    Column("backend_pid", Integer, nullable=False),
    instant("expires_at"),
    comment="Fencing: only the run with the newest number of its job may publish.",
)


items = Table(
    "items",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("feed_id", Text, ForeignKey("app.feeds.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("verified", Boolean, nullable=False, comment="The source declared this checksum."),
    Column("bytes", BigInteger, nullable=False),
    instant("fetched_at"),
    Column("run_id", Uuid, ForeignKey("app.runs.id"), nullable=False),
    Column(
        "gone_since",
        DateTime(timezone=True),
        comment="When its source was first seen to offer it no longer. Null: it does.",
    ),
    UniqueConstraint("feed_id", "key", "sha256"),
    Index(None, "feed_id", "fetched_at"),
    CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
    comment="A file of a feed, in one version, by the checksum of its bytes.",
)


rejections = Table(
    "rejections",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("feed_id", Text, ForeignKey("app.feeds.id"), nullable=False),
    Column("run_id", Uuid, ForeignKey("app.runs.id"), nullable=False),
    Column("item_key", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("found", Text, nullable=False),
    instant("at"),
    *(
        Column(name, Date, comment="Of what the item holds. Null: it tells no time.")
        for name in ("first_day", "last_day")
    ),
    Index(None, "feed_id", "at"),
    comment="What a source sent that was not taken, and why.",
)
