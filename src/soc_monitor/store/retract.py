"""Retract: a slice is withdrawn, and the last good one of its period takes its place."""

import uuid
from collections.abc import Sequence

from sqlalchemy import insert, literal, select, update

from soc_monitor.model import Slice
from soc_monitor.store.engine import transaction
from soc_monitor.store.intake import NewSlice, write_slice
from soc_monitor.store.registers import note
from soc_monitor.store.runs import OpenRun, hold_lease
from soc_monitor.store.store import Store
from soc_monitor.store.tables import slice_items, slices


def is_read(store: Store, piece: Slice) -> bool:
    """Whether a slice was read from a file, and not computed here."""
    query = select(slice_items.c.item_id).where(slice_items.c.slice_id == piece.id).limit(1)
    with transaction(store.engine) as connection:
        return connection.execute(query).first() is not None


def median_of(store: Store, piece: Slice) -> float | None:
    """Median of a slice as its source told it [source unit]; None: it has none."""
    query = select(slices.c.median).where(slices.c.id == piece.id)
    with transaction(store.engine) as connection:
        found: float | None = connection.execute(query).scalar_one()
    return found


def withdraw(
    store: Store,
    run: OpenRun,
    bad: Sequence[Slice],
    place: tuple[Slice, NewSlice] | None,
    *,
    reason: str,
    by: str,
) -> uuid.UUID | None:
    """Write down that a slice is withdrawn, with what takes its place, whole or not at all.

    Args:
        store: where.
        run: the run that does it, under the lease of the slice's product.
        bad: the slice, and every other version of its period with the same values.
        place: the last good slice, and its values written once more; None: there is none.
        reason: told to operators, and behind the numbers.
        by: who has given the word.

    Returns:
        The id of the slice that has taken its place.
    """
    with transaction(store.engine) as connection:
        hold_lease(connection, run)
        connection.execute(
            update(slices)
            .where(slices.c.id.in_([one.id for one in bad]), slices.c.retracted.is_(None))
            .values(retracted=reason)
        )
        newest = bad[0]
        told = f"{newest.cube.id} {newest.period} v{newest.version}"
        note(connection, by, "retract", told, reason)
        if place is None:
            return None
        good, again = place
        made = write_slice(connection, run, again)
        files = select(literal(made), slice_items.c.item_id)
        connection.execute(
            insert(slice_items).from_select(
                ["slice_id", "item_id"], files.where(slice_items.c.slice_id == good.id)
            )
        )
        return made
