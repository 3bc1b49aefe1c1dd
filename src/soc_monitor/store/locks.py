"""Locks: one process at a time, for as long as its session lives."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, exc, text

from soc_monitor.errors import LockedByAnotherRun
from soc_monitor.store.engine import our_errors, transaction
from soc_monitor.store.store import Store


@contextmanager
def only_one(store: Store, name: str) -> Iterator[bool]:
    """Whether we are the one that holds a name now; it is given back with the block, or our death.

    Raises:
        StoreUnavailable: the database cannot be reached.
    """
    with _session(store) as session:
        with our_errors():
            take = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
            mine = bool(session.execute(take, {"name": f"soc-monitor {name}"}).scalar_one())
            session.commit()
        yield mine


@contextmanager
def job_lock(store: Store, job_id: str, stalled_s: int) -> Iterator[int]:
    """Hold a job's lock in a session of its own; gives the number of the session's process.

    A holder whose lease ended more than ``stalled_s`` ago only sleeps: it is taken over.

    Raises:
        LockedByAnotherRun: another run of the job is under way.
    """
    with _session(store) as session:
        with our_errors():
            _lock(store, session, job_id, stalled_s)
            backend: int = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            session.commit()
        yield backend


@contextmanager
def _session(store: Store) -> Iterator[Connection]:
    """A session that may rest, and gives all its locks back at the end."""
    with our_errors():
        session = store.engine.connect()
    try:
        with our_errors():
            session.execute(text("SET idle_in_transaction_session_timeout = 0"))
        yield session
    finally:
        # Back in the pool, the session would keep the locks. One that has died has none to give.
        with suppress(exc.SQLAlchemyError):
            session.rollback()
            session.execute(text("SELECT pg_advisory_unlock_all()"))
            session.commit()
        session.close()


def _lock(store: Store, session: Connection, job_id: str, stalled_s: int) -> None:
    key = {"job": f"soc-monitor:{job_id}"}
    take = text("SELECT pg_try_advisory_lock(hashtextextended(:job, 0))")
    if not session.execute(take, key).scalar_one():
        with transaction(store.engine) as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(backend_pid, 5000) FROM app.leases "
                    "WHERE job_id = :job AND expires_at < now() - make_interval(secs => :wait)"
                ),
                {"job": job_id, "wait": stalled_s},
            )
        if not session.execute(take, key).scalar_one():
            session.rollback()
            raise LockedByAnotherRun(f"job {job_id} is already running")
    session.commit()
