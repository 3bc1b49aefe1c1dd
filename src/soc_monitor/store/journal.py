"""Journal: what a run says while it is under way, so that an operator can follow it."""

import logging
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, text

from soc_monitor.errors import SocMonitorError
from soc_monitor.logs import current_run
from soc_monitor.store.desk import run_logs
from soc_monitor.store.engine import transaction
from soc_monitor.store.plain import plain
from soc_monitor.store.store import Store
from soc_monitor.store.tables import runs

MOST_LINES = 2_000
"""Of one run; what comes after goes to the log of the process alone."""
KEPT_DAYS = 90

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "run"}


class _Keeper(logging.Handler):
    """Writes what is logged inside of one run."""

    def __init__(self, store: Store, run_id: uuid.UUID) -> None:
        super().__init__(logging.INFO)
        self.store, self.run_id, self.lines = store, run_id, 0

    def emit(self, record: logging.LogRecord) -> None:
        if current_run() != str(self.run_id) or self.lines >= MOST_LINES:
            return
        self.lines += 1
        detail = {k: _told(v) for k, v in vars(record).items() if k not in _STANDARD}
        row = {
            "run_id": self.run_id,
            "n": self.lines,
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "event": plain(record.getMessage())[:500],
            "detail": detail,
        }
        try:
            with transaction(self.store.engine) as connection:
                connection.execute(insert(run_logs).values(row))
        except SocMonitorError:
            # The process's own log has the line; a run does not fail for want of an onlooker.
            self.handleError(record)


def _told(value: object) -> object:
    if isinstance(value, bool | int | float) or value is None:
        return value
    return plain(str(value))


@contextmanager
def recording(store: Store, run_id: uuid.UUID) -> Iterator[None]:
    """Keep what is logged by a run, for as long as the block lasts."""
    ours, keeper = logging.getLogger("soc_monitor"), _Keeper(store, run_id)
    with transaction(store.engine) as connection:
        # A run that is taken up again begins its journal anew.
        connection.execute(delete(run_logs).where(run_logs.c.run_id == run_id))
    if ours.getEffectiveLevel() > logging.INFO:
        ours.setLevel(logging.INFO)
    ours.addHandler(keeper)
    try:
        yield
    finally:
        ours.removeHandler(keeper)


def read_lines(store: Store, run_id: uuid.UUID, *, after: int = 0) -> list[Mapping[str, Any]]:
    """What a run said, oldest first, after the line of a number."""
    query = (
        select(run_logs)
        .where(run_logs.c.run_id == run_id, run_logs.c.n > after)
        .order_by(run_logs.c.n)
    )
    with transaction(store.engine) as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def forget_old(store: Store) -> int:
    """Remove journals of runs that began long ago; how many lines went."""
    old = select(runs.c.id).where(
        runs.c.started_at < func.now() - text(f"interval '{KEPT_DAYS} days'")
    )
    with transaction(store.engine) as connection:
        gone = connection.execute(delete(run_logs).where(run_logs.c.run_id.in_(old)))
    return gone.rowcount
