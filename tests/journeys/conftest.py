"""Set-up in a process of its own, on a small shelf, to be killed at any moment."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from soc_monitor.shelves import shelf
from soc_monitor.store import cluster, intake
from soc_monitor.store.store import Store, open_store

DRIVER = """
import sys
from pathlib import Path
from soc_monitor import operations
from soc_monitor.errors import SocMonitorError
from soc_monitor.runs.jobs import load_jobs
from soc_monitor.settings import Settings
data, shelf = map(Path, sys.argv[1:])
operations.all_jobs = lambda settings: load_jobs([shelf])
settings = Settings(data=data, mirror="", jobs=())
try:
    url = operations.database_url(settings, start=True)
    operations.migrate(url)
    store = operations.open_for_runs(settings, url)
    print("ready", flush=True)
    failures = operations.set_up(settings, store)
    store.close()
except SocMonitorError as error:
    failures = [f"{type(error).__name__}: {error}"]
print(len(failures), *failures, sep="\\n", flush=True)
"""
JOBS = ("areas", "field_samples", "land_cover", "plan", "rain_normals", "temperature_normals",
        "tower_readings")  # fmt: skip
COUNTRIES = {"BEL", "CHE", "DNK", "LUX", "NLD", "FJI", "URY"}
PRODUCTS = (
    "land_cover", "rain_normals", "temperature_normals", "ipcc_tier1", "ipcc_tier1_2006",
    "sampled_baseline", "nowcast", "scenarios",
)  # fmt: skip

# Everything but names that are drawn and times that are read from a clock.
STATE = {
    "items": "SELECT feed_id, key, sha256, verified, bytes FROM app.items ORDER BY 1, 2, 3",
    "slices": "SELECT cube_id, period, version, checksum, valid_cells, median, "
    "from_release IS NOT NULL, until_release FROM app.slices ORDER BY 1, 2, 3",
    "areas": "SELECT boundaries_id, code, level, parent, area_km2, md5(ST_AsBinary(geom)) "
    "FROM app.areas ORDER BY 1, 2",
    "estimates": "SELECT c.indicator, c.product, c.period, e.area, e.value, e.std_error, "
    "e.mapped_ha, e.land_ha FROM app.estimates e JOIN app.calculations c "
    "ON c.id = e.calculation_id WHERE until_release IS NULL ORDER BY 1, 2, 3, 4",
    "observations": "SELECT station, variable, time, value FROM app.observations ORDER BY 1, 2, 3",
    "samples": "SELECT key, value, unit, md5(ST_AsBinary(geom)) FROM app.samples ORDER BY 1",
    "records": "SELECT register, key, version, position, body::text, live FROM app.records "
    "ORDER BY 1, 2, 3",
}


@pytest.fixture(scope="session")
def small_shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Starter jobs with their files, and the areas of a few countries."""
    folder = tmp_path_factory.mktemp("shelf")
    ours = shelf("ingest_jobs")
    for job in JOBS:
        shutil.copy(ours / f"{job}.py", folder)
    shutil.copytree(ours / "starter", folder / "starter", ignore=shutil.ignore_patterns("build"))
    file = folder / "starter" / "areas.geojson.gz"
    collection = json.loads(gzip.decompress(file.read_bytes()))
    collection["features"] = [
        one for one in collection["features"] if one["properties"]["country"] in COUNTRIES
    ]
    file.write_bytes(gzip.compress(json.dumps(collection).encode()))
    return folder


