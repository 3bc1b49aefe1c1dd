"""Intake: what a run takes from a feed, written row by row.

Nothing of it is seen by readers yet: a release shows it.
"""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime

import shapely
from sqlalchemy import Connection, Table, func, insert, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from soc_monitor.model import Area, Cube, Item, Observation, Sample, Station
from soc_monitor.store import arrays
from soc_monitor.store.engine import transaction
from soc_monitor.store.runs import OpenRun, hold_lease
from soc_monitor.store.store import Store
from soc_monitor.store.tables import (
    areas,
    boundaries,
    boundary_items,
    cubes,
    items,
    observations,
    records,
    samples,
    slice_items,
    slice_parents,
    slices,
    stations,
)

_MONTHS = 0x534F434F  # "SOCO": one maker of partitions at a time


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


def taken_layers(store: Store, feed_id: str, sha256: str) -> set[tuple[str, date]]:
    """Which (cube, period) have already been read from a file with this checksum."""
    query = (
        select(slices.c.cube_id, slices.c.period)
        .join(slice_items, slice_items.c.slice_id == slices.c.id)
        .join(items, items.c.id == slice_items.c.item_id)
        .where(items.c.feed_id == feed_id, items.c.sha256 == sha256)
    )
    with transaction(store.engine) as connection:
        return {(cube, period) for cube, period in connection.execute(query)}


def taken_versions(store: Store, feed_id: str) -> set[tuple[str, str]]:
    """(key, version) of every item that has been taken from a feed."""
    query = select(items.c.key, items.c.version).where(items.c.feed_id == feed_id)
    with transaction(store.engine) as connection:
        return {(key, version) for key, version in connection.execute(query)}


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
    query = select(func.max(slices.c.period)).join(cubes).where(cubes.c.product == product)
    with transaction(store.engine) as connection:
        found: date | None = connection.execute(query).scalar_one_or_none()
    return found


def median_before(store: Store, cube_id: str, period: date) -> tuple[date, float] | None:
    """The newest earlier period of a cube, and its median; None: there is none."""
    query = (
        select(slices.c.period, slices.c.median)
        .where(slices.c.cube_id == cube_id, slices.c.period < period, slices.c.median.isnot(None))
        .order_by(slices.c.period.desc(), slices.c.version.desc())
        .limit(1)
    )
    with transaction(store.engine) as connection:
        row = connection.execute(query).first()
    return None if row is None else (row.period, row.median)


def newer_version(store: Store, item: Item, places: Sequence[tuple[str, date]]) -> str:
    """A provider's version above the item's that some (cube, period) hold; empty: there is none."""
    if not item.version:
        return ""
    query = (
        select(items.c.version)
        .join(slice_items, slice_items.c.item_id == items.c.id)
        .join(slices, slices.c.id == slice_items.c.slice_id)
        .where(tuple_(slices.c.cube_id, slices.c.period).in_(list(places)))
    )
    with transaction(store.engine) as connection:
        held = connection.execute(query.where(items.c.key == item.key)).scalars().all()
    above = [one for one in held if version_order(one) > version_order(item.version)]
    return max(above, key=version_order, default="")


def version_order(version: str) -> list[tuple[int, str]]:
    """How versions follow each other: numbers as numbers, the rest as text.

    Example:
        >>> version_order("v1.10") > version_order("v1.9")
        True
    """
    parts = re.findall(r"\d+|\D+", version)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


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


def add_slices(
    store: Store, run: OpenRun, new_slices: Sequence[NewSlice], new_item: NewItem | None
) -> list[uuid.UUID]:
    """Write the rows that make arrays exist, with the file or the slices they come from."""
    with transaction(store.engine) as connection:
        hold_lease(connection, run)
        item_id = None if new_item is None else write_item(connection, run, new_item)
        return [write_slice(connection, run, piece, item_id) for piece in new_slices]


