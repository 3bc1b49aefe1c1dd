"""The schema's version: brought up under a lock, checked before anything is served."""

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from soc_monitor.errors import SchemaMismatch
from soc_monitor.shelves import shelf
from soc_monitor.store.engine import transaction

_LOCK = 0x534F434D  # "SOCM": one migration at a time, whoever starts it


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(shelf("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The version that this program works with."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None, "migrations/versions is never empty"
    return newest


def current(engine: Engine) -> str | None:
    """The version that the database has; None: none yet."""
    with transaction(engine) as connection:
        return _current(connection)


def _current(connection: Connection) -> str | None:
    options = {"version_table": "schema_version", "version_table_schema": "app"}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the schema up; a second caller waits for the first and then has nothing to do.

    Raises:
        SchemaMismatch: the database was made by a newer version of this program.
    """
    _locked(engine, command.upgrade, to)


def downgrade(engine: Engine, to: str = "base") -> None:
    """Take the schema back; data in what is dropped are lost."""
    _locked(engine, command.downgrade, to)


def _locked(engine: Engine, verb: Callable[[Config, str], None], to: str) -> None:
    with engine.connect() as connection:
        connection.execute(text("SET statement_timeout = 0; SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        try:
            _known(_current(connection))
            connection.commit()
            verb(_config(connection), to)
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()


def _known(version: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if version is not None and version not in known:
        msg = f"the database has schema {version}, which this program does not know"
        raise SchemaMismatch(msg, hint="Install the version of soc-monitor that made it, or newer")


def check(engine: Engine) -> None:
    """Refuse to go on with another schema than ours.

    Raises:
        SchemaMismatch: the schema is older or newer than this program.
    """
    found = current(engine)
    _known(found)
    if found != head():
        msg = f"the database has schema {found or 'none'}, this program needs {head()}"
        raise SchemaMismatch(msg)
