"""Exports: long files that are asked for once, made once and kept for a while.

Who makes a file holds its row by a lease that runs out: one that was killed is taken over.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from soc_monitor.errors import TooOften, UnknownExport
from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store
from soc_monitor.store.tables import exports

KEPT = timedelta(days=7)
PAUSE = timedelta(minutes=10)
"""Before an export that failed is tried again."""
LEASE_S = 60
MOST_TRIES = 3
MOST_PENDING = 50
"""Exports that wait or are being made at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file that is asked for."""

    id: str
    address: str
    body: bytes | None
    name: str
    media_type: str
    state: str
    """``waiting``, ``running``, ``done`` or ``failed``."""
    done: int
    total: int
    tries: int
    detail: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime
    bytes: int | None
    sha256: str | None


_COLUMNS = tuple(exports.c[name] for name in Export.__dataclass_fields__)


def ask(
    store: Store,
    export_id: str,
    *,
    address: str,
    name: str,
    media_type: str,
    total: int,
    body: bytes | None = None,
    anew: bool = False,
) -> Export:
    """An export by what it is: the one that is there, or a new one.

    One that failed a while ago is tried again, and so is one whose file was lost (``anew``).

    Raises:
        TooOften: too many are waiting.
    """
    values = {
        "address": address,
        "body": body,
        "name": name,
        "media_type": media_type,
        "state": "waiting",
        "total": total,
        "created_at": func.now(),
        "expires_at": func.now() + KEPT,
    }
    again = {**values, "done": 0, "tries": 0, "detail": "", "lease_until": None}
    with transaction(store.engine) as connection:
        pending = connection.execute(
            select(func.count())
            .select_from(exports)
            .where(exports.c.state.in_(("waiting", "running")), exports.c.id != export_id)
        ).scalar_one()
        if pending >= MOST_PENDING:
            raise TooOften(f"{pending} exports are waiting: ask again later")
        statement = upsert(exports).values(id=export_id, **values)
        failed = (exports.c.state == "failed") & (exports.c.ended_at < func.now() - PAUSE)
        over = failed | (exports.c.expires_at < func.now())
        if anew:
            over |= exports.c.state == "done"
        connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=again, where=over)
        )
        return _find(connection, export_id)


def pending(store: Store, ids: Collection[str]) -> frozenset[str]:
    """Those of some exports that wait or are being made."""
    query = select(exports.c.id).where(
        exports.c.id.in_(ids),
        exports.c.state.in_(("waiting", "running")),
        exports.c.expires_at > func.now(),
    )
    with transaction(store.engine) as connection:
        return frozenset(connection.execute(query).scalars())


def find(store: Store, export_id: str) -> Export:
    """An export by its id.

    Raises:
        UnknownExport: there is none, or it is kept no longer.
    """
    with transaction(store.engine) as connection:
        return _find(connection, export_id)


def _find(connection: Any, export_id: str) -> Export:
    query = select(*_COLUMNS).where(exports.c.id == export_id, exports.c.expires_at > func.now())
    row = connection.execute(query).mappings().first()
    if row is None:
        raise UnknownExport(f"no export {export_id!r}", hint="Ask for its address again.")
    return _export(row)


def _export(row: RowMapping) -> Export:
    return Export(**row)


_CLAIM = f"""
UPDATE app.exports SET state = 'running', tries = tries + 1, done = 0,
    started_at = now(), lease_until = now() + interval '{LEASE_S} seconds'
WHERE id = (
    SELECT id FROM app.exports
    WHERE (state = 'waiting' OR (state = 'running' AND lease_until < now()))
      AND expires_at > now()
    ORDER BY created_at FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING *
"""  # noqa: S608  # a number of ours


def claim(store: Store) -> Export | None:
    """The export that waits longest, or whose maker has died; None: there is nothing to make.

    One that was begun too often has killed its maker each time: it fails.
    """
    with transaction(store.engine) as connection:
        row = connection.execute(text(_CLAIM)).mappings().first()
        if row is None:
            return None
        found = Export(**{name: row[name] for name in Export.__dataclass_fields__})
        if found.tries <= MOST_TRIES:
            return found
        _end(connection, found, state="failed", detail="It was begun too often without an end.")
    return claim(store)


def renew(store: Store, export: Export, *, done: int) -> bool:
    """Tell how far it is, and hold it for longer; False: another holds it by now."""
    lease = func.now() + timedelta(seconds=LEASE_S)
    return _set(store, export, {"done": done, "lease_until": lease})


def finish(store: Store, export: Export, *, size: int, sha256: str) -> bool:
    """The file is there, whole; False: another holds the export by now."""
    ended = {"state": "done", "done": export.total, "bytes": size, "sha256": sha256}
    ended |= {"body": None}  # what was sent is kept no longer than it is needed
    kept = {"ended_at": func.now(), "expires_at": func.now() + KEPT}
    return _set(store, export, {**ended, **kept})


def fail(store: Store, export: Export, detail: str) -> bool:
    """It cannot be made, and why, in words for its reader."""
    with transaction(store.engine) as connection:
        return _end(connection, export, state="failed", detail=detail)


def _end(connection: Any, export: Export, **values: Any) -> bool:
    found = connection.execute(_mine(export).values(ended_at=func.now(), **values))
    return bool(found.rowcount)


def _set(store: Store, export: Export, values: Mapping[str, Any]) -> bool:
    with transaction(store.engine) as connection:
        return bool(connection.execute(_mine(export).values(**values)).rowcount)


def _mine(export: Export) -> Any:
    """The row, as long as nobody else has begun it again."""
    return update(exports).where(
        exports.c.id == export.id, exports.c.tries == export.tries, exports.c.state == "running"
    )


def expire(store: Store) -> set[str]:
    """Forget what was kept long enough; the ids that are still known."""
    with transaction(store.engine) as connection:
        connection.execute(delete(exports).where(exports.c.expires_at < func.now()))
        return set(connection.execute(select(exports.c.id)).scalars())
