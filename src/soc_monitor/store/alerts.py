"""Alerts: a row a cause, from its first sight to its end; what is to be told of it, and when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from sqlalchemy import RowMapping, func, insert, select, update

from soc_monitor.errors import UnknownRecord
from soc_monitor.store.desk import alerts, silences
from soc_monitor.store.engine import transaction
from soc_monitor.store.registers import note
from soc_monitor.store.store import Store

HIGH = "high"
GROUPED = timedelta(minutes=5)
"""New causes wait so long for others, and are told together."""
REPEATED = (timedelta(hours=4), timedelta(hours=12), timedelta(hours=24))
"""Told again so long after the last time; from the third on every day."""
LOCKS_STAND = timedelta(days=1)
"""What another machine lacks is over then, for it may be gone; one that is there says it anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What is wrong now."""

    kind: str
    """``late``, ``failed``, ``refused``, ``held``, ``publish``, ``disk``, ``locks``."""
    subject: str
    """The job, the part of the service, or the machine."""
    severity: str
    """``high`` or ``normal``."""
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A cause as it is stored."""

    id: int
    kind: str
    subject: str
    severity: str
    what: str
    since: datetime
    told_at: datetime | None
    times: int
    ended_at: datetime | None
    acked_by: str


def settle(store: Store, causes: Iterable[Cause], now: datetime, *, locks_of: str = "") -> None:
    """Bring the rows to what is wrong now: new ones begin, those that are over end.

    Args:
        store: where they stand.
        causes: everything that is wrong.
        now: the moment.
        locks_of: the machine whose locks were looked at; nobody but itself sees those of others.

    One that has become grave is told at once, as if it were new.
    """
    found = {(one.kind, one.subject): one for one in causes}
    with transaction(store.engine) as connection:
        rows = connection.execute(select(alerts).where(alerts.c.ended_at.is_(None))).mappings()
        known = {(row["kind"], row["subject"]): row for row in rows}
        for key in found.keys() - known.keys():
            one = found[key]
            connection.execute(
                insert(alerts).values(
                    kind=one.kind,
                    subject=one.subject,
                    severity=one.severity,
                    what=one.what,
                    since=now,
                )
            )
        for key in known.keys() & found.keys():
            one = found[key]
            values: dict[str, object] = {"what": one.what, "severity": one.severity}
            if one.severity == HIGH and known[key]["severity"] != HIGH:
                # It is another thing than what was told, and than what somebody looks after.
                values |= {"told_at": None, "acked_by": "", "acked_at": None}
            connection.execute(update(alerts).where(alerts.c.id == known[key]["id"]).values(values))
        over = (
            key
            for key in known.keys() - found.keys()
            if key[0] != "locks" or key[1] == locks_of or now - known[key]["since"] > LOCKS_STAND
        )
        gone = [known[key]["id"] for key in over]
        connection.execute(update(alerts).where(alerts.c.id.in_(gone)).values(ended_at=now))


def to_tell(store: Store, now: datetime) -> tuple[list[Alert], list[Alert]]:
    """What is to be told now: causes that are new or stand for long, and those that are over."""
    with transaction(store.engine) as connection:
        rows = connection.execute(
            select(alerts)
            .where(alerts.c.ended_at.is_(None) | ~alerts.c.end_told)
            .order_by(alerts.c.id)
        ).mappings()
        found = [_alert(row) for row in rows]
        quiet = connection.execute(
            select(silences.c.pattern).where(silences.c.until > now)
        ).scalars()
        patterns = quiet.all()
    heard = [one for one in found if not any(fnmatchcase(one.subject, p) for p in patterns)]
    standing = [one for one in heard if one.ended_at is None and not one.acked_by]
    new = [one for one in standing if one.told_at is None]
    if all(now - one.since < GROUPED for one in new):
        new = []
    again = [one for one in standing if one.told_at is not None and now >= _next(one)]
    return new + again, [one for one in heard if one.ended_at is not None and one.times]


def _next(one: Alert) -> datetime:
    assert one.told_at is not None
    return one.told_at + REPEATED[min(one.times, len(REPEATED)) - 1]


def mark_told(
    store: Store, standing: Sequence[Alert], over: Sequence[Alert], now: datetime
) -> None:
    """Write down that they were told, and when."""
    with transaction(store.engine) as connection:
        connection.execute(
            update(alerts)
            .where(alerts.c.id.in_([one.id for one in standing]))
            .values(told_at=now, times=alerts.c.times + 1)
        )
        connection.execute(
            update(alerts).where(alerts.c.id.in_([one.id for one in over])).values(end_told=True)
        )


def list_alerts(store: Store, *, limit: int = 100) -> list[Alert]:
    """Those that stand, then those that are over; the newest first."""
    query = select(alerts).order_by(alerts.c.ended_at.is_not(None), alerts.c.id.desc()).limit(limit)
    with transaction(store.engine) as connection:
        return [_alert(row) for row in connection.execute(query).mappings()]


def acknowledge(store: Store, number: int, by: str) -> bool:
    """Somebody looks after it: it is not told again; False: somebody did before, or it is over.

    Raises:
        UnknownRecord: there is no alert of this number.
    """
    with transaction(store.engine) as connection:
        row = connection.execute(select(alerts).where(alerts.c.id == number)).mappings().first()
        if row is None:
            raise UnknownRecord(f"no alert {number}")
        changed = connection.execute(
            update(alerts)
            .where(alerts.c.id == number, alerts.c.acked_by == "", alerts.c.ended_at.is_(None))
            .values(acked_by=by, acked_at=func.now())
        )
        if changed.rowcount == 1:
            note(connection, by, "acknowledge", f"{row['kind']} {row['subject']}", row["what"])
        return changed.rowcount == 1


def silence(store: Store, pattern: str, until: datetime, by: str) -> None:
    """Hear nothing of some subjects for a while; ``*`` stands for anything."""
    with transaction(store.engine) as connection:
        connection.execute(insert(silences).values(pattern=pattern, until=until, by=by))
        note(connection, by, "silence", pattern, f"until {until.isoformat(timespec='minutes')}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What operators want to hear nothing of for a while."""

    pattern: str
    until: datetime
    by: str


def list_silences(store: Store, now: datetime) -> list[Silence]:
    """Those that hold, the one that ends first before the others."""
    query = (
        select(silences.c.pattern, silences.c.until, silences.c.by)
        .where(silences.c.until > now)
        .order_by(silences.c.until)
    )
    with transaction(store.engine) as connection:
        return [Silence(**row) for row in connection.execute(query).mappings()]


def _alert(row: RowMapping) -> Alert:
    return Alert(
        id=row["id"],
        kind=row["kind"],
        subject=row["subject"],
        severity=row["severity"],
        what=row["what"],
        since=row["since"],
        told_at=row["told_at"],
        times=row["times"],
        ended_at=row["ended_at"],
        acked_by=row["acked_by"],
    )
