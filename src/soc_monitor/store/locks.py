"""Locks: one process at a time, for as long as its session lives."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import exc, text

from soc_monitor.store.engine import our_errors
from soc_monitor.store.store import Store


@contextmanager
def only_one(store: Store, name: str) -> Iterator[bool]:
    """Whether we are the one that holds a name now; it is given back with the block, or our death.

    Raises:
        StoreUnavailable: the database cannot be reached.
    """
    with our_errors():
        session = store.engine.connect()
    try:
        with our_errors():
            session.execute(text("SET idle_in_transaction_session_timeout = 0"))
            take = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
            mine = bool(session.execute(take, {"name": f"soc-monitor {name}"}).scalar_one())
            session.commit()
        yield mine
    finally:
        # Back in the pool, the session would keep the lock. One that has died has none to give.
        with suppress(exc.SQLAlchemyError):
            session.rollback()
            session.execute(text("SELECT pg_advisory_unlock_all()"))
            session.commit()
        session.close()
