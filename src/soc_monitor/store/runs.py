"""Runs: who does what, fenced so that only the newest of a job may publish."""

import errno
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, RowMapping, exc, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from soc_monitor.errors import (
    AlreadyRan,
    LeaseLost,
    LockedByAnotherRun,
    NoSpace,
    SocMonitorError,
    StoreUnavailable,
    UnknownRun,
)
from soc_monitor.logs import run_context
from soc_monitor.model import Computation, IngestJob, Run, RunState
from soc_monitor.store import journal
from soc_monitor.store.engine import our_errors, transaction
from soc_monitor.store.plain import plain
from soc_monitor.store.store import Store
from soc_monitor.store.tables import feeds, leases, rejections, runs

LEASE_S, HEARTBEAT_S, STALL_S = 60, 15, 120


@dataclass(slots=True)
class OpenRun:
    """A run under way; what it counts is written when it ends."""

    id: uuid.UUID
    job_id: str
    lease: int
    taken: int = 0
    rejected: int = 0
    detail: str = ""
    stream: bool = False
    """It waits for what comes: that nothing but what is refused came is not its failure."""
    force: bool = False
    """An operator has looked at a step that was refused, and takes it."""
    ended: bool = False
    """The publishing transaction has already written the end."""
    lost: threading.Event = field(default_factory=threading.Event)


@contextmanager
def open_run(
    store: Store, job_id: str, due_at: datetime, *, job_version: str, code_version: str
) -> Iterator[OpenRun]:
    """One execution of a job: takes the job's lease, keeps it alive, writes the end.

    A run that died leaves its database session dead, and with it the lock: the next one goes on
    at once. One that only sleeps keeps the lock and is taken over after ``STALL_S``; its lease
    number is then old, and it cannot publish.

    Raises:
        LockedByAnotherRun: another run of this job is under way.
        AlreadyRan: the job has already run, and not failed, for this due time.
        NoSpace: what was done inside found no room to write.
    """
    with _locked(store, job_id) as backend:
        run = _begin(
            store,
            backend,
            job_id,
            due_at,
            job_version=job_version,
            code_version=code_version,
        )
        stop = threading.Event()
        beat = threading.Thread(target=_heartbeat, args=(store, run, stop), daemon=True)
        beat.start()
        try:
            with run_context(str(run.id)), journal.recording(store, run.id):
                yield run
        except BaseException as error:
            told = _told(error)
            run.detail = f"{type(told).__name__}: {told}"[:2000]
            if not run.ended:
                with suppress(StoreUnavailable):  # What went wrong first is what is told.
                    _end(store, run, RunState.FAILED)
            if told is not error:
                raise told from error
            raise
        else:
            if not run.ended:
                _end(store, run, outcome(run))
        finally:
            stop.set()
            beat.join()


def _told(error: BaseException) -> BaseException:
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return NoSpace(str(error.strerror))
    return error


def outcome(run: OpenRun) -> RunState:
    """The state that a run without an error ends in."""
    if run.rejected:
        return RunState.PARTLY if run.taken or run.stream else RunState.FAILED
    return RunState.DONE if run.taken else RunState.NOTHING_NEW


@contextmanager
def _locked(store: Store, job_id: str) -> Iterator[int]:
    """Hold the job's lock in a session of its own; gives the number of the session's process."""
    with our_errors():
        session = store.engine.connect()
    try:
        with our_errors():
            _lock(store, session, job_id)
            backend: int = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            session.commit()
        yield backend
    finally:
        # Back in the pool, the session would keep the lock. One that has died has none to give.
        with suppress(exc.SQLAlchemyError):
            session.rollback()
            session.execute(text("SELECT pg_advisory_unlock_all()"))
            session.commit()
        session.close()


def _lock(store: Store, session: Connection, job_id: str) -> None:
    session.execute(text("SET idle_in_transaction_session_timeout = 0"))
    key = {"job": f"soc-monitor:{job_id}"}
    take = text("SELECT pg_try_advisory_lock(hashtextextended(:job, 0))")
    if not session.execute(take, key).scalar_one():
        with transaction(store.engine) as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(backend_pid, 5000) FROM app.leases "
                    "WHERE job_id = :job AND expires_at < now() - make_interval(secs => :wait)"
                ),
                {"job": job_id, "wait": STALL_S - LEASE_S},
            )
        if not session.execute(take, key).scalar_one():
            session.rollback()
            raise LockedByAnotherRun(f"job {job_id} is already running")
    session.commit()


def _begin(
    store: Store,
    backend: int,
    job_id: str,
    due_at: datetime,
    *,
    job_version: str,
    code_version: str,
) -> OpenRun:
    expiry = func.now() + text(f"interval '{LEASE_S} seconds'")
    with transaction(store.engine) as connection:
        connection.execute(
            update(runs)
            .where(runs.c.job_id == job_id, runs.c.state == RunState.RUNNING)
            .values(state=RunState.ABANDONED, ended_at=func.now(), detail="its process died")
        )
        number = connection.execute(
            select(func.coalesce(func.max(leases.c.number), 0) + 1).where(leases.c.job_id == job_id)
        ).scalar_one()
        values = {
            "state": RunState.RUNNING,
            "lease": number,
            "holder": f"{socket.gethostname()}:{os.getpid()}",
            "started_at": func.now(),
            "heartbeat_at": func.now(),
            "ended_at": None,
            "job_version": job_version,
            "code_version": code_version,
            "taken": 0,
            "rejected": 0,
            "detail": "",
        }
        run_id = connection.execute(
            upsert(runs)
            .values(id=uuid.uuid4(), job_id=job_id, due_at=due_at, **values)
            .on_conflict_do_update(
                index_elements=["job_id", "due_at"],
                set_=values,
                where=runs.c.state.in_([RunState.FAILED, RunState.ABANDONED, RunState.CANCELLED]),
            )
            .returning(runs.c.id)
        ).scalar_one_or_none()
        if run_id is None:
            raise AlreadyRan(f"job {job_id} for {due_at.isoformat()}")
        lease = {"number": number, "run_id": run_id, "backend_pid": backend, "expires_at": expiry}
        connection.execute(
            upsert(leases)
            .values(job_id=job_id, **lease)
            .on_conflict_do_update(index_elements=["job_id"], set_=lease)
        )
    return OpenRun(run_id, job_id, number)


