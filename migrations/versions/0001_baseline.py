"""Baseline: areas, feeds, items, slices, stations, estimates, releases, runs."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make every table, the partition function and the extension they need."""
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.create_table(
        "cubes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("variable", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("freq", sa.Text(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("dtype", sa.Text(), nullable=False),
        sa.Column("scale", sa.Double(), nullable=False),
        sa.Column("fill", sa.Double(), nullable=True),
        sa.Column("classes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("grid", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("grid_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cubes")),
        schema="app",
    )
    op.create_table(
        "feeds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("notes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("max_age_days", sa.Integer(), nullable=True),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), server_default="false", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        schema="app",
        comment="Where data come from; one row a job.",
    )
    op.create_table(
        "observations",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("variable", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "value <> 'NaN' AND value NOT IN ('Infinity', '-Infinity')",
            name=op.f("ck_observations_finite"),
        ),
        sa.PrimaryKeyConstraint(
            "feed_id", "station", "variable", "time", "result_time", name=op.f("pk_observations")
        ),
        schema="app",
        comment="Readings of sensors, one partition a month; all versions are kept.",
        postgresql_partition_by="RANGE (time)",
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lease", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("job_version", sa.Text(), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rejected", sa.Integer(), server_default="0", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("job_id", "due_at", name=op.f("uq_runs_job_id_due_at")),
        schema="app",
        comment="One execution of a job for one due time.",
    )
    op.create_table(
        "boundaries",
        sa.Column(
            "id", sa.Text(), nullable=False, comment="Hash of codes, parents and geometry bytes."
        ),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["app.runs.id"], name=op.f("fk_boundaries_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boundaries")),
        schema="app",
        comment="A version of the boundary set.",
    )
    op.create_table(
        "items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column(
            "verified", sa.Boolean(), nullable=False, comment="The source declared this checksum."
        ),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_items_sha256")),
        sa.ForeignKeyConstraint(["feed_id"], ["app.feeds.id"], name=op.f("fk_items_feed_id")),
        sa.ForeignKeyConstraint(["run_id"], ["app.runs.id"], name=op.f("fk_items_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("feed_id", "key", "sha256", name=op.f("uq_items_feed_id_key_sha256")),
        schema="app",
        comment="A file of a feed, in one version, by the checksum of its bytes.",
    )
    op.create_table(
        "leases",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("backend_pid", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["app.runs.id"], name=op.f("fk_leases_run_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_leases")),
        schema="app",
        comment="Fencing: only the run with the newest number of its job may publish.",
    )
    op.create_table(
        "rejections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["app.feeds.id"], name=op.f("fk_rejections_feed_id")),
        sa.ForeignKeyConstraint(["run_id"], ["app.runs.id"], name=op.f("fk_rejections_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejections")),
        schema="app",
        comment="What a source sent that was not taken, and why.",
    )
    op.create_index(
        op.f("ix_rejections_feed_id_at"),
        "rejections",
        ["feed_id", "at"],
        unique=False,
        schema="app",
    )
    op.create_geospatial_table(
        "stations",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["app.feeds.id"], name=op.f("fk_stations_feed_id")),
        sa.ForeignKeyConstraint(["run_id"], ["app.runs.id"], name=op.f("fk_stations_run_id")),
        sa.PrimaryKeyConstraint("feed_id", "id", name=op.f("pk_stations")),
        schema="app",
    )
    op.create_geospatial_index(
        "ix_stations_geom",
        "stations",
        ["geom"],
        unique=False,
        schema="app",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "areas",
        sa.Column("boundaries_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=False),
        sa.Column("name_es", sa.Text(), nullable=False),
        sa.Column("area_km2", sa.Double(), nullable=False),
        sa.Column("bbox", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "outline",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["boundaries_id"], ["app.boundaries.id"], name=op.f("fk_areas_boundaries_id")
        ),
        sa.PrimaryKeyConstraint("boundaries_id", "code", name=op.f("pk_areas")),
        schema="app",
    )
    op.create_index(
        op.f("ix_areas_boundaries_id_level"),
        "areas",
        ["boundaries_id", "level"],
        unique=False,
        schema="app",
    )
    op.create_index(
        op.f("ix_areas_boundaries_id_parent"),
        "areas",
        ["boundaries_id", "parent"],
        unique=False,
        schema="app",
    )
    op.create_geospatial_index(
        "ix_areas_geom",
        "areas",
        ["geom"],
        unique=False,
        schema="app",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "boundary_items",
        sa.Column("boundaries_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["boundaries_id"], ["app.boundaries.id"], name=op.f("fk_boundary_items_boundaries_id")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["app.items.id"], name=op.f("fk_boundary_items_item_id")
        ),
        sa.PrimaryKeyConstraint("boundaries_id", "item_id", name=op.f("pk_boundary_items")),
        schema="app",
    )
    op.create_table(
        "calculations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("boundaries_id", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["boundaries_id"], ["app.boundaries.id"], name=op.f("fk_calculations_boundaries_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["app.runs.id"], name=op.f("fk_calculations_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calculations")),
        schema="app",
        comment="One indicator of one product for one period, reduced over every area at once.",
    )
    op.create_index(
        op.f("ix_calculations_indicator_product_period"),
        "calculations",
        ["indicator", "product", "period"],
        unique=False,
        schema="app",
    )
    op.create_table(
        "records",
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["app.items.id"], name=op.f("fk_records_item_id")),
        sa.ForeignKeyConstraint(["run_id"], ["app.runs.id"], name=op.f("fk_records_run_id")),
        sa.PrimaryKeyConstraint("register", "key", "version", name=op.f("pk_records")),
        schema="app",
        comment="Registers, such as the objectives of the plan; every version of every record.",
    )
    op.create_index(
        "ix_records_live",
        "records",
        ["register", "position"],
        unique=False,
        schema="app",
        postgresql_where="live",
    )
    op.create_table(
        "releases",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("boundaries_id", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["boundaries_id"], ["app.boundaries.id"], name=op.f("fk_releases_boundaries_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["app.runs.id"], name=op.f("fk_releases_run_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_releases")),
        sa.UniqueConstraint("name", name=op.f("uq_releases_name")),
        schema="app",
        comment="What readers see: rows point at the releases they are part of.",
    )
    op.create_geospatial_table(
        "samples",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("top_cm", sa.Double(), nullable=False),
        sa.Column("bottom_cm", sa.Double(), nullable=False),
        sa.Column("variable", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("sampled_on", sa.Date(), nullable=True),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("bottom_cm > top_cm", name=op.f("ck_samples_depth")),
        sa.ForeignKeyConstraint(["feed_id"], ["app.feeds.id"], name=op.f("fk_samples_feed_id")),
        sa.ForeignKeyConstraint(["item_id"], ["app.items.id"], name=op.f("fk_samples_item_id")),
        sa.ForeignKeyConstraint(["run_id"], ["app.runs.id"], name=op.f("fk_samples_run_id")),
        sa.PrimaryKeyConstraint("feed_id", "key", name=op.f("pk_samples")),
        schema="app",
    )
    op.create_geospatial_index(
        "ix_samples_geom",
        "samples",
        ["geom"],
        unique=False,
        schema="app",
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "estimates",
        sa.Column("calculation_id", sa.Uuid(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("std_error", sa.Double(), nullable=True),
        sa.Column("mapped_ha", sa.Double(), nullable=False),
        sa.Column("land_ha", sa.Double(), nullable=False),
        sa.Column("provisional", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("from_release", sa.Integer(), nullable=True),
        sa.Column("until_release", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "value <> 'NaN' AND value NOT IN ('Infinity', '-Infinity')",
            name=op.f("ck_estimates_finite"),
        ),
        sa.ForeignKeyConstraint(
            ["calculation_id"], ["app.calculations.id"], name=op.f("fk_estimates_calculation_id")
        ),
        sa.ForeignKeyConstraint(
            ["from_release"], ["app.releases.seq"], name=op.f("fk_estimates_from_release")
        ),
        sa.ForeignKeyConstraint(
            ["until_release"], ["app.releases.seq"], name=op.f("fk_estimates_until_release")
        ),
        sa.PrimaryKeyConstraint("calculation_id", "area", name=op.f("pk_estimates")),
        schema="app",
        comment="All versions of every areal number.",
    )
    op.create_index(
        op.f("ix_estimates_area_calculation_id"),
        "estimates",
        ["area", "calculation_id"],
        unique=False,
        schema="app",
    )
    op.create_index(
        "ix_estimates_live",
        "estimates",
        ["calculation_id"],
        unique=False,
        schema="app",
        postgresql_where="until_release IS NULL",
    )
    op.create_table(
        "pointers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release"], ["app.releases.seq"], name=op.f("fk_pointers_release")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pointers")),
        schema="app",
        comment="latest -> release.",
    )
    op.create_table(
        "slices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cube_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("valid_cells", sa.BigInteger(), nullable=False),
        sa.Column("median", sa.Double(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_release", sa.Integer(), nullable=True),
        sa.Column("until_release", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["cube_id"], ["app.cubes.id"], name=op.f("fk_slices_cube_id")),
        sa.ForeignKeyConstraint(
            ["from_release"], ["app.releases.seq"], name=op.f("fk_slices_from_release")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["app.runs.id"], name=op.f("fk_slices_run_id")),
        sa.ForeignKeyConstraint(
            ["until_release"], ["app.releases.seq"], name=op.f("fk_slices_until_release")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slices")),
        sa.UniqueConstraint(
            "cube_id", "period", "version", name=op.f("uq_slices_cube_id_period_version")
        ),
        sa.UniqueConstraint("path", name=op.f("uq_slices_path")),
        schema="app",
        comment="One period of a cube, in one version: the row is the commit of its array.",
    )
    op.create_table(
        "calculation_slices",
        sa.Column("calculation_id", sa.Uuid(), nullable=False),
        sa.Column("slice_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calculation_id"],
            ["app.calculations.id"],
            name=op.f("fk_calculation_slices_calculation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["slice_id"], ["app.slices.id"], name=op.f("fk_calculation_slices_slice_id")
        ),
        sa.PrimaryKeyConstraint("calculation_id", "slice_id", name=op.f("pk_calculation_slices")),
        schema="app",
    )
    op.create_table(
        "slice_items",
        sa.Column("slice_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["app.items.id"], name=op.f("fk_slice_items_item_id")),
        sa.ForeignKeyConstraint(
            ["slice_id"], ["app.slices.id"], name=op.f("fk_slice_items_slice_id")
        ),
        sa.PrimaryKeyConstraint("slice_id", "item_id", name=op.f("pk_slice_items")),
        schema="app",
        comment="The files that a slice was read from.",
    )
    op.create_table(
        "slice_parents",
        sa.Column("slice_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["app.slices.id"], name=op.f("fk_slice_parents_parent_id")
        ),
        sa.ForeignKeyConstraint(
            ["slice_id"], ["app.slices.id"], name=op.f("fk_slice_parents_slice_id")
        ),
        sa.PrimaryKeyConstraint("slice_id", "parent_id", name=op.f("pk_slice_parents")),
        schema="app",
        comment="The slices that a slice was computed from.",
    )

    op.create_table_comment("areas", "Places that numbers are reported for; outline: simplified, for display alone.", schema="app")
    op.create_table_comment("samples", "Layers of soil, analysed or derived from a soil map.", schema="app")
    op.execute(
        """
        CREATE FUNCTION app.ensure_observation_month(month date) RETURNS void
        LANGUAGE plpgsql AS $$
        DECLARE
            first date := date_trunc('month', month);
        BEGIN
            EXECUTE format(
                'CREATE TABLE IF NOT EXISTS app.observations_%s PARTITION OF app.observations '
                'FOR VALUES FROM (%L) TO (%L)',
                to_char(first, 'YYYYMM'),
                first::timestamp AT TIME ZONE 'UTC',
                (first + interval '1 month')::timestamp AT TIME ZONE 'UTC'
            );
        END
        $$
        """
    )


def downgrade() -> None:
    """Drop what upgrade made; the extension stays, others may use it."""
    op.execute("DROP FUNCTION app.ensure_observation_month(date)")
    op.drop_table("slice_parents", schema="app")
    op.drop_table("slice_items", schema="app")
    op.drop_table("calculation_slices", schema="app")
    op.drop_table("slices", schema="app")
    op.drop_table("pointers", schema="app")
    op.drop_index(
        "ix_estimates_live",
        table_name="estimates",
        schema="app",
        postgresql_where="until_release IS NULL",
    )
    op.drop_index(op.f("ix_estimates_area_calculation_id"), table_name="estimates", schema="app")
    op.drop_table("estimates", schema="app")
    op.drop_geospatial_index(
        "ix_samples_geom",
        table_name="samples",
        schema="app",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("samples", schema="app")
    op.drop_table("releases", schema="app")
    op.drop_index("ix_records_live", table_name="records", schema="app", postgresql_where="live")
    op.drop_table("records", schema="app")
    op.drop_index(
        op.f("ix_calculations_indicator_product_period"), table_name="calculations", schema="app"
    )
    op.drop_table("calculations", schema="app")
    op.drop_table("boundary_items", schema="app")
    op.drop_geospatial_index(
        "ix_areas_geom",
        table_name="areas",
        schema="app",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_index(op.f("ix_areas_boundaries_id_parent"), table_name="areas", schema="app")
    op.drop_index(op.f("ix_areas_boundaries_id_level"), table_name="areas", schema="app")
    op.drop_geospatial_table("areas", schema="app")
    op.drop_geospatial_index(
        "ix_stations_geom",
        table_name="stations",
        schema="app",
        postgresql_using="gist",
        column_name="geom",
    )
    op.drop_geospatial_table("stations", schema="app")
    op.drop_index(op.f("ix_rejections_feed_id_at"), table_name="rejections", schema="app")
    op.drop_table("rejections", schema="app")
    op.drop_table("leases", schema="app")
    op.drop_table("items", schema="app")
    op.drop_table("boundaries", schema="app")
    op.drop_table("runs", schema="app")
    op.drop_table("observations", schema="app")
    op.drop_table("feeds", schema="app")
    op.drop_table("cubes", schema="app")
