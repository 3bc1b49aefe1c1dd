"""Holds: slices that wait for an operator's word, each with a coarse picture of what changed."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from soc_monitor.errors import UnknownRecord
from soc_monitor.model import Item
from soc_monitor.store import orders
from soc_monitor.store.desk import holds
from soc_monitor.store.engine import transaction
from soc_monitor.store.intake import NewItem
from soc_monitor.store.registers import note
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What stands before and what would, seen coarsely."""

    cube_id: str
    period: date
    period_before: date
    unit: str
    rows: int
    columns: int
    values: bytes
    """(before and after, y, x) as float32, little end first [unit]; NaN means no data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One of them."""

    id: uuid.UUID
    feed_id: str
    run_id: uuid.UUID
    item: Item
    sha256: str
    rule: str
    found: str
    preview: Preview
    at: datetime
    state: str
    """``waiting``, ``accepted`` or ``rejected``."""
    decided_by: str
    decided_at: datetime | None


def hold(store: Store, run: OpenRun, new: NewItem, preview: Preview, rule: str, found: str) -> None:
    """Put a slice before an operator; the same again changes nothing."""
    item = asdict(new.item) | {"about": {}}
    days = {key: item[key] and item[key].isoformat() for key in ("period", "period_end")}
    with transaction(store.engine) as connection:
        connection.execute(
            upsert(holds)
            .values(
                id=uuid.uuid4(),
                feed_id=run.job_id,
                run_id=run.id,
                item=item | days,
                sha256=new.sha256,
                rule=rule,
                found=found,
                cube_id=preview.cube_id,
                period=preview.period,
                period_before=preview.period_before,
                unit=preview.unit,
                rows=preview.rows,
                columns=preview.columns,
                preview=preview.values,
                at=func.now(),
                state="waiting",
            )
            .on_conflict_do_nothing()
        )


def word_on(store: Store, feed_id: str, sha256: str, period: date | None = None) -> str:
    """What an operator has said of a file: ``accepted`` or ``rejected``.

    ``waiting``: nothing yet; empty: it was never held.

    Args:
        store: where it is written down.
        feed_id: whose file it is.
        sha256: its checksum.
        period: only what was said of it as this one; None: of whatever it was told to be.
    """
    query = (
        select(holds.c.state)
        .where(holds.c.feed_id == feed_id, holds.c.sha256 == sha256)
        .order_by(holds.c.decided_at.desc().nulls_last())
        .limit(1)
    )
    if period is not None:
        query = query.where(holds.c.period == period)
    with transaction(store.engine) as connection:
        return str(connection.execute(query).scalar_one_or_none() or "")


def overtake(store: Store, feed_id: str, places: Sequence[tuple[str, date]]) -> int:
    """Nobody need decide any more of what waits for some (cube, period): the whole has come.

    What was found wrong stays written down among the rejections.

    Returns:
        How many waited.
    """
    where = tuple_(holds.c.cube_id, holds.c.period).in_(list(places))
    statement = delete(holds).where(holds.c.feed_id == feed_id, holds.c.state == "waiting", where)
    with transaction(store.engine) as connection:
        return int(connection.execute(statement).rowcount)


def list_holds(store: Store, *, waiting: bool = False, limit: int = 100) -> list[Hold]:
    """The newest first, those that wait before all others."""
    query = select(holds).order_by((holds.c.state == "waiting").desc(), holds.c.at.desc())
    if waiting:
        query = query.where(holds.c.state == "waiting")
    with transaction(store.engine) as connection:
        return [_hold(row) for row in connection.execute(query.limit(limit)).mappings()]


def find_hold(store: Store, hold_id: uuid.UUID) -> Hold:
    """One of them.

    Raises:
        UnknownRecord: there is none with this id.
    """
    with transaction(store.engine) as connection:
        row = connection.execute(select(holds).where(holds.c.id == hold_id)).mappings().first()
    if row is None:
        raise UnknownRecord(f"nothing is held under {hold_id}")
    return _hold(row)


def decide(store: Store, hold_id: uuid.UUID, state: str, by: str) -> Sequence[Hold]:
    """Write down an operator's word, for all that the same file holds; none: it was given before.

    What is accepted is ordered of the worker in the same transaction: there is no moment at which
    a slice is neither held nor on its way.

    Raises:
        UnknownRecord: there is none with this id.
    """
    asked = find_hold(store, hold_id)
    with transaction(store.engine) as connection:
        rows = (
            connection.execute(
                update(holds)
                .where(
                    holds.c.feed_id == asked.feed_id,
                    holds.c.sha256 == asked.sha256,
                    holds.c.state == "waiting",
                )
                .values(state=state, decided_by=by, decided_at=func.now())
                .returning(holds)
            )
            .mappings()
            .all()
        )
        for row in rows:
            verb = {"accepted": "accept", "rejected": "reject"}[state]
            note(connection, by, verb, f"{row['cube_id']} {row['period']}", row["found"])
        if rows and state == "accepted":
            orders.add(connection, "accept", asked.feed_id, {"hold": str(rows[0]["id"])}, by)
    return [_hold(row) for row in rows]


def _hold(row: RowMapping) -> Hold:
    item: dict[str, Any] = dict(row["item"])
    for key in ("period", "period_end"):
        item[key] = date.fromisoformat(item[key]) if item[key] else None
    return Hold(
        id=row["id"],
        feed_id=row["feed_id"],
        run_id=row["run_id"],
        item=Item(**item),
        sha256=row["sha256"],
        rule=row["rule"],
        found=row["found"],
        preview=Preview(
            cube_id=row["cube_id"],
            period=row["period"],
            period_before=row["period_before"],
            unit=row["unit"],
            rows=row["rows"],
            columns=row["columns"],
            values=row["preview"],
        ),
        at=row["at"],
        state=row["state"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
    )