def _heartbeat(store: Store, run: OpenRun, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_S):
        try:
            with transaction(store.engine) as connection:
                kept = connection.execute(
                    update(leases)
                    .where(leases.c.job_id == run.job_id, leases.c.number == run.lease)
                    .values(expires_at=func.now() + text(f"interval '{LEASE_S} seconds'"))
                )
                if kept.rowcount != 1:
                    run.lost.set()
                    return
                connection.execute(
                    update(runs).where(runs.c.id == run.id).values(heartbeat_at=func.now())
                )
        except SocMonitorError:
            continue  # The database may come back; the publishing transaction is what decides.


def hold_lease(connection: Connection, run: OpenRun) -> None:
    """Inside a transaction that publishes: go on only while the lease is ours.

    Raises:
        LeaseLost: a later run of the job has taken over.
    """
    number = connection.execute(
        select(leases.c.number).where(leases.c.job_id == run.job_id).with_for_update()
    ).scalar_one_or_none()
    if number != run.lease:
        raise LeaseLost(f"run {run.id} has lease {run.lease}, the newest is {number}")


def end_run(connection: Connection, run: OpenRun, state: RunState) -> None:
    """Inside a transaction that publishes: write the run's end with what it publishes."""
    connection.execute(
        update(runs)
        .where(runs.c.id == run.id, runs.c.lease == run.lease)
        .values(
            state=state,
            ended_at=func.now(),
            taken=run.taken,
            rejected=run.rejected,
            detail=plain(run.detail),
        )
    )
    run.ended = True


def _end(store: Store, run: OpenRun, state: RunState) -> None:
    with transaction(store.engine) as connection:
        end_run(connection, run, state)


def register_feed(store: Store, job: IngestJob | Computation) -> None:
    """Write down what a job says of its source."""
    values = {
        "title": job.title,
        "licence": job.licence,
        "citation": job.citation,
        "link": job.link,
        "notes": job.notes,
        "max_age_days": job.max_age_days,
        "schedule": job.schedule,
        "time_zone": getattr(job, "time_zone", "UTC"),
    }
    with transaction(store.engine) as connection:
        connection.execute(
            upsert(feeds)
            .values(id=job.id, **values)
            .on_conflict_do_update(index_elements=["id"], set_=values)
        )


def reject(
    store: Store, run: OpenRun, item_key: str, *, sha256: str, rule: str, found: str
) -> None:
    """Write down what was refused, and why."""
    run.rejected += 1
    with transaction(store.engine) as connection:
        connection.execute(
            insert(rejections).values(
                id=uuid.uuid4(),
                feed_id=run.job_id,
                run_id=run.id,
                item_key=plain(item_key),
                sha256=sha256,
                rule=rule,
                found=plain(found),
                at=func.now(),
            )
        )


def list_runs(store: Store, *, job_id: str | None = None, limit: int = 50) -> list[Run]:
    """Runs, newest first."""
    query = select(runs).order_by(runs.c.started_at.desc()).limit(limit)
    if job_id is not None:
        query = query.where(runs.c.job_id == job_id)
    with transaction(store.engine) as connection:
        return [_run(row) for row in connection.execute(query).mappings()]


def failures_in_a_row(store: Store) -> dict[str, tuple[int, str]]:
    """Job -> how many of its newest runs failed, one after the other, and what the newest said."""
    query = text(
        "SELECT job_id, count(*), (array_agg(detail ORDER BY started_at DESC))[1] FROM ("
        " SELECT job_id, detail, started_at, state, count(*) FILTER (WHERE state IN "
        "  ('done', 'nothing_new', 'partly')) OVER (PARTITION BY job_id ORDER BY started_at DESC)"
        "  AS good FROM app.runs WHERE state NOT IN ('running', 'cancelled')"
        " AND started_at > now() - interval '400 days') newest "
        "WHERE good = 0 GROUP BY job_id"
    )
    with transaction(store.engine) as connection:
        return {job: (n, detail) for job, n, detail in connection.execute(query)}


def get_run(store: Store, run_id: uuid.UUID) -> Run:
    """One run.

    Raises:
        UnknownRun: there is none with this id.
    """
    with transaction(store.engine) as connection:
        row = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().first()
    if row is None:
        raise UnknownRun(str(run_id))
    return _run(row)


def _run(row: RowMapping) -> Run:
    return Run(
        id=row["id"],
        job_id=row["job_id"],
        due_at=row["due_at"],
        state=RunState(row["state"]),
        lease=row["lease"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        job_version=row["job_version"],
        code_version=row["code_version"],
        taken=row["taken"],
        rejected=row["rejected"],
        detail=row["detail"],
    )
