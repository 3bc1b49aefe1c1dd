"""Work: how runs, alerts and exports stand, in numbers, for an operator's monitoring."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import QueuePool, text

from soc_monitor.store import control
from soc_monitor.store.engine import transaction
from soc_monitor.store.runs import BESIDE
from soc_monitor.store.store import Store

_RUNNING = "SELECT job_id, count(*) AS n FROM app.runs WHERE ended_at IS NULL GROUP BY job_id"
_LAST = """
SELECT DISTINCT ON (job_id) job_id, state, extract(epoch FROM ended_at - started_at)::float8 AS s
FROM app.runs WHERE ended_at IS NOT NULL AND job_version !~ :beside ORDER BY job_id, due_at DESC
"""
_OPEN = "SELECT severity, count(*) AS n FROM app.alerts WHERE ended_at IS NULL GROUP BY severity"
_EXPORTS = "SELECT state, count(*) AS n FROM app.exports GROUP BY state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is done, and what waits."""

    running: dict[str, int]
    """Job -> runs in progress."""
    last: dict[str, tuple[str, float]]
    """Job -> state of its last run that ended, and how long it took [s]."""
    alerts: dict[str, int]
    """Severity -> causes that are not over."""
    exports: dict[str, int]
    """State -> exports that are kept."""
    worker_seen: datetime | None
    """None: none ever lived."""
    connections: int | None
    """Of this process to the database, in use; None: they are not counted."""


def work_of(store: Store) -> Work:
    """How the work stands now."""
    with transaction(store.engine) as connection:
        running = {row.job_id: row.n for row in connection.execute(text(_RUNNING))}
        last = {
            row.job_id: (row.state, row.s)
            for row in connection.execute(text(_LAST), {"beside": BESIDE})
        }
        alerts = {row.severity: row.n for row in connection.execute(text(_OPEN))}
        exports = {row.state: row.n for row in connection.execute(text(_EXPORTS))}
    pool = store.engine.pool
    return Work(
        running=running,
        last=last,
        alerts=alerts,
        exports=exports,
        worker_seen=control.worker_seen(store),
        connections=pool.checkedout() if isinstance(pool, QueuePool) else None,
    )
