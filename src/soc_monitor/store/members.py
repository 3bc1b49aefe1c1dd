"""Members: what each member of a nowcast says of each area, beside the slice it belongs to."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, LargeBinary, Row, RowMapping, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from soc_monitor.model import Release
from soc_monitor.store.engine import transaction
from soc_monitor.store.intake import NewSlice, write_slice
from soc_monitor.store.read import part_of
from soc_monitor.store.runs import OpenRun, hold_lease
from soc_monitor.store.store import Store
from soc_monitor.store.tables import cubes, member_estimates, nowcast_months, slices

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberEstimate:
    """An area in one month of a nowcast: a total of every member, always on the same cells."""

    area: str
    period: date
    totals: tuple[float, ...]
    """Carbon of each member [t]; empty: the stock is held, there was no real month to follow."""
    mapped_ha: float
    """Area that is modelled."""
    masked_ha: Mapping[str, float]
    """Area that is not, by reason: ``organic``, ``wetland``, ``paddy``, ..."""
    weather_share: float
    """Share of the modelled area whose weather of this month is real [1]."""
    vegetation_share: float
    """Share whose vegetation of this month is real [1]."""
    moisture_share: float
    """Share whose soil moisture of this month was observed [1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What a month that is there follows from."""

    slice_id: uuid.UUID
    lineage: str
    boundaries_id: str
    provisional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMonth:
    """A month of a nowcast, waiting for its rows."""

    stock: NewSlice
    error: NewSlice
    lineage: str
    weather: bool
    vegetation: bool
    areas: Sequence[MemberEstimate]


def lineages(store: Store, product: str, variable: str) -> dict[date, Lineage]:
    """The newest version of every month, published or not, that no release has left behind."""
    query = (
        select(slices.c.period, slices.c.provisional, slices.c.until_release, *nowcast_months.c)
        .ext(distinct_on(slices.c.period))
        .join(cubes, cubes.c.id == slices.c.cube_id)
        .join(nowcast_months, nowcast_months.c.slice_id == slices.c.id)
        .where(cubes.c.id == f"{product}.{variable}")
        .order_by(slices.c.period, slices.c.version.desc())
    )
    with transaction(store.engine) as connection:
        return {
            row.period: Lineage(
                slice_id=row.slice_id,
                lineage=row.lineage,
                boundaries_id=row.boundaries_id,
                provisional=row.provisional,
            )
            for row in connection.execute(query)
            if row.until_release is None
        }


def add_months(
    store: Store,
    run: OpenRun,
    boundaries_id: str,
    months: Iterable[NewMonth],
    before: uuid.UUID | None,
) -> int:
    """Write the rows of some months, each the parent of the next, in one transaction.

    Args:
        before: the slice of the month before the first; None: the first is the origin.

    Returns:
        How many months were written.
    """
    count = 0
    with transaction(store.engine) as connection:
        hold_lease(connection, run)
        for month in months:
            ids = [_written(connection, run, one, before) for one in (month.stock, month.error)]
            before = ids[0]
            connection.execute(
                insert(nowcast_months).values(
                    slice_id=before,
                    lineage=month.lineage,
                    boundaries_id=boundaries_id,
                    weather=month.weather,
                    vegetation=month.vegetation,
                )
            )
            _areas(connection, before, month.areas)
            count += 1
    return count


def _written(
    connection: Connection, run: OpenRun, new: NewSlice, before: uuid.UUID | None
) -> uuid.UUID:
    parents = new.parents if before is None else (*new.parents, before)
    return write_slice(connection, run, replace(new, parents=tuple(dict.fromkeys(parents))))


def _areas(connection: Connection, slice_id: uuid.UUID, areas: Sequence[MemberEstimate]) -> None:
    cursor = connection.connection.cursor()
    columns = [column.name for column in member_estimates.c]
    names = ", ".join(columns)
    with cursor.copy(f"COPY app.member_estimates ({names}) FROM STDIN") as copy:  # our own names
        for one in areas:
            row: dict[str, Any] = {
                "slice_id": slice_id,
                "totals": list(one.totals),
                "masked_ha": Jsonb(one.masked_ha),
            }
            copy.write_row([row[n] if n in row else getattr(one, n) for n in columns])
    cursor.close()


def read_members(
    store: Store, release: Release | None, area: str | None = None
) -> list[MemberEstimate]:
    """Totals of the members, oldest first: of a release, or of the newest months for a run.

    Args:
        release: None: the newest version of every month, published or not.
        area: None: every area.
    """
    query = (
        select(member_estimates, slices.c.period)
        .join(slices, slices.c.id == member_estimates.c.slice_id)
        .order_by(slices.c.period, member_estimates.c.area)
    )
    if area is not None:
        query = query.where(member_estimates.c.area == area)
    if release is None:
        query = query.ext(distinct_on(slices.c.period, member_estimates.c.area))
        query = query.order_by(slices.c.version.desc())
    else:
        query = query.where(part_of(slices, release))
    with transaction(store.engine) as connection:
        return [_member(row) for row in connection.execute(query).mappings()]


def members_of(store: Store, slice_id: uuid.UUID) -> dict[str, MemberEstimate]:
    """What the members say in the month of a slice, by area; empty: it is of no nowcast."""
    query = (
        select(member_estimates, slices.c.period)
        .join(slices, slices.c.id == member_estimates.c.slice_id)
        .where(member_estimates.c.slice_id == slice_id)
    )
    with transaction(store.engine) as connection:
        rows = connection.execute(query).mappings()
        return {row["area"]: _member(row) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTable:
    """What the members say of all areas in one month."""

    areas: dict[str, int]
    """Area to row; empty: the month is of no nowcast."""
    stocks: Floats
    """Mean stock of each member (area, member) [t ha-1]; NaN: nothing is modelled there; without
    members where the stock is held."""
    weather: Floats
    """Share of the modelled area with real weather (area)."""

    def rows(self, areas: Sequence[str]) -> npt.NDArray[np.intp]:
        """The rows of some areas, all of which it has."""
        return np.array([self.areas[area] for area in areas], np.intp)


NO_MEMBERS = MemberTable(areas={}, stocks=np.empty((0, 0)), weather=np.empty(0))
"""Of a month that is of no nowcast."""


def member_table(store: Store, slice_id: uuid.UUID) -> MemberTable:
    """What the members say in the month of a slice; without areas: it is of no nowcast."""
    query = select(*_SAID).where(member_estimates.c.slice_id == slice_id)
    with transaction(store.engine) as connection:
        return _table(connection.execute(query.order_by(member_estimates.c.area)).all())


def member_tables(
    store: Store, slice_ids: Sequence[uuid.UUID], areas: Sequence[str]
) -> dict[uuid.UUID, MemberTable]:
    """What the members say of some areas in the months of some slices; no key: of no nowcast."""
    of = member_estimates.c
    query = select(of.slice_id, *_SAID).where(of.slice_id.in_(slice_ids), of.area.in_(areas))
    found: dict[uuid.UUID, list[Row[Any]]] = defaultdict(list)
    with transaction(store.engine) as connection:
        for row in connection.execute(query.order_by(of.area)):
            found[row.slice_id].append(row)
    return {one: _table(rows) for one, rows in found.items()}


# As they are sent on the wire: a list of numbers for each row takes longer than all the rest.
_SAID = (
    member_estimates.c.area,
    func.array_send(member_estimates.c.totals, type_=LargeBinary).label("totals"),
    member_estimates.c.mapped_ha,
    member_estimates.c.weather_share,
)
_HEAD = 20
"""Bytes in front of the values of an array of one dimension."""
_VALUE = np.dtype([("length", ">i4"), ("value", ">f8")])


def _table(rows: Sequence[Row[Any]]) -> MemberTable:
    mapped = np.array([row.mapped_ha for row in rows], np.float64)
    sent = [bytes(row.totals)[_HEAD:] for row in rows]
    # An area without any modelled cell has no member.
    filled = [number for number, one in enumerate(sent) if one]
    count = len(sent[filled[0]]) // _VALUE.itemsize if filled else 0
    totals = np.full((len(rows), count), np.nan)
    values = np.frombuffer(b"".join(sent), _VALUE)["value"]
    totals[filled] = values.reshape(len(filled), count)
    with np.errstate(divide="ignore", invalid="ignore"):
        stocks = np.where(mapped[:, None] > 0, totals / mapped[:, None], np.nan)
    return MemberTable(
        areas={row.area: number for number, row in enumerate(rows)},
        stocks=stocks,
        weather=np.array([row.weather_share for row in rows], np.float64),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSeen:
    """What of a month of a nowcast was observed in an area."""

    period: date
    weather_share: float
    """Share of the modelled area whose weather of this month is real [1]."""
    vegetation_share: float
    """Share whose vegetation of this month is real [1]."""
    moisture_share: float
    """Share whose soil moisture of this month was observed [1]."""
    mapped_ha: float
    masked_ha: Mapping[str, float]
    """Area that is not modelled, by reason."""
    provisional: bool
    """A driver of it, or of a month before it, is filled in, or may still be revised."""


def months_seen(store: Store, release: Release, area: str) -> list[MonthSeen]:
    """The months of the nowcast that a release shows, oldest first; empty: it has none."""
    names = [name for name in MonthSeen.__dataclass_fields__ if name in member_estimates.c]
    query = (
        select(*(member_estimates.c[name] for name in names), slices.c.period, slices.c.provisional)
        .join(slices, slices.c.id == member_estimates.c.slice_id)
        .where(member_estimates.c.area == area, part_of(slices, release))
        .order_by(slices.c.period)
    )
    with transaction(store.engine) as connection:
        return [MonthSeen(**row) for row in connection.execute(query).mappings()]


def _member(row: RowMapping) -> MemberEstimate:
    names = [n for n in MemberEstimate.__dataclass_fields__ if n != "totals"]
    return MemberEstimate(totals=tuple(row["totals"]), **{n: row[n] for n in names})
