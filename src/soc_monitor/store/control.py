"""Control: what an operator tells the runs: pause, go on, stop."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import and_, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from soc_monitor.errors import UnknownRun
from soc_monitor.model import LANGUAGES, IngestJob, RunState
from soc_monitor.store.engine import transaction
from soc_monitor.store.registers import note
from soc_monitor.store.runs import BESIDE, register_feed
from soc_monitor.store.store import Store
from soc_monitor.store.tables import feeds, leases, runs

_RESTS = or_(
    feeds.c.retired,
    and_(feeds.c.paused, or_(feeds.c.paused_until.is_(None), feeds.c.paused_until > func.now())),
)


def set_paused(
    store: Store, job_id: str, *, paused: bool, until: datetime | None = None, by: str = "operator"
) -> bool:
    """Pause a job that has been registered, or let it go on; False: it was so already.

    Args:
        store: where the job is.
        job_id: which.
        paused: whether it rests.
        until: when it goes on by itself; None: when an operator says so.
        by: who wants it.
    """
    until = until if paused else None
    with transaction(store.engine) as connection:
        changed = connection.execute(
            update(feeds)
            .where(
                feeds.c.id == job_id,
                or_(feeds.c.paused != paused, feeds.c.paused_until.is_distinct_from(until)),
            )
            .values(paused=paused, paused_until=until)
        )
        if changed.rowcount == 1:
            told = f"until {until.isoformat(timespec='minutes')}" if until else ""
            note(connection, by, "pause" if paused else "resume", job_id, told)
        return changed.rowcount == 1


def set_retired(store: Store, job_id: str, *, retired: bool, by: str = "operator") -> bool:
    """Say that a source will not come back, or that it has; False: it was so already."""
    with transaction(store.engine) as connection:
        changed = connection.execute(
            update(feeds)
            .where(feeds.c.id == job_id, feeds.c.retired != retired)
            .values(retired=retired)
        )
        if changed.rowcount == 1:
            note(connection, by, "retire" if retired else "take up again", job_id)
        return changed.rowcount == 1


def note_broken(store: Store, broken: Mapping[str, str]) -> None:
    """Write down which job files cannot be used: id -> why; all others can.

    One that was never right has nothing to tell but that; once it is gone, so is its row.
    """
    right = feeds.c.id.not_in(list(broken))
    with transaction(store.engine) as connection:
        connection.execute(update(feeds).where(feeds.c.broken != "", right).values(broken=""))
        connection.execute(delete(feeds).where(feeds.c.licence == "", right))
        for job_id, why in broken.items():
            row = {
                "title": dict.fromkeys(LANGUAGES, job_id),
                "licence": "",
                "citation": "",
                "link": "",
                "notes": {},
                "schedule": "",
            }
            connection.execute(
                upsert(feeds)
                .values(id=job_id, broken=why, **row)
                .on_conflict_do_update(index_elements=["id"], set_={"broken": why})
            )


def note_by_itself(store: Store, jobs: Collection[IngestJob]) -> None:
    """Write down which jobs the worker has: what it runs by their schedules, and nobody else.

    They are registered as it has them, so that the schedules that are told are those it follows.
    """
    for job in jobs:
        register_feed(store, job)
    mine = feeds.c.id.in_([job.id for job in jobs])
    with transaction(store.engine) as connection:
        connection.execute(update(feeds).where(feeds.c.by_itself != mine).values(by_itself=mine))


def is_paused(store: Store, job_id: str) -> bool:
    """Whether a job rests now: paused by an operator and not yet to go on, or retired."""
    query = select(_RESTS).where(feeds.c.id == job_id)
    with transaction(store.engine) as connection:
        return bool(connection.execute(query).scalar_one_or_none())


def is_stopped(store: Store, job_id: str, seconds: float) -> bool:
    """Whether the newest run of a job was stopped by an operator, and began less than so long ago.

    What is not run by a schedule begins anew only after that.
    """
    recent = runs.c.started_at > func.now() - text(f"interval '{seconds:.0f} seconds'")
    query = (
        select((runs.c.state == RunState.CANCELLED) & recent)
        .where(runs.c.job_id == job_id)
        .order_by(runs.c.started_at.desc())
        .limit(1)
    )
    with transaction(store.engine) as connection:
        return bool(connection.execute(query).scalar_one_or_none())


def last_due(store: Store, job_id: str) -> datetime | None:
    """The due time up to which a job has run, for good or for ill; None: it never ran.

    One that is to be tried again is not behind it yet.
    """
    open_ = runs.c.retry_at.is_not(None) & (runs.c.state != RunState.RUNNING)
    before = func.min(runs.c.due_at).filter(open_) - text("interval '1 microsecond'")
    query = select(func.coalesce(before, func.max(runs.c.due_at))).where(
        runs.c.job_id == job_id, ~runs.c.job_version.regexp_match(BESIDE)
    )
    with transaction(store.engine) as connection:
        found: datetime | None = connection.execute(query).scalar_one_or_none()
    return found


def settled(store: Store, job_id: str, after: datetime) -> frozenset[datetime]:
    """Due times after one for which a job has nothing to do now: they have ended, or rest."""
    now_or_past = func.coalesce(runs.c.retry_at <= func.now(), False)
    query = select(runs.c.due_at).where(
        runs.c.job_id == job_id, runs.c.due_at > after, ~now_or_past
    )
    with transaction(store.engine) as connection:
        return frozenset(connection.execute(query).scalars())


def to_try_again(store: Store, job_id: str) -> list[datetime]:
    """Due times of a job that failed and are to be tried again, the oldest first."""
    query = (
        select(runs.c.due_at)
        .where(
            runs.c.job_id == job_id,
            runs.c.retry_at.is_not(None),
            runs.c.state != RunState.RUNNING,
        )
        .order_by(runs.c.due_at)
    )
    with transaction(store.engine) as connection:
        return list(connection.execute(query).scalars())


def give_up(store: Store, job_id: str, dues: Collection[datetime]) -> None:
    """Due times of a job are tried no more: its schedule has changed, and none of them comes."""
    with transaction(store.engine) as connection:
        connection.execute(
            update(runs)
            .where(
                runs.c.job_id == job_id,
                runs.c.due_at.in_(dues),
                runs.c.state != RunState.RUNNING,
            )
            .values(retry_at=None)
        )


def cancel(store: Store, run_id: uuid.UUID, *, by: str = "operator") -> bool:
    """Stop a run: its lease is taken from it, so it can publish nothing more from this moment.

    The process that does it notices between two items, or when it next writes.

    Returns:
        False: the run had ended before.

    Raises:
        UnknownRun: there is none with this id.
    """
    with transaction(store.engine) as connection:
        row = connection.execute(
            select(runs.c.job_id, runs.c.state).where(runs.c.id == run_id).with_for_update()
        ).first()
        if row is None:
            raise UnknownRun(str(run_id))
        if row.state != RunState.RUNNING:
            return False
        number = connection.execute(
            update(leases)
            .where(leases.c.job_id == row.job_id, leases.c.run_id == run_id)
            .values(number=leases.c.number + 1)
            .returning(leases.c.number)
        ).scalar_one()
        # Under the new number, so that the end which the process writes does not count.
        connection.execute(
            update(runs)
            .where(runs.c.id == run_id)
            .values(
                state=RunState.CANCELLED,
                lease=number,
                ended_at=func.now(),
                retry_at=None,
                detail="stopped by an operator",
            )
        )
        note(connection, by, "cancel", row.job_id, f"run {run_id}")
    return True


# Items and readings that were not taken.
_REFUSED = """
    SELECT at, feed_id, run_id, item_key AS what, '' AS sensor, rule, found FROM app.rejections
    UNION ALL
    SELECT at, feed_id, run_id, raw,
           concat_ws(' ', nullif(station, ''), nullif(variable, ''), nullif(datastream, '')), rule,
           found || CASE WHEN n > 1 THEN ' (' || n || ' readings)' ELSE '' END
    FROM app.quarantine
"""


def kept_aside(store: Store, run_id: uuid.UUID) -> list[dict[str, object]]:
    """What a run refused: items and readings, oldest first."""
    query = text(
        f"SELECT at, what, sensor, rule, found FROM ({_REFUSED}) r "  # noqa: S608  # words of ours
        "WHERE run_id = :run ORDER BY at, what"
    )
    with transaction(store.engine) as connection:
        return [dict(row) for row in connection.execute(query, {"run": run_id}).mappings()]


def rejected(store: Store, *, limit: int = 200) -> list[dict[str, object]]:
    """What sources sent that was not taken, the newest first: items and readings."""
    query = text(
        f"SELECT at, feed_id AS job, run_id::text AS run, what, sensor, rule, found "  # noqa: S608
        f"FROM ({_REFUSED}) r ORDER BY at DESC LIMIT :limit"
    )
    with transaction(store.engine) as connection:
        return [dict(row) for row in connection.execute(query, {"limit": limit}).mappings()]


def worker_seen(store: Store) -> datetime | None:
    """When a worker last said that it lives, as they do every ten seconds; None: none ever did."""
    query = text("SELECT max(last_heartbeat) FROM queue.procrastinate_workers")
    with transaction(store.engine) as connection:
        found: datetime | None = connection.execute(query).scalar_one_or_none()
    return found
