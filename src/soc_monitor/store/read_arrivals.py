"""Arrivals: what an input has brought, file by file, and what of its series is not there."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from soc_monitor.model.cube import Freq
from soc_monitor.model.gaps import gaps
from soc_monitor.store.engine import transaction
from soc_monitor.store.refusals import AWAY, UNREACHABLE
from soc_monitor.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A file that was taken."""

    item: str
    arrived_at: datetime
    bytes: int
    sha256: str
    first: date | None
    """First and last day of the slices that were read from it; None: it has none, or all of them
    are withdrawn."""
    last: date | None
    gone_since: datetime | None
    """When its source was first seen to offer it no longer; None: it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Months or years of a variable that are not there, between others that are.

    They never came, or were refused, or were taken back.
    """

    variable: str
    freq: Freq
    first: date
    """First day of the first period that is missing."""
    last: date
    """First day of the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """What came and was not taken, by the rule that it broke."""

    rule: str
    files: int
    """Some of them may have come again since, and been taken."""
    newest: datetime


_ARRIVALS = text("""
WITH newest AS (
    SELECT id, key, fetched_at, bytes, sha256, gone_since FROM app.items
    WHERE feed_id = :feed ORDER BY fetched_at DESC, key LIMIT :most
), observed AS (
    SELECT l.item_id, min(s.period) AS first, max(s.period_end) AS last
    FROM app.slice_items l JOIN app.slices s ON s.id = l.slice_id
    WHERE l.item_id = ANY(ARRAY(SELECT id FROM newest)) AND s.retracted IS NULL
    GROUP BY l.item_id
)
SELECT n.key AS item, n.fetched_at AS arrived_at, n.bytes, n.sha256, o.first, o.last, n.gone_since
FROM newest n LEFT JOIN observed o ON o.item_id = n.id
ORDER BY n.fetched_at DESC, n.key
""")
_PERIODS = text("""
SELECT DISTINCT c.variable, f.freq, s.period
FROM app.items i
JOIN app.slice_items l ON l.item_id = i.id
JOIN app.slices s ON s.id = l.slice_id
JOIN app.cubes c ON c.id = s.cube_id
JOIN app.cube_forms f ON f.id = s.form_id
WHERE i.feed_id = :feed AND s.retracted IS NULL
""")
_REFUSALS = text("""
SELECT rule, count(DISTINCT item_key) AS files, max(at) AS newest FROM app.rejections
WHERE feed_id = :feed AND rule <> ALL(:away) GROUP BY rule ORDER BY max(at) DESC, rule
""")


def arrivals(store: Store, feed_id: str, most: int) -> list[Arrival]:
    """The newest files of a feed, the newest first."""
    with transaction(store.engine) as connection:
        rows = connection.execute(_ARRIVALS, {"feed": feed_id, "most": most}).mappings()
        return [Arrival(**row) for row in rows]


def missing(store: Store, feed_id: str) -> list[Gap]:
    """Gaps of every gridded variable of a feed, the newest first."""
    known: dict[tuple[str, Freq], list[date]] = defaultdict(list)
    with transaction(store.engine) as connection:
        for row in connection.execute(_PERIODS, {"feed": feed_id}):
            known[row.variable, Freq(row.freq)].append(row.period)
    found = [
        Gap(variable=variable, freq=freq, first=first, last=last)
        for (variable, freq), periods in known.items()
        for first, last in gaps(periods, freq)
    ]
    return sorted(found, key=lambda one: (one.last, one.variable), reverse=True)


def refusals(store: Store, feed_id: str) -> list[Refusals]:
    """What a feed sent that was not taken, by rule, the newest first."""
    asked = {"feed": feed_id, "away": [UNREACHABLE, AWAY]}
    with transaction(store.engine) as connection:
        rows = connection.execute(_REFUSALS, asked).mappings()
        return [Refusals(**row) for row in rows]
