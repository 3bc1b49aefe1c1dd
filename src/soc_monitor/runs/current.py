"""Current: which slices numbers are made of, once a better baseline has taken the place of one.

What was carried forward from another map stays in the store, and older releases show it; beside
the months of the new one it would be a change from one map to another, which is no change.
"""

from collections.abc import Sequence
from datetime import date

from soc_monitor.model import Grid, Slice
from soc_monitor.nowcast.scenarios import YEARS
from soc_monitor.runs.nowcast_inputs import PRODUCT, gather, real_map, sort_out

OUTLOOK = "scenarios"
"""Product of the curves of twenty years."""
BENCHMARK = "benchmark"
"""Product of the gap to the best tenth of like land."""
STRUCTURE, SATURATION = "soil_structure", "saturation"
"""Products of carbon over clay, and of what fine particles could hold."""


def current(pieces: Sequence[Slice]) -> list[Slice]:
    """The newest slices without what goes on from an earlier baseline, or tells of an earlier map.

    Args:
        pieces: the newest version of every slice.
    """
    return _of_map(_of_baseline(pieces))


def _of_map(pieces: Sequence[Slice]) -> list[Slice]:
    """Without what was made of another map of the soil than the one that is there now."""
    found = real_map(sort_out(pieces))
    clays = {_span(piece) for piece in pieces if piece.cube.variable == "clay_0_5cm"}
    made_of = {
        BENCHMARK: set() if found is None else {_span(found[0])},
        STRUCTURE: clays,
        SATURATION: clays,
    }
    return [
        piece
        for piece in pieces
        if piece.cube.product not in made_of or _span(piece) in made_of[piece.cube.product]
    ]


def _span(piece: Slice) -> tuple[date, Grid]:
    return piece.period, piece.cube.grid


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
