"""Versions of a period: which stands, which was withdrawn, and which may still change.

Told by the checksum of a period's own array, which closing does not touch.
"""

import uuid

from sqlalchemy import func, select

from soc_monitor.store.engine import transaction
from soc_monitor.store.intake import NewSlice
from soc_monitor.store.store import Store
from soc_monitor.store.tables import items, slice_items, slices


def provisional_keys(store: Store, feed_id: str) -> set[str]:
    """Keys of the items whose slices stand, and are provisional."""
    rank = func.rank().over(
        partition_by=(slices.c.cube_id, slices.c.period), order_by=slices.c.version.desc()
    )
    standing = (
        select(items.c.key, slices.c.provisional, rank.label("rank"))
        .join(slice_items, slice_items.c.item_id == items.c.id)
        .join(slices, slices.c.id == slice_items.c.slice_id)
        .where(items.c.feed_id == feed_id, slices.c.retracted.is_(None))
        .subquery()
    )
    query = select(standing.c.key).where(standing.c.rank == 1, standing.c.provisional)
    with transaction(store.engine) as connection:
        return set(connection.execute(query).scalars())


def standing(store: Store, piece: NewSlice) -> uuid.UUID | None:
    """The slice that stands for the period of a new one and holds the same; None: none does."""
    query = (
        select(slices.c.id, slices.c.sealed, slices.c.provisional, slices.c.form_id)
        .where(slices.c.cube_id == piece.cube.id, slices.c.period == piece.period)
        .where(slices.c.retracted.is_(None))
        .order_by(slices.c.version.desc())
        .limit(1)
    )
    with transaction(store.engine) as connection:
        row = connection.execute(query).one_or_none()
    same = row is not None and row[1:] == (piece.checksum, piece.provisional, piece.cube.form)
    return row[0] if row is not None and same else None


def withdrawn(store: Store, piece: NewSlice) -> tuple[uuid.UUID, str] | None:
    """(slice, reason) of a version of the period that was withdrawn with the very same values."""
    query = (
        select(slices.c.id, slices.c.retracted)
        .where(slices.c.cube_id == piece.cube.id, slices.c.period == piece.period)
        .where(slices.c.sealed == piece.checksum, slices.c.retracted.isnot(None))
        .order_by(slices.c.version.desc())
        .limit(1)
    )
    with transaction(store.engine) as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])
