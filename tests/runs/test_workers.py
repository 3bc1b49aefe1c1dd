"""The same work in threads and on a real cluster of two processes."""

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import cloudpickle
import dask.array as da
import numpy as np
import pytest
import shapely
import zarr
from dask.delayed import delayed
from distributed import LocalCluster

from soc_monitor.aggregate import Moments, Weights, area_moments, build_weights, cut, sum_block
from soc_monitor.errors import ClusterUnavailable
from soc_monitor.model import Estimate, Freq, Grid, RunState
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.nowcast import nowcast
from soc_monitor.runs.nowcast_block import summed
from soc_monitor.runs.nowcast_inputs import ERROR
from soc_monitor.runs.workers import Workers
from soc_monitor.store.members import read_members
from soc_monitor.store.store import open_store

from .paper import EARLY, STOCK, World, field
from .test_nowcast import FIRST, SEED
from .test_nowcast import World as Carried

HALF = Grid(nx=720, ny=360)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A scheduler and two workers, each a process with little memory."""
    made = LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        memory_limit="1GiB",
        dashboard_address=":0",
    )
    yield made
    made.close()


@pytest.fixture(scope="module")
def weights() -> Weights:
    """Of a few thousand boxes, each at odds with the cells."""
    corners = [(x + 0.1, y + 0.2) for x in range(-180, 177, 3) for y in range(-87, 85, 3)]
    return build_weights([shapely.box(x, y, x + 2.9, y + 2.9) for x, y in corners], HALF)


@pytest.fixture
def stored(tmp_path: Path) -> Any:
    """A field on disk, in 72 chunks."""
    array = zarr.create_array(
        str(tmp_path / "field"), shape=HALF.shape, chunks=(60, 60), dtype="f4"
    )
    values = np.random.default_rng(5).normal(60, 20, HALF.shape).astype(np.float32)
    values[values < 30] = np.nan
    array[:] = values
    return da.from_zarr(array)


def same(one: Moments, other: Moments) -> bool:
    pairs = [(one.n, other.n), (one.low, other.low), (one.high, other.high)]
    return all(np.array_equal(a, b, equal_nan=True) for a, b in [*pairs, (one.sums, other.sums)])


def keep(weights: Weights, folder: Path) -> Any:
    """The weights on disk, and a task that loads them."""
    path = folder / "weights.pickle"
    path.write_bytes(pickle.dumps(weights))

    def load(name: str) -> Any:
        return pickle.loads(Path(name).read_bytes())  # noqa: S301  # our own, a line above

    return delayed(load)(str(path), dask_key_name="weights-kept")


def runs_of(cluster: Any, key: str) -> int:
    """How often a task was brought to its end."""
    log = cluster.scheduler.transition_log
    return sum(entry[0] == key and entry[1:3] == ("processing", "memory") for entry in log)


def test_a_cluster_gives_the_same_bits_and_loads_the_weights_once(
    cluster: Any, weights: Weights, stored: Any, tmp_path: Path
) -> None:
    held = keep(weights, tmp_path)
    graph = area_moments(stored, weights, held=held, bundle=7200)
    assert len(graph.dask) > 72
    assert len(cloudpickle.dumps(dict(graph.dask))) < len(pickle.dumps(weights)) / 4

    with Workers(cluster.scheduler_address) as workers:
        found = workers.compute(graph)

    assert same(found, Workers().compute(area_moments(stored, weights)))
    assert runs_of(cluster, "weights-kept") == 1


def test_a_worker_killed_in_the_middle_changes_nothing(
    cluster: Any, weights: Weights, stored: Any, tmp_path: Path
) -> None:
    def slowly(block: Any) -> Any:
        time.sleep(0.05)
        return block

    slow = stored.map_blocks(slowly, dtype=stored.dtype, meta=np.empty((0, 0), np.float32))
    graph = area_moments(slow, weights, held=keep(weights, tmp_path), bundle=3600)
    before = {w.pid for w in cluster.workers.values()}
    with Workers(cluster.scheduler_address) as workers, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(workers.compute, graph)
        wait(lambda: runs_matching(cluster, "area-partial") >= 8)
        os.kill(next(iter(before)), signal.SIGKILL)
        found = answer.result(timeout=120)

    assert same(found, Workers().compute(area_moments(stored, weights)))


def runs_matching(cluster: Any, start: str) -> int:
    return sum(
        str(key).startswith(start) and task.state == "memory"
        for key, task in list(cluster.scheduler.tasks.items())
    )


def wait(until: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.01)


def test_estimates_of_a_cluster_are_those_of_threads(
    cluster: Any, clone: Callable[[str], str], template: str, tmp_path: Path
) -> None:
    found: list[list[Estimate]] = []
    for number, address in enumerate(("", cluster.scheduler_address)):
        store = open_store(clone(template), tmp_path / str(number), statement_s=60)
        world = World(store)
        world.areas()
        world.put(EARLY, field(STOCK))
        world.put(
            EARLY,
            field({place: value / 7 for place, value in STOCK.items()}),
            "soc_stock_0_30cm_sd",
        )
        assert estimate(store, datetime.now(UTC), dask=address).state is RunState.DONE
        numbers = [world.read(name) for name in ("soc_stock_0_30cm", "soc_total_0_30cm")]
        anyone = next(iter(numbers[0].values())).calculation_id
        found.append(
            [replace(e, calculation_id=anyone) for by in numbers for _, e in sorted(by.items())]
        )
        store.close()
    ours, theirs = (
        [replace(e, calculation_id=found[0][0].calculation_id) for e in some] for some in found
    )
    assert ours == theirs
    assert len(ours) == 18


def test_anomalies_of_a_cluster_are_those_of_threads(
    cluster: Any, clone: Callable[[str], str], template: str, tmp_path: Path
) -> None:
    found: list[dict[str, float | None]] = []
    for number, address in enumerate(("", cluster.scheduler_address)):
        store = open_store(clone(template), tmp_path / str(number), statement_s=60)
        world = World(store)
        world.areas()
        for year in range(2000, 2012):
            values = field({place: 20 + value / 9 * (year % 5) for place, value in STOCK.items()})
            world.put(date(year, 7, 1), values, "air_temperature", Freq.MONTH, unit="degC")
        assert estimate(store, datetime.now(UTC), dask=address).state is RunState.DONE
        found.append(world.values("temperature_anomaly", date(2007, 7, 1)))
        store.close()
    assert found[0] == found[1]
    assert found[0]["AAA-1"] not in {None, 0.0}


def test_a_nowcast_of_a_cluster_is_that_of_threads_whatever_its_blocks(
    cluster: Any,
    clone: Callable[[str], str],
    template: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = []
    for number, (address, edge) in enumerate((("", 1080), (cluster.scheduler_address, 2))):
        monkeypatch.setattr("soc_monitor.runs.nowcast_months.CHUNK", edge)
        store = open_store(clone(template), tmp_path / str(number), statement_s=60)
        world = Carried(store)
        world.weather(FIRST, date(2011, 3, 1))
        world.commit()
        run = nowcast(store, datetime.now(UTC), to=date(2011, 3, 1), seed=SEED, dask=address)
        assert run.state is RunState.DONE, run.detail
        members = read_members(store, None)
        found.append((world.fields(), world.fields(ERROR), members))
        store.close()
    (stock, error, ours), (other_stock, other_error, theirs) = found
    assert len(stock) == 4
    for one, other in ((stock, other_stock), (error, other_error)):
        assert one.keys() == other.keys()
        for month, values in one.items():
            np.testing.assert_array_equal(values, other[month])
    assert len(ours) == len(theirs) == 4 * 5
    for mine, yours in zip(ours, theirs, strict=True):
        assert (mine.area, mine.period) == (yours.area, yours.period)
        np.testing.assert_allclose(mine.totals, yours.totals, rtol=1e-12)


def test_of_several_graphs_each_answer_comes_from_its_own_worker(cluster: Any) -> None:
    def fields(size: int) -> Any:
        return np.full(size, 1.0)

    graphs = [delayed(fields)(size, dask_key_name=f"fields-{size}") for size in (2, 3)]
    with Workers(cluster.scheduler_address) as workers:
        found = workers.compute(graphs)
    assert [len(one) for one in found] == [len(one) for one in Workers().compute(graphs)] == [2, 3]
    assert [runs_of(cluster, f"fields-{size}") for size in (2, 3)] == [1, 1]


def test_what_a_worker_sends_back_of_a_month_is_its_sums_and_not_their_digits(
    weights: Weights,
) -> None:
    members = np.random.default_rng(3).normal(60, 20, (25, *HALF.shape)).astype(np.float32)
    operator = cut(weights, 0, HALF.ny, 0, HALF.nx)
    found, exact = summed(members, operator), sum_block(members, operator).moments
    numbers = found.integrals.size + found.covered.size
    assert found.integrals.shape == (25, weights.n_areas)
    assert len(pickle.dumps(found)) < 1.2 * numbers * np.dtype("f8").itemsize
    sums = np.zeros((1 + 25, weights.n_areas))
    found.add_to(sums)
    found.add_to(sums)
    np.testing.assert_array_equal(sums, 2 * np.vstack([exact[:, 0, 0], exact[:, :, 1].T]))


def test_a_scheduler_that_is_not_there_is_told_by_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("soc_monitor.runs.workers.CONNECT_S", 1)
    with Workers("tcp://127.0.0.1:9") as workers, pytest.raises(ClusterUnavailable) as told:
        workers.compute(delayed(sum)([1]))
    assert "tcp://127.0.0.1:9" in str(told.value)
    with Workers("nonsense://x") as workers, pytest.raises(ClusterUnavailable):
        workers.compute(delayed(sum)([1]))


WRONG = ("tls://127.0.0.1:9", "nonsense://x", "tcp://x", "x")
_ASK = """
import sys
from dask.delayed import delayed
from soc_monitor.errors import ClusterUnavailable
from soc_monitor.runs.workers import Workers
for address in sys.argv[1:]:
    try:
        with Workers(address) as workers:
            workers.compute(delayed(sum)([1]))
    except ClusterUnavailable as error:
        print(error.detail)
"""


def test_a_scheduler_that_cannot_be_asked_is_one_line_and_no_trace() -> None:
    """In a process of its own: what a client leaves half made is told when the process ends."""
    told = subprocess.run(
        [sys.executable, "-c", _ASK, *WRONG], capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stderr) == (0, "")
    lines = told.stdout.splitlines()
    assert [line.partition(": ")[0] for line in lines] == list(WRONG)
    assert "certificates" in lines[0]
