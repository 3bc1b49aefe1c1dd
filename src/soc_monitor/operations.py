"""Operations: the verbs of the command, put together from settings.

What computes is imported where it is used: a verb that only looks answers in a second or two.
"""

import logging
import os
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from soc_monitor.errors import AlreadyRan, BadJob, SocMonitorError
from soc_monitor.model import IngestJob
from soc_monitor.runs.jobs import ShelvedJob, find_job, is_due, missed, read_jobs
from soc_monitor.runs.progress import Progress, silent
from soc_monitor.runs.registers import JUDGE, judge
from soc_monitor.settings import Settings
from soc_monitor.shelves import shelf
from soc_monitor.store import (
    cluster,
    control,
    holds,
    journal,
    orders,
    read_slices,
    runs,
    schema,
)
from soc_monitor.store.engine import make_engine
from soc_monitor.store.files import Kept
from soc_monitor.store.orders import Order
from soc_monitor.store.store import Store, open_store

log = logging.getLogger(__name__)
ORDERS_S, NUMBERS_S, ALERTS_S = 2.0, 30.0, 60.0
"""How often the worker looks for orders, at what rests on new slices, and at what is wrong."""

_BROUGHT = threading.Event()
"""Something may be new: the numbers are looked at before their time."""


def database_url(settings: Settings, *, start: bool = False) -> str:
    """The operator's server, or the private one; started when asked."""
    if settings.database_url:
        return settings.database_url
    folder = settings.postgres_folder
    return cluster.start(folder) if start else cluster.url(folder)


def migrate(url: str) -> str:
    """Bring the schema up; returns its version."""
    engine = make_engine(url, statement_s=0)
    try:
        schema.upgrade(engine)
        return schema.head()
    finally:
        engine.dispose()


