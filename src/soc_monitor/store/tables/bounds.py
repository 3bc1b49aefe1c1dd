"""Boundary sets and their areas."""

from geoalchemy2 import Geometry
from sqlalchemy import Column, Double, ForeignKey, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from soc_monitor.store.tables.common import instant, metadata

boundaries = Table(
    "boundaries",
    metadata,
    Column("id", Text, primary_key=True, comment="Hash of codes, parents and geometry bytes."),
    Column("run_id", Uuid, ForeignKey("app.runs.id"), nullable=False),
    instant("created_at"),
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
