"""Shares: shapes that readers asked to keep for a while."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select

from soc_monitor.errors import TooOften, UnknownShare
from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store
from soc_monitor.store.tables import shares

MOST_BYTES = 2 << 30
"""Of all shares together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Shapes under an address of their own."""

    id: str
    shapes: bytes
    """GeoJSON."""
    keys: dict[str, str]
    created_at: datetime
    expires_at: datetime


def add(store: Store, shapes: bytes, keys: dict[str, str], *, days: int) -> Share:
    """Keep shapes for some days.

    Raises:
        TooOften: there is no room for more.
    """
    values = {
        "id": secrets.token_urlsafe(16),
        "shapes": shapes,
        "keys": keys,
        "created_at": func.now(),
        "expires_at": func.now() + timedelta(days=days),
    }
    with transaction(store.engine) as connection:
        connection.execute(delete(shares).where(shares.c.expires_at < func.now()))
        held = connection.execute(select(func.sum(func.length(shares.c.shapes)))).scalar_one()
        if (held or 0) + len(shapes) > MOST_BYTES:
            raise TooOften("there is no room for more shared shapes")
        row = (
            connection.execute(insert(shares).values(values).returning(*shares.c)).mappings().one()
        )
    return Share(**row)


def find(store: Store, share_id: str) -> Share:
    """Shapes by their id.

    Raises:
        UnknownShare: there are none, or they are shared no longer.
    """
    query = select(*shares.c).where(shares.c.id == share_id, shares.c.expires_at > func.now())
    with transaction(store.engine) as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        raise UnknownShare("no shape is shared under this address")
    return Share(**row)


def remove(store: Store, share_id: str) -> None:
    """Forget shapes before their time.

    Raises:
        UnknownShare: there are none, or they are shared no longer.
    """
    statement = delete(shares).where(shares.c.id == share_id, shares.c.expires_at > func.now())
    with transaction(store.engine) as connection:
        if not connection.execute(statement).rowcount:
            raise UnknownShare("no shape is shared under this address")
