"""Stream: messages of a broker, committed batch by batch and acknowledged after each commit."""

import logging
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from soc_monitor.errors import LockedByAnotherRun, SocMonitorError
from soc_monitor.feeds import MqttFeed
from soc_monitor.model import Access, Readings
from soc_monitor.runs.jobs import ShelvedJob, code_version
from soc_monitor.runs.readings import take_messages
from soc_monitor.store import runs
from soc_monitor.store.readings import Counts
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)

RUN_S = 3600.0
"""A run of a stream is closed after this long, and a new one begun."""
PAUSE_S = 5.0


def listen(
    shelved: ShelvedJob, store: Store, stop: threading.Event, secrets: Mapping[str, str]
) -> None:
    """Take what a broker sends, until told to stop; goes on after every failure.

    What is not committed is not acknowledged: the broker sends it again when we are back.
    """
    runs.register_feed(store, shelved.job)
    while not stop.is_set():
        try:
            _one_run(shelved, store, stop, secrets)
        except LockedByAnotherRun:
            stop.wait(PAUSE_S)  # Another worker listens; we take over when it is gone.
        except SocMonitorError as error:
            log.warning("stream broken", extra={"job": shelved.job.id, "error": str(error)})
            stop.wait(PAUSE_S)


def _one_run(
    shelved: ShelvedJob, store: Store, stop: threading.Event, secrets: Mapping[str, str]
) -> None:
    """Listen for a while, under the job's lease: two sessions of one name would end each other."""
    job = shelved.job
    assert isinstance(job.into, Readings)
    assert isinstance(job.feed, MqttFeed)
    due, version = datetime.now(UTC), shelved.version
    with (
        runs.open_run(store, job.id, due, job_version=version, code_version=code_version()) as run,
        job.feed.listen(Access(secrets=secrets)) as subscription,
    ):
        end, total, seen = time.monotonic() + RUN_S, Counts(), dict[str, int]()
        lost = 0
        while not stop.is_set() and time.monotonic() < end:
            messages = subscription.batch()
            if not messages:
                continue
            payloads = [bytes(message.payload) for message in messages]
            total += take_messages(job.into, store, run, payloads)
            subscription.acknowledge(messages)
            lost += _gaps(job.into, payloads, seen)
            run.taken = total.accepted
            run.detail = (
                f"{total.accepted} taken, {total.duplicate} were there, {total.aside} aside, "
                f"{lost} messages missing by their counters"
            )


def _gaps(into: Readings, payloads: list[bytes], seen: dict[str, int]) -> int:
    """How many messages are missing between those that came; a counter begun anew is no gap."""
    if into.counter is None:
        return 0
    missing = 0
    for payload in payloads:
        try:
            session, number = into.counter(payload)
        except (ValueError, LookupError, TypeError, AttributeError):
            continue
        last = seen.get(session)
        if last is not None and number > last:
            missing += number - last - 1
        seen[session] = max(number, last or 0) if last is None or number > last else last
    return missing
