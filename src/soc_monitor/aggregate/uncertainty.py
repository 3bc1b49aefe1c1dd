"""Uncertainty: from the error of a cell to the error of an area, with errors that go together.

Independent errors would cancel in any large area, and errors that all go together never would;
both are wrong. Here the error of a cell has a share that is common to the whole map, a share of its
own, and the rest decays with distance.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from soc_monitor.aggregate.grid import row_area
from soc_monitor.aggregate.jit import compiled
from soc_monitor.aggregate.weights import Weights
from soc_monitor.model.error_model import ErrorModel

EARTH_KM = 6371.0088
"""Mean radius of the Earth (IUGG) [km]."""

PAIRS = 20_000
"""Pairs drawn for an area: the standard error of the mean correlation stays below 0.005."""

SEED = 4_000

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of areas, each with the size of its error, area after area."""

    first: Longs
    """Where the cells of each area begin (area + 1) [1]."""
    cell: Longs
    """Row times columns plus column (cell) [1]."""
    size: Floats
    """Weight times standard error (cell) [m2 unit]."""


def error_cells(weights: Weights, std: npt.NDArray[np.floating], order: Longs) -> Cells:
    """The cells of areas that have an error, in a wanted order of areas.

    Args:
        weights: what the areas cover.
        std: standard errors (y, x) [any]; NaN: no value, or its error is not known.
        order: areas in the order wanted (k) [1].

    Returns:
        The cells; those without an error are left out.

    Example:
        >>> import shapely
        >>> from soc_monitor.aggregate.weights import build_weights
        >>> from soc_monitor.model.grid import Grid
        >>> grid = Grid(nx=2, ny=1, west=0, south=0, east=2, north=1)
        >>> weights = build_weights([shapely.box(0, 0, 2, 1)], grid)
        >>> error_cells(weights, np.array([[1.0, np.nan]]), np.array([0])).cell.tolist()
        [0]
    """
    cell, weight, area = covered_cells(weights)
    place = np.full(weights.n_areas, -1, np.int64)
    place[order] = np.arange(len(order))
    size = weight * std.ravel()[cell]
    keep = (size > 0) & (place[area] >= 0)
    cell, size, at = cell[keep], size[keep], place[area][keep]
    by_area = np.lexsort((cell, at))
    first = np.searchsorted(at[by_area], np.arange(len(order) + 1))
    return Cells(first.astype(np.int64), cell[by_area], size[by_area])


def covered_cells(weights: Weights) -> tuple[Longs, Floats, npt.NDArray[np.int32]]:
    """Every cell that an area covers, one by one.

    Args:
        weights: what the areas cover.

    Returns:
        cell: row times columns plus column (n,) [1]; weight: its covered area (n,) [m2]; area:
        the index of the area that covers it (n,) [1].

    Example:
        >>> import shapely
        >>> from soc_monitor.aggregate.weights import build_weights
        >>> from soc_monitor.model.grid import Grid
        >>> grid = Grid(nx=3, ny=1, west=0, south=0, east=3, north=1)
        >>> covered_cells(build_weights([shapely.box(1, 0, 3, 1)], grid))[0].tolist()
        [1, 2]
    """
    size_m2 = row_area(weights.grid)
    length = (weights.run_c1 - weights.run_c0).astype(np.int64)
    run_row = np.repeat(np.arange(weights.grid.ny), np.diff(weights.run_ptr))
    edge_row = np.repeat(np.arange(weights.grid.ny), np.diff(weights.edge_ptr))
    start = run_row * weights.grid.nx + weights.run_c0
    inside = np.repeat(start - np.cumsum(length) + length, length) + np.arange(length.sum())
    cell = np.concatenate([inside, edge_row * weights.grid.nx + weights.edge_col])
    weight = np.concatenate(
        [np.repeat(size_m2[run_row], length), size_m2[edge_row] * weights.edge_share]
    )
    area = np.concatenate([np.repeat(weights.run_area, length), weights.edge_area])
    return cell, weight, area


