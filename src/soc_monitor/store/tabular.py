"""Tabular: areas, stations, readings, samples and registers, as a run takes them from its files.

Nothing of it is seen by readers yet: a release shows it.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date

import shapely
from sqlalchemy import Connection, Table, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from soc_monitor.model import Area, Observation, Sample, Station
from soc_monitor.store.engine import transaction
from soc_monitor.store.intake import NewItem, write_item
from soc_monitor.store.runs import OpenRun, hold_lease
from soc_monitor.store.sensor_periods import make_periods, stage
from soc_monitor.store.store import Store
from soc_monitor.store.tables import (
    areas,
    boundaries,
    boundary_items,
    observations,
    records,
    samples,
    stations,
)

_MONTHS = 0x534F434F  # "SOCO": one maker of partitions at a time


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
    """Stations, readings, and their days and months; the same reading is not written twice.

    Returns:
        How many readings were new.
    """
    make_months(store, months_of(readings))
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
        new = len(connection.execute(statement, rows).all())
        stage(connection, readings)
        make_periods(connection, run.job_id)
        return new


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


def months_of(readings: Iterable[Observation]) -> set[date]:
    """First days of the months that some readings lie in."""
    return {reading.time.astimezone(UTC).date().replace(day=1) for reading in readings}


def make_months(store: Store, months: Iterable[date]) -> None:
    """Partitions for months, in a transaction of its own: making one stops all readers."""
    with transaction(store.engine) as connection:
        # Two that make the same partition at once would both find it missing.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MONTHS})
        for month in sorted(months):
            name = f"app.observations_{month:%Y%m}"
            if connection.execute(select(func.to_regclass(name))).scalar_one() is None:
                connection.execute(
                    text("SELECT app.ensure_observation_month(:month)"), {"month": month}
                )


def _fields(reading: Observation) -> dict[str, object]:
    return {
        "station": reading.station,
        "variable": reading.variable,
        "datastream": reading.datastream,
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
