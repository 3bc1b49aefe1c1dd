"""Current: which slices numbers are made of, once a better baseline has taken the place of one.

What was carried forward from another map stays in the store, and older releases show it; beside
the months of the new one it would be a change from one map to another, which is no change.
"""

from collections.abc import Sequence

from soc_monitor.model import Slice
from soc_monitor.nowcast.scenarios import YEARS
from soc_monitor.runs.nowcast_inputs import PRODUCT, gather

OUTLOOK = "scenarios"
"""Product of the curves of twenty years."""


def current(pieces: Sequence[Slice]) -> list[Slice]:
    """The newest slices without months and curves that go on from an earlier baseline.

    Args:
        pieces: the newest version of every slice.
    """
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
