"""Messages: what subscribers are to be sent, written down under an identity."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func
from sqlalchemy.dialects.postgresql import insert

from soc_monitor.store.followers import deliveries

_SPACE = uuid.UUID("8a1c3f5e-7f0c-5c1e-9d0b-2f1e6f0c7a55")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to tell."""

    key: str
    """The same again has the same key."""
    kind: str
    body: dict[str, Any]


def write(connection: Connection, subscription_id: str, messages: Iterable[Message]) -> int:
    """Inside a transaction: rows of what is to be sent; what was written before is left alone.

    Returns:
        How many are new.
    """
    once = (
        insert(deliveries)
        .values(created_at=func.now(), next_at=func.now())
        .on_conflict_do_nothing()
        .returning(deliveries.c.id)
    )
    rows = [
        {
            "id": uuid.uuid5(_SPACE, f"{subscription_id}/{one.key}"),
            "subscription_id": subscription_id,
            "kind": one.kind,
            "body": one.body,
        }
        for one in messages
    ]
    return sum(len(connection.execute(once.values(row)).all()) for row in rows)
