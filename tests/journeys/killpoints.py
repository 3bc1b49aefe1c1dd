"""Kills an ingest and an estimate at one point of them after the other, and looks at what is left.

``python killpoints.py DATABASE_URL ARRAYS SHELF STRIDE OFFSET``. A point is a place where something
becomes lasting: before and after each commit, and before each file or folder is written, renamed or
removed. Each run takes another year, in a child that kills itself with SIGKILL at its point; a
second child looks at what readers see, goes on, and looks again. One line of JSON for each.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

from soc_monitor.errors import LockedByAnotherRun
from soc_monitor.feeds import ShelfFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Layer
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.ingest import ingest
from soc_monitor.runs.jobs import ShelvedJob
from soc_monitor.runs.verify import verify
from soc_monitor.store import read, read_slices
from soc_monitor.store.store import Store, open_store

WRITES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}
ANY_WRITE = os.O_WRONLY | os.O_RDWR
CUBE = Cube(product="made_up", variable="soc_stock_0_30cm", unit="t ha-1", freq=Freq.YEAR,
            grid=Grid(nx=36, ny=18), data_class=DataClass.MODELLED, dtype="int16",
            fill=-32767)  # fmt: skip


def job(year: int) -> IngestJob:
    """The job that takes the file of one year."""
    layer = Layer(cube=CUBE, item=f"{year}.tif", period=date(year, 1, 1),
                  period_end=date(year, 12, 31), unit="t ha-1", valid=(0.0, 1000.0),
                  nodata=-32767)  # fmt: skip
    return IngestJob(id="made_up", title={"en": "M", "fr": "M", "es": "M"}, licence="-",
                     citation="-", link="-", layers=(layer,),
                     feed=ShelfFeed(folder="files", keys=(layer.item,), version="1"))  # fmt: skip


def work(store: Store, shelf: Path, year: int) -> None:
    """Take a year, and publish what rests on it."""
    ingest(ShelvedJob(job(year), shelf, "v1"), store, datetime.now(UTC))
    if read_slices.unpublished(store):
        estimate(store, datetime.now(UTC))


class Points:
    """Counts the points that a process comes by, and kills it at one of them."""

    def __init__(self, at: int) -> None:
        self.at, self.seen = at, 0

    def pass_by(self, *_: Any) -> None:
        """One more."""
        self.seen += 1
        if self.seen == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(self, name: str, args: tuple[Any, ...]) -> None:
        """What the interpreter tells of files."""
        writing = (
            name == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if (name in WRITES or writing) and "arrays" in str(args[0]):
            self.pass_by()


def whole(store: Store, year: int) -> bool:
    """Whether readers see a year; all that belongs to it, or nothing."""
    release = read.find_release(store)
    (listed,) = (one for one in read.available(store, release)
                 if (one.indicator, one.product) == ("soc_stock_0_30cm", "made_up"))  # fmt: skip
    number = date(year, 1, 1) in {first for first, _ in listed.periods}
    shown = date(year, 1, 1) in {p.period for p in read_slices.released_slices(store, release)}
    assert number is shown, f"{year}: number {number}, slice {shown}"
    return number


def look_and_go_on(store: Store, shelf: Path, year: int) -> dict[str, object]:
    """What a killed run has left, and that the next one ends it."""
    before = whole(store, year)
    end = time.monotonic() + 30
    while True:
        try:
            work(store, shelf, year)
            break
        except LockedByAnotherRun:
            # The database has not yet noticed that the other is dead.
            assert time.monotonic() < end
            time.sleep(0.05)
    assert whole(store, year), "lost"
    pieces = [p for p in read_slices.newest_slices(store) if p.period.year == year]
    assert [p.version for p in pieces] == [1], "double"
    (made,) = (c for c in read_slices.newest_calculations(store)
               if (c.indicator, c.period.year) == ("soc_stock_0_30cm", year))  # fmt: skip
    assert made.slices == (pieces[0].id,)
    assert list(verify(store)) == []
    numbers = read.read_map(store, read.find_release(store), "soc_stock_0_30cm", "made_up",
                            date(year, 1, 1))  # fmt: skip
    assert np.isclose(float(numbers["WLD"].value or 0), year - 1900)
    scratch = store.arrays / ".scratch"
    return {"seen": before, "left": sum(p.is_file() for p in scratch.rglob("*"))}


def in_child(do: Callable[[], dict[str, object] | None]) -> tuple[int, dict[str, object]]:
    """How a child ended, and what it said."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        told = do()
        os.write(writing, json.dumps(told or {}).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = json.loads(pipe.read() or "{}")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), told


def main(arguments: list[str]) -> int:
    """Every point whose number is ``offset`` more than a multiple of ``stride``."""
    url, arrays, shelf = arguments[0], Path(arguments[1]), Path(arguments[2])
    stride, offset = int(arguments[3]), int(arguments[4])
    at, year = 1 + offset, 1951
    while True:

        def be_killed(year: int = year, at: int = at) -> None:
            points = Points(at)
            sys.addaudithook(points.hear)
            event.listen(Engine, "commit", points.pass_by)
            event.listen(Pool, "checkin", points.pass_by)
            store = open_store(url, arrays, statement_s=60)
            work(store, shelf, year)
            store.close()

        def go_on(year: int = year) -> dict[str, object]:
            store = open_store(url, arrays, statement_s=60)
            return look_and_go_on(store, shelf, year)

        ended, _ = in_child(be_killed)
        recovered, told = in_child(go_on)
        killed = ended == -signal.SIGKILL
        line = json.dumps({"at": at, "ended": ended, "recovered": recovered, **told})
        print(line, flush=True)  # noqa: T201  # the test reads it
        if not killed or recovered:
            return 0
        at, year = at + stride, year + 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
