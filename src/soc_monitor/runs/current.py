"""Current: which slices numbers are made of, once a better baseline has taken the place of one.

What was carried forward from another map stays in the store, and older releases show it; beside
the months of the new one it would be a change from one map to another, which is no change.
"""

from collections.abc import Sequence
from typing import Any, Final

from soc_monitor.model import Slice
from soc_monitor.nowcast.scenarios import YEARS
from soc_monitor.runs import benchmark, saturation, soil_structure
from soc_monitor.runs.derived import Derived, is_untried, left_behind
from soc_monitor.runs.nowcast_inputs import PRODUCT, gather
from soc_monitor.store.store import Store

OUTLOOK = "scenarios"
"""Product of the curves of twenty years."""
DERIVED: Final[tuple[Derived[Any], ...]] = (
    benchmark.DERIVED,
    saturation.DERIVED,
    soil_structure.DERIVED,
)


def current(store: Store, pieces: Sequence[Slice]) -> list[Slice]:
    """The newest slices without what goes on from an earlier baseline, or is of earlier maps.

    Args:
        store: where it stands what they are made of.
        pieces: the newest version of every slice.
    """
    left = {piece.id for one in DERIVED for piece in left_behind(store, one, pieces)}
    return [piece for piece in _of_baseline(pieces) if piece.id not in left]


def untried(store: Store, pieces: Sequence[Slice]) -> bool:
    """Whether some product could be made of the newest slices, and no run has tried to."""
    return any(is_untried(store, one, pieces) for one in DERIVED)


def _of_baseline(pieces: Sequence[Slice]) -> list[Slice]:
    """Without months and curves that go on from an earlier baseline."""
    inputs = gather(pieces)
    if inputs is None:
        return list(pieces)
    last = inputs.baseline.period_end.year + YEARS
    months = [piece.period for piece in pieces if piece.cube.product == PRODUCT]
    # Where there is nothing to follow one month alone is held: two of them would be a change of 0.
    first = inputs.origin if inputs.follows else max(months, default=inputs.origin)
    return [
        piece
        for piece in pieces
        if not (
            (piece.cube.product == PRODUCT and piece.period < first)
            or (piece.cube.product == OUTLOOK and piece.period.year != last)
        )
    ]
