"""What Dask costs: its threads, and a cluster of two processes, beside a plain pool of threads."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from distributed import LocalCluster

from soc_monitor.aggregate import BlockOperator, Partial, Weights, cut, join, sum_block
from soc_monitor.model import Slice
from soc_monitor.runs.weights import weights_there
from soc_monitor.runs.workers import Workers
from soc_monitor.store import arrays
from soc_monitor.store.store import Store
from tests.bench import stored
from tests.bench.bench import Bench, Disagreement
from tests.bench.figure import Figure
from tests.bench.world import FILL, SCALE, cases, no_database, planar_weights

AT_ONCE = 2
"""Threads, and processes."""
KEPT = "weights/bench"


def figures(bench: Bench) -> Iterator[Figure]:
    """On the cube of 0.05 degrees."""
    case = cases(quick=bench.quick)[1]
    store = no_database(stored.folder_of(bench, case))
    pieces = stored.write(bench, store, case)
    arrays.save_group(store, KEPT, planar_weights(case.grid).to_arrays())
    weights = weights_there(store.arrays, KEPT, case.grid)
    held = partial(weights_there, store.arrays, KEPT, case.grid)
    plan = plain_plan(store, pieces, weights)
    with (
        LocalCluster(
            n_workers=AT_ONCE, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        Workers(cluster.scheduler_address) as workers,
    ):
        takings = bench.alternate(
            "Dask",
            {
                "pool": lambda: by_pool(plan),
                "threads": lambda: stored.moments(store, pieces, weights),
                "cluster": lambda: stored.moments(store, pieces, weights, workers, held),
            },
            rounds=1 if bench.quick else 3,
        )
    ours, theirs = (stored.means(takings.answer(name)) for name in ("threads", "cluster"))
    if not np.array_equal(ours, theirs, equal_nan=True):
        msg = "a cluster and threads have different bits"
        raise Disagreement(msg)
    if not np.allclose(np.nanmean(ours, axis=1), takings.answer("pool") * SCALE, rtol=1e-12):
        msg = "a plain pool of threads has other means"
        raise Disagreement(msg)
    what = f"0.05° x {case.steps} steps, all first-level areas and the whole grid."
    yield Figure(
        name="engine.dask_threads_ratio",
        value=takings.ratio("threads", "pool"),
        target=1.15,
        op="<=",
        peer=f"a pool of {AT_ONCE} threads without Dask",
        note=f"{what} The production call over the same chunks, kernel and sums.",
    )
    yield Figure(
        name="engine.dask_two_workers_ratio",
        value=takings.ratio("cluster", "pool"),
        target=1.5,
        op="<=",
        peer=f"a pool of {AT_ONCE} threads without Dask",
        note=f"{what} Two processes of one thread over TCP on one machine; bits equal to threads.",
    )


Task = tuple[Any, Any, BlockOperator]
"""An array, a place in it, and the weights of that place."""


def plain_plan(store: Store, pieces: Sequence[Slice], weights: Weights) -> list[list[Task]]:
    """The chunks of each array that an area touches, with their weights, cut beforehand."""
    operators: dict[tuple[int, int, int, int], BlockOperator] = {}
    plan: dict[int, list[Task]] = {}
    for array, place in stored.chunks_of(store, pieces):
        _, rows, columns = place
        if stored.weights_in(weights, rows, columns):
            box = (rows.start, rows.stop, columns.start, columns.stop)
            if box not in operators:
                operators[box] = cut(weights, *box)
            plan.setdefault(id(array), []).append((array, place, operators[box]))
    return list(plan.values())


def by_pool(plan: Sequence[Sequence[Task]]) -> np.ndarray[Any, Any]:
    """Mean of the areal means of each step, by a plain pool of threads."""

    def work(task: Task) -> Partial:
        array, place, operator = task
        return sum_block(array[place], operator, fill=FILL)

    found = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for tasks in plan:
            every = join(list(pool.map(work, tasks)))
            moments = every.moments.reshape(len(every.areas), -1, every.sums.shape[-2])
            with np.errstate(invalid="ignore"):
                found += list(np.nanmean(moments[..., 1] / moments[..., 0], axis=0))
    return np.array(found)