def mean_correlation(
    cells: Cells, ranges: npt.NDArray[np.integer], weights: Weights, model: ErrorModel
) -> Floats:
    """Mean correlation of the errors of two cells of an area, drawn by the size of their error.

    The error of the area's total is the sum of its cells' errors times the square root of this.
    Every pair is taken where there are few; else ``PAIRS`` are drawn, the same draw every time.

    Args:
        cells: cells of the finest areas.
        ranges: first and last plus one of the finest areas that make up an area (area, 2) [1].
        weights: they carry the grid.
        model: how errors go together.

    Returns:
        (area) [1], between 0 and 1; NaN where no cell has an error.

    Source:
        Var(sum) = (sum w s)^2 * E[rho(d_IJ)], I and J drawn with probability w s.

    Example:
        >>> import shapely
        >>> from soc_monitor.aggregate.weights import build_weights
        >>> from soc_monitor.model.grid import Grid
        >>> grid = Grid(nx=2, ny=1, west=0, south=0, east=2, north=1)
        >>> weights = build_weights([shapely.box(0, 0, 2, 1)], grid)
        >>> cells = error_cells(weights, np.ones((1, 2)), np.array([0]))
        >>> alone = ErrorModel(common=0.0, own=1.0)
        >>> mean_correlation(cells, np.array([[0, 1]]), weights, alone).round(12).tolist()
        [0.5]
    """
    grid = weights.grid
    lat = np.radians(grid.north - (np.arange(grid.ny) + 0.5) * grid.dy)
    lon = np.radians(grid.west + (np.arange(grid.nx) + 0.5) * grid.dx)
    draws = np.random.default_rng(SEED).random((PAIRS, 2))
    sums = np.concatenate([[0.0], np.cumsum(cells.size)])
    bounds = cells.first[np.asarray(ranges, np.int64)]
    terms = np.array([model.common, model.own, model.scale_km])
    return np.asarray(_correlations(bounds, cells.cell, cells.size, sums, lat, lon, draws, terms))


@compiled
def _correlations(
    bounds: Longs,
    cell: Longs,
    size: Floats,
    sums: Floats,
    lat: Floats,
    lon: Floats,
    draws: Floats,
    terms: Floats,
) -> Floats:
    out = np.full(len(bounds), np.nan)
    for k in range(len(bounds)):
        a, b = bounds[k, 0], bounds[k, 1]
        n = b - a
        if n == 0:
            continue
        total = 0.0
        if n * n <= len(draws):
            whole = 0.0
            for i in range(a, b):
                whole += size[i]
            for i in range(a, b):
                total += size[i] * size[i] * _rho(cell[i], cell[i], lat, lon, terms)
                for j in range(i + 1, b):
                    total += 2 * size[i] * size[j] * _rho(cell[i], cell[j], lat, lon, terms)
            out[k] = total / (whole * whole)
            continue
        span = sums[b] - sums[a]
        for p in range(len(draws)):
            i = _find(sums, a, b, sums[a] + draws[p, 0] * span)
            j = _find(sums, a, b, sums[a] + draws[p, 1] * span)
            total += _rho(cell[i], cell[j], lat, lon, terms)
        out[k] = total / len(draws)
    return out


@compiled
def _find(sums: Floats, a: int, b: int, target: float) -> int:
    """Index i in a..b-1 with sums[i] <= target < sums[i + 1]."""
    low, high = int(a), int(b)
    while high - low > 1:
        middle = (low + high) // 2
        if sums[middle] <= target:
            low = middle
        else:
            high = middle
    return low


@compiled
def _rho(one: int, other: int, lat: Floats, lon: Floats, terms: Floats) -> float:
    if one == other:
        return 1.0
    common, own, scale = terms[0], terms[1], terms[2]
    nx = len(lon)
    p, q = lat[one // nx], lat[other // nx]
    half_lat, half_lon = (p - q) / 2, (lon[one % nx] - lon[other % nx]) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(p) * np.cos(q) * np.sin(half_lon) ** 2
    distance = 2 * EARTH_KM * np.arcsin(min(1.0, np.sqrt(chord)))
    return float(common + (1 - common) * (1 - own) * np.exp(-distance / scale))
