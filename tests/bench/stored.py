"""The production call: arrays that the store wrote, read and summed as runs do it."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from dask.base import compute
from dask.delayed import Delayed

from soc_monitor.aggregate import Moments, Weights, area_moments
from soc_monitor.model import Cube, Slice
from soc_monitor.store import arrays
from soc_monitor.store.store import Store
from tests.bench.bench import Bench
from tests.bench.world import Case, Stored, boxes


def write(bench: Bench, store: Store, case: Case) -> list[Slice]:
    """Write a cube as the store writes it; its slices, oldest first."""
    made = [(period, *arrays.create(store, case.cube, period)) for period in case.periods]
    chunks = made[0][2].chunks
    every = list(boxes(case.grid.shape, chunks[-2:]))
    for number, (y0, y1, x0, x1) in enumerate(every):
        bench.report(f"writing ({case.name})", number, len(every))
        block = case.field(y0, y1, x0, x1)
        for step, (_, _, array) in enumerate(made):
            array[y0:y1, x0:x1] = block[step]
    bench.report(f"writing ({case.name})", len(every), len(every))
    return [slice_at(case.cube, period, path) for period, path, _ in made]


def slice_at(cube: Cube, period: date, path: str) -> Slice:
    """A slice that no database knows."""
    return Slice(
        id=uuid.uuid4(),
        cube=cube,
        period=period,
        period_end=period,
        version=1,
        path=path,
        checksum="",
        run_id=uuid.uuid4(),
        valid_cells=0,
    )


def graphs(
    store: Store, pieces: Sequence[Slice], weights: Weights, held: Delayed | None = None
) -> list[Delayed]:
    """What a run computes: the moments of every area, for each slice."""
    return [area_moments(arrays.open_slice(store, piece), weights, held=held) for piece in pieces]


def moments(store: Store, pieces: Sequence[Slice], weights: Weights) -> list[Moments]:
    """The moments of every area, for each slice, by threads."""
    return list(compute(*graphs(store, pieces, weights)))


def means(found: Sequence[Moments]) -> np.ndarray[Any, Any]:
    """Means of the areas (time, area) [t ha-1]."""
    return np.array([some.mean for some in found])


def chunks_of(store: Store, pieces: Sequence[Slice]) -> Iterator[tuple[Any, Any]]:
    """Every stored chunk, as its array and its place in it."""
    for path in dict.fromkeys(piece.path for piece in pieces):
        array: Any = zarr.open_array(str(store.arrays / path), mode="r")
        for y0, y1, x0, x1 in boxes(array.shape[-2:], array.chunks[-2:]):
            yield array, (..., slice(y0, y1), slice(x0, x1))


def decode(store: Store, pieces: Sequence[Slice], weights: Weights) -> int:
    """Read and decode every chunk that an area touches, in one thread; bytes decoded."""
    total = 0
    for array, place in chunks_of(store, pieces):
        _, rows, columns = place
        if weights_in(weights, rows, columns):
            total += array[place].nbytes
    return total


def weights_in(weights: Weights, rows: slice, columns: slice) -> bool:
    """Whether an area touches a chunk."""
    runs = slice(weights.run_ptr[rows.start], weights.run_ptr[rows.stop])
    edges = slice(weights.edge_ptr[rows.start], weights.edge_ptr[rows.stop])
    col = weights.edge_col[edges]
    inside = (weights.run_c0[runs] < columns.stop) & (weights.run_c1[runs] > columns.start)
    return bool(inside.any() or ((col >= columns.start) & (col < columns.stop)).any())


def whole(store: Store, piece: Slice) -> Stored:
    """A map in memory, as a peer gets it (y, x) [0.1 t C/ha]."""
    return np.asarray(arrays.read_window(store, piece))


def folder_of(bench: Bench, case: Case) -> Path:
    """Where a case is written."""
    made = bench.folder / case.name
    made.mkdir(exist_ok=True)
    return made
