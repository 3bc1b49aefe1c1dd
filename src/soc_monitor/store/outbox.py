"""Outbox: what subscribers are to be sent, each thing once, whoever sends it and however often.

A delivery is known by its subscription and its event: found twice, it is written once. It is sent
under a lease: who dies while sending leaves it to the next, and its receiver sees the id again.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, text, update

from soc_monitor.store.engine import transaction
from soc_monitor.store.followers import deliveries, subscriptions
from soc_monitor.store.messages import Message, write
from soc_monitor.store.store import Store
from soc_monitor.store.subscriptions import Subscription

CHALLENGE, TEST = "challenge", "test"
PAUSES_S = {CHALLENGE: (60, 600), TEST: ()}
"""Between tries; others have ``_PAUSES_S``."""
_PAUSES_S = (60, 300, 1800, 7200, 28_800)
"""Six tries in ten and a half hours; then the subscription is switched off."""
LEASE_S = 60
"""Longer than any try takes."""
KEPT = timedelta(days=30)
"""How long what was sent is remembered: longer than anything is news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message on its way to one subscriber."""

    id: uuid.UUID
    kind: str
    body: dict[str, Any]
    tries: int
    """With this one."""
    subscription: Subscription

    @property
    def pause_s(self) -> int | None:
        """Seconds to the next try if this one fails; None: it was the last."""
        pauses = PAUSES_S.get(self.kind, _PAUSES_S)
        return pauses[self.tries - 1] if self.tries <= len(pauses) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How a delivery went, for its subscriber to see."""

    id: uuid.UUID
    kind: str
    state: str
    """``waiting``, ``taken`` or ``lost``."""
    tries: int
    created_at: datetime
    ended_at: datetime | None
    answer: str


def put(store: Store, subscription_id: str, messages: Iterable[Message]) -> int:
    """Write down what a subscriber is to be sent; what was written down before is left alone.

    Returns:
        How many are new.
    """
    # A subscription that has just been ended has nothing to be told any more.
    there = select(subscriptions.c.id).where(subscriptions.c.id == subscription_id)
    with transaction(store.engine) as connection:
        if connection.execute(there.with_for_update(read=True, key_share=True)).first() is None:
            return 0
        return write(connection, subscription_id, messages)


_CLAIM = text("""
UPDATE app.deliveries SET tries = tries + 1, lease_until = now() + make_interval(secs => :lease)
WHERE id = (
    SELECT d.id FROM app.deliveries d JOIN app.subscriptions s ON s.id = d.subscription_id
    WHERE d.state = 'waiting' AND d.next_at <= now()
        AND (d.lease_until IS NULL OR d.lease_until < now())
        AND (s.state = 'on' OR d.kind IN ('challenge', 'test'))
        AND NOT EXISTS (
            SELECT FROM app.deliveries o JOIN app.subscriptions p ON p.id = o.subscription_id
            WHERE p.host = s.host AND o.state = 'waiting' AND o.lease_until >= now())
    ORDER BY d.next_at LIMIT 1 FOR UPDATE OF d SKIP LOCKED
)
RETURNING id, kind, body, tries, subscription_id
""")


def claim(store: Store) -> Delivery | None:
    """The delivery that is due for longest, ours for ``LEASE_S``; None: none is due.

    A host is sent one thing at a time: a slow one holds up nobody but itself.
    """
    with transaction(store.engine) as connection:
        row = connection.execute(_CLAIM, {"lease": LEASE_S}).mappings().first()
        if row is None:
            return None
        query = select(subscriptions).where(subscriptions.c.id == row["subscription_id"])
        whose = connection.execute(query).mappings().one()
    return Delivery(
        id=row["id"],
        kind=row["kind"],
        body=row["body"],
        tries=row["tries"],
        subscription=Subscription(**{**whose, "kinds": tuple(whose["kinds"])}),
    )


def taken(store: Store, delivery: Delivery, answer: str) -> None:
    """It was taken; an answered challenge or test switches its subscription on."""
    with transaction(store.engine) as connection:
        connection.execute(
            update(deliveries)
            .where(deliveries.c.id == delivery.id)
            .values(state="taken", answer=answer, ended_at=func.now(), lease_until=None)
        )
        if delivery.kind in {CHALLENGE, TEST}:
            # A test alone confirms nothing: whoever answers it need not have read it.
            before = "waiting" if delivery.kind == CHALLENGE else "off"
            connection.execute(
                update(subscriptions)
                .where(
                    subscriptions.c.id == delivery.subscription.id,
                    subscriptions.c.state == before,
                )
                .values(
                    state="on",
                    confirmed_at=func.coalesce(subscriptions.c.confirmed_at, func.now()),
                    changed_at=func.now(),
                )
            )


def failed(store: Store, delivery: Delivery, answer: str) -> bool:
    """It was not taken: tried again later, or lost.

    Returns:
        Whether the subscription was switched off with it.
    """
    pause = delivery.pause_s
    # Who has lost the lease has nothing to say: another has tried since.
    own = (deliveries.c.id == delivery.id) & (deliveries.c.tries == delivery.tries)
    own &= deliveries.c.state == "waiting"
    values: dict[str, Any] = {"answer": answer, "lease_until": None}
    if pause is None:
        values |= {"state": "lost", "ended_at": func.now()}
    else:
        values["next_at"] = func.now() + timedelta(seconds=pause)
    off = pause is None and delivery.kind not in {CHALLENGE, TEST}
    with transaction(store.engine) as connection:
        if connection.execute(update(deliveries).where(own).values(values)).rowcount != 1:
            return False
        if off:
            connection.execute(
                update(subscriptions)
                .where(subscriptions.c.id == delivery.subscription.id)
                .values(state="off", changed_at=func.now())
            )
    return off


def sent(store: Store, subscription_id: str, *, limit: int = 20) -> list[Sent]:
    """What a subscriber was sent lately, the newest first."""
    names = [deliveries.c[name] for name in Sent.__dataclass_fields__]
    query = (
        select(*names)
        .where(deliveries.c.subscription_id == subscription_id)
        .order_by(deliveries.c.created_at.desc(), deliveries.c.id)
        .limit(limit)
    )
    with transaction(store.engine) as connection:
        return [Sent(**row) for row in connection.execute(query).mappings()]


def forget_old(store: Store) -> int:
    """Forget what ended long ago; how many."""
    old = deliveries.c.ended_at < func.now() - KEPT
    with transaction(store.engine) as connection:
        return connection.execute(delete(deliveries).where(old)).rowcount