@dataclass
class Driven:
    """Set-up of one data folder, by one process after the other."""

    data: Path
    shelf: Path
    url: str = ""
    """Empty: a private database in the data folder."""
    child: subprocess.Popen[str] | None = None
    opened: list[Store] = field(default_factory=list)

    def start(self) -> None:
        """Start a process, and wait until its work begins."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SOC_")}
        environment.pop("DATABASE_URL", None)
        if self.url:
            environment["DATABASE_URL"] = self.url
        command = [sys.executable, "-c", DRIVER, str(self.data), str(self.shelf)]
        pipe = subprocess.PIPE
        self.child = subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True)
        assert self.child.stdout is not None
        line = self.child.stdout.readline()
        assert line == "ready\n", (line, self.child.communicate()[1])

    def kill(self, after_s: float) -> bool:
        """Kill the process after a while; False: it had ended before."""
        assert self.child is not None
        try:
            self.child.wait(after_s)
        except subprocess.TimeoutExpired:
            self.child.kill()
        self.child.communicate()
        return self.child.returncode == -signal.SIGKILL

    def kill_database(self, after_s: float) -> None:
        """Kill the private database's first process after a while."""
        time.sleep(after_s)
        pid = (self.data / "postgres" / "data" / "postmaster.pid").read_text().split()[0]
        os.kill(int(pid), signal.SIGKILL)

    def end(self) -> list[str]:
        """Wait for the process; what it says has failed. An error without a name fails the test."""
        assert self.child is not None
        said, complained = self.child.communicate(timeout=300)
        assert self.child.returncode == 0, complained
        count, *failures = said.splitlines()
        assert len(failures) >= int(count)
        return failures

    def open(self) -> Store:
        """The store as it stands; the private database is started if need be."""
        url = self.url or cluster.start(self.data / "postgres")
        self.opened.append(open_store(url, self.data / "arrays", statement_s=60))
        return self.opened[-1]

    def close(self) -> None:
        """End what is still there, so that a test that fails costs no other one."""
        if self.child is not None:
            self.kill(0)
        for store in self.opened:
            store.close()

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """What is in the store."""
        store = self.open()
        try:
            return {name: ask(store, query) for name, query in STATE.items()}
        finally:
            store.close()


def ask(store: Store, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query."""
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def check_whole_or_nothing(store: Store) -> None:
    """What readers see: nothing, or a release with all that belongs to it."""
    with store.engine.begin() as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        ((releases, slices, estimates, areas),) = connection.execute(
            text(
                "SELECT (SELECT count(*) FROM app.releases),"
                " (SELECT count(*) FROM app.slices WHERE from_release IS NOT NULL),"
                " (SELECT count(*) FROM app.estimates), (SELECT count(*) FROM app.areas)"
            )
        ).all()
    # 25 inputs, the default map, the older one and the corrected one with their errors, and the
    # two of a nowcast that has nothing to follow. Of each product a mean and a total for every
    # area, and five times that its change cannot be assessed; of the nowcast five numbers that say
    # what stands behind it; and the map of what more carbon input would bring.
    expected = (35, 34 * areas) if releases else (0, 0)
    assert (slices, estimates) == expected, f"{releases} releases"


def check_nothing_left(driven: Driven) -> None:
    """Every row has its array; what has no row goes with the next run after a day."""
    store = driven.open()
    try:
        rows = {path for (path,) in ask(store, "SELECT path FROM app.slices")}
        found = {
            path.relative_to(store.arrays).as_posix()
            for product in PRODUCTS
            for path in store.arrays.glob(f"{product}.*/*/*")
        }
        assert rows <= found
        two_days_ago = time.time() - 2 * 86_400
        for path in found - rows:
            os.utime(store.arrays / path, (two_days_ago, two_days_ago))
        removed = {path for product in PRODUCTS for path in intake.clear_leftovers(store, product)}
        assert removed == found - rows
        assert not [p for p in (store.arrays / ".scratch").rglob("*") if p.is_file()]
        assert ask(store, "SELECT 1 FROM app.runs WHERE state = 'running'") == []
    finally:
        store.close()


@pytest.fixture
def driven(
    clone: Callable[[str], str], template: str, small_shelf: Path, tmp_path: Path
) -> Iterator[Driven]:
    """Set-up in a database of the session's server."""
    made = Driven(tmp_path, small_shelf, clone(template))
    yield made
    made.close()


@pytest.fixture
def driven_alone(small_shelf: Path) -> Iterator[Driven]:
    """Set-up with a private database of its own."""
    top = Path(tempfile.mkdtemp(prefix="soc-kill-", dir="/tmp"))
    top.chmod(0o755)
    made = Driven(top, small_shelf)
    yield made
    made.close()
    cluster.stop(top / "postgres")
    shutil.rmtree(top)


@dataclass(frozen=True)
class Undisturbed:
    """A set-up that nobody killed."""

    state: dict[str, list[tuple[Any, ...]]]
    seconds: float


@pytest.fixture(scope="session")
def undisturbed(
    clone: Callable[[str], str],
    template: str,
    small_shelf: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Undisturbed:
    """What the store holds, and how long it took, when all goes well."""
    calm = Driven(tmp_path_factory.mktemp("calm"), small_shelf, clone(template))
    calm.start()
    start = time.monotonic()
    assert calm.end() == []
    seconds = time.monotonic() - start
    store = calm.open()
    check_whole_or_nothing(store)
    store.close()
    check_nothing_left(calm)
    return Undisturbed(calm.state(), seconds)
