"""Registers: review and release of every version of a record; editors' keys, verdicts, audit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ADDED = (
    ("state", sa.Text(), "accepted"),
    ("gone", sa.Boolean(), "false"),
    ("reason", sa.Text(), ""),
    ("proposed_by", sa.Text(), ""),
    ("reviewed_by", sa.Text(), ""),
)


def upgrade() -> None:
    """Add what a reviewed register needs; what is there counts as accepted from its source."""
    for name in ("item_id", "run_id"):
        op.alter_column("records", name, nullable=True, schema="app")
    for name, kind, default in _ADDED:
        column = sa.Column(name, kind, nullable=False, server_default=default)
        op.add_column("records", column, schema="app")
    op.add_column("records", sa.Column("reviewed_at", sa.DateTime(timezone=True)), schema="app")
    for name in ("from_release", "until_release"):
        op.add_column("records", sa.Column(name, sa.Integer()), schema="app")
        op.create_foreign_key(
            f"fk_records_{name}",
            "records",
            "releases",
            [name],
            ["seq"],
            source_schema="app",
            referent_schema="app",
        )
    op.create_check_constraint(
        op.f("ck_records_state"),
        "records",
        "state IN ('proposed', 'accepted', 'rejected')",
        schema="app",
    )
    op.create_index(
        "ix_records_proposed",
        "records",
        ["created_at"],
        schema="app",
        postgresql_where="state = 'proposed'",
    )
    op.create_table(
        "editors",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("registers", postgresql.JSONB(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editors")),
        sa.CheckConstraint("role IN ('editor', 'reviewer')", name=op.f("ck_editors_role")),
        schema="app",
        comment="Keys of editors: only the hash of each is kept.",
    )
    op.create_table(
        "verdicts",
        sa.Column("objective", sa.Text(), nullable=False),
        sa.Column("horizon", sa.Integer(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("kpi", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("release", sa.Integer()),
        sa.PrimaryKeyConstraint("objective", "horizon", "judged_at", name=op.f("pk_verdicts")),
        sa.ForeignKeyConstraint(["release"], ["app.releases.seq"], name="fk_verdicts_release"),
        schema="app",
        comment="How objectives stood: a row when the status, its kpi or the rule has changed.",
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        schema="app",
        comment="Who did what to registers and keys.",
    )


def downgrade() -> None:
    """Drop what upgrade made; records that came from editors go with their review."""
    for name in ("audit", "verdicts", "editors"):
        op.drop_table(name, schema="app")
    op.drop_index("ix_records_proposed", table_name="records", schema="app")
    op.drop_constraint(op.f("ck_records_state"), "records", schema="app")
    op.execute("DELETE FROM app.records WHERE item_id IS NULL")
    for name in ("from_release", "until_release"):
        op.drop_constraint(f"fk_records_{name}", "records", schema="app")
        op.drop_column("records", name, schema="app")
    op.drop_column("records", "reviewed_at", schema="app")
    for name, _kind, _default in _ADDED:
        op.drop_column("records", name, schema="app")
    for name in ("item_id", "run_id"):
        op.alter_column("records", name, nullable=False, schema="app")
