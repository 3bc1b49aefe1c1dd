"""Two schedulers for ten minutes, with a tick a second: each job and due time once."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from soc_monitor.store.store import Store

from ..test_worker import JOB, ask, hear  # noqa: TID252  # folders of tests are no packages
from .conftest import Note, dose

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]
WORK = """
import sys
from pathlib import Path
from soc_monitor.runs.jobs import load_jobs
from soc_monitor.store import runs
from soc_monitor.store.store import open_store
from soc_monitor.worker import make_queue
url, arrays, folder, log = sys.argv[1:]
store = open_store(url, Path(arrays), statement_s=60)

def work(job_id, due_at):
    with runs.open_run(store, job_id, due_at, job_version="1", code_version="1") as run:
        with open(log, "a") as file:
            file.write(f"{job_id} {due_at.isoformat()}\\n")
        run.taken = 1

queue = make_queue(url.replace("+psycopg", ""), load_jobs([Path(folder)]), work,
                   tick="* * * * * */1")
print("ready", flush=True)
queue.run_worker(queues=["clock", "ingest"], concurrency=3, fetch_job_polling_interval=0.2,
                 shutdown_graceful_timeout=2.0)
"""


def test_two_schedulers_run_each_job_and_due_time_once(
    store: Store, tmp_path: Path, note: Note
) -> None:
    folder, log = tmp_path / "jobs", tmp_path / "done"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "a.yaml").write_text("k: {n: 1}\n")
    log.touch()
    names = ("one", "two", "three")
    for name in names:
        job = JOB.replace("minutely", name).replace('"* * * * *"', '"* * * * * */1"')
        (folder / f"{name}.py").write_text(job)
    seconds = dose(600, least=10)
    command = [sys.executable, "-c", WORK, store.engine.url.render_as_string(hide_password=False),
               str(store.arrays), str(folder), str(log)]  # fmt: skip
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        for child in children:
            hear(child, "ready")
        time.sleep(seconds)
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.communicate(timeout=60)
    done = Counter(log.read_text().splitlines())
    rows = ask(store, "SELECT job_id, due_at, state FROM app.runs")
    holders = ask(store, "SELECT count(DISTINCT holder) FROM app.runs")
    note(
        seconds=seconds,
        runs=len(done),
        twice=sum(n > 1 for n in done.values()),
        share_of_ticks=round(len(done) / (seconds * len(names)), 2),
        schedulers=holders[0][0],
    )
    assert max(done.values()) == 1, "a job ran twice for one due time"
    assert len(rows) == len(done)
    assert {state for _, _, state in rows} == {"done"}
    assert holders == [(2,)], "both had their part"
    assert len(done) > seconds * len(names) // 4
