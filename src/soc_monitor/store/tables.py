"""The tables, in schema ``app``. DDL is in ``migrations/``; this is what queries are built from."""

from datetime import datetime

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData(
    schema="app",
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    },
)


def _instant(name: str, *, null: bool = False) -> Column[datetime]:
    return Column(name, DateTime(timezone=True), nullable=null)


def _released() -> tuple[Column[int], Column[int]]:
    """From which release on, and until which, a row is what readers see; null: not (yet)."""
    return (
        Column("from_release", Integer, ForeignKey("app.releases.seq")),
        Column("until_release", Integer, ForeignKey("app.releases.seq")),
    )


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
    _instant("due_at"),
    Column("state", Text, nullable=False),
    Column("lease", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    _instant("started_at"),
    _instant("heartbeat_at"),
    _instant("ended_at", null=True),
    Column("job_version", Text, nullable=False),
    Column("code_version", Text, nullable=False),
    Column("taken", Integer, nullable=False, server_default="0"),
    Column("rejected", Integer, nullable=False, server_default="0"),
    Column("held", Integer, nullable=False, server_default="0", comment="Of the rejected."),
    Column("tries", Integer, nullable=False, server_default="1"),
    Column("failures", Integer, nullable=False, server_default="0", comment="Of the tries."),
    _instant("retry_at", null=True),
    Column("detail", Text, nullable=False, server_default=""),
    UniqueConstraint("job_id", "due_at"),
    comment="One execution of a job for one due time.",
)

leases = Table(
    "leases",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("run_id", Uuid, ForeignKey("app.runs.id"), nullable=False),
    Column("backend_pid", Integer, nullable=False),
    _instant("expires_at"),
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
    _instant("fetched_at"),
    Column("run_id", Uuid, ForeignKey("app.runs.id"), nullable=False),
    UniqueConstraint("feed_id", "key", "sha256"),
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
    _instant("at"),
    Index(None, "feed_id", "at"),
    comment="What a source sent that was not taken, and why.",
)

boundaries = Table(
    "boundaries",
    metadata,
    Column("id", Text, primary_key=True, comment="Hash of codes, parents and geometry bytes."),
    Column("run_id", Uuid, ForeignKey("app.runs.id"), nullable=False),
    _instant("created_at"),
    comment="A version of the boundary set.",
)

boundary_items = Table(
    "boundary_items",
    metadata,
    Column("boundaries_id", Text, ForeignKey("app.boundaries.id"), primary_key=True),
    Column("item_id", Uuid, ForeignKey("app.items.id"), primary_key=True),
)

areas = Table(
    "areas",
    metadata,
    Column("boundaries_id", Text, ForeignKey("app.boundaries.id"), primary_key=True),
    Column("code", Text, primary_key=True),
    Column("level", Text, nullable=False),
    Column("parent", Text),
    Column("name_en", Text, nullable=False),
    Column("name_fr", Text, nullable=False),
    Column("name_es", Text, nullable=False),
    Column("area_km2", Double, nullable=False),
    Column("bbox", JSONB(none_as_null=True)),
    Column("geom", Geometry("MULTIPOLYGON", srid=4326, spatial_index=False)),
    Column("outline", Geometry("MULTIPOLYGON", srid=4326, spatial_index=False)),
    Index("ix_areas_geom", "geom", postgresql_using="gist"),
    Index(None, "boundaries_id", "level"),
    Index(None, "boundaries_id", "parent"),
    comment="Places that numbers are reported for; outline: simplified, for display alone.",
)

