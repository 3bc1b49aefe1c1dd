"""Intake: what a run takes from a feed, written row by row.

Nothing of it is seen by readers yet: a release shows it.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Text, cast, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from soc_monitor.model import Cube, Item
from soc_monitor.model.item_versions import is_ordered, version_order
from soc_monitor.store import arrays
from soc_monitor.store.engine import retried, transaction
from soc_monitor.store.runs import OpenRun, hold_lease
from soc_monitor.store.store import Store
from soc_monitor.store.tables import (
    cube_forms,
    cubes,
    items,
    observations,
    slice_grounds,
    slice_items,
    slice_parents,
    slices,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """A file that was fetched and checked."""

    item: Item
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSlice:
    """An array that is written and sealed, waiting for its row."""

    cube: Cube
    period: date
    period_end: date
    path: str
    checksum: str
    valid_cells: int
    median: float | None
    parents: tuple[uuid.UUID, ...] = ()
    grounds: tuple[uuid.UUID, ...] = ()
    """Files of the field samples that it was corrected with."""
    provisional: bool = False


def clear_leftovers(store: Store, product: str) -> list[str]:
    """Remove the arrays that a run of this product left when it died; called under its lease.

    Returns:
        The paths removed.
    """
    query = select(slices.c.path).join(cubes).where(cubes.c.product == product)
    with transaction(store.engine) as connection:
        known = set(connection.execute(query).scalars())
    return arrays.sweep(store, product, known)


def taken_layers(
    store: Store, feed_id: str, sha256: str, *, final: bool = False
) -> set[tuple[str, date]]:
    """Which (cube, period) have already been read from a file with this checksum.

    Args:
        store: where.
        feed_id: of the job.
        sha256: of the file.
        final: it does not change any more: what was provisional is read from it once again.
    """
    query = (
        select(slices.c.cube_id, slices.c.period)
        .join(slice_items, slice_items.c.slice_id == slices.c.id)
        .join(items, items.c.id == slice_items.c.item_id)
        .where(items.c.feed_id == feed_id, items.c.sha256 == sha256)
    )
    if final:
        query = query.where(~slices.c.provisional | slices.c.retracted.isnot(None))
    with transaction(store.engine) as connection:
        return {(cube, period) for cube, period in connection.execute(query)}


def other_period(
    store: Store, feed_id: str, new: NewItem, cube_id: str, period: date
) -> tuple[str, date] | None:
    """(key, period) of another file with these very bytes, read as another period of a cube."""
    query = (
        select(items.c.key, slices.c.period)
        .join(slice_items, slice_items.c.item_id == items.c.id)
        .join(slices, slices.c.id == slice_items.c.slice_id)
        .where(
            items.c.feed_id == feed_id,
            items.c.sha256 == new.sha256,
            items.c.key != new.item.key,
            slices.c.cube_id == cube_id,
            slices.c.period != period,
        )
        .order_by(slices.c.period)
        .limit(1)
    )
    with transaction(store.engine) as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def taken_versions(store: Store, feed_id: str) -> dict[str, set[str]]:
    """Key -> versions of every item that has been taken from a feed."""
    query = select(items.c.key, items.c.version).where(items.c.feed_id == feed_id)
    found: dict[str, set[str]] = defaultdict(set)
    with transaction(store.engine) as connection:
        for key, version in connection.execute(query):
            found[key].add(version)
    return found


def is_taken(item: Item, known: Mapping[str, set[str]]) -> bool:
    """Whether an item has been taken in its version; one that tells none cannot be told apart.

    Example:
        >>> known = {"a.tif": {"1"}}
        >>> [is_taken(Item(key="a.tif", address="-", version=v), known) for v in ("1", "2", "")]
        [True, False, True]
    """
    versions = known.get(item.key, set())
    return item.version in versions or bool(versions and not item.version)


def see_again(store: Store, feed_id: str, new: NewItem) -> None:
    """The same bytes were offered in another version: they need not be fetched in it again."""
    if not new.item.version:
        return
    statement = (
        update(items)
        .where(
            items.c.feed_id == feed_id,
            items.c.key == new.item.key,
            items.c.sha256 == new.sha256,
            items.c.version != new.item.version,
        )
        .values(version=new.item.version)
    )
    with transaction(store.engine) as connection:
        connection.execute(statement)


@retried
def add_item(store: Store, run: OpenRun, new: NewItem, item_id: uuid.UUID) -> None:
    """Write down that a file has been read to its end, under an id that its rows have already."""
    with transaction(store.engine) as connection:
        hold_lease(connection, run)
        write_item(connection, run, new, item_id)


def newest_reading(store: Store, feed_id: str) -> datetime | None:
    """When the newest reading of a feed was taken; None: it has none."""
    query = select(func.max(observations.c.time)).where(observations.c.feed_id == feed_id)
    with transaction(store.engine) as connection:
        found: datetime | None = connection.execute(query).scalar_one_or_none()
    return found


def newest_period(store: Store, product: str) -> date | None:
    """First day of the newest slice of a product; None: it has none."""
    query = (
        select(func.max(slices.c.period))
        .join(cubes)
        .where(cubes.c.product == product, slices.c.retracted.is_(None))
    )
    with transaction(store.engine) as connection:
        found: date | None = connection.execute(query).scalar_one_or_none()
    return found


def median_before(store: Store, cube_id: str, period: date) -> tuple[date, float] | None:
    """The newest earlier period of a cube, and its median; None: there is none."""
    query = (
        select(slices.c.period, slices.c.median)
        .where(slices.c.cube_id == cube_id, slices.c.period < period)
        .where(slices.c.median.isnot(None), slices.c.retracted.is_(None))
        .order_by(slices.c.period.desc(), slices.c.version.desc())
        .limit(1)
    )
    with transaction(store.engine) as connection:
        row = connection.execute(query).first()
    return None if row is None else (row.period, row.median)


def newer_version(store: Store, item: Item, places: Sequence[tuple[str, date]]) -> str:
    """A provider's version above the item's that some (cube, period) hold; empty: there is none."""
    if not is_ordered(item.version):
        return ""
    query = (
        select(items.c.version)
        .join(slice_items, slice_items.c.item_id == items.c.id)
        .join(slices, slices.c.id == slice_items.c.slice_id)
        .where(tuple_(slices.c.cube_id, slices.c.period).in_(list(places)))
    )
    with transaction(store.engine) as connection:
        held = connection.execute(query.where(items.c.key == item.key)).scalars().all()
    above = [
        one for one in held if is_ordered(one) and version_order(one) > version_order(item.version)
    ]
    return max(above, key=version_order, default="")


def items_of_run(store: Store, run_id: uuid.UUID) -> list[NewItem]:
    """The files that a run has taken."""
    query = select(items).where(items.c.run_id == run_id).order_by(items.c.key)
    with transaction(store.engine) as connection:
        rows = connection.execute(query).mappings().all()
    return [
        NewItem(
            item=Item(key=row["key"], address=row["address"], version=row["version"]),
            sha256=row["sha256"],
            size=row["bytes"],
        )
        for row in rows
    ]


def list_items(store: Store, feed_id: str, *, limit: int = 100) -> list[dict[str, object]]:
    """The files that were taken from a feed, newest first, and what was read from each."""
    read = (
        select(
            func.string_agg(
                slices.c.cube_id
                + " "
                + cast(slices.c.period, Text)
                + " v"
                + cast(slices.c.version, Text),
                ", ",
            )
        )
        .join(slice_items, slice_items.c.slice_id == slices.c.id)
        .where(slice_items.c.item_id == items.c.id)
        .scalar_subquery()
    )
    query = (
        select(
            items.c.key,
            items.c.version,
            items.c.bytes,
            items.c.sha256,
            items.c.verified,
            items.c.fetched_at,
            read.label("slices"),
        )
        .where(items.c.feed_id == feed_id)
        .order_by(items.c.fetched_at.desc(), items.c.key)
        .limit(limit)
    )
    with transaction(store.engine) as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def span_of(store: Store, item: NewItem) -> tuple[date, date] | None:
    """First and last day of what was read from a file; None: nothing was."""
    query = (
        select(func.min(slices.c.period), func.max(slices.c.period_end))
        .join(slice_items, slice_items.c.slice_id == slices.c.id)
        .join(items, items.c.id == slice_items.c.item_id)
        .where(items.c.key == item.item.key, items.c.sha256 == item.sha256)
    )
    with transaction(store.engine) as connection:
        first, last = connection.execute(query).one()
    return None if first is None else (first, last)


def taken_item(store: Store, feed_id: str, key: str, sha256: str) -> uuid.UUID | None:
    """The item's id, when this very file was taken before."""
    query = select(items.c.id).where(
        items.c.feed_id == feed_id, items.c.key == key, items.c.sha256 == sha256
    )
    with transaction(store.engine) as connection:
        return connection.execute(query).scalar_one_or_none()


@retried
def add_slices(
    store: Store,
    run: OpenRun,
    new_slices: Sequence[NewSlice],
    *new_items: NewItem | None,
    again: Sequence[uuid.UUID] = (),
) -> list[uuid.UUID]:
    """Write the rows that make arrays exist, with the files or the slices they come from.

    Args:
        store: where.
        run: the run that has made them.
        new_slices: what is new.
        new_items: the files that they come from.
        again: slices that are there, and that the files hold too.
    """
    with transaction(store.engine) as connection:
        hold_lease(connection, run)
        item_ids = [write_item(connection, run, new) for new in new_items if new is not None]
        for slice_id in again:
            for item_id in item_ids:
                known = upsert(slice_items).values(slice_id=slice_id, item_id=item_id)
                connection.execute(known.on_conflict_do_nothing())
        return [write_slice(connection, run, piece, *item_ids) for piece in new_slices]


def write_slice(
    connection: Connection, run: OpenRun, piece: NewSlice, *item_ids: uuid.UUID
) -> uuid.UUID:
    """Inside a transaction that holds the run's lease: the row of a slice, and where it is from."""
    _cube(connection, piece.cube)
    newest = select(func.coalesce(func.max(slices.c.version), 0)).where(
        slices.c.cube_id == piece.cube.id, slices.c.period == piece.period
    )
    slice_id = uuid.uuid4()
    connection.execute(
        insert(slices).values(
            id=slice_id,
            cube_id=piece.cube.id,
            form_id=piece.cube.form,
            period=piece.period,
            period_end=piece.period_end,
            version=connection.execute(newest).scalar_one() + 1,
            path=piece.path,
            checksum=piece.checksum,
            sealed=piece.checksum,
            valid_cells=piece.valid_cells,
            median=piece.median,
            run_id=run.id,
            created_at=func.now(),
            provisional=piece.provisional,
        )
    )
    for item_id in item_ids:
        connection.execute(insert(slice_items).values(slice_id=slice_id, item_id=item_id))
    for item_id in piece.grounds:
        connection.execute(insert(slice_grounds).values(slice_id=slice_id, item_id=item_id))
    for parent in piece.parents:
        connection.execute(insert(slice_parents).values(slice_id=slice_id, parent_id=parent))
    return slice_id


