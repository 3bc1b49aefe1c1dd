"""Refusals: what is known of items that could not be had, or not be taken."""

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, insert, select, text, tuple_, update

from soc_monitor.store.engine import transaction
from soc_monitor.store.plain import plain
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store
from soc_monitor.store.tables import rejections, runs

UNREACHABLE, AWAY = "unreachable", "away"
"""Rules of an item that its source did not give: while it gave others, and while it gave none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """An item that could not be had."""

    at_s: float
    """When that was last so [s since 1970]."""
    alone: bool
    """Others could be had then."""


def reject(
    store: Store,
    run: OpenRun,
    item_key: str,
    *,
    sha256: str,
    rule: str,
    found: str,
    span: tuple[date, date] | None = None,
) -> None:
    """Write down what was refused, and why; the same again is one record, seen again now.

    Args:
        store: where it is written.
        run: that met it.
        item_key: its name in the feed.
        sha256: checksum of its file; empty: it was not had.
        rule: that it breaks.
        found: what was found.
        span: first and last day of what it holds; None: it tells no time.
    """
    run.rejected += 1
    days = dict(zip(("first_day", "last_day"), span, strict=True)) if span else {}
    mine = select(runs.c.job_version, runs.c.code_version).where(runs.c.id == run.id)
    alike = select(runs.c.id).where(
        runs.c.job_id == run.job_id, tuple_(runs.c.job_version, runs.c.code_version).in_(mine)
    )
    with transaction(store.engine) as connection:
        seen = connection.execute(
            update(rejections)
            .where(
                rejections.c.feed_id == run.job_id,
                rejections.c.item_key == plain(item_key),
                rejections.c.sha256 == sha256,
                rejections.c.rule == rule,
                rejections.c.found == plain(found),
                rejections.c.run_id.in_(alike),
            )
            .values(at=func.now(), **days)
        )
        if seen.rowcount:
            return
        connection.execute(
            insert(rejections).values(
                id=uuid.uuid4(),
                feed_id=run.job_id,
                run_id=run.id,
                item_key=plain(item_key),
                sha256=sha256,
                rule=rule,
                found=plain(found),
                at=func.now(),
                **days,
            )
        )


def unreachable(store: Store, feed_id: str) -> dict[str, Unreachable]:
    """Key -> how it stands with the items of a feed that could not be had."""
    query = (
        select(
            rejections.c.item_key,
            func.extract("epoch", func.max(rejections.c.at)),
            func.bool_or(rejections.c.rule == UNREACHABLE),
        )
        .where(rejections.c.feed_id == feed_id, rejections.c.rule.in_([UNREACHABLE, AWAY]))
        .group_by(rejections.c.item_key)
    )
    with transaction(store.engine) as connection:
        rows = connection.execute(query).all()
    return {key: Unreachable(at_s=float(at), alone=alone) for key, at, alone in rows}


_BESIDES = ("shift", "duplicate", "tiles", "version", "order", "item", "row")
"""Rules that look at more than the file: what they refuse today may be taken tomorrow."""


def refused_before(store: Store, run: OpenRun) -> dict[tuple[str, str], tuple[str, str]]:
    """(key, checksum) -> (rule, found) of the files that were refused for what they are.

    By this version of the job and of the program: another may read them otherwise.
    """
    mine = runs.alias("mine")
    query = (
        select(rejections.c.item_key, rejections.c.sha256, rejections.c.rule, rejections.c.found)
        .join(runs, runs.c.id == rejections.c.run_id)
        .join(mine, mine.c.id == run.id)
        .where(
            rejections.c.feed_id == run.job_id,
            rejections.c.sha256 != "",
            rejections.c.rule.not_in(_BESIDES),
            runs.c.job_version == mine.c.job_version,
            runs.c.code_version == mine.c.code_version,
        )
    )
    with transaction(store.engine) as connection:
        rows = connection.execute(query)
        return {(key, sha256): (rule, found) for key, sha256, rule, found in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What a source sent, and was refused, and was not mended since."""

    count: int
    """Items."""
    newest: str
    """The one that was refused last, and why."""


NOT_MENDED = """
WITH met AS (
    SELECT *, max(at) OVER (PARTITION BY feed_id, item_key) AS met FROM app.rejections
), newest AS (
    SELECT DISTINCT ON (feed_id, item_key) * FROM met
    WHERE rule <> ALL(:away) ORDER BY feed_id, item_key, at DESC
)
SELECT j.feed_id, count(*) AS count,
       (array_agg(j.item_key || ': ' || j.rule || ': ' || j.found ORDER BY j.at DESC))[1] AS newest
FROM newest j JOIN app.feeds f ON f.id = j.feed_id AND f.schedule <> '' AND NOT f.retired
WHERE NOT EXISTS (SELECT FROM app.holds h
      WHERE h.feed_id = j.feed_id AND h.sha256 = j.sha256 AND h.item ->> 'key' = j.item_key)
  AND NOT EXISTS (SELECT FROM app.items i
      WHERE (i.feed_id, i.key) = (j.feed_id, j.item_key) AND i.fetched_at > j.at)
  AND NOT EXISTS (SELECT FROM app.slices s JOIN app.runs r ON r.id = s.run_id
      WHERE r.job_id = j.feed_id AND 'tiles of ' || s.period = j.item_key AND r.ended_at > j.at)
  AND NOT EXISTS (SELECT FROM app.runs r
      WHERE r.job_id = j.feed_id AND r.asked_from IS NOT NULL AND r.started_at > j.met
        AND r.state IN ('done', 'nothing_new', 'partly')
        AND (j.first_day IS NULL
             OR (r.asked_from <= j.first_day AND r.asked_to >= j.last_day)))
GROUP BY j.feed_id
"""
"""Of sources that go on: a later run asks for what is new, and says nothing of what was refused
before. What is held is told as such; what could not be had is asked for again. Mended is what was
taken since, alone or as a part of its period, and what an operator has had asked for again, for
its own days, without its being met again. What tells no time is looked at by every order.
Records grow, and this runs each minute: each item is looked at once, by its newest.
"""


def not_mended(store: Store) -> dict[str, Refused]:
    """Feed -> what of it was refused and is not there yet."""
    with transaction(store.engine) as connection:
        rows = connection.execute(text(NOT_MENDED), {"away": [UNREACHABLE, AWAY]}).mappings()
        return {row["feed_id"]: Refused(count=row["count"], newest=row["newest"]) for row in rows}