cubes = Table(
    "cubes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("product", Text, nullable=False),
    Column("variable", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("freq", Text, nullable=False),
    Column("data_class", Text, nullable=False),
    Column("dtype", Text, nullable=False),
    Column("scale", Double, nullable=False),
    Column("fill", Double),
    Column("classes", JSONB, nullable=False),
    Column("grid", JSONB, nullable=False),
    Column("grid_id", Text, nullable=False),
)

slices = Table(
    "slices",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("cube_id", Text, ForeignKey("app.cubes.id"), nullable=False),
    Column("period", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("path", Text, nullable=False),
    Column("step", Integer, comment="Place in an array of several periods; null: it is alone."),
    Column("checksum", Text, nullable=False),
    Column("valid_cells", BigInteger, nullable=False),
    Column("median", Double),
    Column("run_id", Uuid, ForeignKey("app.runs.id"), nullable=False),
    _instant("created_at"),
    *_released(),
    Column(
        "provisional",
        Boolean,
        nullable=False,
        server_default="false",
        comment="Made from inputs that are still to come or to be revised.",
    ),
    Column("retracted", Text, comment="Why an operator has withdrawn it; null: nobody has."),
    Column(
        "sealed", Text, comment="Checksum of its own array, before it was closed; null: not known."
    ),
    UniqueConstraint("cube_id", "period", "version"),
    UniqueConstraint("path", "step", postgresql_nulls_not_distinct=True),
    comment="One period of a cube, in one version: the row is the commit of its array.",
)

slice_items = Table(
    "slice_items",
    metadata,
    Column("slice_id", Uuid, ForeignKey("app.slices.id"), primary_key=True),
    Column("item_id", Uuid, ForeignKey("app.items.id"), primary_key=True),
    comment="The files that a slice was read from.",
)

slice_parents = Table(
    "slice_parents",
    metadata,
    Column("slice_id", Uuid, ForeignKey("app.slices.id"), primary_key=True),
    Column("parent_id", Uuid, ForeignKey("app.slices.id"), primary_key=True),
    comment="The slices that a slice was computed from.",
)

nowcast_months = Table(
    "nowcast_months",
    metadata,
    Column("slice_id", Uuid, ForeignKey("app.slices.id"), primary_key=True),
    Column("lineage", Text, nullable=False),
    Column("boundaries_id", Text, ForeignKey("app.boundaries.id"), nullable=False),
    Column("weather", Boolean, nullable=False),
    Column("vegetation", Boolean, nullable=False),
    comment="What the slice of a nowcast follows from: all its inputs up to its month.",
)

member_estimates = Table(
    "member_estimates",
    metadata,
    Column("slice_id", Uuid, ForeignKey("app.slices.id"), primary_key=True),
    Column("area", Text, primary_key=True),
    Column("totals", ARRAY(Double), nullable=False),
    Column("mapped_ha", Double, nullable=False),
    Column("masked_ha", JSONB, nullable=False, server_default="{}"),
    Column("weather_share", Double, nullable=False),
    Column("vegetation_share", Double, nullable=False),
    Column("moisture_share", Double, nullable=False, server_default="0"),
    comment="Totals of the members of a nowcast, paired: the same member at every date.",
)

correlations = Table(
    "correlations",
    metadata,
    Column("slice_id", Uuid, ForeignKey("app.slices.id"), primary_key=True),
    Column("boundaries_id", Text, primary_key=True),
    Column("model", Text, primary_key=True, comment="Parameters, and how many pairs are drawn."),
    Column("area", Text, primary_key=True),
    Column("value", Double, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    comment="Mean correlation of the errors of two cells of an area, by map of errors.",
)

outlooks = Table(
    "outlooks",
    metadata,
    Column("slice_id", Uuid, ForeignKey("app.slices.id"), primary_key=True),
    Column("area", Text, primary_key=True),
    Column("mapped_ha", Double, nullable=False),
    Column("start", Double, nullable=False),
    Column("gains", ARRAY(Double), nullable=False),
    comment="Carbon of areas now, and gained by each year if the plant input were doubled.",
)

releases = Table(
    "releases",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
    _instant("published_at"),
    Column("run_id", Uuid, ForeignKey("app.runs.id"), nullable=False),
    Column("boundaries_id", Text, ForeignKey("app.boundaries.id"), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    comment="What readers see: rows point at the releases they are part of.",
)

sources = Table(
    "sources",
    metadata,
    Column("feed_id", Text, ForeignKey("app.feeds.id"), primary_key=True),
    Column(
        "from_release",
        Integer,
        ForeignKey("app.releases.seq"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("until_release", Integer, ForeignKey("app.releases.seq")),
    Column("title", JSONB, nullable=False),
    Column("licence", Text, nullable=False),
    Column("citation", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("notes", JSONB, nullable=False),
    comment="What releases say of the feeds: a row for every change of words.",
)

pointers = Table(
    "pointers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("release", Integer, ForeignKey("app.releases.seq"), nullable=False),
    Column("held_by", Text, comment="Who holds it there; null: it follows what is published."),
    _instant("held_at", null=True),
    Column("reason", Text, nullable=False, server_default=""),
    comment="latest -> release.",
)

calculations = Table(
    "calculations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("indicator", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("period", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("unit", Text, nullable=False),
    Column("data_class", Text, nullable=False),
    Column("boundaries_id", Text, ForeignKey("app.boundaries.id"), nullable=False),
    Column("algorithm", Text, nullable=False),
    Column("run_id", Uuid, ForeignKey("app.runs.id"), nullable=False),
    _instant("created_at"),
    Column("base", Date, comment="Of a change: first day of the period that it is counted from."),
    Column("base_end", Date),
    Index(None, "indicator", "product", "period"),
    comment="One indicator of one product for one period, reduced over every area at once.",
)

calculation_slices = Table(
    "calculation_slices",
    metadata,
    Column("calculation_id", Uuid, ForeignKey("app.calculations.id"), primary_key=True),
    Column("slice_id", Uuid, ForeignKey("app.slices.id"), primary_key=True),
)

estimates = Table(
    "estimates",
    metadata,
    Column("calculation_id", Uuid, ForeignKey("app.calculations.id"), primary_key=True),
    Column("area", Text, primary_key=True),
    Column("value", Double),
    Column("std_error", Double),
    Column("mapped_ha", Double, nullable=False),
    Column("land_ha", Double, nullable=False),
    Column("provisional", Boolean, nullable=False, server_default="false"),
    *_released(),
    Column("lower_95", Double, comment="Null: the interval is that of a normal error."),
    Column("upper_95", Double),
    Column("lower_50", Double),
    Column("upper_50", Double),
    Column("state", Text, comment="Of a change: what may be said of it."),
    Column("reasons", Text, comment="Why it is not assessable, joined by a semicolon."),
    Column("prob_gt_0", Double),
    Column("prob_ge_4", Double),
    Column("observation_weight", Double, comment="Measured share of the information."),
    Index(None, "area", "calculation_id"),
    Index("ix_estimates_live", "calculation_id", postgresql_where="until_release IS NULL"),
    CheckConstraint("value <> 'NaN' AND value NOT IN ('Infinity', '-Infinity')", name="finite"),
    comment="All versions of every areal number.",
)

stations = Table(
    "stations",
    metadata,
    Column("feed_id", Text, ForeignKey("app.feeds.id"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
    Column("run_id", Uuid, ForeignKey("app.runs.id"), nullable=False),
    Index("ix_stations_geom", "geom", postgresql_using="gist"),
)

observations = Table(
    "observations",
    metadata,
    Column("feed_id", Text, primary_key=True),
    Column("station", Text, primary_key=True),
    Column("variable", Text, primary_key=True),
    Column("datastream", Text, primary_key=True, server_default=""),
    Column("time", DateTime(timezone=True), primary_key=True),
    Column("result_time", DateTime(timezone=True), primary_key=True),
    Column("value", Double, nullable=False),
    Column("unit", Text, nullable=False),
    Column("item_id", Uuid, nullable=False),
    Column("run_id", Uuid, nullable=False),
    CheckConstraint("value <> 'NaN' AND value NOT IN ('Infinity', '-Infinity')", name="finite"),
    comment="Readings of sensors, one partition a month; all versions are kept.",
    postgresql_partition_by="RANGE (time)",
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("feed_id", Text, ForeignKey("app.feeds.id"), primary_key=True),
    Column("digest", Text, primary_key=True, comment="Of rule and content: the same is kept once."),
    Column("station", Text, nullable=False),
    Column("variable", Text, nullable=False),
    _instant("time", null=True),
    Column("raw", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("found", Text, nullable=False),
    Column("n", Integer, nullable=False, server_default="1", comment="Readings, in that run."),
    Column("run_id", Uuid, ForeignKey("app.runs.id"), nullable=False),
    _instant("at"),
    Index(None, "feed_id", "rule"),
    comment="Readings that were not taken, and why.",
)

held_readings = Table(
    "held_readings",
    metadata,
    Column("feed_id", Text, ForeignKey("app.feeds.id"), primary_key=True),
    Column("station", Text, primary_key=True),
    Column("variable", Text, primary_key=True),
    Column("datastream", Text, primary_key=True),
    Column("time", DateTime(timezone=True), primary_key=True),
    Column("result_time", DateTime(timezone=True), primary_key=True),
    Column("value", Double, nullable=False),
    Column("unit", Text, nullable=False),
    Column("before", Double, nullable=False, comment="The last reading that was taken."),
    _instant("before_at"),
    Column("item_id", Uuid, nullable=False),
    Column("run_id", Uuid, nullable=False),
    _instant("at"),
    Column(
        "state",
        Text,
        nullable=False,
        server_default="waiting",
        comment="waiting, accepted or rejected.",
    ),
    Column("decided_by", Text, nullable=False, server_default=""),
    _instant("decided_at", null=True),
    Index("ix_held_readings_waiting", "feed_id", postgresql_where="state = 'waiting'"),
    comment="Readings that jumped, held for an operator's word.",
)

station_periods = Table(
    "station_periods",
    metadata,
    Column("feed_id", Text, ForeignKey("app.feeds.id"), primary_key=True),
    Column("station", Text, primary_key=True),
    Column("variable", Text, primary_key=True),
    Column("datastream", Text, primary_key=True, server_default=""),
    Column("step", Text, primary_key=True, comment="day or month."),
    Column("period", Date, primary_key=True),
    Column("n", Integer, nullable=False),
    Column("mean", Double, nullable=False),
    Column("low", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("gap", Boolean, nullable=False),
    Column("flat", Boolean, nullable=False),
    Column("unit", Text, nullable=False),
    _instant("first"),
    _instant("last"),
    Column("hours", Integer, nullable=False, comment="With a reading or more."),
    Column("days", Integer, nullable=False, comment="With a reading or more."),
    Index(
        "ix_station_periods_months",
        "feed_id",
        "station",
        postgresql_where="step = 'month'",
    ),
    comment="Days and months of sensors, from the newest version of each reading.",
)

samples = Table(
    "samples",
    metadata,
    Column("feed_id", Text, ForeignKey("app.feeds.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("item_id", Uuid, ForeignKey("app.items.id"), nullable=False),
    Column("geom", Geometry("POINT", srid=4326, spatial_index=False)),
    Column("top_cm", Double, nullable=False),
    Column("bottom_cm", Double, nullable=False),
    Column("variable", Text, nullable=False),
    Column("value", Double, nullable=False),
    Column("unit", Text, nullable=False),
    Column("sampled_on", Date),
    Column("data_class", Text, nullable=False),
    Column("attributes", JSONB, nullable=False),
    Column("run_id", Uuid, ForeignKey("app.runs.id"), nullable=False),
    Index("ix_samples_geom", "geom", postgresql_using="gist"),
    CheckConstraint("bottom_cm > top_cm", name="depth"),
    comment="Layers of soil, analysed or derived from a soil map.",
)

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
    _instant("created_at"),
    Column("state", Text, nullable=False, server_default="accepted"),
    Column("gone", Boolean, nullable=False, server_default="false"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("proposed_by", Text, nullable=False, server_default=""),
    Column("reviewed_by", Text, nullable=False, server_default=""),
    _instant("reviewed_at", null=True),
    *_released(),
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
    _instant("created_at"),
    _instant("expires_at"),
    _instant("revoked_at", null=True),
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

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _instant("at"),
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
    _instant("created_at"),
    _instant("started_at", null=True),
    _instant("lease_until", null=True),
    _instant("ended_at", null=True),
    _instant("expires_at"),
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
    _instant("created_at"),
    _instant("expires_at"),
    Index("ix_shares_expires_at", "expires_at"),
)

now = func.now()
