"""Weights: building the exact coverage of areas on a grid."""

from collections.abc import Iterator

import numpy as np
import shapely

from soc_monitor.aggregate import build_weights, polygon_area
from soc_monitor.model import Grid
from tests.bench.bench import Bench, Disagreement
from tests.bench.figure import Figure
from tests.bench.world import areas

FINE = Grid(nx=43200, ny=21600)
"""30 arc-seconds."""


def figures(bench: Bench) -> Iterator[Figure]:
    """All areas at once, and one area of the middling size."""
    shapes = areas()
    some = sorted(shapes, key=shapely.get_num_coordinates)[len(shapes) // 2]
    largest = max(shapes, key=shapely.get_num_coordinates)
    takings = bench.alternate(
        "weights, 30 arc-seconds",
        {
            "all": lambda: build_weights(shapes, FINE),
            "one": lambda: build_weights([some], FINE),
            "largest": lambda: build_weights([largest], FINE),
        },
        rounds=1 if bench.quick else 3,
    )
    apart = np.abs(takings.answer("all").area_m2() / polygon_area(shapes) - 1)
    if apart.max() > 1e-6:
        msg = f"the weights of an area add up to {apart.max():.1e} more or less than its area"
        raise Disagreement(msg)
    agree = f"Sums of weights agree with the areas of the polygons to {apart.max():.0e}."
    yield Figure(
        name="engine.weights_cpu_s.30s",
        value=takings.seconds("all", cpu=True),
        unit="s",
        target=6,
        op="<=",
        note=f"CPU time of the weights of all {len(shapes)} first-level areas. {agree}",
    )
    yield Figure(
        name="engine.weights_ms.one_area",
        value=takings.seconds("one") * 1e3,
        unit="ms",
        target=30,
        op="<=",
        note=f"30 arc-seconds, the area with the median number of vertices; the one with most "
        f"of them takes {takings.seconds('largest') * 1e3:.0f} ms.",
    )
