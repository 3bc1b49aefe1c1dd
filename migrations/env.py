"""Alembic's environment: runs on the connection that ``soc_monitor.store.schema`` hands over."""

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import text

from soc_monitor.store import desk, followers  # noqa: F401  # tables of their own
from soc_monitor.store.tables import metadata

connection = context.config.attributes["connection"]


def ours(obj: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Only our tables; partitions of observations are made by the service itself."""
    if kind == "table" and reflected and str(name).startswith("observations_"):
        return False
    return alembic_helpers.include_object(obj, name, kind, reflected, compare_to)


def ours_by_name(name: str | None, kind: str, _parents: object) -> bool:
    """Only schema ``app``: the queue and PostGIS keep theirs to themselves."""
    return name == "app" if kind == "schema" else True


connection.execute(text("CREATE SCHEMA IF NOT EXISTS app"))
connection.commit()
context.configure(
    connection=connection,
    target_metadata=metadata,
    include_schemas=True,
    include_name=ours_by_name,
    include_object=ours,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
    version_table="schema_version",
    version_table_schema="app",
    transaction_per_migration=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
