"""Current: which slices numbers are made of, once a map they rest on was replaced or withdrawn.

What was carried forward from another map stays in the store, and older releases show it; beside
the months of the new one it would be a change from one map to another, which is no change.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from soc_monitor.model import Slice
from soc_monitor.runs import benchmark, land_degradation, saturation, soil_structure
from soc_monitor.runs.derived import Derived, left_behind
from soc_monitor.runs.nowcast_inputs import ERROR, PRODUCT, STOCK, gather, is_sampled, sampled
from soc_monitor.store import read_slices
from soc_monitor.store.store import Store

OUTLOOK = "scenarios"
"""Product of the curves of twenty years."""
DERIVED: Final[tuple[Derived[Any], ...]] = (
    land_degradation.DERIVED,
    benchmark.DERIVED,
    saturation.DERIVED,
    soil_structure.DERIVED,
)


def current(store: Store, pieces: Sequence[Slice]) -> list[Slice]:
    """The newest slices without what goes on from another baseline, or is of other maps.

    Args:
        store: where it stands what they are made of.
        pieces: the newest version of every slice.
    """
    there = _of_maps(pieces)
    left = {piece.id for one in DERIVED for piece in left_behind(store, one, pieces)}
    return [piece for piece in _of_baseline(store, there) if piece.id not in left]


def _of_maps(pieces: Sequence[Slice]) -> list[Slice]:
    """Without what field samples have made of a map that is no longer there."""
    maps = {
        (sampled(piece.cube.product), piece.period)
        for piece in pieces
        if piece.cube.variable == STOCK
    }
    return [
        piece
        for piece in pieces
        if not is_sampled(piece.cube.product) or (piece.cube.product, piece.period) in maps
    ]


def _of_baseline(store: Store, pieces: Sequence[Slice]) -> list[Slice]:
    """Without months and curves that go on from another baseline than that of now."""
    carried = [piece for piece in pieces if piece.cube.product in (PRODUCT, OUTLOOK)]
    if not carried:
        return list(pieces)
    inputs = gather(pieces)
    left = {piece.id for piece in carried}
    if inputs is not None:
        months = [piece.period for piece in carried if piece.cube.product == PRODUCT]
        # Of a stock that is held one month alone: two of them would be a change of 0.
        first = inputs.origin if inputs.follows else max(months, default=inputs.origin)
        parents = read_slices.parents_of(store, left, (STOCK, ERROR))
        left -= _resting(carried, parents, inputs.level, first)
    return [piece for piece in pieces if piece.id not in left]


def _resting(
    carried: Sequence[Slice],
    parents: Mapping[uuid.UUID, set[uuid.UUID]],
    level: frozenset[uuid.UUID],
    first: date,
) -> set[uuid.UUID]:
    """Those that rest on a baseline, months by the months that they follow.

    Args:
        carried: months and curves.
        parents: stocks and errors that each of them was computed from: the baseline, all of it
            and no more, or the month before.
        level: the baseline and its errors.
        first: months before it are of none.
    """
    rest: set[uuid.UUID] = set()
    for piece in sorted(carried, key=lambda one: one.period):
        made_of = parents.get(piece.id, set())
        if level == made_of or rest & made_of:
            rest.add(piece.id)
    return rest - {one.id for one in carried if one.cube.product == PRODUCT and one.period < first}
