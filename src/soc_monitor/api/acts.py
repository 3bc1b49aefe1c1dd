"""Acts: what an operator's form or request orders, and what is done for it."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from soc_monitor.errors import BadValue, UnknownRecord, UnknownRun
from soc_monitor.runs import desk
from soc_monitor.store import alerts, control, held_readings
from soc_monitor.store.store import Store


class Act(BaseModel):
    """Something to be done."""

    verb: Literal[
        "run", "backfill", "pause", "resume", "cancel", "accept", "reject", "ack", "silence",
        "accept_readings", "reject_readings",
    ]  # fmt: skip
    subject: Annotated[str, Field(min_length=1, max_length=100)]
    first: Annotated[str, Field(max_length=20)] = ""
    last: Annotated[str, Field(max_length=20)] = ""
    until: datetime | None = None
    """Of a rest; of readings: when the newest of those that are decided on was written down."""
    hours: Annotated[float, Field(gt=0, le=24 * 90)] = 4


def parse_id(text: str, wrong: type[UnknownRun | UnknownRecord]) -> uuid.UUID:
    """An id as it stands in an address.

    Raises:
        UnknownRun, UnknownRecord: it is none.
    """
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise wrong(f"{text[:50]!r} is not an id") from error


def _cancel(store: Store, asked: Act, by: str) -> bool:
    return control.cancel(store, parse_id(asked.subject, UnknownRun), by=by)


def _decide(state: str) -> "Do":
    return lambda store, asked, by: desk.decide(
        store, parse_id(asked.subject, UnknownRecord), state, by
    )


def _acknowledge(store: Store, asked: Act, by: str) -> bool:
    if not (asked.subject.isascii() and asked.subject.isdigit() and len(asked.subject) < 18):
        raise UnknownRecord(f"no alert {asked.subject!r}")
    return alerts.acknowledge(store, int(asked.subject), by)


def _silence(store: Store, asked: Act, by: str) -> bool:
    alerts.silence(store, asked.subject, datetime.now(UTC) + timedelta(hours=asked.hours), by)
    return True


def _pause(store: Store, asked: Act, by: str) -> bool:
    return control.set_paused(store, asked.subject, paused=True, until=_until(asked), by=by)


Do = Callable[[Store, Act, str], object]
ACTS: dict[str, Do] = {
    "run": lambda store, asked, by: desk.order_run(store, asked.subject, by),
    "backfill": lambda store, asked, by: desk.order_backfill(
        store, asked.subject, asked.first, asked.last, by
    ),
    "pause": _pause,
    "resume": lambda store, asked, by: control.set_paused(
        store, asked.subject, paused=False, by=by
    ),
    "cancel": _cancel,
    "accept_readings": lambda store, asked, by: held_readings.decide(
        store, asked.subject, "accepted", by, _zoned(asked)
    ),
    "reject_readings": lambda store, asked, by: held_readings.decide(
        store, asked.subject, "rejected", by, _zoned(asked)
    ),
    "accept": _decide("accepted"),
    "reject": _decide("rejected"),
    "ack": _acknowledge,
    "silence": _silence,
}


def _zoned(asked: Act) -> datetime | None:
    """``until``, in UTC where it has no zone."""
    if asked.until is None or asked.until.tzinfo:
        return asked.until
    return asked.until.replace(tzinfo=UTC)


def _until(asked: Act) -> datetime | None:
    until = _zoned(asked)
    if until is None:
        return None
    if until <= datetime.now(UTC):
        raise BadValue(f"until: {until.isoformat(timespec='minutes')} is past")
    return until