def _cube(connection: Connection, cube: Cube) -> None:
    """The name of a cube, and its form: slices that are there keep theirs, and releases too."""
    form = {
        "unit": cube.unit,
        "freq": cube.freq,
        "data_class": cube.data_class,
        "dtype": cube.dtype,
        "scale": cube.scale,
        "fill": cube.fill,
        "classes": {str(code): name for code, name in cube.classes.items()},
        "grid": asdict(cube.grid),
        "grid_id": cube.grid.id,
    }
    name = {"product": cube.product, "variable": cube.variable}
    for table, key, values in ((cubes, cube.id, name), (cube_forms, cube.form, form)):
        row = upsert(table).values(id=key, **values)
        connection.execute(row.on_conflict_do_nothing(index_elements=["id"]))


def write_item(
    connection: Connection, run: OpenRun, new: NewItem, item_id: uuid.UUID | None = None
) -> uuid.UUID:
    """The item's row: made once for the same bytes under the same name."""
    connection.execute(
        upsert(items)
        .values(
            id=item_id or uuid.uuid4(),
            feed_id=run.job_id,
            key=new.item.key,
            version=new.item.version,
            address=new.item.address,
            sha256=new.sha256,
            verified=bool(new.item.sha256),
            bytes=new.size,
            fetched_at=func.now(),
            run_id=run.id,
        )
        .on_conflict_do_nothing(index_elements=["feed_id", "key", "sha256"])
    )
    found: uuid.UUID = connection.execute(
        select(items.c.id).where(
            items.c.feed_id == run.job_id,
            items.c.key == new.item.key,
            items.c.sha256 == new.sha256,
        )
    ).scalar_one()
    return found
