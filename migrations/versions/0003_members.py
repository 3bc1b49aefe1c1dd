"""Members: what each member of a nowcast says of each area; slices that may still change."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and the mark."""
    op.add_column(
        "slices",
        sa.Column(
            "provisional",
            sa.Boolean(),
            nullable=False,
            server_default="false",
            comment="Made from inputs that are still to come or to be revised.",
        ),
        schema="app",
    )
    op.create_table(
        "nowcast_months",
        sa.Column("slice_id", sa.Uuid(), sa.ForeignKey("app.slices.id"), primary_key=True),
        sa.Column("lineage", sa.Text(), nullable=False),
        sa.Column("boundaries_id", sa.Text(), sa.ForeignKey("app.boundaries.id"), nullable=False),
        sa.Column("weather", sa.Boolean(), nullable=False),
        sa.Column("vegetation", sa.Boolean(), nullable=False),
        schema="app",
        comment="What the slice of a nowcast follows from: all its inputs up to its month.",
    )
    op.create_table(
        "member_estimates",
        sa.Column("slice_id", sa.Uuid(), sa.ForeignKey("app.slices.id"), primary_key=True),
        sa.Column("area", sa.Text(), primary_key=True),
        sa.Column("totals", ARRAY(sa.Double()), nullable=False),
        sa.Column("mapped_ha", sa.Double(), nullable=False),
        sa.Column("organic_ha", sa.Double(), nullable=False),
        sa.Column("weather_share", sa.Double(), nullable=False),
        sa.Column("vegetation_share", sa.Double(), nullable=False),
        schema="app",
        comment="Totals of the members of a nowcast, paired: the same member at every date.",
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("member_estimates", schema="app")
    op.drop_table("nowcast_months", schema="app")
    op.drop_column("slices", "provisional", schema="app")