def write_slice(
    connection: Connection, run: OpenRun, piece: NewSlice, item_id: uuid.UUID | None = None
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
            period=piece.period,
            period_end=piece.period_end,
            version=connection.execute(newest).scalar_one() + 1,
            path=piece.path,
            checksum=piece.checksum,
            valid_cells=piece.valid_cells,
            median=piece.median,
            run_id=run.id,
            created_at=func.now(),
            provisional=piece.provisional,
        )
    )
    if item_id is not None:
        connection.execute(insert(slice_items).values(slice_id=slice_id, item_id=item_id))
    for parent in piece.parents:
        connection.execute(insert(slice_parents).values(slice_id=slice_id, parent_id=parent))
    return slice_id


def _cube(connection: Connection, cube: Cube) -> None:
    values = {
        "product": cube.product,
        "variable": cube.variable,
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
    connection.execute(
        upsert(cubes)
        .values(id=cube.id, **values)
        .on_conflict_do_update(index_elements=["id"], set_=values)
    )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaShape:
    """An area with its geometry, and a simplified outline for display."""

    area: Area
    geom: shapely.MultiPolygon | None
    outline: shapely.MultiPolygon | None


def add_boundaries(
    store: Store,
    run: OpenRun,
    boundaries_id: str,
    shapes: Iterable[AreaShape],
    new_items: Sequence[NewItem],
) -> bool:
    """Write a boundary set, whole or not at all; False: it was there already."""
    with transaction(store.engine) as connection:
        hold_lease(connection, run)
        made = connection.execute(
            upsert(boundaries)
            .values(id=boundaries_id, run_id=run.id, created_at=func.now())
            .on_conflict_do_nothing()
            .returning(boundaries.c.id)
        )
        if made.scalar_one_or_none() is None:
            return False
        for new in new_items:
            item_id = write_item(connection, run, new)
            connection.execute(
                insert(boundary_items).values(boundaries_id=boundaries_id, item_id=item_id)
            )
        connection.execute(insert(areas), [_area_row(boundaries_id, shape) for shape in shapes])
    return True


def _area_row(boundaries_id: str, shape: AreaShape) -> dict[str, object]:
    area = shape.area
    return {
        "boundaries_id": boundaries_id,
        "code": area.code,
        "level": area.level,
        "parent": area.parent,
        "name_en": area.name_en,
        "name_fr": area.name_fr,
        "name_es": area.name_es,
        "area_km2": area.area_km2,
        "bbox": area.bbox,
        "geom": _ewkb(shape.geom),
        "outline": _ewkb(shape.outline),
    }


def _ewkb(geometry: shapely.Geometry | None) -> str | None:
    if geometry is None:
        return None
    return str(shapely.to_wkb(shapely.set_srid(geometry, 4326), hex=True, include_srid=True))


def add_observations(
    store: Store,
    run: OpenRun,
    new_items: Sequence[NewItem],
    places: Sequence[Station],
    readings: Sequence[Observation],
) -> int:
    """Stations and their readings; the same reading again is not written twice.

    Returns:
        How many readings were new.
    """
    make_months(store, readings)
    with transaction(store.engine) as connection:
        hold_lease(connection, run)
        item_id = [write_item(connection, run, new) for new in new_items][-1]
        write_stations(connection, run, places)
        rows = [
            {"feed_id": run.job_id, "item_id": item_id, "run_id": run.id, **_fields(reading)}
            for reading in readings
        ]
        if not rows:
            return 0
        statement = upsert(observations).on_conflict_do_nothing().returning(observations.c.time)
        return len(connection.execute(statement, rows).all())


def write_stations(connection: Connection, run: OpenRun, places: Sequence[Station]) -> None:
    """Stations as their source tells of them now."""
    rows = [
        {
            "feed_id": run.job_id,
            "id": place.id,
            "name": place.name,
            "geom": f"SRID=4326;POINT({place.lon} {place.lat})",
            "run_id": run.id,
        }
        for place in places
    ]
    _upsert(connection, stations, rows)


def make_months(store: Store, readings: Sequence[Observation]) -> None:
    """Partitions for some readings, in a transaction of its own: making one stops all readers."""
    months = sorted({reading.time.astimezone(UTC).date().replace(day=1) for reading in readings})
    with transaction(store.engine) as connection:
        # Two that make the same partition at once would both find it missing.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MONTHS})
        for month in months:
            name = f"app.observations_{month:%Y%m}"
            if connection.execute(select(func.to_regclass(name))).scalar_one() is None:
                connection.execute(
                    text("SELECT app.ensure_observation_month(:month)"), {"month": month}
                )


def _fields(reading: Observation) -> dict[str, object]:
    return {
        "station": reading.station,
        "variable": reading.variable,
        "time": reading.time,
        "result_time": reading.result_time,
        "value": reading.value,
        "unit": reading.unit,
    }


def add_samples(store: Store, run: OpenRun, new: NewItem, found: Sequence[Sample]) -> int:
    """Soil samples; one that is there already, with the same key, is brought up to date."""
    with transaction(store.engine) as connection:
        hold_lease(connection, run)
        item_id = write_item(connection, run, new)
        _upsert(connection, samples, [_sample_row(run, item_id, sample) for sample in found])
    return len(found)


def _sample_row(run: OpenRun, item_id: uuid.UUID, sample: Sample) -> dict[str, object]:
    placed = sample.lon is not None and sample.lat is not None
    return {
        "feed_id": run.job_id,
        "key": sample.key,
        "item_id": item_id,
        "geom": f"SRID=4326;POINT({sample.lon} {sample.lat})" if placed else None,
        "top_cm": sample.top_cm,
        "bottom_cm": sample.bottom_cm,
        "variable": sample.variable,
        "value": sample.value,
        "unit": sample.unit,
        "sampled_on": sample.sampled_on,
        "data_class": sample.data_class,
        "attributes": sample.attributes,
        "run_id": run.id,
    }


def _upsert(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    """Write rows; one whose key is there already takes the new values."""
    if not rows:
        return
    statement = upsert(table)
    keys = [column.name for column in table.primary_key]
    changes = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=changes), list(rows)
    )


