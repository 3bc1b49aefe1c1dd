"""Own areas: a shape of the size of a country, through a whole history, in one call."""

from collections.abc import Iterator

import numpy as np
import shapely

from soc_monitor.indicators import find_indicator
from soc_monitor.maps.own_areas import area_m2, statistics
from soc_monitor.maps.sheet import Sheet
from soc_monitor.model import Freq, Grid
from tests.bench import stored
from tests.bench.bench import Bench, Disagreement
from tests.bench.figure import Figure
from tests.bench.world import Case, no_database

REGION = Grid(nx=1080, ny=1080, west=-20, south=16, east=34, north=70)
"""Chunks are as large as in a grid of the world, and only those that are touched are read."""


def shape() -> shapely.Polygon:
    """A coast of 2 000 vertices around 100 000 km2, with a lake."""
    turns = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    reach = 1 + 0.15 * np.sin(5 * turns) + 0.03 * np.sin(41 * turns)

    def ring(size: float) -> np.ndarray:
        east, north = 1.45 * np.cos(turns), np.sin(turns)
        return np.column_stack([3 + size * reach * east, 47 + size * reach * north])

    return shapely.Polygon(ring(1.61), [ring(0.2)])


def figures(bench: Bench) -> Iterator[Figure]:
    """The first call, and the median of the later ones."""
    case = Case("own", REGION, 60 if bench.quick else 300, Freq.MONTH)
    store = no_database(stored.folder_of(bench, case))
    indicator = find_indicator("stock")
    sheets = [Sheet(indicator, (piece,), None) for piece in stored.write(bench, store, case)]
    own = shape()
    size = area_m2(own) / 1e6
    assert 95_000 < size < 105_000, size
    takings = bench.alternate(
        "own area", {"ours": lambda: statistics(store, sheets, own)}, rounds=5
    )
    found = takings.answer("ours")
    mapped = {round(some.mapped_m2 / 1e6 / size, 6) for some in found}
    if len(found) != case.steps or mapped == {0.0}:
        msg = f"{len(found)} steps, mapped {mapped}"
        raise Disagreement(msg)
    yield Figure(
        name="engine.own_area_s",
        value=takings.seconds("ours"),
        unit="s",
        target=1.0,
        op="<=",
        note=f"{size:,.0f} km², {shapely.get_num_coordinates(own):,} vertices, over 0.05° x "
        f"{case.steps} months, warm; CPU time {takings.seconds('ours', cpu=True):.2f} s.",
    )
