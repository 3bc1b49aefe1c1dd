"""The worker: real processes on a real queue, each due time once, whatever dies."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import procrastinate
import pytest
from sqlalchemy import text

from soc_monitor.model import RunState
from soc_monitor.runs.jobs import load_jobs
from soc_monitor.store import read, runs
from soc_monitor.store.store import Store
from soc_monitor.worker import due_time, make_queue

JOB = """
from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import IngestJob, Register
words = {"en": "a", "fr": "b", "es": "c"}
job = IngestJob(id="minutely", title=words, feed=ShelfFeed(folder="files", keys=("a.yaml",),
                version="1"), licence="CC0-1.0", citation="c", link="l", schedule="* * * * *",
                into=Register(name="r", item="a.yaml", records_of=lambda d: d.items()))
"""
WORK = """
import sys, time
from pathlib import Path
from soc_monitor import operations
from soc_monitor.settings import Settings
from soc_monitor.store import runs
from soc_monitor.store.store import open_store
from soc_monitor.worker import make_queue
url, arrays, folder, mode = sys.argv[1:]
store = open_store(url, Path(arrays), statement_s=60)
settings = Settings(data=Path(arrays), ingest_jobs=Path(folder), mirror="", jobs=())
jobs = {"minutely": operations.all_jobs(settings)["minutely"]}

def hang(job_id, due_at):
    with runs.open_run(store, job_id, due_at, job_version="1", code_version="1",
                       tries=runs.MOST_TRIES):
        print("open", flush=True)
        time.sleep(600)

def work(job_id, due_at):
    operations.run_due(settings, store, job_id, due_at)

queue = make_queue(url.replace("+psycopg", ""), jobs, hang if mode == "hang" else work)
print("ready", flush=True)
queue.run_worker(queues=["clock", "ingest"], concurrency=2, fetch_job_polling_interval=0.1,
                 shutdown_graceful_timeout=2.0)
"""
WAIT = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from soc_monitor.runs.jobs import load_jobs
from soc_monitor.worker import make_queue, work_off
url, folder = sys.argv[1:]
waiting = set()

def work(job_id, due_at):
    if job_id.startswith("slow"):
        waiting.add(job_id)
        print(job_id, flush=True)
        time.sleep(600)
    elif job_id == "quick" and len(waiting) == 12:
        print(job_id, flush=True)

jobs = load_jobs([Path(folder)])
queue = make_queue(url, jobs, work, tick="* * * * * */2")
work_off(queue, jobs)
"""
QUEUED = "SELECT 1 FROM queue.procrastinate_jobs"
Start = Callable[[str], subprocess.Popen[str]]


