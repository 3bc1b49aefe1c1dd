"""Desk of the operators: orders, what is held for them, logs of runs, alerts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _at(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _text(name: str, default: str | None = None) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _counted() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def upgrade() -> None:
    """Add them."""
    op.add_column(
        "feeds",
        sa.Column(
            "paused_until",
            sa.DateTime(timezone=True),
            comment="Null: until an operator resumes it.",
        ),
        schema="app",
    )
    op.add_column(
        "feeds",
        sa.Column("retired", sa.Boolean(), nullable=False, server_default="false"),
        schema="app",
    )
    op.add_column("feeds", _text("time_zone", "UTC"), schema="app")
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        _text("feed_id"),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("item", postgresql.JSONB(), nullable=False),
        _text("sha256"),
        _text("rule"),
        _text("found"),
        _text("cube_id"),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("period_before", sa.Date(), nullable=False),
        _text("unit"),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("preview", sa.LargeBinary(), nullable=False),
        _at("at"),
        _text("state", "waiting"),
        _text("decided_by", ""),
        _at("decided_at", null=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
        sa.UniqueConstraint(
            "feed_id", "sha256", "cube_id", "period", name=op.f("uq_holds_feed_id")
        ),
        sa.ForeignKeyConstraint(["feed_id"], ["app.feeds.id"], name="fk_holds_feed_id"),
        sa.ForeignKeyConstraint(["run_id"], ["app.runs.id"], name="fk_holds_run_id"),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'rejected')", name=op.f("ck_holds_state")
        ),
        schema="app",
        comment="Slices that wait for an operator's word, with what changed, coarsely.",
    )
    op.create_table(
        "orders",
        _counted(),
        _at("at"),
        _text("kind"),
        _text("job_id"),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        _text("asked_by"),
        _at("started_at", null=True),
        _at("ended_at", null=True),
        _text("outcome", ""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        schema="app",
        comment="What operators ask of the worker.",
    )
    op.create_index(
        "ix_orders_open", "orders", ["id"], schema="app", postgresql_where="ended_at IS NULL"
    )
    op.create_table(
        "run_logs",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, autoincrement=False),
        _at("at"),
        _text("level"),
        _text("event"),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "n", name=op.f("pk_run_logs")),
        sa.ForeignKeyConstraint(["run_id"], ["app.runs.id"], name="fk_run_logs_run_id"),
        schema="app",
        comment="What a run said while it was under way.",
    )
    op.create_table(
        "alerts",
        _counted(),
        _text("kind"),
        _text("subject"),
        _text("severity"),
        _text("what"),
        _at("since"),
        _at("told_at", null=True),
        sa.Column("times", sa.Integer(), nullable=False, server_default="0"),
        _at("ended_at", null=True),
        sa.Column("end_told", sa.Boolean(), nullable=False, server_default="false"),
        _text("acked_by", ""),
        _at("acked_at", null=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        schema="app",
        comment="What operators are told of: a row a cause, from its first sight to its end.",
    )
    op.create_index(
        "ix_alerts_open",
        "alerts",
        ["kind", "subject"],
        unique=True,
        schema="app",
        postgresql_where="ended_at IS NULL",
    )
    op.create_table(
        "silences",
        _counted(),
        _text("pattern"),
        _at("until"),
        _text("by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silences")),
        schema="app",
        comment="Alerts that operators want to hear nothing of for a while.",
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("silences", "alerts", "run_logs", "orders", "holds"):
        op.drop_table(name, schema="app")
    for name in ("time_zone", "retired", "paused_until"):
        op.drop_column("feeds", name, schema="app")
