"""Levels: what is written of a field, written coarser beside it, from the same blocks."""

from typing import Any

import numpy as np

from soc_monitor.aggregate import class_shares, coarser_means, row_area
from soc_monitor.model import Cube
from soc_monitor.store import arrays
from soc_monitor.store.chunks import CHUNK
from soc_monitor.store.levels import (
    MEAN,
    SHARE,
    WHOLE,
    Plane,
    class_plane,
    factors_of,
    planes_of,
)
from soc_monitor.store.store import Store

Block = np.ndarray[Any, Any]


class Levels:
    """The levels of one array as they grow, band by band from the north.

    A few rows of each are held: a chunk high.
    """

    def __init__(self, store: Store, path: str, cube: Cube) -> None:
        """``path``: of the array; a grid that needs none has none."""
        self._cube, self._areas, self._top = cube, row_area(cube.grid), 0
        self._factors = factors_of(cube.grid)
        self._planes = {
            (factor, name): Plane(store, path, cube, factor, name)
            for factor in self._factors
            for name in planes_of(cube)
        }

    def add(self, block: Block) -> None:
        """The next rows of the array as they are stored (y, x): ``CHUNK`` of them, or the last."""
        if not self._factors:
            return
        areas = self._areas[self._top : self._top + len(block)]
        self._top += len(block)
        assert len(block) == CHUNK or self._top == self._cube.grid.ny
        if self._cube.classes:
            self._add_classes(block, areas)
        else:
            self._add_means(block, areas)
        if self._top == self._cube.grid.ny:
            for plane in self._planes.values():
                plane.end()

    def _add_means(self, block: Block, areas: Block) -> None:
        found = coarser_means(block, areas, self._factors, self._cube.fill)
        for factor, (mean, share) in zip(self._factors, found, strict=True):
            self._planes[factor, MEAN].add(_stored(mean, self._cube))
            self._planes[factor, SHARE].add(_per_whole(share))

    def _add_classes(self, block: Block, areas: Block) -> None:
        for code in self._cube.classes:
            found = class_shares(block, areas, self._factors, code)
            for factor, share in zip(self._factors, found, strict=True):
                self._planes[factor, class_plane(code)].add(_per_whole(share))


def _stored(mean: Block, cube: Cube) -> Block:
    empty = np.isnan(mean)
    if np.dtype(cube.dtype).kind in "iu":
        mean = np.rint(np.where(empty, 0.0, mean))
    stored = mean.astype(cube.dtype)
    stored[empty] = cube.fill
    return stored


def _per_whole(share: Block) -> Block:
    stored: Block = np.rint(share * WHOLE).astype(np.uint16)
    return stored


def finish(store: Store, path: str, cube: Cube) -> str:
    """Write the levels of an array that was filled in another order, and seal it with them.

    Returns:
        Its checksum, as of ``arrays.seal``.
    """
    if factors_of(cube.grid):
        levels = Levels(store, path, cube)
        for top in range(0, cube.grid.ny, CHUNK):
            levels.add(arrays.read_path(store, path, slice(top, top + CHUNK)))
    return arrays.seal(store, path)
