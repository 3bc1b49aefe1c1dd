"""Masked area: what of an area the nowcast does not model, by reason, instead of peat alone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put the area of organic soils among the others; those of before are not known."""
    op.add_column(
        "member_estimates",
        sa.Column("masked_ha", postgresql.JSONB(), nullable=False, server_default="{}"),
        schema="app",
    )
    op.execute(
        "UPDATE app.member_estimates SET masked_ha = jsonb_build_object('organic', organic_ha)"
        " WHERE organic_ha > 0"
    )
    op.drop_column("member_estimates", "organic_ha", schema="app")


def downgrade() -> None:
    """Only organic soils are told again."""
    op.add_column(
        "member_estimates",
        sa.Column("organic_ha", sa.Double(), nullable=False, server_default="0"),
        schema="app",
    )
    op.execute(
        "UPDATE app.member_estimates SET organic_ha = coalesce((masked_ha->>'organic')::float8, 0)"
    )
    op.alter_column("member_estimates", "organic_ha", server_default=None, schema="app")
    op.drop_column("member_estimates", "masked_ha", schema="app")
