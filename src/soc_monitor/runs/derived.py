"""Derived: maps made cell by cell of maps of other products and grids, a block at a time."""

import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import date

import numpy as np

from soc_monitor.model import Cube
from soc_monitor.runs.levels import finish
from soc_monitor.runs.nowcast_ground import Box, Floats
from soc_monitor.runs.nowcast_months import boxes
from soc_monitor.runs.progress import Progress
from soc_monitor.store import arrays, read_slices, runs
from soc_monitor.store.intake import NewSlice
from soc_monitor.store.store import Store


def up_to_date(store: Store, product: str, version: str, parents: Collection[uuid.UUID]) -> bool:
    """Whether a product has slices, and all newest ones are of these parents and this version."""
    made = read_slices.newest_slices(store, product=product)
    return bool(made) and all(
        read_slices.slice_parents(store, piece.id) == set(parents)
        and runs.get_run(store, piece.run_id).job_version == version
        for piece in made
    )


def write_cells(
    store: Store,
    cubes: Sequence[Cube],
    period: tuple[date, date],
    parents: tuple[uuid.UUID, ...],
    make: Callable[[Box], Sequence[Floats]],
    report: Progress,
) -> list[NewSlice]:
    """Write some maps of one grid; their rows are still to be written.

    Args:
        store: where.
        cubes: of the maps, on one grid.
        period: first and last day.
        parents: slices that they are made of.
        make: the fields of a block (y, x), one for each cube [its unit], NaN where it has nothing.
        report: told of every block.
    """
    grid = cubes[0].grid
    made = list[tuple[str, np.ndarray]]()
    valid = np.zeros(len(cubes), int)
    try:
        for cube in cubes:
            made.append(arrays.create(store, cube, period[0]))
        every = boxes(grid)
        for number, box in enumerate(every):
            report(cubes[0].product, number, len(every))
            for k, values in enumerate(make(box)):
                known = np.isfinite(values)
                stored = np.where(known, values, cubes[k].fill)
                made[k][1][box.y0 : box.y1, box.x0 : box.x1] = stored
                valid[k] += known.sum()
        report(cubes[0].product, len(every), len(every))
        sums = [finish(store, path, cube) for (path, _), cube in zip(made, cubes, strict=True)]
    except BaseException:
        for path, _ in made:
            arrays.discard(store, path)
        raise
    return [
        NewSlice(
            cube=cube,
            period=period[0],
            period_end=period[1],
            path=path,
            checksum=checksum,
            valid_cells=int(valid[k]),
            median=None,
            parents=parents,
        )
        for k, (cube, (path, _), checksum) in enumerate(zip(cubes, made, sums, strict=True))
    ]
