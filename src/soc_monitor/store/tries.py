"""Tries: how the newest runs of a computation have ended, and whether another one is due."""

from dataclasses import dataclass
from itertools import takewhile

from sqlalchemy import Row, func, select

from soc_monitor.model import RunState
from soc_monitor.store.engine import transaction
from soc_monitor.store.runs import BESIDE, LEASE_S, PAUSES_S
from soc_monitor.store.store import Store
from soc_monitor.store.tables import runs

_RESTS_S = (0, *PAUSES_S)
"""Pause after so many runs in a row that failed [s]; one whose process died is no reason to wait
the first time."""
_FAILED = frozenset({RunState.FAILED, RunState.CANCELLED, RunState.ABANDONED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How the newest runs of a job in one version have ended."""

    ended: bool
    """Whether the newest has come to its end: what it makes is there."""
    due: bool
    """Whether another one may begin: none is under way, and after a failure it has rested."""


def newest_tries(store: Store, job_id: str, version: str | None = None) -> Tries | None:
    """How a job fares in a version; None: its newest run is of another one, or there is none.

    Args:
        store: where.
        job_id: of the runs.
        version: of them; None: that of the newest run, whichever it is.
    """
    last = func.coalesce(runs.c.ended_at, runs.c.heartbeat_at)
    ago = func.extract("epoch", func.now() - last).label("ago")
    query = (
        select(runs.c.state, runs.c.job_version, ago)
        .where(runs.c.job_id == job_id, ~runs.c.job_version.regexp_match(BESIDE))
        .order_by(runs.c.started_at.desc())
        .limit(len(_RESTS_S))
    )
    with transaction(store.engine) as connection:
        rows = connection.execute(query).all()
    if not rows:
        return None
    asked = rows[0].job_version if version is None else version
    own = list(takewhile(lambda row: row.job_version == asked, rows))
    if not own:
        return None
    newest = own[0]
    if newest.state == RunState.RUNNING and not _is_dead(newest):
        return Tries(ended=False, due=False)
    bad = sum(1 for _ in takewhile(lambda row: row.state in _FAILED or _is_dead(row), own))
    rest = _RESTS_S[min(max(bad - _is_dead(newest), 0), len(PAUSES_S))]
    return Tries(ended=bad == 0, due=newest.ago >= rest)


def _is_dead(row: Row[tuple[str, str, float]]) -> bool:
    """Whether a run is under way by its row, and has given no sign for too long."""
    return bool(row.state == RunState.RUNNING and row.ago > LEASE_S)
