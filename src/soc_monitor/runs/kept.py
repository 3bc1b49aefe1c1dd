"""Kept: what readers see of a nowcast and of its curves while new ones could not be made.

Where the map that they start from is only older than another one, they stay as they were
published, and it is said that they are being made anew. What rests on a slice that was withdrawn
is wrong, and goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from soc_monitor.model import Slice
from soc_monitor.runs.current import OUTLOOK
from soc_monitor.runs.nowcast_inputs import PRODUCT
from soc_monitor.store import read_areas, read_slices
from soc_monitor.store.remaking import Remade, remaking
from soc_monitor.store.store import Store


@dataclass(frozen=True, slots=True)
class Kept:
    """What goes on being shown, and what is told of it."""

    pieces: tuple[Slice, ...]
    """As the newest release shows them: nothing is computed of them again."""
    remade: tuple[Remade, ...]


def kept(store: Store, boundaries_id: str, pieces: Sequence[Slice]) -> Kept:
    """What stays of products of which there is nothing of the maps of now.

    Args:
        store: where.
        boundaries_id: of the next release. Numbers of other areas are not kept.
        pieces: as of ``current``.
    """
    lacking = {PRODUCT, OUTLOOK} - {piece.cube.product for piece in pieces}
    if not lacking:
        return Kept((), ())
    shown = read_slices.shown_slices(store, lacking)
    wrong = read_slices.withdrawn_behind(store, [piece.id for piece in shown])
    same = read_areas.released_boundaries(store) == boundaries_id
    stay = tuple(piece for piece in shown if same and piece.id not in wrong)
    before = {one.product for one in remaking(store)} | {piece.cube.product for piece in shown}
    why = {piece.cube.product: wrong[piece.id] for piece in shown if piece.id in wrong}
    there = {piece.cube.product for piece in stay}
    return Kept(
        stay,
        tuple(
            Remade(product=product, shown=product in there, reason=why.get(product, ""))
            for product in sorted(lacking & before)
        ),
    )
