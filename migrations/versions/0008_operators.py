"""Operators: keys for those who run the service, beside those who keep the registers."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a key be an operator's."""
    op.drop_constraint(op.f("ck_editors_role"), "editors", schema="app")
    op.create_check_constraint(
        op.f("ck_editors_role"),
        "editors",
        "role IN ('editor', 'reviewer', 'operator')",
        schema="app",
    )


def downgrade() -> None:
    """Operators' keys go."""
    op.execute("DELETE FROM app.editors WHERE role = 'operator'")
    op.drop_constraint(op.f("ck_editors_role"), "editors", schema="app")
    op.create_check_constraint(
        op.f("ck_editors_role"), "editors", "role IN ('editor', 'reviewer')", schema="app"
    )
