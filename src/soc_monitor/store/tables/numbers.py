"""Releases, and the numbers that each shows."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from soc_monitor.store.tables.common import instant, metadata, released

releases = Table(
    "releases",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
    instant("published_at"),
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
    instant("held_at", null=True),
    Column("reason", Text, nullable=False, server_default=""),
    comment="latest -> release.",
)


remaking = Table(
    "remaking",
    metadata,
    Column("product", Text, primary_key=True),
    Column("shown", Boolean, nullable=False, comment="Whether readers see the numbers of before."),
    Column(
        "reason",
        Text,
        nullable=False,
        comment="Why what they rest on was withdrawn; empty: nothing was.",
    ),
    instant("since"),
    comment="Products that are to be made anew and could not be yet.",
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
    instant("created_at"),
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
    *released(),
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
