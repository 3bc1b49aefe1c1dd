"""What is not done twice: one more step costs one step, and a rerun reads nothing."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from soc_monitor import operations
from soc_monitor.model import RunState
from soc_monitor.runs.estimate import estimate
from soc_monitor.settings import Settings
from soc_monitor.store import cluster
from tests.bench import stored
from tests.bench.bench import Bench, Disagreement
from tests.bench.figure import Figure
from tests.bench.world import cases, no_database, planar_weights


def figures(bench: Bench) -> Iterator[Figure]:
    """On the cube of 0.05 degrees, and on the starter data in a database of their own."""
    yield _new_step(bench)
    yield _rerun(bench)


def _new_step(bench: Bench) -> Figure:
    case = cases(quick=bench.quick)[1]
    store = no_database(stored.folder_of(bench, case))
    pieces = stored.write(bench, store, case, closed=False)
    weights = planar_weights(case.grid)
    takings = bench.alternate(
        "one more step",
        {
            "all": lambda: stored.moments(store, pieces, weights),
            "one": lambda: stored.moments(store, pieces[-1:], weights),
        },
        rounds=1 if bench.quick else 5,
    )
    among, alone = (stored.means(takings.answer(name))[-1] for name in ("all", "one"))
    if not np.array_equal(among, alone, equal_nan=True):
        msg = "one step alone has other means than among the others"
        raise Disagreement(msg)
    return Figure(
        name="engine.new_step_share",
        value=takings.ratio("one", "all", cpu=True) * case.steps,
        target=1.1,
        op="<=",
        peer="the full run over its steps",
        note=f"CPU time of the newest of {case.steps} steps at 0.05° times their number, over "
        "that of all, each lying alone, as new ones do; bits equal.",
    )


def _rerun(bench: Bench) -> Figure:
    opened: list[str] = []
    sys.addaudithook(lambda event, args: _note(opened, event, args))
    # The server runs under an account of its own when this one is root.
    bench.folder.chmod(0o755)
    settings = Settings(data=bench.folder / "data", mirror="", ingest_jobs=None, jobs=())
    postgres = bench.folder / "postgres"
    url = cluster.start(postgres)
    try:
        operations.migrate(url)
        store = operations.open_for_runs(settings, url)
        failures = operations.set_up(settings, store, bench.report)
        first = len(opened)
        opened.clear()
        ended = estimate(store, datetime.now(UTC), report=bench.report)
        store.close()
    finally:
        cluster.stop(postgres)
    if failures or first == 0 or ended.state != RunState.NOTHING_NEW:
        msg = f"the rerun is no rerun: {failures}, {first} chunks, {ended.state}"
        raise Disagreement(msg)
    return Figure(
        name="engine.rerun_chunks",
        value=len(opened),
        target=0,
        op="==",
        note=f"Chunks opened when nothing is new; setting up opened {first}.",
    )


def _note(opened: list[str], event: str, args: tuple[object, ...]) -> None:
    """Remember each file of a chunk that is opened."""
    if event == "open" and args and "/c/" in str(args[0]):
        opened.append(str(args[0]))
