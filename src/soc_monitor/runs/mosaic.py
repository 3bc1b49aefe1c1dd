"""Mosaic: one layer of a period, as it grows tile by tile."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from soc_monitor.errors import ItemRejected
from soc_monitor.feeds.decode import Raster
from soc_monitor.model import Layer
from soc_monitor.runs.check import Tally, blocks, corner_of, take_block
from soc_monitor.runs.place import Placed
from soc_monitor.store.chunks import CHUNK

Box = tuple[float, float, float, float]
"""Where a part begins in both directions, and where it ends."""
SEAM = 1e-6
"""Share of a tile that two may overlap by: the rounding of their own numbers."""


class Growing(Protocol):
    """A layer that is being put together."""

    layer: Layer
    path: str
    array: Any

    def fits(self, name: str, raster: Raster, placed: Placed, layer: Layer) -> None:
        """Raises ItemRejected: there is no place for a tile where it says that it lies."""
        ...

    def add(self, name: str, raster: Raster, placed: Placed, layer: Layer) -> None:
        """Take in one tile that fits. Raises ItemRejected: for its values."""
        ...

    def take_out(self, name: str) -> None:
        """Undo what was taken of a tile that another layer refuses."""
        ...

    def end(self) -> Tally:
        """All that is to be stored is in the array; what was counted of it."""
        ...


@dataclass
class Mosaic:
    """Tiles whose cells are those of the cube, each in its place."""

    layer: Layer
    path: str
    array: Any
    tally: Tally = field(init=False)
    taken: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Every chunk is there, also where no tile lies."""
        self.tally = Tally(*self.layer.valid)
        for rows in blocks(self.layer.cube.grid, CHUNK):
            self.array[rows, :] = self.layer.cube.fill

    def fits(self, name: str, raster: Raster, placed: Placed, layer: Layer) -> None:  # noqa: ARG002
        """On cells of the grid, and over no other tile."""
        place = _place(placed, layer)
        for other, theirs in self.taken.items():
            if _overlap(place, theirs):
                raise ItemRejected("tiles", f"{name} lies over {other}")

    def add(self, name: str, raster: Raster, placed: Placed, layer: Layer) -> None:  # noqa: ARG002
        """Write one tile into its place; one that is refused leaves nothing there."""
        place = row, column, _, _ = _place(placed, layer)
        tally = Tally(*layer.valid)
        try:
            for rows in _steps(placed.shape[0]):
                block = take_block(placed.rows(rows), layer, tally)
                self.array[row + rows.start : row + rows.stop, column : place[3]] = block
        except ItemRejected:
            self.array[row : place[2], column : place[3]] = layer.cube.fill
            raise
        self.tally.join(tally)
        self.taken[name] = place

    def take_out(self, name: str) -> None:
        """Its place is empty again."""
        if place := self.taken.pop(name, None):
            self.array[place[0] : place[2], place[1] : place[3]] = self.layer.cube.fill

    def end(self) -> Tally:
        """Nothing is left to do."""
        return self.tally


@dataclass
class Means:
    """Tiles of another grid: each cell of the cube is the mean of all cells that lie in it.

    Two tiles meet within cells of ours, and several looks at one place are one mean: sums and
    numbers of cells grow on disk, whatever the size of the grid.
    """

    layer: Layer
    path: str
    array: Any
    folder: Path
    """Is made, and is no more after ``end``."""
    sums: Any = field(init=False)
    cells: Any = field(init=False)
    settled: Layer = field(init=False)
    taken: dict[str, Box] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Nothing is there yet."""
        self.folder.mkdir()
        self.settled = self.layer
        self.sums, self.cells = (
            _on_disk(self.folder / name, kind, self.layer.cube.grid.shape)
            for name, kind in (("sums", np.float64), ("cells", np.uint32))
        )

    def fits(self, name: str, raster: Raster, placed: Placed, layer: Layer) -> None:
        """On cells of the grid, told on the same scale, and over no other tile of its look."""
        corner_of(placed, layer)
        place = _extent(raster)
        for other, theirs in self.taken.items():
            same = name.partition("/")[2] == other.partition("/")[2]
            if same and _overlap(place, theirs, SEAM * (place[2] - place[0])):
                raise ItemRejected("tiles", f"{name} lies over {other}")
        told, known = ((one.scale, one.offset) for one in (layer, self.settled))
        if self.taken and told != known:
            raise ItemRejected("scale", f"{told}, the tiles before have {known}")

    def add(self, name: str, raster: Raster, placed: Placed, layer: Layer) -> None:
        """Add the sums and numbers of its cells."""
        row, column = corner_of(placed, layer)
        counts = raster.cells(layer.pick)
        for rows in _steps(placed.shape[0]):
            where = (slice(row + rows.start, row + rows.stop),
                     slice(column, column + placed.shape[1]))  # fmt: skip
            count = counts[rows]
            self.sums[where] += np.where(count > 0, placed.rows(rows), 0.0) * count
            self.cells[where] += count
        self.taken[name], self.settled = _extent(raster), layer

    def take_out(self, name: str) -> None:
        """Nothing: a tile that fits is refused by no layer of this kind."""

    def end(self) -> Tally:
        """The means, checked and encoded like any raster."""
        tally = Tally(*self.layer.valid)
        for rows in blocks(self.layer.cube.grid, CHUNK):
            count = self.cells[rows]
            means = np.where(count > 0, self.sums[rows] / np.maximum(count, 1), np.nan)
            self.array[rows, :] = take_block(means, self.settled, tally)
        del self.sums, self.cells
        shutil.rmtree(self.folder)
        return tally


def _on_disk(file: Path, kind: Any, shape: tuple[int, int]) -> Any:
    """Noughts in a file that has its room: a map of a hole would kill us once a disk is full."""
    with file.open("wb") as out:
        os.posix_fallocate(out.fileno(), 0, shape[0] * shape[1] * np.dtype(kind).itemsize)
    return np.memmap(file, kind, "r+", shape=shape)


def _place(placed: Placed, layer: Layer) -> tuple[int, int, int, int]:
    row, column = corner_of(placed, layer)
    return row, column, row + placed.shape[0], column + placed.shape[1]


def _extent(raster: Raster) -> Box:
    west, south, east, north = raster.extent
    return west, south, east, north


def _steps(height: int) -> list[slice]:
    return [slice(row, min(row + CHUNK, height)) for row in range(0, height, CHUNK)]


def _overlap(one: Box, other: Box, by: float = 0.0) -> bool:
    """Whether two boxes share more than ``by``, in either direction.

    Example:
        >>> _overlap((0, 0, 2, 2), (1, 1, 3, 3)), _overlap((0, 0, 2, 2), (2, 0, 4, 2))
        (True, False)
    """
    return (
        other[2] - one[0] > by
        and one[2] - other[0] > by
        and other[3] - one[1] > by
        and one[3] - other[1] > by
    )
