"""Two schedulers for ten minutes, with a tick a second: each job and due time once, none left out.

A run takes longer than a second now and then. What fell due meanwhile is caught up with, by jobs
that say so (``catch_up="all"``); one that takes the newest alone passes such ticks over by rule.
"""

import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from soc_monitor.store.store import Store

from ..runs.test_stream import until  # noqa: TID252  # folders of tests are no packages
from ..test_worker import JOB, ask, hear  # noqa: TID252
from .conftest import Note, dose

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]
NAMES = ("one", "two", "three")
WORK = """
import sys
from pathlib import Path
from soc_monitor import operations
from soc_monitor.settings import Settings
from soc_monitor.store.store import open_store
from soc_monitor.worker import make_queue
url, arrays, folder = sys.argv[1:]
store = open_store(url, Path(arrays), statement_s=60)
settings = Settings(data=Path(arrays), ingest_jobs=Path(folder), mirror="", jobs=())
jobs = {name: one for name, one in operations.all_jobs(settings).items() if name in NAMES}
queue = make_queue(url.replace("+psycopg", ""), jobs,
                   lambda job_id, due_at: operations.run_due(settings, store, job_id, due_at),
                   tick="* * * * * */1")
print("ready", flush=True)
queue.run_worker(queues=["clock", "ingest"], concurrency=4, fetch_job_polling_interval=0.2,
                 shutdown_graceful_timeout=2.0)
""".replace("NAMES", repr(NAMES))


def test_two_schedulers_run_each_job_and_due_time_once(
    store: Store, tmp_path: Path, note: Note
) -> None:
    folder = tmp_path / "jobs"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "a.yaml").write_text("k: {n: 1}\n")
    for name in NAMES:
        job = JOB.replace("minutely", name).replace(
            'schedule="* * * * *"', 'schedule="* * * * * */1", catch_up="all"'
        )
        (folder / f"{name}.py").write_text(job)
    seconds = dose(600, least=10)
    command = [sys.executable, "-c", WORK, store.engine.url.render_as_string(hide_password=False),
               str(store.arrays), str(folder)]  # fmt: skip
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        for child in children:
            hear(child, "ready")
        time.sleep(seconds)
        end = datetime.now(UTC).replace(microsecond=0)
        # What is late is caught up with before anybody is stopped.
        until(lambda: len(up_to(store, end)) == len(NAMES), 1200)
        caught_up_s = (datetime.now(UTC) - end).total_seconds()
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.communicate(timeout=60)
    rows = ask(store, "SELECT job_id, due_at, state, tries FROM app.runs")
    done = {(job, due) for job, due, state, _ in rows if state in {"done", "nothing_new"}}
    # Every run that begins takes the next number of its job's lease.
    begun = sum(number for (number,) in ask(store, "SELECT number FROM app.leases"))
    missing = {name: absent(done, name, end) for name in NAMES}
    holders = ask(store, "SELECT count(DISTINCT holder) FROM app.runs")
    note(
        seconds=seconds,
        runs=len(done),
        twice=begun - len(rows),
        missing=sum(map(len, missing.values())),
        caught_up_s=round(caught_up_s, 1),
        schedulers=holders[0][0],
    )
    assert begun == len(rows), "a job ran twice for one due time"
    assert Counter(tries for *_, tries in rows) == {1: len(rows)}
    assert missing == {name: [] for name in NAMES}, "a due time was left out"
    assert len(done) >= seconds * len(NAMES)
    assert holders == [(2,)], "both had their part"


def up_to(store: Store, end: datetime) -> list[str]:
    """Jobs that have ended a run for a due time or a later one."""
    newest = ask(
        store,
        "SELECT job_id, max(due_at) FROM app.runs WHERE state IN ('done', 'nothing_new') "
        "GROUP BY job_id",
    )
    return [job for job, due in newest if due >= end]


def absent(done: set[tuple[str, datetime]], name: str, end: datetime) -> list[datetime]:
    """Seconds from the first due time of a job to the end that it has no run for."""
    dues = {due for job, due in done if job == name}
    first = min(dues)
    count = int((end - first).total_seconds()) + 1
    return [at for n in range(count) if (at := first + timedelta(seconds=n)) not in dues]
