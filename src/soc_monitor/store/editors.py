"""Editors: keys by which somebody proposes, reviews or asks more; only a hash of each is stored."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import RowMapping, func, insert, select, update

from soc_monitor.errors import BadValue, NotAllowed, UnknownRecord
from soc_monitor.store.engine import transaction
from soc_monitor.store.registers import note
from soc_monitor.store.store import Store
from soc_monitor.store.tables import editors

ANALYST = "analyst"
ROLES = ("editor", "reviewer", "operator", ANALYST)
"""An editor proposes; a reviewer also reviews what others have proposed, and publishes; an
operator runs jobs, and neither proposes nor reviews; an analyst may ask more often than who has no
key, as all the others may, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """A key as it is stored."""

    id: str
    owner: str
    role: str
    registers: tuple[str, ...]
    """Those it is for; empty: all."""
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def create(
    store: Store,
    owner: str,
    role: str,
    *,
    registers: tuple[str, ...] = (),
    days: int = 365,
    by: str = "operator",
) -> str:
    """Make a key; who makes it is written down.

    Returns:
        The key itself, 256 random bits: told once and stored nowhere.

    Raises:
        BadValue: no owner, a role that is none, or a key that would not hold a day.
    """
    if not owner.strip() or role not in ROLES or not 1 <= days <= 3660:
        raise BadValue("a key has an owner, a role, and holds for 1 to 3660 days", allowed=ROLES)
    key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    with transaction(store.engine) as connection:
        connection.execute(
            insert(editors).values(
                id=key_id,
                owner=owner.strip(),
                role=role,
                registers=list(registers),
                sha256=_digest(secret),
                created_at=func.now(),
                expires_at=datetime.now(UTC) + timedelta(days=days),
            )
        )
        note(connection, by, "create key", key_id, f"{role} for {owner.strip()}")
    return f"soc_{key_id}_{secret}"


def _digest(secret: str) -> str:
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()


def identify(
    store: Store,
    key: str,
    *,
    register: str = "",
    reviews: bool = False,
    role: str = "",
) -> Editor:
    """Whose key it is, when it allows what is asked.

    Args:
        store: where keys are.
        key: as it was told when it was made.
        register: proposes to it.
        reviews: reviews and publishes.
        role: has this very role.

    Raises:
        NotAllowed: unknown, revoked or expired; not for that register; not for reviewing.
    """
    return allow(holder(store, key), register=register, reviews=reviews, role=role)


def holder(store: Store, key: str) -> Editor:
    """Whose key it is, when it still holds: whatever it allows.

    Raises:
        NotAllowed: unknown, revoked or expired.
    """
    head, _, rest = key.strip().partition("_")
    key_id, _, secret = rest.partition("_")
    row = _row(store, key_id)
    known = "" if row is None else row["sha256"]
    same = hmac.compare_digest(known, _digest(secret)) and head == "soc"
    if row is None or not same:
        raise NotAllowed("the key is not known", hint="soc-monitor keys create makes one")
    return _valid(row)


def find(store: Store, key_id: str) -> Editor:
    """Whose key has this id, when it still holds: for who has shown the key itself before.

    Raises:
        NotAllowed: there is none, or it holds no more.
    """
    row = _row(store, key_id)
    if row is None:
        raise NotAllowed("the key is not known")
    return _valid(row)


def allow(found: Editor, *, register: str = "", reviews: bool = False, role: str = "") -> Editor:
    """The same editor, when their key allows what is asked.

    Raises:
        NotAllowed: another role, not for that register, or not for reviewing.
    """
    if found.role == ANALYST:
        raise NotAllowed(f"key {found.id} is an analyst's: it raises limits, and opens nothing")
    if role and found.role != role:
        raise NotAllowed(f"key {found.id} is no {role}'s", allowed=(role,))
    foreign = found.registers and register not in found.registers
    if register and (foreign or found.role == "operator"):
        raise NotAllowed(f"key {found.id} is not for {register}", allowed=found.registers)
    if reviews and found.role != "reviewer":
        raise NotAllowed(f"key {found.id} is an {found.role}'s: it reviews nothing")
    return found


def _row(store: Store, key_id: str) -> RowMapping | None:
    with transaction(store.engine) as connection:
        return connection.execute(select(editors).where(editors.c.id == key_id)).mappings().first()


def _valid(row: RowMapping) -> Editor:
    found = _editor(row)
    if found.revoked_at is not None or found.expires_at <= datetime.now(UTC):
        raise NotAllowed(f"key {found.id} was revoked or has expired")
    return found


def list_keys(store: Store) -> list[Editor]:
    """Every key, the newest first."""
    with transaction(store.engine) as connection:
        rows = connection.execute(select(editors).order_by(editors.c.created_at.desc())).mappings()
        return [_editor(row) for row in rows]


def revoke(store: Store, key_id: str, *, by: str = "operator") -> None:
    """End a key now; who ends it is written down.

    Raises:
        UnknownRecord: there is none with this id.
    """
    with transaction(store.engine) as connection:
        done = connection.execute(
            update(editors)
            .where(editors.c.id == key_id, editors.c.revoked_at.is_(None))
            .values(revoked_at=func.now())
        )
        if done.rowcount != 1:
            raise UnknownRecord(f"no key {key_id!r} that holds")
        note(connection, by, "revoke key", key_id)


def _editor(row: RowMapping) -> Editor:
    return Editor(
        id=row["id"],
        owner=row["owner"],
        role=row["role"],
        registers=tuple(row["registers"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )
