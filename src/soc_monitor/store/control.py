"""Control: what an operator tells the runs: pause, go on, stop."""

import uuid

from sqlalchemy import func, select, text, update

from soc_monitor.errors import UnknownRun
from soc_monitor.model import RunState
from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store
from soc_monitor.store.tables import feeds, leases, runs


def set_paused(store: Store, job_id: str, *, paused: bool) -> bool:
    """Pause a job that has been registered, or let it go on; False: it was so already."""
    with transaction(store.engine) as connection:
        changed = connection.execute(
            update(feeds)
            .where(feeds.c.id == job_id, feeds.c.paused != paused)
            .values(paused=paused)
        )
        return changed.rowcount == 1


def is_paused(store: Store, job_id: str) -> bool:
    """Whether an operator has paused a job."""
    query = select(feeds.c.paused).where(feeds.c.id == job_id)
    with transaction(store.engine) as connection:
        return bool(connection.execute(query).scalar_one_or_none())


def cancel(store: Store, run_id: uuid.UUID) -> bool:
    """Stop a run: its lease is taken from it, so it can publish nothing more from this moment.

    The process that does it notices between two items, or when it next writes.

    Returns:
        False: the run had ended before.

    Raises:
        UnknownRun: there is none with this id.
    """
    with transaction(store.engine) as connection:
        row = connection.execute(
            select(runs.c.job_id, runs.c.state).where(runs.c.id == run_id).with_for_update()
        ).first()
        if row is None:
            raise UnknownRun(str(run_id))
        if row.state != RunState.RUNNING:
            return False
        number = connection.execute(
            update(leases)
            .where(leases.c.job_id == row.job_id, leases.c.run_id == run_id)
            .values(number=leases.c.number + 1)
            .returning(leases.c.number)
        ).scalar_one()
        # Under the new number, so that the end which the process writes does not count.
        connection.execute(
            update(runs)
            .where(runs.c.id == run_id)
            .values(
                state=RunState.CANCELLED,
                lease=number,
                ended_at=func.now(),
                detail="stopped by an operator",
            )
        )
    return True


def kept_aside(store: Store, run_id: uuid.UUID) -> list[dict[str, object]]:
    """What a run refused: items and readings, oldest first."""
    query = text(
        "SELECT at, item_key AS what, rule, found FROM app.rejections WHERE run_id = :run "
        "UNION ALL SELECT at, concat_ws(' ', station, variable, raw), rule, found "
        "FROM app.quarantine WHERE run_id = :run ORDER BY 1, 2"
    )
    with transaction(store.engine) as connection:
        return [dict(row) for row in connection.execute(query, {"run": run_id}).mappings()]
