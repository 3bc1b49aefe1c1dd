"""Registers: every version of every entry, who proposed it, who reviewed it, where it is shown.

Nothing here reaches readers by itself: a release shows what is accepted (``publish``).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from soc_monitor.errors import BadValue, NotAllowed, UnknownRecord
from soc_monitor.model import Record, Release
from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store
from soc_monitor.store.tables import audit, records, releases

_LOCK = 0x534F4347  # "SOCG": versions of entries are counted by one at a time


def _records() -> Select[Any]:
    first, last = releases.alias("first"), releases.alias("last")
    return (
        select(
            records,
            first.c.name.label("first_name"),
            first.c.published_at.label("published_at"),
            last.c.name.label("last_name"),
        )
        .outerjoin(first, first.c.seq == records.c.from_release)
        .outerjoin(last, last.c.seq == records.c.until_release)
    )


def _record(row: RowMapping) -> Record:
    return Record(
        register=row["register"],
        key=row["key"],
        version=row["version"],
        position=row["position"],
        body=row["body"],
        state=row["state"],
        gone=row["gone"],
        reason=row["reason"],
        proposed_by=row["proposed_by"],
        proposed_at=row["created_at"],
        reviewed_by=row["reviewed_by"],
        reviewed_at=row["reviewed_at"],
        from_release=row["first_name"],
        until_release=row["last_name"],
        published_at=row["published_at"],
    )


def published(store: Store, release: Release, *names: str) -> list[Record]:
    """The entries of some registers as a release has them, in their order."""
    query = _records().where(
        records.c.register.in_(names),
        records.c.from_release <= release.seq,
        or_(records.c.until_release.is_(None), records.c.until_release > release.seq),
    )
    query = query.order_by(records.c.register, records.c.position, records.c.key)
    with transaction(store.engine) as connection:
        return [_record(row) for row in connection.execute(query).mappings()]


def history(store: Store, register: str, key: str | None = None) -> list[Record]:
    """Every version of an entry, or of all, the newest first."""
    query = _records().where(records.c.register == register)
    if key is not None:
        query = query.where(records.c.key == key)
    query = query.order_by(records.c.created_at.desc(), records.c.key, records.c.version.desc())
    with transaction(store.engine) as connection:
        return [_record(row) for row in connection.execute(query).mappings()]


def changes(store: Store, release: Release, names: Sequence[str], limit: int = 50) -> list[Record]:
    """What releases up to this one have shown first, the newest first."""
    query = (
        _records()
        .where(records.c.register.in_(names), records.c.from_release <= release.seq)
        .order_by(records.c.from_release.desc(), records.c.register, records.c.key)
        .limit(limit)
    )
    with transaction(store.engine) as connection:
        return [_record(row) for row in connection.execute(query).mappings()]


def queue(store: Store) -> list[Record]:
    """What waits for review, the oldest first."""
    query = _records().where(records.c.state == "proposed")
    query = query.order_by(records.c.created_at, records.c.register, records.c.key)
    with transaction(store.engine) as connection:
        return [_record(row) for row in connection.execute(query).mappings()]


def waiting(store: Store, register: str) -> int:
    """How many entries of a register wait for review."""
    query = select(func.count()).where(
        records.c.register == register, records.c.state == "proposed"
    )
    with transaction(store.engine) as connection:
        found: int = connection.execute(query).scalar_one()
    return found


def propose(
    store: Store,
    register: str,
    entries: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    by: str,
    reason: str = "",
    gone: bool = False,
) -> dict[str, str]:
    """Propose new versions of entries, all or none of them.

    Args:
        register: which one.
        entries: (key, body); of a body that equals the newest one nothing is written.
        by: who proposes.
        reason: why; a change of what is published needs one.
        gone: the entries are to leave the register.

    Returns:
        What became of each key: ``new``, ``changed``, ``gone`` or ``same``.

    Raises:
        BadValue: a correction without a reason; an entry that is to go and is not there.
    """
    done = {}
    with transaction(store.engine) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        newest = _newest(connection, register)
        position = connection.execute(
            select(func.coalesce(func.max(records.c.position), -1)).where(
                records.c.register == register
            )
        ).scalar_one()
        for key, body in entries:
            known = newest.get(key)
            done[key] = _verdict(known, body, gone=gone)
            if done[key] == "same":
                continue
            if gone and known is None:
                raise BadValue(f"{register}: there is no {key!r}")
            if known is not None and known["state"] == "accepted" and not reason.strip():
                raise BadValue(f"{register} {key}: a correction needs a reason")
            position += known is None
            connection.execute(
                insert(records).values(
                    register=register,
                    key=key,
                    version=(known["version"] if known else 0) + 1,
                    position=known["position"] if known else position,
                    body=dict(known["body"]) if gone and known else dict(body),
                    live=False,
                    state="proposed",
                    gone=gone,
                    reason=reason,
                    proposed_by=by,
                    created_at=func.now(),
                )
            )
            note(connection, by, "propose", f"{register}/{key}", f"{done[key]} {reason}".strip())
    return done


def verdicts(
    store: Store, register: str, entries: Sequence[tuple[str, Mapping[str, Any]]]
) -> dict[str, str]:
    """What ``propose`` would make of each key; nothing is written."""
    with transaction(store.engine) as connection:
        newest = _newest(connection, register)
    return {key: _verdict(newest.get(key), body, gone=False) for key, body in entries}


def _newest(connection: Connection, register: str) -> dict[str, RowMapping]:
    """The newest version of every entry that was not turned down."""
    query = (
        select(records)
        .where(records.c.register == register)
        .order_by(records.c.key, records.c.version)
    )
    found: dict[str, RowMapping] = {}
    for row in connection.execute(query).mappings():
        known = found.get(row["key"])
        if row["state"] != "rejected" or known is None:
            found[row["key"]] = row
        else:
            # The number of a version that was turned down is not used again.
            found[row["key"]] = {**known, "version": row["version"]}  # type: ignore[assignment]  # read as a mapping alone
    return found


def _verdict(known: RowMapping | None, body: Mapping[str, Any], *, gone: bool) -> str:
    if gone:
        return "same" if known is not None and known["gone"] else "gone"
    if known is None or known["gone"] or known["state"] == "rejected":
        return "new"
    return "same" if known["body"] == dict(body) else "changed"


def accepted(store: Store) -> list[Record]:
    """What was accepted and is in no release yet, the oldest first."""
    query = _records().where(
        or_(
            and_(records.c.live, records.c.from_release.is_(None)),
            and_(
                records.c.state == "accepted",
                records.c.gone,
                records.c.from_release.is_(None),
                _still_shown(),
            ),
        )
    )
    query = query.order_by(records.c.reviewed_at, records.c.register, records.c.key)
    with transaction(store.engine) as connection:
        return [_record(row) for row in connection.execute(query).mappings()]


def _still_shown() -> ColumnElement[bool]:
    """Whether an older version of an entry is shown that no version in force stands behind."""
    other = records.alias("other")
    return exists().where(
        other.c.register == records.c.register,
        other.c.key == records.c.key,
        other.c.from_release.is_not(None),
        other.c.until_release.is_(None),
        ~other.c.live,
    )


def review(
    store: Store,
    register: str,
    key: str,
    version: int,
    *,
    by: str,
    accept: bool,
    reason: str = "",
    shown: bool = True,
) -> None:
    """Accept or turn down what another has proposed; the next release shows what is accepted.

    Args:
        shown: readers are to see it; what they suggest themselves is only settled.

    Raises:
        UnknownRecord: nothing of that name and version waits for review.
        NotAllowed: the reviewer is the one who proposed it.
        BadValue: turned down without a reason.
    """
    if not accept and not reason.strip():
        raise BadValue("what is turned down needs a reason")
    where = and_(records.c.register == register, records.c.key == key, records.c.version == version)
    with transaction(store.engine) as connection:
        row = connection.execute(select(records).where(where).with_for_update()).mappings().first()
        if row is None or row["state"] != "proposed":
            raise UnknownRecord(f"{register} {key} version {version} does not wait for review")
        _settle(connection, row, by=by, accept=accept, reason=reason, shown=shown)


def _settle(
    connection: Connection, row: RowMapping, *, by: str, accept: bool, reason: str, shown: bool
) -> None:
    """Accept or turn down a version that waits, and note it."""
    if row["proposed_by"] == by:
        raise NotAllowed(f"{by} has proposed it: another one reviews it")
    entry = and_(records.c.register == row["register"], records.c.key == row["key"])
    if accept:
        connection.execute(update(records).where(entry, records.c.live).values(live=False))
    connection.execute(
        update(records)
        .where(entry, records.c.version == row["version"])
        .values(
            state="accepted" if accept else "rejected",
            live=accept and shown and not row["gone"],
            reviewed_by=by,
            reviewed_at=func.now(),
        )
    )
    verb = "accept" if accept else "reject"
    subject = f"{row['register']}/{row['key']}"
    note(connection, by, verb, subject, f"version {row['version']} {reason}".strip())


def accept_all(
    store: Store, register: str, proposed_by: str, until: datetime, *, by: str, shown: bool = True
) -> int:
    """Accept what one person has proposed for a register, all or nothing of it.

    Args:
        store: where.
        register: which one.
        proposed_by: who.
        until: what was proposed later has not been looked at, and goes on waiting.
        by: who reviews.
        shown: as in ``review``.

    Returns:
        How many entries were accepted.

    Raises:
        NotAllowed: the reviewer is the one who proposed it.
    """
    query = select(records).where(
        records.c.register == register,
        records.c.state == "proposed",
        records.c.proposed_by == proposed_by,
        records.c.created_at <= until,
    )
    with transaction(store.engine) as connection:
        rows = connection.execute(query.with_for_update()).mappings().all()
        for row in sorted(rows, key=lambda one: (one["key"], one["version"])):
            _settle(connection, row, by=by, accept=True, reason="", shown=shown)
    return len(rows)


def undo(store: Store, register: str, key: str, version: int, *, by: str, reason: str) -> str:
    """Propose an older version of an entry again: an undo is reviewed like any change.

    Returns:
        What ``propose`` says of it.

    Raises:
        UnknownRecord: there is no such version.
    """
    found = [one for one in history(store, register, key) if one.version == version]
    if not found:
        raise UnknownRecord(f"{register} {key} has no version {version}")
    entry = (key, found[0].body)
    gone = found[0].gone
    return propose(store, register, [entry], by=by, reason=reason, gone=gone)[key]


def note(connection: Connection, actor: str, verb: str, subject: str, detail: str = "") -> None:
    """Write down who did what, in the transaction that does it."""
    connection.execute(
        insert(audit).values(
            at=func.now(), actor=actor, verb=verb, subject=subject, detail=detail[:2000]
        )
    )


def keep_note(store: Store, actor: str, verb: str, subject: str, detail: str = "") -> None:
    """Write down what was done elsewhere."""
    with transaction(store.engine) as connection:
        note(connection, actor, verb, subject, detail)


def list_audit(store: Store, *, limit: int = 100) -> list[dict[str, Any]]:
    """Who did what, the newest first."""
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    with transaction(store.engine) as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