def add_records(
    store: Store,
    run: OpenRun,
    new: NewItem,
    register: str,
    found: Sequence[tuple[str, dict[str, object]]],
) -> int:
    """Bring a register to what the source says now; old versions of records are kept.

    What an editor has entered or corrected is theirs: a source never takes it back.

    Returns:
        How many records are new, changed or gone.
    """
    changed = 0
    with transaction(store.engine) as connection:
        hold_lease(connection, run)
        item_id = write_item(connection, run, new)
        live = {
            row.key: (row.version, row.body, row.position)
            for row in connection.execute(
                select(records).where(
                    records.c.register == register, records.c.live, records.c.item_id.is_not(None)
                )
            )
        }
        theirs = _edited(connection, register)
        for position, (key, body) in enumerate(found):
            if key in theirs:
                continue
            version, old, place = live.pop(key, (0, None, -1))
            if old == body and place == position:
                continue
            changed += 1
            _retire(connection, register, key)
            top = select(func.coalesce(func.max(records.c.version), 0)).where(
                records.c.register == register, records.c.key == key
            )
            connection.execute(
                insert(records).values(
                    register=register,
                    key=key,
                    version=max(version, connection.execute(top).scalar_one()) + 1,
                    position=position,
                    body=body,
                    live=True,
                    item_id=item_id,
                    run_id=run.id,
                    created_at=func.now(),
                    proposed_by=f"job {run.job_id}",
                )
            )
        for key in live:
            changed += 1
            _retire(connection, register, key)
    return changed


def _edited(connection: Connection, register: str) -> set[str]:
    """The records whose newest accepted version is an editor's."""
    query = text(
        "SELECT key FROM (SELECT DISTINCT ON (key) key, item_id FROM app.records"
        " WHERE register = :register AND state = 'accepted' ORDER BY key, version DESC) newest"
        " WHERE item_id IS NULL"
    )
    return set(connection.execute(query, {"register": register}).scalars())


def _retire(connection: Connection, register: str, key: str) -> None:
    connection.execute(
        update(records)
        .where(records.c.register == register, records.c.key == key, records.c.live)
        .values(live=False)
    )
