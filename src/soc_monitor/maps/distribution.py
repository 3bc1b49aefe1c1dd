"""Distribution: how the stock lies within an area, as a whole and by its land cover."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from soc_monitor.aggregate import (
    BlockOperator,
    Box,
    Histogram,
    Moments,
    Partial,
    build_weights,
    cut,
    sum_block,
    touched_boxes,
)
from soc_monitor.aggregate.histogram import (
    STEP,
    Bins,
    count_block,
    countable,
    is_exact,
    step_of,
)
from soc_monitor.aggregate.labels import part
from soc_monitor.errors import OutsideGrid, TooMuchToRead
from soc_monitor.maps.decode import decode
from soc_monitor.model import Cube, Grid, Slice
from soc_monitor.nowcast.land_degradation import Cover, cover_of_esa
from soc_monitor.store import arrays
from soc_monitor.store.chunks import CHUNK
from soc_monitor.store.store import Store

SHARES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_CELLS: Final = 100_000_000
"""Cells of one answer, of both maps: some seconds of work."""
COVERS: Final = ("not_known", *(cover.name.lower() for cover in Cover))
"""Land covers in the order of their codes."""
LAND_COVER: Final = ("land_cover", "land_cover_class")
"""Variables with the classes of ESA, the yearly ones first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a stock is spread over some land, every cell by the area that it has of it."""

    cover: str
    """One of ``COVERS``; empty: all of it."""
    mapped_m2: float
    mean: float
    """[the cube's unit]"""
    total: float
    """[the cube's unit m2]"""
    quantiles: tuple[float, ...]
    """Of ``SHARES`` [the cube's unit]."""


def bound(cube: Cube) -> float:
    """How far a quantile may be off [the cube's unit]; 0: it is one of the stored values."""
    return 0.0 if is_exact(cube.dtype) else STEP / 2


def nearest_cover(pieces: Iterable[Slice], piece: Slice) -> Slice | None:
    """The map of land cover that lies nearest in time to a slice; None: there is none.

    Of two as near the yearly one, and the older one, is taken.
    """
    found = [one for one in pieces if one.cube.variable in LAND_COVER]
    return min(
        found,
        key=lambda one: (
            abs((one.period_end - piece.period_end).days),
            LAND_COVER.index(one.cube.variable),
            one.period,
        ),
        default=None,
    )


def spreads(
    store: Store, piece: Slice, cover: Slice | None, shape: BaseGeometry | None
) -> list[Spread]:
    """How a stock is spread over a shape: all of it first, then by land cover.

    A cell has the land cover of the map at its centre.

    Args:
        store: to read from.
        piece: a slice of the stock.
        cover: as of ``nearest_cover``; None: all of it alone is told.
        shape: a polygon or multipolygon [degrees]; None: the whole grid.

    Raises:
        OutsideGrid: nothing of the shape has a value.
        TooMuchToRead: it covers too many cells.
        ArrayDamaged: a stored array cannot be read.
    """
    grid = piece.cube.grid
    everywhere = shapely.box(grid.west, grid.south, grid.east, grid.north)
    weights = build_weights([everywhere if shape is None else shape], grid)
    boxes = list(touched_boxes(weights, CHUNK, CHUNK))
    cells = sum((y1 - y0) * (x1 - x0) for y0, y1, x0, x1 in boxes)
    if cover is not None:
        finer = grid.dx * grid.dy / (cover.cube.grid.dx * cover.cube.grid.dy)
        cells = int(cells * (1 + finer))
    if cells > MOST_CELLS:
        raise TooMuchToRead(
            f"{cells:,} cells, {MOST_CELLS:,} are allowed", hint="Ask for parts of the area."
        )
    whole, parted = _Sums(1), _Sums(len(COVERS))
    for box in boxes:
        operator = cut(weights, *box)
        if not len(operator.areas):
            continue
        block = _Block(_read(store, piece, box), piece.cube)
        whole.add(block, operator)
        if cover is not None:
            labels = _labels(store, cover, grid, box)
            parted.add(block, part(operator, labels, len(COVERS)))
    found = list(whole.spreads(piece.cube, ("",)))
    if not found:
        raise OutsideGrid("nothing of the area has a value on this map")
    return found + list(parted.spreads(piece.cube, COVERS))


class _Block:
    """One block: its values, and the whole numbers that are counted."""

    def __init__(self, stored: npt.NDArray[np.generic], cube: Cube) -> None:
        self.values = decode(stored, cube)
        self.counted, self.fill = countable(stored, cube.fill, cube.scale)


class _Sums:
    """Sums and bins of blocks, of one area or of its parts; the blocks themselves are let go."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._moments: list[Partial] = []
        self._bins: list[Bins] = []

    def add(self, block: _Block, operator: BlockOperator) -> None:
        """Take what an area has of one block."""
        if len(operator.areas):
            self._moments.append(sum_block(block.values, operator))
            self._bins.append(count_block(block.counted, operator, fill=block.fill))

    def spreads(self, cube: Cube, names: Sequence[str]) -> Iterable[Spread]:
        """Of what has any value."""
        if not self._moments:
            return
        (sums,) = Moments.merge(self._moments, self._n)
        scale = step_of(cube.dtype, cube.scale)
        counted = Histogram.of_bins(self._bins, self._n, scale=scale).quantiles(SHARES)
        for row, name in enumerate(names):
            if sums.mapped_m2[row] > 0:
                yield Spread(
                    cover=name,
                    mapped_m2=float(sums.mapped_m2[row]),
                    mean=float(sums.mean[row]),
                    total=float(sums.total[row]),
                    quantiles=tuple(counted[row].tolist()),
                )


def _read(store: Store, piece: Slice, box: Box) -> npt.NDArray[np.generic]:
    y0, y1, x0, x1 = box
    block = arrays.read_block(store, piece, slice(y0, y1), slice(x0, x1))
    found: npt.NDArray[np.generic] = block[piece.step or 0]
    return found


def _labels(store: Store, cover: Slice, grid: Grid, box: Box) -> npt.NDArray[np.int8]:
    """Codes of the land cover at the centres of the cells of a box; 0: not known."""
    y0, y1, x0, x1 = box
    own = cover.cube.grid
    lat = grid.north - (np.arange(y0, y1) + 0.5) * grid.dy
    lon = grid.west + (np.arange(x0, x1) + 0.5) * grid.dx
    row = np.floor((own.north - lat) / own.dy).astype(np.int64)
    column = np.floor((lon - own.west) / own.dx).astype(np.int64)
    rows, columns = (row >= 0) & (row < own.ny), (column >= 0) & (column < own.nx)
    found = np.zeros((len(lat), len(lon)), np.int8)
    if rows.any() and columns.any():
        top, left = row[rows].min(), column[columns].min()
        window = (int(top), int(row[rows].max()) + 1, int(left), int(column[columns].max()) + 1)
        codes = _read(store, cover, window)[np.ix_(row[rows] - top, column[columns] - left)]
        known = np.clip(codes.astype(np.int64), 0, 255)
        found[np.ix_(rows, columns)] = cover_of_esa()[known]
    return found
