"""Nowcast of a world: 0.25 degrees, 25 members, ten years, in threads and on two workers."""

import hashlib
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from dask.delayed import delayed
from distributed import LocalCluster

from soc_monitor.aggregate import build_weights, cut
from soc_monitor.model import Grid
from soc_monitor.nowcast.forecast import Seed
from soc_monitor.nowcast.weather import HISTORY
from soc_monitor.runs.nowcast_block import begin, carry
from soc_monitor.runs.nowcast_ground import Box
from soc_monitor.runs.workers import Workers
from tests.bench.bench import Bench, Disagreement, alone
from tests.bench.figure import Figure

GRID = Grid(nx=1440, ny=720)
LAND = 250_000
BOXES = (Box(y0=0, y1=720, x0=0, x1=1080), Box(y0=0, y1=720, x0=1080, x1=1440))
"""As the store cuts this map."""
SEED = Seed(members=25)
Floats = npt.NDArray[np.float32]
Answer = tuple[list[float], str, float]


def figures(bench: Bench) -> Iterator[Figure]:
    """Memory and time of a world, the cost of a late month beside an early one, and a cluster."""
    years = 3 if bench.quick else 10
    what = f"{LAND:,} land cells of 0.25 degrees, 25 members, {12 * years} months"
    bench.report("a world", 0, 2)
    (seconds, digest, minutes), peak = alone(world, years)
    bench.report("a world", 1, 2)
    yield Figure(
        name="nowcast.world_peak_gb", value=peak, unit="GB", target=3, op="<=",
        note=f"{what} and their equilibrium, sums over areas included; one process of two threads.",
    )  # fmt: skip
    yield Figure(
        name="nowcast.world_minutes", value=minutes, unit="min", target=15, op="<=",
        note=f"{what} and their equilibrium; wall time in two threads.",
    )  # fmt: skip
    early, late = seconds[0], seconds[-1]
    yield Figure(
        name="nowcast.month_flat_ratio", value=late / early, target=1.25, op="<=",
        peer="a month of the first year",
        note=f"A month of year {years} over one of year 1: {1000 * late / 12:.0f} and "
        f"{1000 * early / 12:.0f} ms.",
    )  # fmt: skip
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:
        # A worker of a cluster stands for days: what it loads at its start is no part of a year.
        with cluster.get_client() as client:
            client.run(_loaded)
        _, other, took = world(1, cluster.scheduler_address)
    _, same, alike = world(1)
    bench.report("a world", 2, 2)
    if other != same:
        raise Disagreement("a cluster and threads give other members")
    yield Figure(
        name="nowcast.cluster_ratio", value=took / alike, target=2, op="<=",
        peer="threads of one process",
        note="A year and the equilibrium on a Dask cluster of two workers over the same in two "
        "threads; every member of every cell is equal to the bit.",
    )  # fmt: skip
    assert digest


def _loaded() -> int:
    """Have the modules and their compiled code at hand, as a thread has."""
    ground, climate = land()
    box = Box(y0=300, y1=310, x0=0, x1=1440)
    usual = (part(ground, box), part(climate, box))
    base, members, _ = begin(*usual, box, GRID, SEED, (12, 12 * 2010))
    weights = build_weights([shapely.box(-180, 0, 180, 50)], GRID)
    operator = cut(weights, box.y0, box.y1, box.x0, box.x1)
    months = [(k + 1, 12 * 2011 + k + 1) for k in range(12)]
    carry(base, members, seen(climate, box, 0), months, (box, GRID), operator, SEED)
    return len(members)


def world(years: int, address: str = "") -> Answer:
    """A nowcast of all land: seconds of each year, a digest of the members, minutes in all."""
    ground, climate = land()
    weights = build_weights([shapely.box(x, y, x + 10, y + 10)
                             for x in range(-180, 180, 10) for y in range(-90, 90, 10)],
                            GRID)  # fmt: skip
    started = time.perf_counter()
    seconds = []
    with Workers(address) as workers:
        tasks = [
            delayed(begin)(part(ground, box), part(climate, box), box, GRID, SEED, (12, 12 * 2010))
            for box in BOXES
        ]
        kept = [(base, members) for base, members, _ in workers.compute(tasks)]
        del tasks
        for year in range(years):
            began = time.perf_counter()
            months = [(k + 1, 12 * (2011 + year) + k + 1) for k in range(12)]
            tasks = [
                delayed(carry)(
                    base, members, seen(climate, box, year), months, (box, GRID),
                    cut(weights, box.y0, box.y1, box.x0, box.x1), SEED,
                )
                for box, (base, members) in zip(BOXES, kept, strict=True)
            ]  # fmt: skip
            done = workers.compute(tasks)
            kept = [(base, one.members) for (base, _), one in zip(kept, done, strict=True)]
            del tasks, done
            seconds.append(time.perf_counter() - began)
    digest = hashlib.sha256()
    for _, members in kept:
        for name in sorted(members):
            digest.update(np.ascontiguousarray(members[name]).tobytes())
    return seconds, digest.hexdigest(), (time.perf_counter() - started) / 60


def land() -> tuple[dict[str, Floats], dict[str, Floats]]:
    """A made-up world: as much land as the Earth has, cooler to the poles, with seasons."""
    random = np.random.default_rng(1)
    lat = GRID.north - (np.arange(GRID.ny)[:, None] + 0.5) * GRID.dy
    hills = sum(
        np.sin(np.arange(GRID.nx)[None] * 2 * np.pi * k / GRID.nx + k) * np.cos(np.radians(lat * k))
        for k in (1, 2, 3, 5)
    ) + 0 * lat  # fmt: skip
    hills[np.abs(lat[:, 0]) > 72] = -np.inf
    sea = np.sort(hills.ravel())[-LAND]
    stock = np.where(hills >= sea, random.uniform(20, 150, GRID.shape), np.nan).astype("f4")
    season = np.cos(2 * np.pi * np.arange(12) / 12)[:, None, None]
    warmth = 26 - 0.4 * np.abs(lat) - season * lat / 5 + np.zeros((12, *GRID.shape))
    rain = 70 + 30 * season + np.zeros((12, *GRID.shape))
    climate = {"air_temperature": warmth.astype("f4"), "rain": rain.astype("f4")}
    ground = {"stock": stock, "error": (0.25 * stock), "temperature": climate["air_temperature"],
              "rain": climate["rain"]}  # fmt: skip
    return ground, climate


def part(fields: dict[str, Floats], box: Box) -> dict[str, Floats]:
    """A block of some fields."""
    return {n: v[..., box.y0 : box.y1, box.x0 : box.x1] for n, v in fields.items()}


def seen(climate: dict[str, Floats], box: Box, year: int) -> dict[str, Any]:
    """What was observed of a year, and of the months before it that growth looks back on."""
    order = [(-HISTORY + k) % 12 for k in range(HISTORY + 12)]
    shift = {"air_temperature": 0.05 * (year + 1), "rain": -1.0 * (year + 1)}
    return {n: v[order] + np.float32(shift[n]) for n, v in part(climate, box).items()}
