"""Two hundred kills of ingest and estimates at random moments, under the eyes of a reader.

Starting Python anew takes longer than the work: one process loads everything once, and forks.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from soc_monitor.store.store import Store, open_store

from ..journeys.conftest import (  # noqa: TID252  # folders of tests are no packages
    Driven,
    Undisturbed,
    check_nothing_left,
    check_whole_or_nothing,
)
from .conftest import Note, dose

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]
NURSERY = """
import json, os, sys
from pathlib import Path
from soc_monitor import operations
from soc_monitor.errors import SocMonitorError
from soc_monitor.runs import assimilate, estimate, ingest, land_degradation, nowcast, tier1
from soc_monitor.runs.jobs import load_jobs
from soc_monitor.settings import Settings

def work(asked):
    os.environ["DATABASE_URL"] = asked["url"]
    operations.all_jobs = lambda settings: load_jobs([Path(asked["shelf"])])
    settings = Settings(data=Path(asked["data"]), mirror="", jobs=())
    try:
        store = operations.open_for_runs(settings, asked["url"])
        failures = operations.set_up(settings, store)
    except SocMonitorError as error:
        failures = [f"{type(error).__name__}: {error}"]
    Path(asked["told"]).write_text(json.dumps(failures))

print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        work(json.loads(line))
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


@dataclass
class Nursery:
    """A process with everything loaded, whose children do the work and are killed."""

    process: "subprocess.Popen[str]"

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def bear(self, driven: Driven, after_s: float | None) -> bool:
        """Let a child work, and kill it after a while; False: it had ended before."""
        told = driven.data / "told.json"
        told.unlink(missing_ok=True)
        asked = {"url": driven.url, "shelf": str(driven.shelf), "data": str(driven.data),
                 "told": str(told)}  # fmt: skip
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        child = int(self.hear())
        timer = threading.Timer(after_s or 0, _kill, (child,))
        if after_s is not None:
            timer.start()
        status = int(self.hear())
        timer.cancel()
        if status == 0:
            assert json.loads(told.read_text()) == []
        else:
            assert os.WIFSIGNALED(status), f"it ended by itself, with {status}"
            assert os.WTERMSIG(status) == signal.SIGKILL
        return status != 0


def _kill(child: int) -> None:
    # It may have come to its end in this very moment.
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    """The process that forks."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-W", "ignore", "-c", NURSERY]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SOC_")}
    made = Nursery(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment))
    assert made.hear() == "ready"
    yield made
    made.process.communicate(timeout=60)


@dataclass
class Watcher:
    """A reader who looks all the time."""

    store: Store
    stop: threading.Event
    mixed: list[AssertionError]
    looks: int = 0

    def watch(self) -> None:
        while not self.stop.wait(0.02) and not self.mixed:
            try:
                check_whole_or_nothing(self.store)
                self.looks += 1
            except AssertionError as error:
                self.mixed.append(error)


def one_life(nursery: Nursery, driven: Driven, chance: np.random.Generator, most_s: float) -> int:
    """Kill a set-up again and again until it comes to its end; how often."""
    killed = 0
    while nursery.bear(driven, chance.uniform(0, most_s)):
        killed += 1
        # Now and then longer: the last steps take their time, and have to end once.
        most_s *= 1.02
    return killed


def test_two_hundred_kills_of_the_process_under_the_eyes_of_a_reader(
    clone: Callable[[str], str],
    template: str,
    small_shelf: Path,
    tmp_path: Path,
    undisturbed: Undisturbed,
    nursery: Nursery,
    note: Note,
    seed: int,
) -> None:
    chance = np.random.default_rng(seed)
    wanted, killed, lives, looks = dose(200, least=3), 0, 0, 0
    mixed: list[AssertionError] = []
    began = time.monotonic()
    while killed < wanted:
        driven = Driven(tmp_path / str(lives), small_shelf, clone(template))
        driven.data.mkdir()
        store = open_store(driven.url, driven.data / "arrays", statement_s=60)
        watcher = Watcher(store, threading.Event(), mixed)
        reader = threading.Thread(target=watcher.watch)
        reader.start()
        try:
            killed += one_life(nursery, driven, chance, undisturbed.seconds / 8)
        finally:
            watcher.stop.set()
            reader.join()
            store.close()
        looks += watcher.looks
        lives += 1
        assert mixed == []
        assert driven.state() == undisturbed.state, "lost or double"
        check_nothing_left(driven)
        note(kills=killed, lives=lives, looks=looks, mixed=len(mixed), lost=0, double=0)
    note(seconds_a_kill=round((time.monotonic() - began) / killed, 1))
    assert looks > killed
