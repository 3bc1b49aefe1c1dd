"""Ingest: find -> fetch -> check -> convert -> to grid -> write slice, for every item of a feed."""

import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from soc_monitor.errors import FeedUnreachable, ItemRejected, LeaseLost, NotThereYet
from soc_monitor.model import Access, IngestJob, Item, Readings, Run
from soc_monitor.runs.fetched import Fetched, fetch
from soc_monitor.runs.gone import gone_from
from soc_monitor.runs.jobs import ShelvedJob, code_version
from soc_monitor.runs.lost import Lost
from soc_monitor.runs.progress import Progress, silent
from soc_monitor.runs.rasters import take_rasters
from soc_monitor.runs.refuse import refuse, refused_before
from soc_monitor.runs.rows import take_readings, take_together
from soc_monitor.runs.tiles import Gathering
from soc_monitor.runs.turns import TURN
from soc_monitor.store import intake, runs, versions
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
    tries: int = 1,
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
        tries: how often the due time is tried, if it fails.
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
            store,
            job.id,
            due_at,
            job_version=shelved.version,
            code_version=code_version(),
            tries=tries,
        ) as run,
        _scratch(store, run) as folder,
    ):
        intake.clear_leftovers(store, job.id)
        run.force = force
        run.asked = access.window if window or force else None
        if job.tiles is not None:
            whole = Gathering(job, job.tiles, store, run, access, folder, kept, due_at.date())
            whole.take(report)
            gap = whole.gone
        else:
            taking = _Taking(job, store, run, access, folder, kept)
            taking.take(report)
            gap = "; ".join(filter(None, (gap, taking.passed_over(), taking.gone)))
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


@dataclass
class _Taking:
    """The items that a source offers, one by one."""

    job: IngestJob
    store: Store
    run: OpenRun
    access: Access
    folder: Path
    kept: Kept | None
    fetched: dict[str, Fetched] = field(default_factory=dict)
    missing: int = 0
    refused_now: list[str] = field(default_factory=list)
    """Keys of the items that this run has refused."""
    gone: str = ""
    """What is offered no longer, in words."""
    together: bool = field(init=False)
    """What several files hold together is taken once every one of them is there."""
    lost: Lost = field(init=False)
    refused: Mapping[tuple[str, str], tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        """What earlier runs found."""
        self.together = self.job.into is not None and not isinstance(self.job.into, Readings)
        self.lost = Lost(self.store, self.run)
        self.refused = {} if self.together else refused_before(self.store, self.run)

    def take(self, report: Progress) -> None:
        """Take what is new.

        Raises:
            FeedUnreachable: the source could not be reached; what was taken before stays.
            LeaseLost: the run was stopped.
        """
        job, run = self.job, self.run
        # What sensors measured is asked for from the newest reading on: a piece that was passed
        # over would never be asked for again.
        in_turn = isinstance(job.into, Readings) and bool(job.schedule)
        offered = job.feed.find(self.access)
        items = list(offered) if in_turn else self.lost.order(offered)
        known = intake.taken_versions(self.store, job.id)
        open_keys = versions.provisional_keys(self.store, job.id)
        log.info("items found", extra={"offered": len(items), "window": _told(self.access.window)})
        self.gone = gone_from(job, self.store, run, items, self.access.window)
        for number, item in enumerate(items):
            report(item.key, number, len(items))
            if run.lost.is_set():
                raise LeaseLost("stopped, or taken over by another run")
            if self.lost.away or (in_turn and self.lost.errors):
                break
            settled = not item.preliminary and item.key in open_keys
            if item.period is None or run.force or settled or not intake.is_taken(item, known):
                self._one(item)
        if self.lost.away:
            self.run.asked = None
        self.lost.end()
        if self.together and len(self.fetched) == len(items):
            try:
                with TURN:
                    take_together(job, self.store, run, self.fetched, self.folder)
            except ItemRejected as error:
                first = items[0]
                refuse(self.store, run, first, self.fetched[first.key].new.sha256, error)
        if self.missing and not run.detail:
            run.detail = f"{run.taken} taken, {run.rejected} rejected, {self.missing} not there yet"
        report(job.id, len(items), len(items))

    def _one(self, item: Item) -> None:
        """One item; what is wrong with it is written down, and costs it alone."""
        sha256 = item.sha256
        try:
            self._recall(item, sha256)
            sha256 = ""
            got = fetch(self.job, self.access, item, self.folder, self.kept)
            self.lost.reached()
            log.info("item fetched", extra={"item": item.key, "bytes": got.new.size})
            sha256 = got.new.sha256
            self._recall(item, sha256)
            self.fetched[item.key] = got
            with TURN:
                _take_alone(self.job, self.store, self.run, got, self.folder)
        except NotThereYet as error:
            # What comes month by month is asked for before it is there; a fixed file must be.
            if item.period is None:
                raise
            self.missing += 1
            log.info("item not there yet", extra={"item": item.key, "found": str(error)})
        except FeedUnreachable as error:
            self.lost.note(item, error)
        except ItemRejected as error:
            self.fetched.pop(item.key, None)
            self.refused_now.append(item.key)
            refuse(self.store, self.run, item, sha256, error)

    def passed_over(self) -> str:
        """What of the past of sensors was refused, in words; empty: nothing was.

        It does not stop what comes after it, and what comes after it is asked for from now on: the
        same answer would be refused again, hour by hour. An operator asks for it once its cause is
        gone.
        """
        if not (isinstance(self.job.into, Readings) and self.job.schedule and self.refused_now):
            return ""
        return f"refused, and not asked for again: {', '.join(self.refused_now)}: order a backfill"

    def _recall(self, item: Item, sha256: str) -> None:
        if said := self.refused.get((item.key, sha256)):
            raise ItemRejected(*said)


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
