"""Records: fields that are made of many months, all those of one record together.

The anomaly of a month is counted against the same month of all other years. When a month arrives,
that of every year is made anew from the same months: each of them is read once for all.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import xarray as xr

from soc_monitor.aggregate import Moments, Weights, boxed_moments
from soc_monitor.model import Slice
from soc_monitor.runs.tasks import Task
from soc_monitor.runs.workers import Workers
from soc_monitor.store import arrays
from soc_monitor.store.source import Field, read_fields
from soc_monitor.store.store import Store

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Together:
    """Makes the fields of some tasks in a box; what a worker elsewhere needs for it."""

    computes: tuple[Callable[[xr.Dataset], xr.DataArray], ...]
    """Of each task."""
    months: tuple[Field, ...]
    """Every slice that any of them reads, once."""
    times: tuple[np.datetime64, ...]
    picks: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    """Of each task: which months are its inputs, and which its record."""

    def __call__(self, rows: slice, columns: slice) -> Iterator[np.ndarray[Any, Any]]:
        """The fields of the tasks, one after the other."""
        values = np.stack(read_fields(self.months, rows, columns))
        names = [one.cube.variable for one in self.months]
        for compute, (inputs, record) in zip(self.computes, self.picks, strict=True):
            given: dict[str, Any] = {names[k]: (("y", "x"), values[k]) for k in inputs}
            given[f"{names[record[0]]}_record"] = (("time", "y", "x"), values[list(record)])
            times = np.array([self.times[k] for k in record])
            yield compute(xr.Dataset(given, coords={"time": times})).to_numpy()


class RecordSums:
    """Sums of fields that look at a record, made for all tasks of one record at once."""

    def __init__(self, store: Store, workers: Workers, tasks: Sequence[Task]) -> None:
        """``tasks``: those that will be asked for; what has no record is left out."""
        self._store = store
        self._workers = workers
        self._beside: dict[Key, dict[Key, Task]] = defaultdict(dict)
        for task in tasks:
            if task.record:
                self._beside[_record_of(task)][_field_of(task)] = task
        self._ready: dict[Key, Moments] = {}

    def of(self, task: Task, weights: Weights, held: Callable[[], Weights] | None) -> Moments:
        """Moments of the field of a task [its indicator's unit of cells].

        Args:
            task: one with a record, of those that were told.
            weights: on its grid.
            held: as in ``stored_moments``.

        Returns:
            One row per area.

        Raises:
            ArrayDamaged: an array is not whole, or a chunk cannot be read.
        """
        if _field_of(task) not in self._ready:
            beside = self._beside[_record_of(task)]
            made = self._sum(list(beside.values()), weights, held)
            self._ready |= dict(zip(beside, made, strict=True))
        # Asked once: what was given is not kept.
        return self._ready.pop(_field_of(task))

    def _sum(
        self, tasks: Sequence[Task], weights: Weights, held: Callable[[], Weights] | None
    ) -> list[Moments]:
        pieces = {piece.id: piece for task in tasks for piece in (*task.inputs, *task.record)}
        place = {one: number for number, one in enumerate(pieces)}
        # What has a record is computed from cells.
        computes = (task.indicator.compute for task in tasks)
        together = _Together(
            computes=tuple(compute for compute in computes if compute is not None),
            months=tuple(arrays.stored_field(self._store, piece) for piece in pieces.values()),
            times=tuple(np.datetime64(piece.period, "ns") for piece in pieces.values()),
            picks=tuple(
                (_places(place, task.inputs), _places(place, task.record)) for task in tasks
            ),
        )
        # The largest chunk of any of them, so that each is unpacked once.
        edge = max(max(one.source.chunks[-2:]) for one in together.months)
        lazy = boxed_moments(together, len(tasks), weights, edge=edge, held=held)
        found: list[Moments] = self._workers.compute(lazy)
        return found


def _record_of(task: Task) -> Key:
    """What tasks that are made together have in common."""
    if task.indicator.seasonal:
        # The same calendar month of all years: they share most of what they read, whatever is
        # made of it.
        return (task.inputs[0].cube.id, task.period.month)
    return (task.indicator.compute, frozenset(p.id for p in (*task.inputs, *task.record)))


def _field_of(task: Task) -> Key:
    """The field of a task: some indicators are written in several ways."""
    return (task.indicator.compute, *(p.id for p in task.inputs), *(p.id for p in task.record))


def _places(place: dict[UUID, int], pieces: Sequence[Slice]) -> tuple[int, ...]:
    return tuple(place[piece.id] for piece in pieces)
