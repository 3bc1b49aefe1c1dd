"""Arrays: cubes, their slices, and what a nowcast keeps beside them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from soc_monitor.store.tables.common import instant, metadata, released

cubes = Table(
    "cubes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("product", Text, nullable=False),
    Column("variable", Text, nullable=False),
)


cube_forms = Table(
    "cube_forms",
    metadata,
    Column("id", Text, primary_key=True),
    Column("unit", Text, nullable=False),
    Column("freq", Text, nullable=False),
    Column("data_class", Text, nullable=False),
    Column("dtype", Text, nullable=False),
    Column("scale", Double, nullable=False),
    Column("fill", Double),
    Column("classes", JSONB, nullable=False),
    Column("grid", JSONB, nullable=False),
    Column("grid_id", Text, nullable=False),
    comment="How arrays are to be read; a cube may change its form, a slice never does.",
)


slices = Table(
    "slices",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("cube_id", Text, ForeignKey("app.cubes.id"), nullable=False),
    Column("form_id", Text, ForeignKey("app.cube_forms.id"), nullable=False),
    Column("period", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("version", Integer, nullable=False),
    Column("path", Text, nullable=False),
    Column("step", Integer, comment="Place in an array of several periods; null: it is alone."),
    Column("checksum", Text, nullable=False),
    Column("valid_cells", BigInteger, nullable=False),
    Column("median", Double),
    Column("run_id", Uuid, ForeignKey("app.runs.id"), nullable=False),
    instant("created_at"),
    *released(),
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
    Index(None, "item_id"),
    comment="The files that a slice was read from.",
)


slice_grounds = Table(
    "slice_grounds",
    metadata,
    Column("slice_id", Uuid, ForeignKey("app.slices.id"), primary_key=True),
    Column("item_id", Uuid, ForeignKey("app.items.id"), primary_key=True),
    comment="The files of the field samples that a slice was corrected with.",
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
