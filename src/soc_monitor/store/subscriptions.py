"""Subscriptions: addresses of readers who want to be told of an area or an objective.

There is no account: who knows the capability of a subscription looks after it. An address and its
secret are kept for as long as messages are wanted, and not a moment longer.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, delete, func, insert, select, text

from soc_monitor.errors import TooOften, UnknownSubscription
from soc_monitor.store.engine import transaction
from soc_monitor.store.followers import subscriptions
from soc_monitor.store.messages import Message, write
from soc_monitor.store.registers import note
from soc_monitor.store.store import Store

KINDS = ("release", "state", "late", "correction")
"""What a reader may be told of."""
MOST, MOST_OF_HOST, MOST_WAITING = 5_000, 20, 3
"""In all; to one host; to one host that has not confirmed yet."""
CONFIRMED_WITHIN, OFF_FOR = timedelta(days=1), timedelta(days=30)
"""After this long, what was not confirmed or is switched off is forgotten."""
_LOCK = 0x534F4357  # "SOCW": the bounds are looked at by one at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Somebody who wants to be told."""

    id: str
    url: str = field(repr=False)
    host: str
    """With its port."""
    secret: str = field(repr=False)
    """``whsec_`` and 32 bytes in base64."""
    area: str | None
    objective: str | None
    kinds: tuple[str, ...]
    lang: str
    state: str
    """``waiting`` for its answer to the challenge, ``on``, or ``off`` after failures."""
    created_at: datetime
    confirmed_at: datetime | None
    changed_at: datetime

    @property
    def capability(self) -> str:
        """Who has it may look after this subscription: follows from the secret, kept nowhere."""
        key = hmac.new(self.secret.encode(), b"look after it", hashlib.sha256).hexdigest()
        return f"{self.id}.{key[:32]}"


def add(
    store: Store,
    *,
    url: str,
    host: str,
    secret: str,
    kinds: Sequence[str],
    lang: str,
    challenge: Message,
    area: str | None = None,
    objective: str | None = None,
) -> Subscription:
    """Write a subscription down, with the challenge that its address is to say back.

    Both or neither: one that is never asked could not confirm, and would take the place of another.
    Nothing else is told before it has confirmed.

    Raises:
        TooOften: there is no room for more, in all or to this host.
    """
    values = {
        "id": secrets.token_urlsafe(12),
        "url": url,
        "host": host,
        "secret": secret,
        "area": area,
        "objective": objective,
        "kinds": list(kinds),
        "lang": lang,
        "created_at": func.now(),
        "changed_at": func.now(),
    }
    own = subscriptions.c.host == host
    waiting = own & (subscriptions.c.state == "waiting")
    counts = select(
        func.count(),
        func.count().filter(own),
        func.count().filter(waiting),
    ).select_from(subscriptions)
    with transaction(store.engine) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        every, of_host, unconfirmed = connection.execute(counts).one()
        if every >= MOST:
            raise TooOften("there is no room for more subscriptions")
        if of_host >= MOST_OF_HOST or unconfirmed >= MOST_WAITING:
            raise TooOften(
                f"{host} has {of_host} subscriptions, {unconfirmed} of them not confirmed: "
                f"{MOST_OF_HOST} and {MOST_WAITING} are allowed",
                hint="Confirm or end one of them",
            )
        statement = insert(subscriptions).values(values).returning(*subscriptions.c)
        made = _subscription(connection.execute(statement).mappings().one())
        write(connection, made.id, [challenge])
    return made


def find(store: Store, capability: str) -> Subscription:
    """A subscription by its capability.

    Raises:
        UnknownSubscription: there is none.
    """
    number = capability.partition(".")[0]
    query = select(subscriptions).where(subscriptions.c.id == number)
    with transaction(store.engine) as connection:
        row = connection.execute(query).mappings().first()
    found = None if row is None else _subscription(row)
    if found is None or not hmac.compare_digest(found.capability.encode(), capability.encode()):
        raise UnknownSubscription("no subscription has this address, or it was ended")
    return found


def list_subscriptions(store: Store, *, state: str | None = None) -> list[Subscription]:
    """All of them, or those in one state; the newest first."""
    query = select(subscriptions).order_by(subscriptions.c.created_at.desc())
    if state is not None:
        query = query.where(subscriptions.c.state == state)
    with transaction(store.engine) as connection:
        return [_subscription(row) for row in connection.execute(query).mappings()]


def end(store: Store, number: str, *, by: str = "") -> None:
    """Forget a subscription, with all that it was sent.

    Args:
        number: its id.
        by: the operator who ends it; empty: who subscribed.

    Raises:
        UnknownSubscription: there is none.
    """
    statement = delete(subscriptions).where(subscriptions.c.id == number)
    with transaction(store.engine) as connection:
        host = connection.execute(statement.returning(subscriptions.c.host)).scalar_one_or_none()
        if host is None:
            raise UnknownSubscription(f"no subscription {number!r}")
        if by:
            note(connection, by, "remove", f"subscription {number}", host)


def forget_old(store: Store) -> int:
    """Forget those that never confirmed, and those that are off for long; how many."""
    age = func.now() - subscriptions.c.changed_at
    old = (subscriptions.c.state == "waiting") & (age > CONFIRMED_WITHIN)
    old |= (subscriptions.c.state == "off") & (age > OFF_FOR)
    with transaction(store.engine) as connection:
        return connection.execute(delete(subscriptions).where(old)).rowcount


def _subscription(row: RowMapping) -> Subscription:
    return Subscription(**{**row, "kinds": tuple(row["kinds"])})
