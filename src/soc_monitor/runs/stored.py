"""Stored sums: moments of fields that an indicator takes as they are stored, a block at a time."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import numpy as np
from dask.delayed import Delayed

from soc_monitor.aggregate import Moments, Weights, area_moments
from soc_monitor.model import Slice
from soc_monitor.runs.workers import Workers
from soc_monitor.store import arrays
from soc_monitor.store.store import Store


class StoredSums:
    """Sums of what is stored, in its own integers; the periods of a block are summed together."""

    def __init__(self, store: Store, workers: Workers, wanted: Sequence[Slice]) -> None:
        """``wanted``: slices that will be asked for."""
        self._store = store
        self._workers = workers
        self._beside: dict[str, list[Slice]] = defaultdict(list)
        for piece in {piece.id: piece for piece in wanted}.values():
            self._beside[piece.path].append(piece)
        self._ready: dict[UUID, Moments] = {}

    def of(self, piece: Slice, weights: Weights, held: Delayed | None) -> Moments:
        """Moments of a slice that is wanted [the cube's unit].

        Args:
            piece: the slice.
            weights: on its grid.
            held: as in ``area_moments``.

        Returns:
            One row per area.

        Raises:
            ArrayDamaged: a chunk cannot be read.
        """
        if piece.id not in self._ready:
            beside = self._beside[piece.path]
            cube = piece.cube
            with arrays.reading(beside):
                lazy = area_moments(
                    arrays.open_block(self._store, piece),
                    weights,
                    fill=None if np.isnan(cube.fill) else cube.fill,
                    scale=cube.scale,
                    held=held,
                )
                steps = self._workers.compute(lazy)
            self._ready |= {one.id: steps[one.step or 0] for one in beside}
        # Asked once: what was given is not kept.
        return self._ready.pop(piece.id)
