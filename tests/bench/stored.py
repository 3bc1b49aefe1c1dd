"""The production call: arrays that the store wrote, read and summed as runs do it."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from soc_monitor.aggregate import Moments, Weights
from soc_monitor.model import Cube, Slice
from soc_monitor.runs.closing import PERIODS
from soc_monitor.runs.stored import StoredSums
from soc_monitor.runs.workers import Workers
from soc_monitor.store import arrays
from soc_monitor.store.chunks import read_chunk
from soc_monitor.store.store import Store
from tests.bench.bench import Bench
from tests.bench.world import Case, Stored, boxes


def write(bench: Bench, store: Store, case: Case, *, closed: bool = True) -> list[Slice]:
    """Write a cube as the store has it; its slices, oldest first.

    Args:
        bench: is told of the progress.
        store: where.
        case: what.
        closed: its years or decades lie side by side, as runs close them; False: every period
            lies alone.
    """
    beside = periods_beside(case) if closed else 1
    firsts = case.periods[::beside]
    made = [
        arrays.create(store, case.cube, first, steps=beside if beside > 1 else 0)
        for first in firsts
    ]
    every = list(boxes(case.grid.shape, made[0][1].chunks[-2:]))
    for number, (y0, y1, x0, x1) in enumerate(every):
        bench.report(f"writing ({case.name})", number, len(every))
        block = case.field(y0, y1, x0, x1)
        for at, (_, array) in enumerate(made):
            some = block[at * beside : (at + 1) * beside]
            array[..., y0:y1, x0:x1] = some if beside > 1 else some[0]
    bench.report(f"writing ({case.name})", len(every), len(every))
    return slices_of(case, [path for path, _ in made])


def periods_beside(case: Case) -> int:
    """Periods that lie side by side once they are closed; 1: there are too few to close."""
    beside = PERIODS[case.freq]
    return 1 if case.steps % beside else beside


def slices_of(case: Case, paths: Sequence[str]) -> list[Slice]:
    """The slices of a cube that was written to some paths, oldest first."""
    beside = case.steps // len(paths)
    return [
        slice_at(
            case.cube, period, paths[number // beside], number % beside if beside > 1 else None
        )
        for number, period in enumerate(case.periods)
    ]


def slice_at(cube: Cube, period: date, path: str, step: int | None = None) -> Slice:
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
        step=step,
    )


def moments(
    store: Store,
    pieces: Sequence[Slice],
    weights: Weights,
    workers: Workers | None = None,
    held: Callable[[], Weights] | None = None,
) -> list[Moments]:
    """The moments of every area, for each slice, as a run has them."""
    sums = StoredSums(store, workers or Workers(), pieces)
    return [sums.of(piece, weights, held) for piece in pieces]


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
    """Read and decode every chunk that an area touches, in one thread; bytes decoded.

    By the reader that runs have: it costs half of what zarr's own does.
    """
    total = 0
    for array, (_, rows, columns) in chunks_of(store, pieces):
        if weights_in(weights, rows, columns):
            at = (rows.start // array.chunks[-2], columns.start // array.chunks[-1])
            place = (0,) * (array.ndim - 2) + at
            folder = str(array.store.root)
            chunk = read_chunk(folder, array.shape, array.chunks, array.dtype, block_id=place)
            total += chunk.nbytes
    return total


def weights_in(weights: Weights, rows: slice, columns: slice) -> bool:
    """Whether an area touches a chunk."""
    runs = slice(weights.run_ptr[rows.start], weights.run_ptr[rows.stop])
    edges = slice(weights.edge_ptr[rows.start], weights.edge_ptr[rows.stop])
    col = weights.edge_col[edges]
    inside = (weights.run_c0[runs] < columns.stop) & (weights.run_c1[runs] > columns.start)
    return bool(inside.any() or ((col >= columns.start) & (col < columns.stop)).any())


def maps(store: Store, pieces: Sequence[Slice]) -> list[Stored]:
    """Maps in memory, as a peer gets them (y, x) [0.1 t C/ha]; each array is unpacked once."""
    found: list[Stored] = []
    for path in dict.fromkeys(piece.path for piece in pieces):
        beside = [piece for piece in pieces if piece.path == path]
        block = arrays.read_block(store, beside[0], slice(None), slice(None))
        found += [np.ascontiguousarray(block[piece.step or 0]) for piece in beside]
    return found


def folder_of(bench: Bench, case: Case) -> Path:
    """Where a case is written."""
    made = bench.folder / case.name
    made.mkdir(exist_ok=True)
    return made
