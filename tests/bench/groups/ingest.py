"""From the arrival of a global monthly raster to the new number on the page, by the live parts.

The whole service runs as ``make run`` starts it, on the starter data; a job of an operator's own
watches a folder. The rasters are made up, and nothing else is ever done with them.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import rasterio
from rasterio.transform import Affine
from sqlalchemy import text

from soc_monitor import operations
from soc_monitor.runs import desk
from soc_monitor.settings import Settings
from soc_monitor.store import cluster, control, runs
from soc_monitor.store.store import Store, open_store
from soc_monitor.web.numbers import number
from tests.bench.bench import Bench, Disagreement
from tests.bench.figure import Figure

JOB = """
from soc_monitor.feeds import FolderFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Item, Layer
from datetime import date
CUBE = Cube(product="made_up_ndvi", variable="ndvi", unit="1", freq=Freq.MONTH,
            grid=Grid(nx=1440, ny=720), data_class=DataClass.OBSERVED, dtype="int16", scale=0.0001,
            fill=-3000)
def layers_of(item):
    return (Layer(cube=CUBE, item=item.key, period=item.period, period_end=item.period_end,
                  unit="1", valid=(-0.2, 1.0), nodata=-3000, correction=(0.0001, 0.0)),)
job = IngestJob(
    id="made_up_ndvi", title={"en": "Made up", "fr": "Inventé", "es": "Inventado"}, on=True,
    feed=FolderFeed(folder="ndvi", pattern=r"n(?P<year>[0-9]{4})-(?P<month>[0-9]{2})[.]tif"),
    layers_of=layers_of, late_days=9000, licence="CC0-1.0", citation="-", link="-",
    example=Item(key="n2024-01.tif", address="-", period=date(2024, 1, 1),
                 period_end=date(2024, 1, 31)))
