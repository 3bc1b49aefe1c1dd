"""Operations: the verbs of the command, put together from settings.

What computes is imported where it is used: a verb that only looks answers in a second or two.
"""

import logging
import os
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from soc_monitor.errors import SocMonitorError
from soc_monitor.model import RunState, freshness
from soc_monitor.runs.jobs import ShelvedJob, find_job, load_jobs
from soc_monitor.runs.progress import Progress, silent
from soc_monitor.runs.registers import JUDGE, judge
from soc_monitor.settings import Settings
from soc_monitor.shelves import shelf
from soc_monitor.store import cluster, control, read, runs, schema, service
from soc_monitor.store.engine import make_engine
from soc_monitor.store.store import Store, open_store

log = logging.getLogger(__name__)
CHECK_S = 20.0
"""How long a page may take before the site counts as not available."""


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


def open_for_runs(settings: Settings, url: str) -> Store:
    """A store for work that takes its time."""
    settings.arrays_folder.mkdir(parents=True, exist_ok=True)
    return open_store(url, settings.arrays_folder, statement_s=900)


def all_jobs(settings: Settings) -> dict[str, ShelvedJob]:
    """Every job: ours and the operator's own."""
    folders = [shelf("ingest_jobs")]
    if settings.ingest_jobs is not None:
        folders.append(settings.ingest_jobs)
    return load_jobs(folders)


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
    failures = []
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
                report=report,
            )
            if ended.rejected:
                failures.append(f"{job_id}: {ended.detail}")
        except SocMonitorError as error:
            failures.append(f"{job_id}: {error}")
    return failures + refresh(settings, store, report)


def refresh(settings: Settings, store: Store, report: Progress = silent) -> list[str]:
    """Make anew what rests on new slices, and publish it; returns what failed."""
    from soc_monitor.runs.assimilate import assimilate  # noqa: PLC0415  # heavy: see the top
    from soc_monitor.runs.estimate import estimate  # noqa: PLC0415
    from soc_monitor.runs.land_degradation import land_degradation  # noqa: PLC0415
    from soc_monitor.runs.nowcast import nowcast  # noqa: PLC0415
    from soc_monitor.runs.scenarios import scenarios  # noqa: PLC0415
    from soc_monitor.runs.tier1 import tier1  # noqa: PLC0415

    failures = []
    verbs = (
        ("ipcc_tier1", tier1),
        ("sampled_baseline", assimilate),
        ("nowcast", partial(nowcast, dask=settings.dask)),
        ("scenarios", partial(scenarios, dask=settings.dask)),
        ("sdg_15_3_1", land_degradation),
        ("estimate", partial(estimate, dask=settings.dask)),
    )
    for name, verb in verbs:
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


def check(settings: Settings, store: Store, now: datetime) -> bool:
    """Ask for a public page as a reader does, look at the inputs, and keep what was found.

    Returns:
        Whether the page was answered.
    """
    import httpx2  # noqa: PLC0415  # heavy: see the top

    site = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    try:
        answer = httpx2.get(f"{site}/en/status", timeout=CHECK_S)
        answered = answer.is_success
    except httpx2.HTTPError as error:
        log.warning("the site does not answer", extra={"site": site, "reason": str(error)})
        answered = False
    # What does not age is never late, and what is paused is not expected.
    live = [one for one in read.inputs_status(store) if one.max_age_days and not one.paused]
    fresh = [
        one
        for one in live
        if freshness.judge(
            age=freshness.age_days(one.observed_until, now.date()),
            allowed=one.max_age_days,
            last_state=None if one.last_state is None else RunState(one.last_state),
        )
        in {freshness.Freshness.FRESH, freshness.Freshness.DUE}
    ]
    service.note_check(store, now.date(), answered=answered, inputs=len(live), fresh=len(fresh))
    return answered


def run_due(settings: Settings, store: Store, job_id: str, due_at: datetime) -> None:
    """One job for one due time, and what follows from it.

    What follows is asked of the store, not of this run: one that was killed after its slices were
    written has ended well, and its numbers are still to be made.
    """
    from soc_monitor.runs.ingest import ingest  # noqa: PLC0415  # heavy: see the top

    if job_id == JUDGE:
        judge(store)
        return
    if control.is_paused(store, job_id):
        log.info("paused", extra={"job": job_id})
        return
    try:
        ingest(
            find_job(all_jobs(settings), job_id),
            store,
            due_at,
            mirror=settings.mirror,
            secrets=os.environ,
        )
    finally:
        if read.unpublished(store):
            for failure in refresh(settings, store):
                log.error("refresh failed", extra={"failure": failure})
