"""Known: of what was read from a file, what is new, what stands, and what was withdrawn before."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from soc_monitor.errors import ItemRejected
from soc_monitor.store import versions
from soc_monitor.store.intake import NewSlice
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store


@dataclass(frozen=True, slots=True)
class Known:
    """Slices that were read, told apart by their values and not by the bytes of their file."""

    new: list[NewSlice]
    old: list[NewSlice]
    """What is there already: their arrays get no rows."""
    again: list[uuid.UUID]
    """The slices that hold what the old ones hold."""
    withdrawn: list[str]
    """Which of the old ones an operator has withdrawn, and why."""

    def tell(self) -> None:
        """Say that withdrawn values have come once more; called when the rest is written.

        Raises:
            ItemRejected: they have.
        """
        if self.withdrawn:
            raise ItemRejected("retracted", "; ".join(self.withdrawn))


def tell_apart(store: Store, run: OpenRun, made: Sequence[NewSlice]) -> Known:
    """Look each slice up in the versions of its period.

    What was withdrawn does not come back in other bytes, unless an operator takes it by force.
    """
    known = Known([], [], [], [])
    for piece in made:
        there = versions.standing(store, piece)
        bad = None if there or run.force else versions.withdrawn(store, piece)
        if bad is not None:
            there = bad[0]
            known.withdrawn.append(f"{piece.cube.id} {piece.period} was withdrawn: {bad[1]}")
        if there is None:
            known.new.append(piece)
        else:
            known.old.append(piece)
            known.again.append(there)
    return known
