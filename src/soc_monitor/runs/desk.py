"""Desk: what operators decide, checked and written down; the worker does what is to be done."""

import uuid
from datetime import date

from soc_monitor.errors import BadValue, UnknownJob
from soc_monitor.model.period import last_day, parse_period
from soc_monitor.store import holds, orders, read_inputs
from soc_monitor.store.store import Store

LONGEST = 366 * 60
"""Days of a backfill."""


def decide(store: Store, hold_id: uuid.UUID, state: str, by: str) -> bool:
    """Take or refuse what is held; False: that was decided before.

    What is taken is read by the worker from the file that was kept, and published.

    Raises:
        UnknownRecord: nothing is held under this id.
    """
    assert state in {"accepted", "rejected"}
    return bool(holds.decide(store, hold_id, state, by))


def order_run(store: Store, job_id: str, by: str) -> int:
    """Ask for a run of a job now.

    Raises:
        UnknownJob: no job of this name was ever registered.
    """
    _known(store, job_id)
    return orders.give(store, "run", job_id, {}, by)


def order_backfill(store: Store, job_id: str, first: str, last: str, by: str) -> int:
    """Ask for what a source has for a span of time.

    Raises:
        UnknownJob: no job of this name was ever registered.
        BadValue: a period that is none, or a span that ends before it begins.
    """
    _known(store, job_id)
    window = span(first, last)
    body = {"from": window[0].isoformat(), "to": window[1].isoformat()}
    return orders.give(store, "backfill", job_id, body, by)


def span(first: str, last: str) -> tuple[date, date]:
    """First and last day of a span of periods.

    Raises:
        BadValue: a period that is none, or a span that ends before it begins.

    Example:
        >>> [day.isoformat() for day in span("2024-01", "2024-02")]
        ['2024-01-01', '2024-02-29']
    """
    window = (parse_period(first), last_day(last))
    if window[0] > window[1]:
        raise BadValue(f"{first} is after {last}")
    if (window[1] - window[0]).days > LONGEST:
        raise BadValue(f"{first} to {last} is more than 60 years")
    return window


def _known(store: Store, job_id: str) -> None:
    known = [one.feed_id for one in read_inputs.inputs_status(store)]
    if job_id not in known:
        raise UnknownJob(f"no job {job_id!r}", allowed=tuple(known))