@pytest.mark.parametrize(
    ("schedule", "now", "due"),
    [
        ("0 6 6 * *", "2026-11-22T00:00:00", "2026-11-06T06:00:00"),
        ("0 6 6 * *", "2026-11-06T06:00:00", "2026-11-06T06:00:00"),
        ("0 6 6 * *", "2026-11-06T05:59:59", "2026-10-06T06:00:00"),
        ("* * * * *", "2026-11-22T10:30:59", "2026-11-22T10:30:00"),
        ("* * * * *", "2026-11-22T10:30:00", "2026-11-22T10:30:00"),
        ("0 0 29 2 *", "2026-01-01T00:00:00", "2024-02-29T00:00:00"),
        ("30 1 * * 0", "2026-03-29T01:30:00", "2026-03-29T01:30:00"),
    ],
)
def test_the_due_time_is_the_newest_that_has_come(schedule: str, now: str, due: str) -> None:
    instant = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = due_time(schedule, instant)
    assert found == datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert found.utcoffset() == timedelta(0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of job files with one job, due every minute."""
    (tmp_path / "jobs" / "files").mkdir(parents=True)
    (tmp_path / "jobs" / "minutely.py").write_text(JOB)
    (tmp_path / "jobs" / "files" / "a.yaml").write_text("k: {n: 1}\n")
    return tmp_path / "jobs"


@pytest.fixture
def queue(store: Store, folder: Path) -> Iterator[procrastinate.App]:
    """The same queue, for this process to put things in."""
    url = store.engine.url.render_as_string().replace("+psycopg", "")

    def never(*_: Any) -> None:
        pytest.fail("this process does no work")

    made = make_queue(url, load_jobs([folder]), never)
    with made.open():
        yield made


@pytest.fixture
def start(store: Store, folder: Path) -> Iterator[Start]:
    """Starts a worker process: one that works, or one that hangs in its run."""
    children: list[subprocess.Popen[str]] = []

    def new(mode: str = "work") -> subprocess.Popen[str]:
        url = store.engine.url.render_as_string()
        command = [sys.executable, "-c", WORK, url, str(store.arrays), str(folder), mode]
        children.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return children[-1]

    yield new
    for child in children:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()


def hear(child: subprocess.Popen[str], word: str) -> None:
    assert child.stdout is not None
    assert child.stdout.readline() == f"{word}\n"


def ask(store: Store, query: str) -> list[tuple[Any, ...]]:
    with store.engine.begin() as connection:
        found = connection.execute(text(query))
        return [tuple(row) for row in found] if found.returns_rows else []


def until(true: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def ended(store: Store, due: datetime) -> bool:
    return any(r.due_at == due and r.ended_at is not None for r in runs.list_runs(store))


def put(queue: procrastinate.App, task: str, instant: datetime) -> None:
    """Put a turn of the clock into the queue, as its own ticking does."""

    def in_queue() -> bool:
        try:
            queue.tasks[task].defer(timestamp=int(instant.timestamp()))
        except procrastinate.exceptions.AlreadyEnqueued:
            return False
        return True

    until(in_queue)


def test_two_workers_run_a_job_once_for_each_due_time(
    store: Store, queue: procrastinate.App, start: Start
) -> None:
    for worker in [start("work"), start("work")]:
        hear(worker, "ready")
    # The clock's own first turn, then three of long ago, each of them twice.
    until(lambda: any(run.ended_at for run in runs.list_runs(store)))
    past = [datetime(2026, 1, 1, 12, minute, tzinfo=UTC) for minute in range(3)]
    for due in past:
        for seconds in (0, 30):
            put(queue, "tick", due + timedelta(seconds=seconds))
        # A turn of the job that still waits takes the place of a new one: the clock ticks on.
        while not ended(store, due):
            put(queue, "tick", due)
    until(lambda: ask(store, "SELECT count(*) FROM queue.procrastinate_jobs") == [(0,)])
    found = runs.list_runs(store)
    assert {run.state for run in found} <= {RunState.DONE, RunState.NOTHING_NEW}
    assert set(past) < {run.due_at for run in found}
    # A lease is counted up whenever a run begins: none began that is not in the list.
    assert max(run.lease for run in found) == len(found)
    assert [run.state for run in found].count(RunState.DONE) == 1
    assert read.read_records(store, "r") == [("k", {"n": 1})]


@pytest.mark.parametrize("waiting", [False, True], ids=["alone", "with its next turn waiting"])
def test_a_run_whose_worker_was_killed_is_taken_up_by_another(
    store: Store, queue: procrastinate.App, start: Start, *, waiting: bool
) -> None:
    first = start("hang")
    hear(first, "ready")
    hear(first, "open")
    (hung,) = runs.list_runs(store)
    if waiting:
        put(queue, "tick", hung.due_at)
        until(lambda: ask(store, f"{QUEUED} WHERE task_name = 'run_job' AND status = 'todo'"))
    first.kill()
    first.wait()
    # Half a minute later:
    ask(store, "UPDATE queue.procrastinate_workers SET last_heartbeat = now() - interval '31 s'")
    hear(start("work"), "ready")
    put(queue, "revive", datetime.now(UTC))
    until(lambda: ended(store, hung.due_at))
    run = next(r for r in runs.list_runs(store) if r.due_at == hung.due_at)
    assert (run.id, run.state) == (hung.id, RunState.DONE)
    assert run.lease > hung.lease
    # Nothing is left that holds the job's lock: the next due time is run as well.
    until(lambda: not ask(store, f"{QUEUED} WHERE task_name = 'run_job'"))


def test_a_job_that_runs_for_long_has_one_turn_in_the_queue(
    store: Store, queue: procrastinate.App, start: Start
) -> None:
    first = start("hang")
    hear(first, "ready")
    hear(first, "open")
    for minute in range(3):
        put(queue, "tick", datetime(2026, 1, 1, 12, minute, tzinfo=UTC))
        until(lambda: not ask(store, f"{QUEUED} WHERE task_name = 'tick'"))
    waiting = ask(store, f"{QUEUED} WHERE task_name = 'run_job' AND status = 'todo'")
    assert len(waiting) == 1


def test_runs_that_wait_for_their_sources_hold_up_no_other_and_no_clock(
    store: Store, folder: Path
) -> None:
    slow = {f"slow_{n}" for n in range(12)}  # More than a loop has threads by itself.
    for name in (*slow, "quick"):
        (folder / f"{name}.py").write_text(JOB.replace("minutely", name))
    url = store.engine.url.render_as_string().replace("+psycopg", "")
    child = subprocess.Popen([sys.executable, "-c", WAIT, url, str(folder)],
                             stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert child.stdout is not None
    said: set[str] = set()
    # What is never said would be waited for without an end.
    deadline = threading.Timer(300, child.kill)
    deadline.start()
    try:
        for line in child.stdout:
            said.add(line.strip())
            # The quick one is due every minute, as the others are: it is asked for at last.
            if said >= slow | {"quick"}:
                break
    finally:
        deadline.cancel()
        child.kill()
        child.wait()
        child.stdout.close()
    assert said >= slow | {"quick"}


def test_the_queue_does_not_grow(store: Store, queue: procrastinate.App, start: Start) -> None:
    hear(start("work"), "ready")
    due = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    put(queue, "tick", due)
    until(lambda: ended(store, due))
    for table in ("jobs", "events"):
        query = f"SELECT count(*) FROM queue.procrastinate_{table}"  # noqa: S608  # ours
        until(lambda query=query: ask(store, query) == [(0,)])  # type: ignore[misc]
