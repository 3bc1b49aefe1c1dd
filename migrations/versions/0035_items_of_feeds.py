"""Items of feeds: what came newest, and which slices were read from it, without looking at all."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two ways in."""
    op.create_index(
        op.f("ix_items_feed_id_fetched_at"), "items", ["feed_id", "fetched_at"], schema="app"
    )
    op.create_index(op.f("ix_slice_items_item_id"), "slice_items", ["item_id"], schema="app")


def downgrade() -> None:
    """All rows are looked at again."""
    op.drop_index("ix_slice_items_item_id", table_name="slice_items", schema="app")
    op.drop_index("ix_items_feed_id_fetched_at", table_name="items", schema="app")
