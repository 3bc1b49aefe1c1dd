"""The worker: a clock that looks at the jobs, and the runs that fall due."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import procrastinate
from croniter import croniter

from soc_monitor.errors import AlreadyRan, LockedByAnotherRun, SocMonitorError
from soc_monitor.runs.jobs import ShelvedJob
from soc_monitor.runs.registers import JUDGE

log = logging.getLogger(__name__)

Run = Callable[[str, datetime], None]


def due_time(schedule: str, now: datetime, zone: str = "UTC") -> datetime:
    """The newest instant at or before ``now`` that a cron line names in a zone; told in UTC.

    Example:
        >>> due_time("0 6 6 * *", datetime(2026, 11, 22, tzinfo=UTC)).isoformat()
        '2026-11-06T06:00:00+00:00'
        >>> due_time("0 6 * * *", datetime(2026, 7, 1, tzinfo=UTC), "Europe/Paris").isoformat()
        '2026-06-30T04:00:00+00:00'
    """
    # One second on, so that an instant which is due right now counts as past.
    here = (now + timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    found: datetime = croniter(schedule, here).get_prev(datetime)
    return found.astimezone(UTC)


def jitter(job_id: str, most_s: int) -> timedelta:
    """How late a job runs: the same always, and another for each job.

    Example:
        >>> jitter("era5_land", 600) == jitter("era5_land", 600) < timedelta(seconds=600)
        True
    """
    share = int.from_bytes(hashlib.sha256(job_id.encode()).digest()[:8]) / 2**64
    return timedelta(seconds=most_s * share)


def make_queue(
    conninfo: str,
    jobs: dict[str, ShelvedJob],
    run: Run,
    *,
    tick: str = "* * * * *",
) -> procrastinate.App:
    """A queue whose clock defers what is due; one run a job at a time.

    What the queue promises is not relied on: a run that is deferred twice finds its row there
    already, and one that was lost is deferred again at the next tick.

    Args:
        conninfo: the database, as libpq reads it.
        jobs: the jobs that are on.
        run: does one job for one due time, with all that follows from it.
        tick: how often the clock looks at the jobs (cron; a sixth field tells seconds).
    """
    queue = procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=conninfo, kwargs={"options": "-c search_path=queue,public"}
        ),
        # What was done is in our own runs; the clock alone would leave thousands of rows a day.
        worker_defaults={"delete_jobs": "always"},
    )

    @queue.task(name="run_job", queue="ingest", pass_context=False)
    def run_job(job_id: str, due_at: str) -> None:
        try:
            run(job_id, datetime.fromisoformat(due_at))
        except (AlreadyRan, LockedByAnotherRun) as reason:
            log.info("run skipped", extra={"job": job_id, "reason": str(reason)})
        except SocMonitorError as error:
            # The run has written its own end; the next due time tries again.
            log.error("run failed", extra={"job": job_id, "error": str(error)})  # noqa: TRY400

    @queue.periodic(cron=tick)
    @queue.task(name="tick", queue="clock", queueing_lock="tick")
    async def tell_due(timestamp: int) -> None:
        now = datetime.fromtimestamp(timestamp, UTC)
        for job_id, shelved in jobs.items():
            if not shelved.job.schedule:
                continue
            late = jitter(job_id, shelved.job.jitter_s)
            due = due_time(shelved.job.schedule, now - late, shelved.job.time_zone)
            with suppress(procrastinate.exceptions.AlreadyEnqueued):
                await run_job.configure(lock=job_id, queueing_lock=job_id).defer_async(
                    job_id=job_id, due_at=due.isoformat()
                )

    @queue.periodic(cron="*/2 * * * *")
    @queue.task(name="revive", queue="clock", queueing_lock="revive")
    async def revive(timestamp: int) -> None:  # noqa: ARG001  # the queue passes it
        for stalled in await queue.job_manager.get_stalled_jobs():
            try:
                await queue.job_manager.retry_job(stalled)
            except procrastinate.exceptions.UniqueViolation:
                # Its next turn is in the queue already and waits for the dead one's lock.
                await queue.job_manager.finish_job(
                    stalled, status=procrastinate.jobs.Status.FAILED, delete_job=True
                )

    _add_nightly(queue, run_job)
    return queue


CLOCKS = 3
"""Tasks of the clock that may fall due at once."""


def work_off(queue: procrastinate.App, jobs: Collection[str]) -> None:
    """Do what is in the queue, until told to stop by a signal.

    Each job has a slot of its own, and the clock has its own: a run may wait for half an hour for
    a source that is busy, and no other waits for it. How many compute at once is another matter
    (``runs.turns``).

    Args:
        queue: as ``make_queue`` makes it.
        jobs: ids of those that are on.
    """
    slots = len(jobs) + CLOCKS

    async def work() -> None:
        # The loop's own would have a few threads for each core.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(slots))
        async with queue.open_async():
            await queue.run_worker_async(
                queues=["clock", "ingest"],
                concurrency=slots,
                fetch_job_polling_interval=1.0,
                shutdown_graceful_timeout=5.0,
            )

    asyncio.run(work())


def _add_nightly(queue: procrastinate.App, run_job: Any) -> None:
    """The plan is judged every night: what is late or too old becomes so without a release."""

    @queue.periodic(cron="7 0 * * *")
    @queue.task(name="nightly", queue="clock", queueing_lock="nightly")
    async def nightly(timestamp: int) -> None:
        due = datetime.fromtimestamp(timestamp, UTC)
        with suppress(procrastinate.exceptions.AlreadyEnqueued):
            await run_job.configure(lock=JUDGE, queueing_lock=JUDGE).defer_async(
                job_id=JUDGE, due_at=due.isoformat()
            )
