"""The engine beside what else people take: flox, rasterstats, xvec. Costs are per step.

The peers get arrays in memory; ours reads and decodes. What they answer is compared with ours, and
how far it is off is told: not all of them are meant to be exact.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import geopandas
import numpy as np
import xarray as xr
from affine import Affine

from soc_monitor.aggregate import Weights, covered_cells
from tests.bench import stored
from tests.bench.bench import Bench
from tests.bench.figure import Figure
from tests.bench.world import FILL, QUARTER, SCALE, areas, cases, no_database, planar_weights

Array = np.ndarray[Any, Any]
STEPS = 12
"""Of a peer that needs more than two minutes for all; rasterstats takes one."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another way to the same numbers."""

    package: str
    target: float
    steps: int
    call: Callable[[Array], Array]
    """From maps (time, y, x) to means (time, area) [as the maps]."""
    about: str


def figures(bench: Bench) -> Iterator[Figure]:
    """On the cube of 0.25 degrees, all first-level areas."""
    case = cases(quick=bench.quick)[0]
    store = no_database(stored.folder_of(bench, case))
    pieces = stored.write(bench, store, case)
    weights = planar_weights(case.grid)
    maps = np.array(stored.maps(store, pieces[:STEPS]))
    for peer in peers(weights):
        some = maps[: peer.steps]
        takings = bench.alternate(
            peer.package,
            {
                "ours": lambda: stored.moments(store, pieces, weights),
                "peer": lambda peer=peer, some=some: peer.call(some),  # type: ignore[misc]
            },
            rounds=1,
            cold=("peer",),
        )
        per_step = takings.ratio("peer", "ours") * len(pieces) / peer.steps
        ours = stored.means(takings.answer("ours"))[: peer.steps]
        yield Figure(
            name=f"engine.{peer.package}_ratio",
            value=per_step,
            target=peer.target,
            op=">=",
            peer=f"{peer.package} {version(peer.package)}",
            note=f"0.25°, {len(areas())} areas, time per step: ours over {len(pieces)} stored "
            f"steps, the peer's over {peer.steps} in memory. {peer.about} "
            f"{against(ours, takings.answer('peer') * SCALE)}",
        )


def against(ours: Array, theirs: Array) -> str:
    """How far a peer's means are from ours, in words."""
    lost = int((~np.isnan(ours) & np.isnan(theirs)).any(axis=0).sum())
    both = ~np.isnan(ours) & ~np.isnan(theirs)
    apart = np.abs(theirs[both] / ours[both] - 1)
    return (
        f"Its means differ from ours by {np.median(apart):.0e} (median), "
        f"{np.quantile(apart, 0.95):.0e} (95th percentile); it has none for {lost} areas."
    )


def peers(weights: Weights) -> list[Peer]:
    """The peers, the quickest first."""
    return [
        Peer(
            "flox",
            30,
            STEPS,
            lambda maps: by_flox(maps, weights),
            "Exact: each cell once for each area, with its weight.",
        ),
        Peer(
            "xvec",
            100,
            STEPS,
            by_xvec,
            "By exactextract, without the areas of the cells.",
        ),
        Peer("rasterstats", 1000, 1, by_rasterstats, "By the centres of the cells, unweighted."),
    ]


def by_flox(maps: Array, weights: Weights) -> Array:
    """Sums by label over a list of all cells of all areas, the weights made beforehand."""
    from flox import groupby_reduce  # noqa: PLC0415  # seconds to load

    cell, weight, area = covered_cells(weights)
    values = maps.reshape(len(maps), -1)[:, cell]
    known = values != FILL
    keys: dict[str, Any] = {
        "func": "sum",
        "expected_groups": np.arange(weights.n_areas),
        "fill_value": 0.0,
    }
    above = np.asarray(groupby_reduce(np.where(known, values * weight, 0.0), area, **keys)[0])
    below = np.asarray(groupby_reduce(np.where(known, weight, 0.0), area, **keys)[0])
    out = np.full(above.shape, np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


def by_xvec(maps: Array) -> Array:
    """``xvec.zonal_stats`` with its exact method."""
    import rioxarray  # noqa: F401, PLC0415  # both add accessors
    import xvec  # noqa: F401, PLC0415

    grid = QUARTER
    cube = xr.DataArray(
        np.where(maps == FILL, np.nan, maps),
        dims=("time", "y", "x"),
        coords={
            "y": grid.north - (np.arange(grid.ny) + 0.5) * grid.dy,
            "x": grid.west + (np.arange(grid.nx) + 0.5) * grid.dx,
        },
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = cube.rio.write_crs(4326).xvec.zonal_stats(
            geopandas.GeoSeries(list(areas()), crs=4326),
            x_coords="x",
            y_coords="y",
            stats="mean",
            method="exactextract",
        )
    return np.asarray(found.transpose("time", "geometry"), float)


def by_rasterstats(maps: Array) -> Array:
    """``rasterstats.zonal_stats``, map by map."""
    from rasterstats import zonal_stats  # noqa: PLC0415

    grid = QUARTER
    place = Affine(grid.dx, 0, grid.west, 0, -grid.dy, grid.north)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = [
            zonal_stats(list(areas()), values, affine=place, nodata=FILL, stats=["mean"])
            for values in maps
        ]
    return np.array([[found["mean"] for found in row] for row in rows], float)
