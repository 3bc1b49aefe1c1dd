"""Analysts: keys that raise limits and open nothing."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a key be an analyst's."""
    op.drop_constraint(op.f("ck_editors_role"), "editors", schema="app")
    op.create_check_constraint(
        op.f("ck_editors_role"),
        "editors",
        "role IN ('editor', 'reviewer', 'operator', 'analyst')",
        schema="app",
    )


def downgrade() -> None:
    """Analysts' keys go."""
    op.execute("DELETE FROM app.editors WHERE role = 'analyst'")
    op.drop_constraint(op.f("ck_editors_role"), "editors", schema="app")
    op.create_check_constraint(
        op.f("ck_editors_role"),
        "editors",
        "role IN ('editor', 'reviewer', 'operator')",
        schema="app",
    )
