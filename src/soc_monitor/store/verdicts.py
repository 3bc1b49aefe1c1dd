"""Verdicts: how objectives stood, a row for every change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import func, insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from soc_monitor.model import Release
from soc_monitor.store.engine import transaction
from soc_monitor.store.store import Store
from soc_monitor.store.tables import releases, verdicts

_LOCK = 0x534F434A  # "SOCJ": verdicts are compared and written by one at a time


class Judged(Protocol):
    """What is kept of a verdict."""

    @property
    def status(self) -> str:
        """Its status."""

    @property
    def kpi(self) -> str:
        """The kpi that it rests on."""

    @property
    def rule(self) -> str:
        """Version of the rule."""

    @property
    def reason(self) -> str:
        """Why."""

    @property
    def ratio(self) -> float | None:
        """The way done over the way that should be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """How an objective stood from an instant on."""

    objective: str
    horizon: int
    judged_at: datetime
    status: str
    kpi: str
    body: dict[str, Any]
    """``reason`` and ``ratio``."""
    rule: str
    release: str | None
    """The newest release on that day."""
    before: str | None = None
    """The status that it had until then; None: this is the first one."""


def keep(store: Store, release: Release, found: Mapping[tuple[str, int], Judged]) -> int:
    """Write down what differs from the newest row of its objective and horizon.

    Returns:
        How many rows were written.
    """
    newest = (
        select(verdicts)
        .ext(distinct_on(verdicts.c.objective, verdicts.c.horizon))
        .order_by(verdicts.c.objective, verdicts.c.horizon, verdicts.c.judged_at.desc())
    )
    with transaction(store.engine) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        known = {
            (row.objective, row.horizon): (row.status, row.kpi, row.rule)
            for row in connection.execute(newest)
        }
        rows = [
            {
                "objective": objective,
                "horizon": horizon,
                "status": one.status,
                "kpi": one.kpi,
                "body": {"reason": one.reason, "ratio": one.ratio},
                "rule": one.rule,
                "release": release.seq,
            }
            for (objective, horizon), one in found.items()
            if known.get((objective, horizon)) != (one.status, one.kpi, one.rule)
        ]
        if rows:
            connection.execute(insert(verdicts).values(judged_at=func.now()), rows)
    return len(rows)


def past(store: Store, objective: str | None = None, *, limit: int = 200) -> list[Past]:
    """How an objective stood, or all of them, the newest first; a row a change."""
    before = func.lag(verdicts.c.status).over(
        partition_by=(verdicts.c.objective, verdicts.c.horizon), order_by=verdicts.c.judged_at
    )
    query = (
        select(verdicts, before.label("before"), releases.c.name)
        .outerjoin(releases, releases.c.seq == verdicts.c.release)
        .order_by(verdicts.c.judged_at.desc(), verdicts.c.objective, verdicts.c.horizon)
        .limit(limit)
    )
    if objective is not None:
        query = query.where(verdicts.c.objective == objective)
    with transaction(store.engine) as connection:
        return [
            Past(
                objective=row.objective,
                horizon=row.horizon,
                judged_at=row.judged_at,
                status=row.status,
                kpi=row.kpi,
                body=row.body,
                rule=row.rule,
                release=row.name,
                before=row.before,
            )
            for row in connection.execute(query)
        ]


def newest(store: Store) -> str:
    """When a status changed last, as text; empty: nothing has been judged yet."""
    with transaction(store.engine) as connection:
        found = connection.execute(select(func.max(verdicts.c.judged_at))).scalar_one()
    return "" if found is None else found.isoformat()
