"""Orders: what operators ask of the worker, done one after the other, each once.

An order is held by a lock of the session that does it: a worker that dies leaves it to the next.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from soc_monitor.store.desk import orders
from soc_monitor.store.engine import transaction
from soc_monitor.store.locks import only_one
from soc_monitor.store.registers import note
from soc_monitor.store.store import Store

KINDS = ("run", "backfill", "accept", "replay")


@dataclass(slots=True, kw_only=True)
class Order:
    """One of them."""

    id: int
    at: datetime
    kind: str
    job_id: str
    body: dict[str, Any] = field(default_factory=dict)
    asked_by: str
    started_at: datetime | None
    ended_at: datetime | None
    outcome: str


def give(store: Store, kind: str, job_id: str, body: dict[str, Any], by: str) -> int:
    """Ask something of the worker; its number."""
    with transaction(store.engine) as connection:
        return add(connection, kind, job_id, body, by)


def add(connection: Connection, kind: str, job_id: str, body: dict[str, Any], by: str) -> int:
    """As ``give``, inside a transaction: the order stands or falls with what else is in it."""
    assert kind in KINDS
    made: int = connection.execute(
        insert(orders)
        .values(at=func.now(), kind=kind, job_id=job_id, body=body, asked_by=by)
        .returning(orders.c.id)
    ).scalar_one()
    told = ", ".join(f"{key} {value}" for key, value in body.items())
    note(connection, by, kind, job_id, told)
    return made


def list_orders(store: Store, *, limit: int = 50) -> list[Order]:
    """The newest first."""
    query = select(orders).order_by(orders.c.id.desc()).limit(limit)
    with transaction(store.engine) as connection:
        return [Order(**row) for row in connection.execute(query).mappings()]


@contextmanager
def taken(store: Store) -> Iterator[Order | None]:
    """The oldest order that nobody does, for as long as the block lasts; None: there is none.

    What the block writes into ``outcome`` is how it ended. A block that raises leaves the order
    ended as well: what failed is told, and not tried for ever.
    """
    with transaction(store.engine) as connection:
        waiting = select(orders.c.id).where(orders.c.ended_at.is_(None)).order_by(orders.c.id)
        numbers = connection.execute(waiting).scalars().all()
    for number in numbers:
        with only_one(store, f"order {number}") as mine:
            order = _begin(store, number) if mine else None
            if order is None:
                continue
            try:
                yield order
            finally:
                _end(store, order)
            return
    yield None


def _begin(store: Store, number: int) -> Order | None:
    statement = (
        update(orders)
        .where(orders.c.id == number, orders.c.ended_at.is_(None))
        .values(started_at=func.now())
        .returning(orders)
    )
    with transaction(store.engine) as connection:
        row = connection.execute(statement).mappings().first()
    return None if row is None else Order(**row)


def _end(store: Store, order: Order) -> None:
    with transaction(store.engine) as connection:
        connection.execute(
            update(orders)
            .where(orders.c.id == order.id)
            .values(ended_at=func.now(), outcome=order.outcome[:2000])
        )
