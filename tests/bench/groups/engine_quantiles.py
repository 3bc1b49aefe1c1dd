"""Quantiles: exact at the stored step, beside the moments of the same maps."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from soc_monitor.aggregate import area_histograms, area_moments
from soc_monitor.model import Freq
from soc_monitor.runs.workers import Workers
from soc_monitor.store import arrays
from tests.bench import stored
from tests.bench.bench import Bench, Disagreement
from tests.bench.figure import Figure
from tests.bench.world import FILL, SCALE, Case, areas, cases, no_database, planar_weights

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


def figures(bench: Bench) -> Iterator[Figure]:
    """Five quantiles of every area, of one map at 0.05 degrees."""
    case = Case("b", cases(quick=True)[1].grid, 1, Freq.YEAR)
    store = no_database(stored.folder_of(bench, case))
    (piece,) = stored.write(bench, store, case)
    weights = planar_weights(case.grid)
    field = arrays.open_raw(store, piece)
    workers = Workers()

    def quantiles() -> Any:
        found = workers.compute(area_histograms(field, weights, fill=FILL, scale=SCALE))
        return found.quantiles(SHARES), found.mapped_m2

    takings = bench.alternate(
        "quantiles",
        {
            "moments": lambda: workers.compute(
                area_moments(field, weights, fill=FILL, scale=SCALE)
            ),
            "quantiles": quantiles,
        },
        rounds=3,
    )
    found, mapped = takings.answer("quantiles")
    moments = takings.answer("moments")
    there = moments.w > 0
    low, high = moments.low[there, None], moments.high[there, None]
    inside = (found[there] >= low - 1e-9) & (found[there] <= high + 1e-9)
    if not (inside.all() and np.allclose(mapped, moments.w, rtol=1e-9)):
        msg = "quantiles leave the extremes, or weigh another area than the moments"
        raise Disagreement(msg)
    yield Figure(
        name="engine.quantile_cost",
        value=takings.ratio("quantiles", "moments", cpu=True),
        target=25,
        op="<=",
        peer="moments of the same map",
        note=f"CPU time of {len(SHARES)} quantiles of {len(areas())} areas at 0.05°, reading "
        "included; exact at the stored step of 0.1 t/ha.",
    )
