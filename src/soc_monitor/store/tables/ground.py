"""What is measured on the ground: sensors and field samples."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from soc_monitor.store.tables.common import instant, metadata

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
    Column("datastream", Text, comment="Which of its sensors; null: it is not known."),
    instant("time", null=True),
    Column("raw", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("found", Text, nullable=False),
    Column("n", Integer, nullable=False, server_default="1", comment="Readings, in that run."),
    Column("run_id", Uuid, ForeignKey("app.runs.id"), nullable=False),
    instant("at"),
    Index(None, "feed_id", "rule"),
    Index(None, "feed_id", "station"),
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
    instant("before_at"),
    Column("item_id", Uuid, nullable=False),
    Column("run_id", Uuid, nullable=False),
    instant("at"),
    Column(
        "state",
        Text,
        nullable=False,
        server_default="waiting",
        comment="waiting, accepted or rejected.",
    ),
    Column("decided_by", Text, nullable=False, server_default=""),
    instant("decided_at", null=True),
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
    instant("first"),
    instant("last"),
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
