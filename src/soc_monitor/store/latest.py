"""Latest: which release readers see when they name none, and whether an operator holds it there.

A release is never taken back: who has pinned it goes on reading it. What can be taken back is that
it is the one all others see. While ``latest`` is held, new releases are made as ever, and wait.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from soc_monitor.errors import BadValue, NothingPublished, UnknownRelease
from soc_monitor.store.engine import transaction
from soc_monitor.store.registers import note
from soc_monitor.store.store import Store
from soc_monitor.store.tables import pointers, releases

_NAME = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where ``latest`` stands."""

    release: str
    newest: str
    """The newest release there is: another one while ``latest`` is held."""
    held_by: str | None
    held_at: datetime | None
    reason: str


def standing(store: Store) -> Standing:
    """Where ``latest`` stands.

    Raises:
        NothingPublished: there is no release yet.
    """
    query = (
        select(releases.c.name, pointers.c.held_by, pointers.c.held_at, pointers.c.reason)
        .join(pointers, pointers.c.release == releases.c.seq)
        .where(pointers.c.name == _NAME)
    )
    with transaction(store.engine) as connection:
        row = connection.execute(query).one_or_none()
        if row is None:
            raise NothingPublished("there is no release yet")
        _, newest = _newest(connection)
        return Standing(
            release=row.name,
            newest=newest,
            held_by=row.held_by,
            held_at=row.held_at,
            reason=row.reason,
        )


def hold(store: Store, name: str, by: str, reason: str) -> None:
    """Have readers see a release until ``follow`` is called, whatever is published meanwhile.

    Args:
        name: of the release: an older one, or the one that they see.
        by: who holds it.
        reason: why, in words; it is told to readers.

    Raises:
        BadValue: no reason is given.
        UnknownRelease: there is none of this name.
    """
    if not reason.strip():
        raise BadValue("a reason is needed: readers are told why")
    with transaction(store.engine) as connection:
        _locked(connection)
        seq = connection.execute(
            select(releases.c.seq).where(releases.c.name == name)
        ).scalar_one_or_none()
        if seq is None:
            raise UnknownRelease(f"no release {name!r}", hint="release list names them")
        values = {"release": seq, "held_by": by, "held_at": func.now(), "reason": reason.strip()}
        connection.execute(update(pointers).where(pointers.c.name == _NAME).values(values))
        note(connection, by, "release rollback", name, reason.strip())


def follow(store: Store, by: str) -> bool:
    """Have readers see the newest release, and each that is published from here on.

    Returns:
        Whether ``latest`` was held.

    Raises:
        NothingPublished: there is no release yet.
    """
    with transaction(store.engine) as connection:
        held = _locked(connection)
        if held is None:
            return False
        seq, name = _newest(connection)
        values = {"release": seq, "held_by": None, "held_at": None, "reason": ""}
        connection.execute(update(pointers).where(pointers.c.name == _NAME).values(values))
        note(connection, by, "release publish", name)
    return True


def move(connection: Connection, seq: int) -> None:
    """Let ``latest`` be a release that was just made, unless it is held."""
    connection.execute(
        upsert(pointers)
        .values(name=_NAME, release=seq)
        .on_conflict_do_update(
            index_elements=["name"], set_={"release": seq}, where=pointers.c.held_by.is_(None)
        )
    )


def _locked(connection: Connection) -> str | None:
    """Who holds ``latest``; nobody else moves it until the transaction has ended."""
    query = select(pointers.c.held_by).where(pointers.c.name == _NAME).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NothingPublished("there is no release yet")
    by: str | None = row.held_by
    return by


def _newest(connection: Connection) -> tuple[int, str]:
    query = select(releases.c.seq, releases.c.name).order_by(releases.c.seq.desc()).limit(1)
    row = connection.execute(query).one()
    return row.seq, row.name
