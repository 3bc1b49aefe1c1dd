"""Ingest: find -> fetch -> check -> convert -> to grid -> write slice, for every item of a feed."""

import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from soc_monitor.errors import ItemRejected, LeaseLost, NotThereYet
from soc_monitor.model import Access, IngestJob, Readings, Run
from soc_monitor.runs.fetched import Fetched, fetch
from soc_monitor.runs.jobs import ShelvedJob, code_version
from soc_monitor.runs.progress import Progress, silent
from soc_monitor.runs.rasters import take_rasters
from soc_monitor.runs.refuse import refuse
from soc_monitor.runs.rows import take_readings, take_together
from soc_monitor.runs.tiles import Gathering
from soc_monitor.store import intake, runs
from soc_monitor.store.files import Kept
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)

MOST_BACK = timedelta(days=366)
"""So much of what sensors measured while nobody asked is asked for by itself."""


def ingest(
    shelved: ShelvedJob,
    store: Store,
    due_at: datetime,
    *,
    mirror: str = "",
    window: tuple[date, date] | None = None,
    secrets: Mapping[str, str] | None = None,
    plain_http: bool = False,
    force: bool = False,
    kept: Kept | None = None,
    report: Progress = silent,
) -> Run:
    """Run a job: take every item that is new, refuse what is wrong, go on with the rest.

    Nothing that is refused, and nothing of a run that dies, is ever seen by readers. The same
    items again are no work.

    Args:
        shelved: the job.
        store: where it writes.
        due_at: the time that it runs for: once.
        mirror: looked into before any outside address.
        window: first and last day of what is wanted; None: from the newest period on, and what
            comes late or revised before it.
        secrets: variables that hold secrets, by name.
        plain_http: ``http`` is allowed, for servers of the operator's own.
        force: an operator has looked at a step that was refused, and takes it; what was taken is
            asked for again.
        kept: where files are kept for a while; None: they are not.
        report: told of every step.

    Returns:
        The run as it ended.

    Raises:
        FeedUnreachable: the source could not be reached; what was taken before stays.
        NoSpace: there is no room for the arrays.
        LockedByAnotherRun, AlreadyRan: see ``store.runs.open_run``.
    """
    job = shelved.job
    runs.register_feed(store, job)
    gap = "" if window else unasked(store, job, look_back(store, job, due_at.date())[0])
    access = Access(
        mirror=mirror,
        shelf=shelved.folder,
        window=window or look_back(store, job, due_at.date()),
        today=due_at.date(),
        secrets=secrets or {},
        plain_http=plain_http,
    )
    with (
        runs.open_run(
            store, job.id, due_at, job_version=shelved.version, code_version=code_version()
        ) as run,
        _scratch(store, run) as folder,
    ):
        intake.clear_leftovers(store, job.id)
        run.force = force
        if job.tiles is not None:
            whole = Gathering(job, job.tiles, store, run, access, folder, kept, due_at.date())
            whole.take(report)
        else:
            _ingest(job, store, run, access, folder, kept, report)
        log.info("run ends", extra={"taken": run.taken, "rejected": run.rejected})
        run.detail = run.detail or f"{run.taken} taken, {run.rejected} rejected"
        run.detail = f"{run.detail}; {gap}" if gap else run.detail
    return runs.get_run(store, run.id)


@contextmanager
def _scratch(store: Store, run: OpenRun) -> Iterator[Path]:
    """An empty folder for the files of one run; what a run that was killed left goes first.

    It is named by the lease: a run that was taken over may wake up, and then removes its own
    folder and not that of the run that took over, which may even bear the same id.
    """
    every = store.arrays / ".scratch" / run.job_id
    folder = every / str(run.lease)
    shutil.rmtree(every, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # another run of the job has its own in it by now
            every.rmdir()


def _ingest(
    job: IngestJob,
    store: Store,
    run: OpenRun,
    access: Access,
    folder: Path,
    kept: Kept | None,
    report: Progress,
) -> None:
    items = list(job.feed.find(access))
    known = intake.taken_versions(store, job.id)
    log.info("items found", extra={"offered": len(items), "window": _told(access.window)})
    fetched: dict[str, Fetched] = {}
    missing = 0
    for number, item in enumerate(items):
        report(item.key, number, len(items))
        if run.lost.is_set():
            raise LeaseLost("stopped, or taken over by another run")
        if item.period is not None and not run.force and intake.is_taken(item, known):
            continue
        try:
            got = fetch(job, access, item, folder, kept)
            log.info("item fetched", extra={"item": item.key, "bytes": got.new.size})
            fetched[item.key] = got
            _take_alone(job, store, run, got, folder)
        except NotThereYet as error:
            # What comes month by month is asked for before it is there; a fixed file must be.
            if item.period is None:
                raise
            missing += 1
            log.info("item not there yet", extra={"item": item.key, "found": str(error)})
        except ItemRejected as error:
            sha = fetched.pop(item.key).new.sha256 if item.key in fetched else ""
            refuse(store, run, item, sha, error)
    together = job.into is not None and not isinstance(job.into, Readings)
    if together and len(fetched) == len(items):
        try:
            take_together(job, store, run, fetched, folder)
        except ItemRejected as error:
            refuse(store, run, items[0], fetched[items[0].key].new.sha256, error)
    if missing and not run.detail:
        run.detail = f"{run.taken} taken, {run.rejected} rejected, {missing} not there yet"
    report(job.id, len(items), len(items))


def _told(window: tuple[date, date]) -> str:
    return f"{window[0]}..{window[1]}"


def _take_alone(job: IngestJob, store: Store, run: OpenRun, got: Fetched, folder: Path) -> None:
    """What is taken file by file; the rest is taken when every file is there."""
    if job.layers or job.layers_of:
        take_rasters(job, store, run, got, folder)
    elif isinstance(job.into, Readings):
        take_readings(job.into, store, run, got, folder)
    else:
        return
    shutil.rmtree(got.file.parent)


def look_back(store: Store, job: IngestJob, today: date) -> tuple[date, date]:
    """The window of an ordinary run: from what is newest on, and ``late_days`` before it.

    Of sensors: from the newest reading on, so that what came while nobody asked is had again, at
    most ``MOST_BACK``. The first run of a source that goes on through time begins ``late_days``
    ago: its history is asked for by a backfill, never by itself. What does not go on is taken
    whole.
    """
    sensors = isinstance(job.into, Readings)
    newest = _newest(store, job)
    if not job.schedule and (sensors or newest is None):
        return date.min, today
    since = (newest or today) - timedelta(days=job.late_days)
    return (max(since, today - MOST_BACK) if sensors else since), today


def _newest(store: Store, job: IngestJob) -> date | None:
    if not isinstance(job.into, Readings):
        return intake.newest_period(store, job.id)
    reading = intake.newest_reading(store, job.id)
    return None if reading is None else reading.astimezone(UTC).date()


def unasked(store: Store, job: IngestJob, since: date) -> str:
    """What lies between the newest reading and the window, in words; empty: nothing does."""
    newest = _newest(store, job)
    if not isinstance(job.into, Readings) or newest is None or newest >= since:
        return ""
    return f"{newest}..{since} is not asked for: order a backfill"
