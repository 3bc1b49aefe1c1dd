"""API: how many requests a second the service answers on this machine, while an ingest runs.

``wrk`` asks from the same machine, so it takes its part of the cores too.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import numpy as np
import rasterio
from rasterio.transform import from_origin

from tests.bench.bench import Bench
from tests.bench.figure import Figure
from tests.bench.site import COMMAND, environment_of, site

CONNECTIONS = 8
JOB = '''"""Maps of a benchmark: they stand for nothing."""

from datetime import date

from soc_monitor.feeds import FolderFeed
from soc_monitor.feeds.periods import Step
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Item, Layer

CUBE = Cube(
    product="load",
    variable="load",
    unit="1",
    freq=Freq.MONTH,
    grid=Grid(nx=3600, ny=1800),
    data_class=DataClass.INFERRED,
    fill=float("nan"),
)


def layers_of(item: Item) -> tuple[Layer, ...]:
    when = {"item": item.key, "period": item.period, "period_end": item.period_end}
    return (Layer(cube=CUBE, unit="1", valid=(-100.0, 100.0), nodata=-9999.0, **when),)


job = IngestJob(
    id="load",
    title={"en": "Load", "fr": "Charge", "es": "Carga"},
    feed=FolderFeed(
        folder="load", pattern=r"load_(?P<year>\\d{4})-(?P<month>\\d\\d)\\.tif", step=Step.MONTH
    ),
    layers_of=layers_of,
    example=Item(
        key="load_1901-01.tif",
        address="load/load_1901-01.tif",
        period=date(1901, 1, 1),
        period_end=date(1901, 1, 31),
    ),
    licence="CC0-1.0",
    citation="Made by a benchmark",
    link="https://example.org",
    schedule="0 0 1 1 *",
    max_age_days=800,
    late_days=100_000,
)
'''
"""A job that reads and cuts map after map meanwhile."""

# Each path in turn; at the end, what was counted, as JSON.
SCRIPT = """
local paths, number = {}, 0
function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = line end
end
function request()
  number = number % #paths + 1
  return wrk.format("GET", paths[number], {["Accept-Encoding"] = "gzip, br"})
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('{"seconds": %f, "requests": %d, "p99_ms": %f, "errors": %d}\\n',
    summary.duration / 1e6, summary.requests, latency:percentile(99) / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of ``wrk`` counted."""

    rps: float
    p99_ms: float
    errors: int


def figures(bench: Bench) -> Iterator[Figure]:
    """Answers from memory, series that were not asked for before, tiles made and held."""
    assert shutil.which("wrk"), "wrk is not installed: make system"
    _maps(bench.folder / "mirror" / "load")
    unlimited = {"SOC_REQUESTS_PER_MINUTE": "0"}
    with site(bench.folder, ("/en/",), unlimited) as url, _ingest(bench.folder) as running:
        yield from measure(bench, url)
        log = (bench.folder / "ingest.log").read_text()
        assert running.poll() is None, f"the ingest has ended: {log[-2000:]}"


def measure(bench: Bench, url: str) -> Iterator[Figure]:
    """The four runs against a service that stands."""
    seconds = 5 if bench.quick else 15
    cases = {
        "cached": ["/api/v1/series.json?area=FRA&v=stock"],
        "series": _series(url),
        "tiles": _tiles(url),
    }
    found: dict[str, Run] = {}
    for name, paths in cases.items():
        bench.report(f"load: {name}", len(found), 4)
        found[name] = _load(bench.folder, url, paths, seconds)
    held = cases["tiles"][:64]
    for path in held:  # Also a check that these tiles exist: wrk only counts what is refused.
        httpx2.get(url + path).raise_for_status()
    found["held"] = _load(bench.folder, url, held, seconds)
    errors = sum(run.errors for run in found.values())
    yield from _pair("api.cached", found["cached"], 400, 150, "The same JSON again and again.")
    series = f"{len(cases['series']):,} addresses, each asked for once or never before."
    yield from _pair("api.series", found["series"], 120, 300, series)
    tiles = f"{len(cases['tiles']):,} tiles of cells, areas and their doubt, none made before."
    yield from _pair("tiles", found["tiles"], 100, 200, tiles)
    yield _figure(
        "tiles.cached_rps", found["held"].rps, 1000, ">=", "1/s", "64 tiles, from memory."
    )
    note = "Of all four runs: statuses of 400 and above, broken and late answers."
    yield _figure("api.errors", errors, 0, "==", "1", note)


def _pair(name: str, run: Run, rps: float, p99_ms: float, note: str) -> Iterator[Figure]:
    load = f"{note} {CONNECTIONS} connections, beside an ingest of maps of 0.1 degrees."
    yield _figure(f"{name}{'_' if '.' in name else '.'}rps", run.rps, rps, ">=", "1/s", load)
    end = "_p99_ms" if "." in name else ".p99_ms"
    yield _figure(f"{name}{end}", run.p99_ms, p99_ms, "<=", "ms", "99 of 100 answers, in that run.")


def _figure(name: str, value: float, target: float, op: str, unit: str, note: str) -> Figure:
    assert op in {"<=", ">=", "=="}
    return Figure(name=name, value=value, target=target, op=op, unit=unit, note=note)  # type: ignore[arg-type]  # checked


def _load(folder: Path, url: str, paths: Sequence[str], seconds: int) -> Run:
    """One run: at most once through the paths where there are many."""
    script, listed = folder / "load.lua", folder / "paths.txt"
    script.write_text(SCRIPT)
    listed.write_text("".join(f"{path}\n" for path in paths))
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "5s"]
    ended = subprocess.run(
        [*command, "-s", str(script), url, "--", str(listed)],
        check=True,
        capture_output=True,
        text=True,
    )
    counted = json.loads(ended.stdout.splitlines()[-1])
    return Run(counted["requests"] / counted["seconds"], counted["p99_ms"], counted["errors"])


def _series(url: str) -> list[str]:
    """Series of each area in each indicator and product, so many that none comes twice."""
    listed = httpx2.get(f"{url}/api/v1/indicators").json()["data"]
    areas = httpx2.get(f"{url}/api/v1/areas?limit=10000").json()["data"]
    offers = [(one["id"], made["product_id"]) for one in listed for made in one["products"]]
    return [
        f"/api/v1/series.json?area={area['id']}&v={indicator}&src={product}"
        for indicator, product in offers
        for area in areas
    ]


def _tiles(url: str) -> list[str]:
    """Tiles of one release: the cells and the countries, five zooms deep, then deeper."""
    listed = httpx2.get(f"{url}/api/v1/indicators").json()
    release = listed["meta"]["release"]
    drawn = next(one for one in listed["data"] if one["id"] == "soc_stock_0_30cm")
    made = drawn["products"][0]
    what = f"{made['product_id']}/{drawn['id']}/{made['latest'].partition('/')[0]}"
    kinds = [f"grid/{what}", f"fill/{what}/adm0", f"doubt/hatch/{what}/adm0"]
    return [
        f"/tiles/{release}/{kind}/{z}/{x}/{y}.png"
        for z in range(1, 7)
        for x in range(1 << z)
        for y in range(1 << z)
        for kind in kinds
    ]


@contextmanager
def _ingest(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A job that reads map after map into the same store, as long as it takes."""
    environment = environment_of(folder) | {
        "SOC_INGEST_JOBS": str(_job(folder / "jobs")),
        "SOC_MIRROR": str(folder / "mirror"),
        "SOC_JOBS": "load",
    }
    with (folder / "ingest.log").open("wb") as log:
        running = subprocess.Popen(
            [COMMAND, "jobs", "run", "load"], env=environment, stdout=log, stderr=log
        )
        try:
            yield running
        finally:
            running.terminate()
            running.wait(60)


def _job(folder: Path) -> Path:
    """A folder with the job."""
    folder.mkdir()
    (folder / "load.py").write_text(JOB)
    return folder


def _maps(folder: Path) -> None:
    """A century of monthly maps of 0.1 degrees, a year of which differ."""
    folder.mkdir(parents=True)
    steps = np.random.default_rng(1).normal(0, 0.1, (12, 90, 180)).cumsum(axis=2)
    for number in range(1200):
        path = folder / f"load_{1901 + number // 12}-{number % 12 + 1:02}.tif"
        if number >= 12:
            path.hardlink_to(folder / f"load_1901-{number % 12 + 1:02}.tif")
            continue
        values = np.kron(10 + steps[number], np.ones((20, 20))).astype("float32")
        transform = from_origin(-180, 90, 0.1, 0.1)
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            width=3600,
            height=1800,
            count=1,
            dtype="float32",
            crs="EPSG:4326",
            transform=transform,
            nodata=-9999.0,
            compress="deflate",
            tiled=True,
        ) as file:
            file.write(values, 1)
