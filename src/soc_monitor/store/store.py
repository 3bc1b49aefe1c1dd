"""Store: a PostGIS database and a folder of arrays. Every function of this room takes one."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from soc_monitor.store import schema
from soc_monitor.store.engine import make_engine


@dataclass(frozen=True, slots=True)
class Store:
    """Where everything is kept."""

    engine: Engine
    arrays: Path

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def open_store(url: str, arrays: Path, *, statement_s: float = 5.0, pool: int = 5) -> Store:
    """A store with the schema that this program knows.

    Raises:
        StoreUnavailable: the database cannot be reached.
        SchemaMismatch: its schema is older or newer than this program.
    """
    engine = make_engine(url, statement_s=statement_s, pool=pool)
    try:
        schema.check(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, arrays)
