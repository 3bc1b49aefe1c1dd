"""Stored sums: moments of fields that an indicator takes as they are stored, a cube at a time."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final
from uuid import UUID

import numpy as np

from soc_monitor.aggregate import Moments, Weights, stored_moments
from soc_monitor.model import Cube, Slice
from soc_monitor.runs.tasks import Task
from soc_monitor.runs.workers import Workers
from soc_monitor.store import arrays
from soc_monitor.store.source import Source
from soc_monitor.store.store import Store

AT_ONCE: Final = 240
"""Steps whose sums are held until they are asked for: half a megabyte each."""


def as_stored(tasks: Sequence[Task]) -> Iterator[Slice]:
    """The slices of which an indicator may take the sums as they are."""
    for task in tasks:
        cells = task.indicator.compute is not None and task.indicator.of_means is None
        if cells and task.errors is None and not task.record:
            yield from task.inputs


class StoredSums:
    """Sums of what is stored, in its own integers; the arrays of a cube are summed together."""

    def __init__(self, store: Store, workers: Workers, wanted: Sequence[Slice]) -> None:
        """``wanted``: slices that will be asked for."""
        self._store = store
        self._workers = workers
        self._beside: dict[str, list[Slice]] = defaultdict(list)
        for piece in {piece.id: piece for piece in wanted}.values():
            self._beside[piece.path].append(piece)
        self._paths: dict[tuple[str, str], list[str]] = defaultdict(list)
        for path, pieces in self._beside.items():
            self._paths[_kind(pieces[0])].append(path)
        self._ready: dict[UUID, Moments] = {}

    def of(self, piece: Slice, weights: Weights, held: Callable[[], Weights] | None) -> Moments:
        """Moments of a slice that is wanted [the cube's unit].

        Args:
            piece: the slice.
            weights: on its grid.
            held: as in ``stored_moments``.

        Returns:
            One row per area.

        Raises:
            ArrayDamaged: an array is not whole, or a chunk cannot be read.
        """
        if piece.id not in self._ready:
            self._sum(piece.cube, list(self._next(piece)), weights, held)
        # Asked once: what was given is not kept.
        return self._ready.pop(piece.id)

    def _next(self, piece: Slice) -> Iterator[tuple[str, Source]]:
        """The array of a slice, and others of its layout that will be asked for after it."""
        paths = self._paths[_kind(piece)]
        steps, layout = 0, None
        for path in paths[paths.index(piece.path) :]:
            first = self._beside[path][0]
            source = arrays.source(self._store, first)
            layout = layout or (source.shape, source.chunks)
            steps += source.steps
            if (source.shape, source.chunks) != layout or (steps > AT_ONCE and path != piece.path):
                return
            yield path, source

    def _sum(
        self,
        cube: Cube,
        some: Sequence[tuple[str, Source]],
        weights: Weights,
        held: Callable[[], Weights] | None,
    ) -> None:
        lazy = stored_moments(
            [source for _, source in some],
            weights,
            fill=None if np.isnan(cube.fill) else cube.fill,
            scale=cube.scale,
            held=held,
        )
        for (path, _), steps in zip(some, self._workers.compute(lazy), strict=True):
            self._ready |= {one.id: steps[one.step or 0] for one in self._beside[path]}


def _kind(piece: Slice) -> tuple[str, str]:
    """What may be summed together: slices of one cube that are stored alike."""
    return piece.cube.id, piece.cube.form
