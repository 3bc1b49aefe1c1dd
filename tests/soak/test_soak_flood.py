"""A flood of messages: 1 000 a second, a tenth of them repeats, the broker restarted in between.

It measures how fast the API answers meanwhile, so nothing else may run beside it.
"""

import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import numpy as np
import pytest
from sqlalchemy import text

from soc_monitor.store.store import Store, open_store

from ..runs import test_stream as streams  # noqa: TID252  # folders of tests are no packages
from .conftest import Note, dose, forget_peak, peak_mb

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]
broker = streams.broker
RATE = 1000
GROWS_MB = 256
"""How much more memory a process may hold in a flood than before it [MiB]."""
ASKED = ("/api/v1/map.json?v=stock&lvl=adm0", "/api/v1/series.json?v=stock&area=FRA",
         "/api/v1/freshness", "/en/status")  # fmt: skip


@pytest.fixture
def flooded(
    clone: Callable[[str], str], starter_template: str, starter_arrays: Path
) -> Iterator[Store]:
    """A store with something to read, which the flood goes into."""
    opened = open_store(clone(starter_template), starter_arrays, statement_s=60)
    yield opened
    opened.close()


@contextmanager
def site(store: Store) -> Iterator[tuple[str, int]]:
    """The web process over the same database: its address and its id."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": store.engine.url.render_as_string(hide_password=False),
        "SOC_DATA": str(store.arrays.parent),
        "SOC_PORT": str(port),
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "soc_monitor.cli", "web"], env=environment, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        streams.until(lambda: _answers(address), 120)
        yield address, child.pid
    finally:
        child.terminate()
        child.wait(30)


def _answers(address: str) -> bool:
    try:
        return all(httpx2.get(address + p, timeout=30).status_code == 200 for p in ASKED)
    except httpx2.TransportError:
        return False


class Asking(threading.Thread):
    """Asks the API, again and again, and keeps how long each answer took [ms]."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.stop, self.took = address, threading.Event(), list[float]()
        self.failed = 0

    def run(self) -> None:
        with httpx2.Client(base_url=self.address, timeout=30) as client:
            while not self.stop.wait(0.02):
                for path in ASKED:
                    start = time.perf_counter()
                    self.failed += client.get(path).status_code != 200
                    self.took.append((time.perf_counter() - start) * 1000)

    def end(self) -> list[float]:
        self.stop.set()
        self.join()
        return self.took


def ask_for(address: str, seconds: float) -> list[float]:
    asking = Asking(address)
    asking.start()
    time.sleep(seconds)
    return asking.end()


def test_a_flood_of_messages_with_repeats_and_a_restart_is_kept_whole(
    flooded: Store, broker: streams.Broker, note: Note, seed: int
) -> None:
    seconds = dose(60, least=6)
    made, chance = streams.job(5), np.random.default_rng(seed)
    before = streams.count(flooded)
    distinct = 1 + seconds * RATE * 9 // 10
    with site(flooded) as (address, web):
        ask_for(address, 5)  # What answers first has still to be compiled and read.
        idle = ask_for(address, min(15, 2 * seconds))
        forget_peak()
        memory, web_memory = peak_mb(), peak_mb(web)
        with streams.listening(made, flooded, broker):
            streams.until(lambda: streams.subscribed(flooded, broker, before))
            asking, began = Asking(address), time.monotonic()
            asking.start()
            for number, part in enumerate(streams.parts(seconds, RATE, chance)):
                start = time.monotonic()
                broker.send(part)
                if number == seconds // 2:
                    broker.stop()
                    broker.start()
                time.sleep(max(0.0, 1 - (time.monotonic() - start)))
            sending = time.monotonic() - began
            busy = asking.end()
            streams.until(lambda: streams.count(flooded) - before >= distinct, 300)
        intake_mb, web_mb = peak_mb(), peak_mb(web)
    stored = streams.count(flooded) - before
    with flooded.engine.connect() as connection:
        aside = connection.execute(
            text("SELECT count(*) FROM app.quarantine WHERE feed_id = 'lora'")
        ).scalar_one()
    note(
        sent=RATE * seconds,
        distinct=distinct,
        stored=stored,
        aside=aside,
        sending_s=round(sending, 1),
        all_stored_after_s=round(time.monotonic() - began, 1),
        idle_ms=round(statistics.median(idle), 1),
        busy_ms=round(statistics.median(busy), 1),
        idle_p95_ms=round(statistics.quantiles(idle, n=20)[-1], 1),
        busy_p95_ms=round(statistics.quantiles(busy, n=20)[-1], 1),
        intake_peak_mb=round(intake_mb),
        intake_grew_mb=round(intake_mb - memory),
        web_peak_mb=round(web_mb),
        web_grew_mb=round(web_mb - web_memory),
        latency_ratio=round(statistics.median(busy) / statistics.median(idle), 2),
    )
    assert stored == distinct
    assert aside == 0
    assert asking.failed == 0
    # The queue holds 50 000 messages at most, of less than a kilobyte each here.
    assert intake_mb - memory <= GROWS_MB
    assert web_mb - web_memory <= GROWS_MB
    assert statistics.median(busy) <= 2 * statistics.median(idle)
