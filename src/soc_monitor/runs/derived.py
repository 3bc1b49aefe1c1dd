"""Derived: maps made cell by cell of maps of other products and grids, a block at a time.

Such a map is one of what its product would be made of now, or it is left behind.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Generic, Protocol, TypeVar

import numpy as np

from soc_monitor.model import Computation, Cube, Run, Slice
from soc_monitor.runs.jobs import code_version
from soc_monitor.runs.levels import finish
from soc_monitor.runs.nowcast_ground import Box, Floats
from soc_monitor.runs.nowcast_months import boxes
from soc_monitor.runs.progress import Progress
from soc_monitor.store import arrays, intake, read_slices, runs
from soc_monitor.store.intake import NewSlice
from soc_monitor.store.store import Store

AS_BEFORE: Final = "nothing can be told of these maps, as was found before"
"""What a run says that does not look again."""


class Made(Protocol):
    """What a product is made of."""

    @property
    def pieces(self) -> tuple[Slice, ...]:
        """Every slice."""


Of = TypeVar("Of", bound=Made)


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived(Generic[Of]):
    """A product that is made of maps of others."""

    id: str
    version: str
    """Another one makes everything anew."""
    gather: Callable[[Iterable[Slice]], Of | None]
    """Chooses of the newest slices; None: something that is needed is not there."""
    tell: Callable[[Store, Of], Computation]
    """What is told of its source."""
    make: Callable[[Store, Of, Progress], tuple[list[NewSlice], str]]
    """The maps, whose rows are still to be written, and what the run says; no map where nothing
    can be told."""

    def of(self, inputs: Of) -> str:
        """The version together with what it is made of: known of every run."""
        ids = ",".join(sorted(str(piece.id) for piece in inputs.pieces))
        return f"{self.version}|{hashlib.sha256(ids.encode()).hexdigest()[:16]}"


def derive(store: Store, product: Derived[Of], due_at: datetime, report: Progress) -> Run | None:
    """Make the maps of a product, when what they are made of is newer.

    Maps of which nothing could be told are not looked at again.

    Returns:
        The run as it ended; None: something that is needed is not there, and so no run.

    Raises:
        ArrayDamaged: what it is made of cannot be read.
    """
    inputs = product.gather(read_slices.newest_slices(store))
    if inputs is None:
        return None
    runs.register_feed(store, product.tell(store, inputs))
    version = product.of(inputs)
    with runs.open_run(
        store, product.id, due_at, job_version=version, code_version=code_version()
    ) as run:
        intake.clear_leftovers(store, product.id)
        if read_slices.gave_nothing(store, product.id, version):
            run.detail = AS_BEFORE
        elif not _is_made(store, product.id, version):
            with arrays.reading(inputs.pieces):
                made, run.detail = product.make(store, inputs, report)
            if made:
                intake.add_slices(store, run, made, None)
            run.taken = len(made)
    return runs.get_run(store, run.id)


def _is_made(store: Store, product: str, version: str) -> bool:
    """Whether there is a slice of this version; what was left behind is none."""
    return any(
        runs.get_run(store, piece.run_id).job_version == version
        for piece in read_slices.newest_slices(store, product=product)
    )


def left_behind(store: Store, product: Derived[Of], pieces: Sequence[Slice]) -> list[Slice]:
    """Slices of a product that are of other maps than it would be made of now.

    Args:
        store: where.
        product: that may have some.
        pieces: the newest version of every slice.
    """
    own = [piece for piece in pieces if piece.cube.product == product.id]
    if not own:
        return []
    inputs = product.gather(pieces)
    now = {piece.id for piece in inputs.pieces} if inputs else set()
    parents = read_slices.parents_of(store, [piece.id for piece in own])
    return [piece for piece in own if not now or parents.get(piece.id) != now]


def write_cells(
    store: Store,
    cubes: Sequence[Cube],
    period: tuple[date, date],
    inputs: Made,
    make: Callable[[Box], Sequence[Floats]],
    report: Progress,
) -> list[NewSlice]:
    """Write some maps of one grid; their rows are still to be written.

    Args:
        store: where.
        cubes: of the maps, on one grid.
        period: first and last day.
        inputs: what they are made of.
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
            parents=tuple(piece.id for piece in inputs.pieces),
        )
        for k, (cube, (path, _), checksum) in enumerate(zip(cubes, made, sums, strict=True))
    ]
