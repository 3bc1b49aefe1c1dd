"""Watch: what checks found of each part of the service and each input, kept by day."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, select, text

from soc_monitor.model.watch import BAD, EVERY, WINDOW_DAYS, Checks, Kind
from soc_monitor.store.engine import one_look, transaction
from soc_monitor.store.store import Store
from soc_monitor.store.tables import watched_days

Part = tuple[Kind, str]

_LOCK = 0x534F4348  # "SOCH": looks are added by one at a time
AHEAD = timedelta(minutes=1)
"""By so much the clock of who looked may be ahead of the database's."""

_NOW = text("SELECT now()")
_KNOWN = text("SELECT EXISTS (SELECT 1 FROM app.watched_days WHERE seen >= :at)")
# The database's clock was ahead, too: what it kept is of now at the latest.
_HEAL = text("UPDATE app.watched_days SET seen = :before WHERE seen > :most")
_ADD = text("""
INSERT INTO app.watched_days AS kept (kind, part, day, state, checks, began, seen)
SELECT new.kind, new.part, :day, new.state, 1,
       (new.state = ANY(:bad) AND coalesce(was.state <> ALL(:bad), true))::int, :at
FROM unnest(CAST(:kinds AS text[]), CAST(:parts AS text[]), CAST(:states AS text[]))
     AS new (kind, part, state)
LEFT JOIN LATERAL (
    SELECT w.state FROM app.watched_days w
    WHERE (w.kind, w.part) = (new.kind, new.part) ORDER BY w.seen DESC LIMIT 1
) AS was ON true
ON CONFLICT (kind, part, day, state) DO UPDATE
SET checks = kept.checks + 1, began = kept.began + excluded.began, seen = excluded.seen
""")


def add(connection: Connection, at: datetime, states: Mapping[Part, str]) -> bool:
    """Add what one look found, and let go what is too old. Only the database's clock is believed.

    Args:
        connection: in a transaction of the caller's.
        at: the turn that it was made in: each counts once, whoever looks.
        states: of every part that was looked at.

    Returns:
        Whether it was added; not if this turn or a later one was, or if it has yet to come.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    now: datetime = connection.execute(_NOW).scalar_one()
    if at > now + AHEAD:
        return False
    days = watched_days.c.day
    connection.execute(delete(watched_days).where(~days.between(first_day(now.date()), now.date())))
    connection.execute(_HEAL, {"before": at - EVERY, "most": now + AHEAD})
    if not states or connection.execute(_KNOWN, {"at": at}).scalar_one():
        return False
    kinds, parts = [str(kind) for kind, _ in states], [part for _, part in states]
    asked = {"day": at.date(), "at": at, "bad": sorted(BAD), "kinds": kinds, "parts": parts,
             "states": [str(state) for state in states.values()]}  # fmt: skip
    connection.execute(_ADD, asked)
    return True


def moment(store: Store) -> datetime:
    """Now, by the clock of the database."""
    with one_look(store.engine) as connection:
        now: datetime = connection.execute(_NOW).scalar_one()
        return now


def clock_turned(store: Store) -> datetime | None:
    """When the clock of the queue last turned; None: never yet.

    It does not turn while a turn of it waits, so that this tells of who does the work, too.
    """
    query = text(
        "SELECT to_timestamp(max(defer_timestamp)) FROM queue.procrastinate_periodic_defers"
        " WHERE task_name = 'tick' AND to_timestamp(defer_timestamp) <= now() + :ahead"
    )
    with one_look(store.engine) as connection:
        turned: datetime | None = connection.execute(query, {"ahead": AHEAD}).scalar_one()
        return turned


def first_day(today: date) -> date:
    """The first day that is told of, and kept."""
    return today - timedelta(days=WINDOW_DAYS - 1)


def read(store: Store, today: date) -> list[Checks]:
    """What was found in the last 90 days, this one included."""
    query = select(watched_days).where(watched_days.c.day.between(first_day(today), today))
    with transaction(store.engine) as connection:
        rows = connection.execute(query).mappings()
        return [Checks(**{**row, "kind": Kind(row["kind"])}) for row in rows]
