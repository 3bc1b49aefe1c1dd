"""Service days: checks of the service itself, kept day by day."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from soc_monitor.model import ServiceDay
from soc_monitor.store import watch
from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store
from soc_monitor.store.tables import service_days


def note_check(
    store: Store,
    at: datetime,
    states: Mapping[watch.Part, str],
    *,
    answered: bool,
    inputs: int,
    fresh: int,
) -> bool:
    """Add one check to its day, whole or not at all; False: this turn is known, or not yet there.

    Args:
        at: the turn that it was made in, UTC.
        states: of every part of the service and every input that was looked at.
        answered: whether a public page did.
        inputs: live inputs there are.
        fresh: of them, young enough.
    """
    row = insert(service_days).values(
        day=at.date(), checks=1, answered=int(answered), inputs=inputs, fresh=fresh
    )
    table, new = service_days.c, row.excluded
    row = row.on_conflict_do_update(
        index_elements=["day"],
        set_={name: table[name] + new[name] for name in ("checks", "answered", "inputs", "fresh")},
    )
    with transaction(store.engine) as connection:
        if not watch.add(connection, at, states):
            return False
        connection.execute(row)
        return True


def days_before(store: Store, day: date, count: int = 90) -> list[ServiceDay]:
    """The days that have ended before a day, the oldest first; those without a check are left out.

    Args:
        day: the first that is left out: of a day that goes on nothing is final.
        count: how far back [days].
    """
    query = (
        select(service_days)
        .where(service_days.c.day < day, service_days.c.day >= day - timedelta(days=count))
        .order_by(service_days.c.day)
    )
    with transaction(store.engine) as connection:
        return [ServiceDay(**row) for row in connection.execute(query).mappings()]
