"""Weights: which cells an area covers, and how much of each. Exact, and as runs.

A row of an area is a few runs of whole cells and a few edge cells with a share. The area of a
cell depends on its row only, so it is never stored per cell.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Self

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from soc_monitor.aggregate.grid import row_area, row_shape
from soc_monitor.aggregate.rings import Rings, rings_of
from soc_monitor.aggregate.sweep import OVERLAP, TOLERANCE, scan, sweep
from soc_monitor.errors import ArrayDamaged, BadValue
from soc_monitor.model.grid import Grid

ALGORITHM: Final = "sweep-1"
"""Version of the numbers: another version, other weights."""
BITS: Final = 42
"""Bits of the largest weight of a cell, counted in quanta."""

_ARRAYS: Final = {
    "run_ptr": np.int64,
    "run_c0": np.int32,
    "run_c1": np.int32,
    "run_area": np.int32,
    "edge_ptr": np.int64,
    "edge_col": np.int32,
    "edge_area": np.int32,
    "edge_share": np.float64,
}

Integers = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Areas = tuple[Longs, Longs, Floats]


@dataclass(frozen=True, kw_only=True, eq=False)
class Weights:
    """Cells that areas cover, by row of the grid; equal where their ``token`` is.

    Row r has the runs ``run_ptr[r]:run_ptr[r + 1]`` and the edge cells
    ``edge_ptr[r]:edge_ptr[r + 1]``. A run covers the columns c0 to c1 - 1 whole.
    """

    grid: Grid
    n_areas: int
    """Areas 0 to n_areas - 1, in the order of their geometries."""
    true_area: bool
    """Shares are of the cell's true area; False: of its width times height in degrees."""
    run_ptr: Longs
    run_c0: Integers
    run_c1: Integers
    run_area: Integers
    edge_ptr: Longs
    edge_col: Integers
    edge_area: Integers
    edge_share: Floats
    """Covered share of the edge cell (edge) [1], between 0 and 1."""

    @property
    def quantum(self) -> float:
        """What the weights of cells are whole multiples of, a power of two [m2].

        It belongs to the grid: 2**-42 of its largest cell or less, a tenth of a millimetre squared
        at 30 arc-seconds. Sums of whole numbers have no rounding, whatever their order.
        """
        return float(2.0 ** (np.ceil(np.log2(row_area(self.grid).max())) - BITS))

    def area_m2(self) -> Floats:
        """Sum of the weights of each area (area,) [m2]; 0 where it lies outside of the grid."""
        cell = row_area(self.grid)
        runs = np.repeat(cell, np.diff(self.run_ptr)) * (self.run_c1 - self.run_c0)
        edges = np.repeat(cell, np.diff(self.edge_ptr)) * self.edge_share
        whole = np.bincount(self.run_area, runs, minlength=self.n_areas)
        return np.asarray(whole + np.bincount(self.edge_area, edges, minlength=self.n_areas))

    def with_whole_grid(self) -> Self:
        """The same with one more area, the last: every cell of the grid, whole."""
        rows = np.arange(self.grid.ny + 1)
        at = self.run_ptr[1:]
        return replace(
            self,
            n_areas=self.n_areas + 1,
            run_ptr=self.run_ptr + rows,
            run_c0=np.insert(self.run_c0, at, 0),
            run_c1=np.insert(self.run_c1, at, self.grid.nx),
            run_area=np.insert(self.run_area, at, self.n_areas),
        )

    def to_arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Everything as arrays, for the store; ``from_arrays`` takes it back."""
        arrays: dict[str, npt.NDArray[np.generic]] = {k: getattr(self, k) for k in _ARRAYS}
        arrays["n_areas"] = np.array([self.n_areas])
        arrays["true_area"] = np.array([self.true_area])
        arrays["grid_id"] = np.frombuffer(self.grid.id.encode(), np.uint8)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]], grid: Grid) -> Self:
        """Weights as ``to_arrays`` gave them.

        Args:
            arrays: the arrays by name.
            grid: the grid that they are for.

        Returns:
            The weights.

        Raises:
            ArrayDamaged: an array is missing or is not one of these weights.
        """
        try:
            typed = {k: np.asarray(arrays[k], dtype) for k, dtype in _ARRAYS.items()}
            same = bytes(np.asarray(arrays["grid_id"], np.uint8)).decode() == grid.id
            n_areas, true_area = int(arrays["n_areas"][0]), bool(arrays["true_area"][0])
        except (KeyError, IndexError, ValueError, UnicodeDecodeError) as error:
            msg = f"weights cannot be read: {error}"
            raise ArrayDamaged(msg) from error
        found = cls(grid=grid, n_areas=n_areas, true_area=true_area, **typed)
        if not same or not found._whole():
            msg = f"weights are not of the grid {grid.id}"
            raise ArrayDamaged(msg)
        return found

    def _whole(self) -> bool:
        """Whether every index points into the grid and the areas."""
        n_runs, n_edges = len(self.run_c0), len(self.edge_col)
        areas = np.concatenate([self.run_area, self.edge_area])
        return bool(
            len(self.run_ptr) == len(self.edge_ptr) == self.grid.ny + 1
            and self.run_ptr[0] == self.edge_ptr[0] == 0
            and (np.diff(self.run_ptr) >= 0).all()
            and (np.diff(self.edge_ptr) >= 0).all()
            and self.run_ptr[-1] == n_runs == len(self.run_c1) == len(self.run_area)
            and self.edge_ptr[-1] == n_edges == len(self.edge_share) == len(self.edge_area)
            and ((self.run_c0 >= 0) & (self.run_c0 < self.run_c1)).all()
            and (self.run_c1 <= self.grid.nx).all()
            and ((self.edge_col >= 0) & (self.edge_col < self.grid.nx)).all()
            and ((self.edge_share > 0) & (self.edge_share < 1)).all()
            and ((areas >= 0) & (areas < self.n_areas)).all()
        )

    @cached_property
    def token(self) -> str:
        """Content hash, taken once: equal weights share one key in a graph."""
        digest = hashlib.sha256(f"{self.grid.id}|{self.n_areas}|{self.true_area}".encode())
        for name in _ARRAYS:
            digest.update(np.ascontiguousarray(getattr(self, name)).data)
        return digest.hexdigest()

    def __dask_tokenize__(self) -> str:
        return self.token


def weights_key(grid: Grid, boundary_version: str, *, true_area: bool = True) -> str:
    """Content key of weights: the same key always means the same numbers.

    Args:
        grid: the grid.
        boundary_version: content hash of the geometries, in their order.
        true_area: as in ``build_weights``.

    Returns:
        32 hexadecimal digits.

    Example:
        >>> len(weights_key(Grid(nx=4, ny=2), "2026-01"))
        32
    """
    shares = "true" if true_area else "planar"
    text = f"{ALGORITHM}|{grid.id}|{shares}|{boundary_version}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def build_weights(
    geometries: Sequence[BaseGeometry], grid: Grid, *, true_area: bool = True
) -> Weights:
    """Exact coverage of every cell by every area.

    Areas may overlap each other. What lies outside of the grid is cut off. One thread: all
    first-level areas of the world at 30 arc-seconds take less than a second, and two threads as
    long, for each area is little work.

    Args:
        geometries: polygons in longitude and latitude (area) [degrees].
        grid: the grid.
        true_area: shares of true area; False: of width times height in degrees, as other tools.

    Returns:
        The weights, areas in the order of the geometries.

    Raises:
        BadValue: not a polygon, empty, outside of [-180, 180] x [-90, 90], or crossing itself.

    Source:
        signed-area accumulation, see ``sweep.py``.

    Example:
        >>> import shapely
        >>> grid = Grid(nx=2, ny=2, west=0, south=-1, east=2, north=1)
        >>> weights = build_weights([shapely.box(0, 0, 1.5, 1)], grid)
        >>> weights.run_c0.tolist(), weights.run_c1.tolist()
        ([0], [1])
        >>> weights.edge_col.tolist(), weights.edge_share.tolist()
        ([1], [0.5])
    """
    rings = rings_of(geometries) if len(geometries) else None
    n = rings.n_areas if rings else 0
    skew, curve = row_shape(grid) if true_area else (np.zeros(grid.ny), np.zeros(grid.ny))

    found = [_cover(rings, area, grid, skew, curve) for area in range(n)] if rings else []
    runs, edges, shares = (
        np.concatenate([first, *(f[i] for f in found)])
        for i, first in enumerate((np.empty((0, 3), int), np.empty((0, 2), int), np.empty(0)))
    )
    run_area = np.repeat(np.arange(n), [len(f[0]) for f in found])
    edge_area = np.repeat(np.arange(n), [len(f[1]) for f in found])
    # Areas stand in order, and the cells of each too: a stable sort merges what is sorted.
    by_run = np.argsort(runs[:, 0] * (grid.nx + 1) + runs[:, 1], kind="stable")
    by_edge = np.argsort(edges[:, 0] * (grid.nx + 1) + edges[:, 1], kind="stable")
    rows = np.arange(grid.ny + 1)
    return Weights(
        grid=grid,
        n_areas=n,
        true_area=true_area,
        run_ptr=np.searchsorted(runs[by_run, 0], rows).astype(np.int64),
        run_c0=runs[by_run, 1].astype(np.int32),
        run_c1=runs[by_run, 2].astype(np.int32),
        run_area=run_area[by_run].astype(np.int32),
        edge_ptr=np.searchsorted(edges[by_edge, 0], rows).astype(np.int64),
        edge_col=edges[by_edge, 1].astype(np.int32),
        edge_area=edge_area[by_edge].astype(np.int32),
        edge_share=shares[by_edge],
    )


def least_m2(grid: Grid, lat: float) -> float:
    """What an area must have of a cell, for the cell to be one of its own [m2].

    Args:
        grid: the grid.
        lat: of the place; outside of the grid that of its edge [degrees].

    Example:
        >>> round(least_m2(Grid(nx=720, ny=360), 44.0), 1)
        2.2
    """
    row = int(np.clip((grid.north - lat) / grid.dy, 0, grid.ny - 1))
    return TOLERANCE * float(row_area(grid)[row])


def _cover(rings: Rings, area: int, grid: Grid, skew: Floats, curve: Floats) -> Areas:
    """Runs (row, c0, c1), edge cells (row, col) and their shares of one area."""
    first, last = rings.area_ptr[area], rings.area_ptr[area + 1]
    bounds = rings.ring_ptr[first : last + 1]
    lonlat = rings.lonlat[bounds[0] : bounds[-1]]
    bounds = bounds - bounds[0]
    # A grid may lie across the antimeridian: 0 to 360, say.
    turns = [t for t in (-360.0, 0.0, 360.0) if grid.west < 180.0 + t and grid.east > t - 180.0]
    x = np.concatenate([lonlat[:, 0] + t for t in turns])
    y = np.tile(lonlat[:, 1], len(turns))
    xy = np.column_stack(
        [
            (x - grid.west) * (grid.nx / (grid.east - grid.west)),
            (grid.north - y) * (grid.ny / (grid.north - grid.south)),
        ]
    )
    ends = np.concatenate([bounds[:1], *(bounds[1:] + i * len(lonlat) for i in range(len(turns)))])
    runs, edges, shares, worst = scan(*sweep(xy, ends, grid.ny, grid.nx, skew, curve), grid.nx)
    if worst > OVERLAP:
        msg = f"geometry {area} crosses or overlaps itself"
        raise BadValue(msg)
    return runs, edges, shares
