"""Runs: who does what, fenced so that only the newest of a job may publish."""

import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import (
    Connection,
    RowMapping,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from soc_monitor.errors import (
    AlreadyRan,
    LeaseLost,
    NoSpace,
    SocMonitorError,
    StoreUnavailable,
    UnknownRun,
    is_full,
)
from soc_monitor.logs import run_context
from soc_monitor.model import Computation, IngestJob, PassOn, Run, RunState
from soc_monitor.store import journal, locks
from soc_monitor.store.engine import transaction
from soc_monitor.store.plain import plain
from soc_monitor.store.store import Store
from soc_monitor.store.tables import feeds, leases, runs

LEASE_S, HEARTBEAT_S, STALL_S = 60, 15, 120
PAUSES_S = (300, 1800, 10_800, 86_400)
"""How long a due time that failed rests before it is tried again [s]; the last pause outlives a
day on which a source is away."""
MOST_TRIES = len(PAUSES_S) + 1
"""How often a due time is tried; then the next one has its turn."""

RETRACT, REPLAY = "retract", "replay"
"""How the version of the job begins in a run that withdraws a slice, and in one that reads stored
files again."""
BESIDE = f"^({RETRACT}|{REPLAY})( |$)"
"""Such runs have the lease of a job and ask its source for nothing: how that fares, and up to when
it was asked, is told without them."""


@dataclass(slots=True)
class OpenRun:
    """A run under way; what it counts is written when it ends."""

    id: uuid.UUID
    job_id: str
    lease: int
    attempt: int = 1
    """Which try of its due time this is."""
    most: int = 1
    """How often the due time is tried."""
    taken: int = 0
    rejected: int = 0
    held: int = 0
    """Of the rejected: what is an operator's to decide."""
    detail: str = ""
    again: bool = False
    """It did not fail, and yet something could not be had that may be had later."""
    stream: bool = False
    """It waits for what comes: that nothing but what is refused came is not its failure."""
    force: bool = False
    """An operator has looked at a step that was refused, and takes it."""
    asked: tuple[date, date] | None = None
    """First and last day that an operator had asked for; None: by schedule, or not all of it."""
    ended: bool = False
    """The publishing transaction has already written the end."""
    lost: threading.Event = field(default_factory=threading.Event)


@contextmanager
def open_run(
    store: Store,
    job_id: str,
    due_at: datetime,
    *,
    job_version: str,
    code_version: str,
    tries: int = 1,
) -> Iterator[OpenRun]:
    """One execution of a job: takes the job's lease, keeps it alive, writes the end.

    A due time that failed is tried again after a pause which its row keeps, each longer than the
    one before, until it was tried ``tries`` times. One whose process died is taken up at once.

    A run that died leaves its database session dead, and with it the lock: the next one goes on
    at once. One that only sleeps keeps the lock and is taken over after ``STALL_S``; its lease
    number is then old, and it cannot publish.

    Raises:
        LockedByAnotherRun: another run of this job is under way.
        AlreadyRan: the job has run for this due time, or rests before it is tried again.
        NoSpace: what was done inside found no room to write.
    """
    with locks.job_lock(store, job_id, STALL_S - LEASE_S) as backend:
        run = _begin(
            store,
            backend,
            job_id,
            due_at,
            job_version=job_version,
            code_version=code_version,
            tries=tries,
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
    if isinstance(error, OSError) and is_full(error):
        return NoSpace(str(error.strerror))
    return error


def outcome(run: OpenRun) -> RunState:
    """The state that a run without an error ends in."""
    if run.rejected:
        return RunState.PARTLY if run.taken or run.stream else RunState.REFUSED
    return RunState.DONE if run.taken else RunState.NOTHING_NEW


def _begin(
    store: Store,
    backend: int,
    job_id: str,
    due_at: datetime,
    *,
    job_version: str,
    code_version: str,
    tries: int,
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
        run_id, attempt = _attempt(connection, job_id, due_at)
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
            "held": 0,
            "tries": attempt,
            # Should its process die, the next one goes on at once.
            "retry_at": func.now() if attempt < tries else None,
        }
        # What the last try said stands until this one has its own end to tell.
        connection.execute(
            upsert(runs)
            .values(id=run_id, job_id=job_id, due_at=due_at, detail="", **values)
            .on_conflict_do_update(index_elements=["id"], set_=values)
        )
        lease = {"number": number, "run_id": run_id, "backend_pid": backend, "expires_at": expiry}
        connection.execute(
            upsert(leases)
            .values(job_id=job_id, **lease)
            .on_conflict_do_update(index_elements=["job_id"], set_=lease)
        )
    return OpenRun(run_id, job_id, number, attempt=attempt, most=tries)


_OPEN = runs.c.state.not_in([RunState.RUNNING, RunState.CANCELLED])
"""What is tried again, where its row says when."""


def _attempt(connection: Connection, job_id: str, due_at: datetime) -> tuple[uuid.UUID, int]:
    """The run of a due time, and which try of it begins now.

    Raises:
        AlreadyRan: it has run, or rests.
    """
    row = connection.execute(
        select(
            runs.c.id,
            runs.c.tries,
            runs.c.retry_at,
            func.coalesce(_OPEN & (runs.c.retry_at <= func.now()), False).label("ready"),
            func.coalesce(_OPEN & (runs.c.retry_at > func.now()), False).label("rests"),
        )
        .where(runs.c.job_id == job_id, runs.c.due_at == due_at)
        .with_for_update()
    ).first()
    if row is None:
        return uuid.uuid4(), 1
    if not row.ready:
        rests = f", tried again at {row.retry_at:%Y-%m-%d %H:%M} UTC" if row.rests else ""
        raise AlreadyRan(f"job {job_id} for {due_at.isoformat()}{rests}")
    return row.id, row.tries + 1


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
    failed = state is RunState.FAILED
    later = (failed or run.again) and run.attempt < run.most
    pause = text(f"interval '{PAUSES_S[run.attempt - 1]} seconds'") if later else None
    connection.execute(
        update(runs)
        .where(runs.c.id == run.id, runs.c.lease == run.lease)
        .values(
            state=state,
            ended_at=func.now(),
            taken=run.taken,
            rejected=run.rejected,
            held=run.held,
            failures=runs.c.failures + int(failed),
            retry_at=None if pause is None else func.now() + pause,
            detail=plain(run.detail),
            asked_from=run.asked[0] if run.asked else None,
            asked_to=run.asked[1] if run.asked else None,
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
        "pass_on": getattr(job, "pass_on", PassOn.NOTHING),
    }
    with transaction(store.engine) as connection:
        connection.execute(
            upsert(feeds)
            .values(id=job.id, **values)
            .on_conflict_do_update(index_elements=["id"], set_=values)
        )


def list_runs(
    store: Store, *, job_id: str | None = None, limit: int = 50, offset: int = 0
) -> list[Run]:
    """Runs, newest first, but for so many of the newest."""
    query = select(runs).order_by(runs.c.started_at.desc(), runs.c.id)
    if job_id is not None:
        query = query.where(runs.c.job_id == job_id)
    with transaction(store.engine) as connection:
        found = connection.execute(query.limit(limit).offset(offset))
        return [_run(row) for row in found.mappings()]


def count_runs(store: Store, job_id: str | None = None) -> int:
    """How many runs there are, of one job or of all."""
    query = select(func.count()).select_from(runs)
    if job_id is not None:
        query = query.where(runs.c.job_id == job_id)
    with transaction(store.engine) as connection:
        return connection.execute(query).scalar_one()


def failures_in_a_row(store: Store) -> dict[str, tuple[int, str]]:
    """Job -> how often it failed in a row, every try counted, and what the newest said."""
    query = text(
        "SELECT job_id, sum(failures + (state = 'abandoned')::int)::int,"
        " (array_agg(detail ORDER BY started_at DESC))[1] FROM ("
        " SELECT job_id, detail, started_at, state, failures, count(*) FILTER (WHERE state IN "
        "  ('done', 'nothing_new', 'partly', 'refused'))"
        "  OVER (PARTITION BY job_id ORDER BY started_at DESC) AS good FROM app.runs"
        # A try that is under way, or was stopped, does not undo those that failed before it.
        " WHERE (failures > 0 OR state NOT IN ('running', 'cancelled'))"
        " AND job_version !~ :beside"
        " AND started_at > now() - interval '400 days') newest "
        "WHERE good = 0 GROUP BY job_id"
    )
    with transaction(store.engine) as connection:
        found = connection.execute(query, {"beside": BESIDE})
        return {job: (n, detail) for job, n, detail in found}


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