"""
FIRST, LAST = 2011, 2022  # What is to come lies behind today: a run looks no further.
NEW = date(LAST + 1, 1, 1)
ROUNDS = 3
WAIT_S = 600.0
SET_UP_S = 3600.0
"""All starter data from nothing: minutes on a machine of its own, many more on a busy one."""


def figures(bench: Bench) -> Iterator[Figure]:
    """Arrival to page, in seconds, with the share of each step."""
    bench.folder.chmod(0o755)  # As root, the database runs under another account.
    mirror, shelf = bench.folder / "mirror", bench.folder / "jobs"
    (mirror / "ndvi").mkdir(parents=True)
    shelf.mkdir()
    (shelf / "made_up_ndvi.py").write_text(JOB)
    for year in range(FIRST, LAST + 1):
        scene(mirror / "ndvi" / f"n{year}-01.tif", year, 1)
    with service(bench, mirror, shelf) as (address, store):
        took: list[tuple[float, dict[str, float], dict[str, int], int]] = []
        for turn in range(1 if bench.quick else ROUNDS):
            bench.report("arrival to page", turn, ROUNDS)
            year = LAST + 1 + turn
            took.append((*_arrival(mirror, address, store, year), year - FIRST + 1))
        bench.report("arrival to page", ROUNDS, ROUNDS)
    total, steps, made, years = sorted(took, key=lambda one: one[0])[len(took) // 2]
    shares = ", ".join(f"{name} {seconds / total:.0%}" for name, seconds in steps.items())
    yield Figure(
        name="ingest.arrival_to_page_s",
        value=total,
        target=30,
        op="<=",
        unit="s",
        note=f"One global 0.25° month put into a watched folder and ordered, until the page of an "
        f"area shows its number; median of {len(took)}. {shares}; the rest is waiting for the "
        "worker to look and for the page.",
    )
    yield Figure(
        name="ingest.calculations_of_one_month",
        value=sum(made.values()),
        target=years + 2,
        op="<=",
        note="Calculations made anew for one month that arrived: the anomaly of that month in each "
        f"of the {years} years on record, for it is counted from all of them, and the two numbers "
        "of bare soil of the twelve months that it ends. "
        f"{', '.join(f'{name} {n}' for name, n in made.items())}.",
    )


def scene(file: Path, year: int, month: int) -> None:
    """A made-up month at 0.25 degrees."""
    chance = np.random.default_rng([year, month])
    values = chance.integers(1000, 8000, (720, 1440)).astype(np.int16)
    values[chance.random(values.shape) < 0.1] = -3000
    draft = file.with_suffix(".new")
    with rasterio.open(draft, "w", driver="GTiff", width=1440, height=720, count=1, dtype="int16",
                       crs="EPSG:4326", nodata=-3000, compress="deflate",
                       transform=Affine(0.25, 0, -180, 0, -0.25, 90)) as out:  # fmt: skip
        out.write(values, 1)
    draft.rename(file)


def _arrival(
    mirror: Path, address: str, store: Store, year: int
) -> tuple[float, dict[str, float], dict[str, int]]:
    """Seconds from the arrival of a month to its number on the page; those of each step; what was
    made, by indicator."""
    series = f"{address}/api/v1/series.json?v=ndvi&area=FRA&src=made_up_ndvi"
    page = f"{address}/en/soc/FRA?v=ndvi&src=made_up_ndvi&t={year}-01"
    scene(mirror / "ndvi" / f"n{year}-01.tif", year, 1)
    began, known = time.perf_counter(), {run.id for run in runs.list_runs(store, limit=500)}
    desk.order_run(store, "made_up_ndvi", "bench")
    end = began + WAIT_S
    while time.perf_counter() < end:
        told = httpx2.get(page, timeout=60).text
        if f'value="{year}-01" selected' in told:
            break
        time.sleep(0.1)
    total = time.perf_counter() - began
    found = httpx2.get(series, timeout=60).json()
    newest = found["data"][-1]
    if not str(newest["period"]).startswith(f"{year}-01"):
        raise Disagreement(f"the newest is {newest}")
    if number(newest["value"], "en") not in told:
        raise Disagreement(f"the page does not show {newest['value']}")
    steps: dict[str, float] = {}
    for run in runs.list_runs(store, limit=500):
        if run.id not in known and run.ended_at is not None:
            spent = (run.ended_at - run.started_at).total_seconds()
            steps[run.job_id] = steps.get(run.job_id, 0.0) + spent
    return total, dict(sorted(steps.items(), key=lambda pair: -pair[1])), _made(store)


def _made(store: Store) -> dict[str, int]:
    """Calculations of the newest run of the estimates, by indicator."""
    query = text(
        "SELECT indicator, count(*) FROM app.calculations WHERE run_id = (SELECT id FROM app.runs "
        "WHERE job_id = 'estimate' ORDER BY started_at DESC LIMIT 1) GROUP BY 1 ORDER BY 1"
    )
    with store.engine.connect() as connection:
        return {str(name): int(n) for name, n in connection.execute(query)}


@contextmanager
def service(bench: Bench, mirror: Path, shelf: Path) -> Iterator[tuple[str, Store]]:
    """Database, site and worker as ``make run`` starts them, and a store beside them."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    data = bench.folder / "data"
    environment: dict[str, Any] = {
        **os.environ, "SOC_DATA": str(data), "SOC_PORT": str(port), "SOC_MIRROR": str(mirror),
        "SOC_INGEST_JOBS": str(shelf), "SOC_JOBS": "", "DATABASE_URL": "",
    }  # fmt: skip
    command = [str(Path(sys.executable).with_name("soc-monitor")), "up"]
    log = bench.folder / "up.log"
    with log.open("wb") as file:
        running = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
        address = f"http://127.0.0.1:{port}"
        try:
            _until_ready(f"{address}/api/v1/series.json?v=ndvi&area=FRA&src=made_up_ndvi",
                         running, log)  # fmt: skip
            settings = Settings(data=data, database_url="")
            store = open_store(
                operations.database_url(settings), settings.arrays_folder, statement_s=60
            )
            try:
                _until_worked(store)
                yield address, store
            finally:
                store.close()
        finally:
            running.send_signal(signal.SIGINT)
            try:
                running.wait(120)
            except subprocess.TimeoutExpired:
                # In the middle of its first work it does not listen: nothing here is kept.
                running.kill()
                running.wait()
            cluster.stop(Settings(data=data).postgres_folder)


def _until_worked(store: Store) -> None:
    """A worker lives: what is ordered before waits for its start, and not for its work."""
    end = time.monotonic() + WAIT_S
    while control.worker_seen(store) is None:
        if time.monotonic() > end:
            raise TimeoutError("no worker")
        time.sleep(0.5)


def _until_ready(address: str, running: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SET_UP_S
    while time.monotonic() < end:
        assert running.poll() is None, log.read_text()[-2000:]
        try:
            if httpx2.get(address, timeout=30).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.5)
    raise TimeoutError(log.read_text()[-2000:])
