"""Watch: what checks found of each part of the service and each input, kept by day."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, select, text

from soc_monitor.model.watch import BAD, WINDOW_DAYS, Checks, Kind
from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store
from soc_monitor.store.tables import watched_days

Part = tuple[Kind, str]

# A part that was looked at in this very turn, or in a later one, is left as it is: a turn that is
# taken up again counts once.
_ADD = text("""
INSERT INTO app.watched_days AS kept (kind, part, day, state, checks, began, seen)
SELECT new.kind, new.part, :day, new.state, 1,
       (new.state = ANY(:bad) AND coalesce(was.state <> ALL(:bad), true))::int, :at
FROM unnest(CAST(:kinds AS text[]), CAST(:parts AS text[]), CAST(:states AS text[]))
     AS new (kind, part, state)
LEFT JOIN LATERAL (
    SELECT w.state, w.seen FROM app.watched_days w
    WHERE (w.kind, w.part) = (new.kind, new.part) ORDER BY w.seen DESC LIMIT 1
) AS was ON true
WHERE was.seen IS NULL OR was.seen < :at
ON CONFLICT (kind, part, day, state) DO UPDATE
SET checks = kept.checks + 1, began = kept.began + excluded.began, seen = excluded.seen
WHERE kept.seen < excluded.seen
""")


def add(connection: Connection, at: datetime, states: Mapping[Part, str]) -> int:
    """Add what one check found; how many parts it was new for. What is too old is let go.

    Args:
        connection: in a transaction of the caller's.
        at: the turn that the check was due in: the same one counts once.
        states: of every part that was looked at.
    """
    kinds, parts = [str(kind) for kind, _ in states], [part for _, part in states]
    asked = {"day": at.date(), "at": at, "bad": sorted(BAD), "kinds": kinds, "parts": parts,
             "states": [str(state) for state in states.values()]}  # fmt: skip
    added = connection.execute(_ADD, asked).rowcount
    connection.execute(delete(watched_days).where(watched_days.c.day < first_day(at.date())))
    return added


def first_day(today: date) -> date:
    """The first day that is told of, and kept."""
    return today - timedelta(days=WINDOW_DAYS - 1)


def read(store: Store, today: date) -> list[Checks]:
    """What was found in the last 90 days, this one included."""
    query = select(watched_days).where(watched_days.c.day >= first_day(today))
    with transaction(store.engine) as connection:
        rows = connection.execute(query).mappings()
        return [Checks(**{**row, "kind": Kind(row["kind"])}) for row in rows]