def open_for_runs(settings: Settings, url: str, *, runs: int = 1) -> Store:
    """A store for work that takes its time, so many runs of it at once."""
    settings.arrays_folder.mkdir(parents=True, exist_ok=True)
    return open_store(url, settings.arrays_folder, statement_s=900, pool=5 + (runs + 1) // 2)


def kept_files(settings: Settings) -> Kept | None:
    """Where files of sources are kept for a while; None: they are not."""
    if not settings.keep_days or not settings.keep_gb:
        return None
    return Kept(settings.files_folder, int(settings.keep_gb * 1e9), settings.keep_days)


def job_folders(settings: Settings) -> list[Path]:
    """Where job files are: ours and the operator's own."""
    own = [] if settings.ingest_jobs is None else [settings.ingest_jobs]
    return [shelf("ingest_jobs"), *own]


def all_jobs(settings: Settings) -> dict[str, ShelvedJob]:
    """Every job that is right: ours and the operator's own."""
    return read_jobs(job_folders(settings))[0]


def broken_jobs(settings: Settings) -> dict[str, BadJob]:
    """What is wrong with the other job files, by the id that they should have."""
    return read_jobs(job_folders(settings))[1]


def one_job(settings: Settings, job_id: str) -> ShelvedJob:
    """A job by its id.

    Raises:
        UnknownJob: there is none.
        BadJob: there is, and its file is not right.
    """
    jobs = all_jobs(settings)
    if job_id not in jobs and (error := broken_jobs(settings).get(job_id)):
        raise error
    return find_job(jobs, job_id)


def note_broken(settings: Settings, store: Store) -> dict[str, BadJob]:
    """Write down which job files cannot be used, for the status page and the alerts; gives them."""
    broken = broken_jobs(settings)
    control.note_broken(store, {job_id: str(error) for job_id, error in broken.items()})
    return broken


def is_on(shelved: ShelvedJob, settings: Settings) -> bool:
    """A job runs by itself when it ships so, is named in the settings, or is in the mirror."""
    job = shelved.job
    folder = getattr(job.feed, "folder", "")
    mirrored = bool(settings.mirror and folder) and (Path(settings.mirror) / folder).is_dir()
    return job.on or job.id in settings.jobs or mirrored


def set_up(settings: Settings, store: Store, report: Progress = silent) -> list[str]:
    """Run every job that is on and has not been run as it is declared now, then publish.

    Returns:
        What failed, one line a job: the rest goes on without it.
    """
    done = {
        (run.job_id, run.job_version)
        for run in runs.list_runs(store, limit=10_000)
        if run.state in {"done", "nothing_new"}
    }
    failures = [str(error) for error in note_broken(settings, store).values()]
    for job_id, shelved in all_jobs(settings).items():
        if not is_on(shelved, settings) or (job_id, shelved.version) in done:
            continue
        from soc_monitor.runs.ingest import ingest  # noqa: PLC0415  # heavy: see the top

        try:
            ended = ingest(
                shelved,
                store,
                datetime.now(UTC),
                mirror=settings.mirror,
                secrets=os.environ,
                kept=kept_files(settings),
                report=report,
            )
            if ended.rejected:
                failures.append(f"{job_id}: {ended.detail}")
        except SocMonitorError as error:
            failures.append(f"{job_id}: {error}")
    return failures + refresh(settings, store, report)


def refresh(
    settings: Settings, store: Store, report: Progress = silent, *, last: int = 0
) -> list[str]:
    """Make anew what rests on new slices, and publish it; returns what failed.

    Args:
        settings: of this process.
        store: where.
        report: told of every step.
        last: only so many of the last steps; 0: all.
    """
    from soc_monitor.runs.assimilate import assimilate  # noqa: PLC0415  # heavy: see the top
    from soc_monitor.runs.benchmark import benchmark  # noqa: PLC0415
    from soc_monitor.runs.estimate import estimate  # noqa: PLC0415
    from soc_monitor.runs.land_degradation import land_degradation  # noqa: PLC0415
    from soc_monitor.runs.nowcast import nowcast  # noqa: PLC0415
    from soc_monitor.runs.saturation import saturation  # noqa: PLC0415
    from soc_monitor.runs.scenarios import scenarios  # noqa: PLC0415
    from soc_monitor.runs.soil_structure import soil_structure  # noqa: PLC0415
    from soc_monitor.runs.tier1 import OLDER, tier1  # noqa: PLC0415

    failures = []
    verbs = (
        ("ipcc_tier1", tier1),
        (OLDER.id, partial(tier1, product=OLDER)),
        ("sampled_baseline", assimilate),
        ("nowcast", partial(nowcast, dask=settings.dask)),
        ("scenarios", partial(scenarios, dask=settings.dask)),
        ("sdg_15_3_1", land_degradation),
        ("benchmark", benchmark),
        ("saturation", saturation),
        ("soil_structure", soil_structure),
        ("estimate", partial(estimate, dask=settings.dask)),
    )
    for name, verb in verbs[-last:]:
        try:
            verb(store, datetime.now(UTC), report=report)
        except SocMonitorError as error:
            failures.append(f"{name}: {error}")
    judge(store)
    return failures


def start_streams(
    jobs: dict[str, ShelvedJob], store: Store, stop: threading.Event
) -> list[threading.Thread]:
    """A thread for every job whose messages come by themselves; they end when told to stop."""
    from soc_monitor.feeds import MqttFeed  # noqa: PLC0415  # heavy: see the top
    from soc_monitor.runs.stream import listen  # noqa: PLC0415

    threads = [
        threading.Thread(target=listen, args=(shelved, store, stop, os.environ), name=job_id)
        for job_id, shelved in jobs.items()
        if isinstance(shelved.job.feed, MqttFeed)
    ]
    for thread in threads:
        thread.start()
    return threads


def run_due(settings: Settings, store: Store, job_id: str, due_at: datetime) -> None:
    """One job for one due time; the numbers that rest on it are made beside the queue.

    They may take hours, and no feed waits for them.
    """
    if job_id == JUDGE:
        judge(store)
        return
    if control.is_paused(store, job_id):
        log.info("paused", extra={"job": job_id})
        return
    shelved = one_job(settings, job_id)
    for due in _missed(store, shelved.job, due_at):
        with suppress(AlreadyRan):
            _ingest(settings, store, shelved, due)
    _ingest(settings, store, shelved, due_at)


def _missed(store: Store, job: IngestJob, due_at: datetime) -> list[datetime]:
    """What a job has to catch up with, by the schedule that it has now."""
    strays = [due for due in control.to_try_again(store, job.id) if not is_due(job, due)]
    if strays:
        control.give_up(store, job.id, strays)
    last = control.last_due(store, job.id)
    if last is None:
        return []
    return missed(job, last, due_at, control.settled(store, job.id, last))


def _ingest(settings: Settings, store: Store, shelved: ShelvedJob, due_at: datetime) -> None:
    from soc_monitor.runs.ingest import ingest  # noqa: PLC0415  # heavy: see the top

    ended = ingest(
        shelved,
        store,
        due_at,
        mirror=settings.mirror,
        secrets=os.environ,
        tries=runs.MOST_TRIES,
        kept=kept_files(settings),
    )
    if ended.taken:
        _BROUGHT.set()


def publish_new(settings: Settings, store: Store) -> None:
    """Make and publish what rests on new slices, or on a feed that stands otherwise than was told.

    What is new is asked of the store, not of a run: one that was killed after its slices were
    written has ended well, and its numbers are still to be made; and a feed becomes late as days
    pass, whatever runs. What fails is logged.
    """
    from soc_monitor.runs.estimate import health_changed  # noqa: PLC0415  # heavy: see the top
    from soc_monitor.runs.untried import untried  # noqa: PLC0415

    failures: list[str] = []
    # What came while the last numbers were made is published with them, before maps are made of it.
    if read_slices.unpublished(store) or untried(store, read_slices.newest_slices(store)):
        failures = refresh(settings, store)
    elif health_changed(store, datetime.now(UTC).date()):
        failures = refresh(settings, store, last=1)  # The estimates: no array is another.
    for failure in failures:
        log.error("refresh failed", extra={"failure": failure})


# --- what the worker does beside its queue -----------------------------------------------------


def start_keepers(
    settings: Settings, store: Store, stop: threading.Event
) -> list[threading.Thread]:
    """Threads that do what operators order, make the numbers, and tell what is wrong.

    Told to stop, they end; the numbers are no reason to wait: what is half made is begun again.
    """
    threads = [
        threading.Thread(target=_every, args=(stop, wait, work), name=name, daemon=wait is _brought)
        for name, wait, work in (
            ("orders", lambda: stop.wait(ORDERS_S), lambda: obey(settings, store)),
            ("numbers", _brought, lambda: publish_new(settings, store)),
            ("alerts", lambda: stop.wait(ALERTS_S), lambda: keep_house(settings, store)),
        )
    ]
    for thread in threads:
        thread.start()
    return threads


def _brought() -> None:
    """Wait until a run of this process has brought something, or another may have."""
    _BROUGHT.wait(NUMBERS_S)
    _BROUGHT.clear()


def _every(stop: threading.Event, wait: Callable[[], object], work: Callable[[], object]) -> None:
    while True:
        wait()
        if stop.is_set():
            return
        try:
            work()
        except SocMonitorError as error:
            log.error("put off", extra={"error": str(error)})  # noqa: TRY400  # told in words
        except Exception:
            # Nobody starts this thread again: what nobody thought of costs one look, not all.
            log.exception("put off")


def keep_house(settings: Settings, store: Store) -> None:
    """Tell operators what is wrong; let go what was kept long enough."""
    from soc_monitor.feeds.channels import channels  # noqa: PLC0415  # heavy: see the top
    from soc_monitor.feeds.decode import lack_of_locks  # noqa: PLC0415
    from soc_monitor.runs import alerting  # noqa: PLC0415

    note_broken(settings, store)
    known = channels(settings.alert_mail, settings.alert_hook)
    alerting.look(store, known, without=lack_of_locks())
    journal.forget_old(store)
    kept = kept_files(settings)
    if kept is not None:
        kept.tidy()


def obey(settings: Settings, store: Store) -> bool:
    """Do the oldest order; False: there is none."""
    with orders.taken(store) as order:
        if order is None:
            return False
        log.info("order", extra={"kind": order.kind, "job": order.job_id, "by": order.asked_by})
        try:
            order.outcome = _obey(settings, store, order)
        except SocMonitorError as error:
            order.outcome = f"{error.title()}: {error}"
    _BROUGHT.set()
    return True


def _obey(settings: Settings, store: Store, order: Order) -> str:
    from soc_monitor.runs.ingest import ingest  # noqa: PLC0415  # heavy: see the top
    from soc_monitor.runs.kept_feed import KeptFeed  # noqa: PLC0415

    shelved, kept = one_job(settings, order.job_id), kept_files(settings)
    window = None
    if order.kind == "backfill":
        window = (date.fromisoformat(order.body["from"]), date.fromisoformat(order.body["to"]))
    if order.kind == "accept":
        held = holds.find_hold(store, uuid.UUID(order.body["hold"]))
        if shelved.job.tiles is not None:
            # Of many files: they are asked for again.
            window = (held.preview.period, held.item.period_end or held.preview.period)
        elif kept is not None:
            feed = KeptFeed(feed=shelved.job.feed, kept=kept, items=(held.item,),
                            sums={held.item.key: held.sha256})  # fmt: skip
            shelved = replace(shelved, job=replace(shelved.job, feed=feed))
    ended = ingest(
        shelved,
        store,
        datetime.now(UTC),
        mirror=settings.mirror,
        window=window,
        secrets=os.environ,
        kept=kept,
    )
    return f"{ended.state}: {ended.detail}"
