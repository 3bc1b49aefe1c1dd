"""Refusals: what is known of items that could not be had, or not be taken."""

from dataclasses import dataclass

from sqlalchemy import func, select

from soc_monitor.store.engine import transaction
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
