"""Stream: messages of a broker, committed batch by batch and acknowledged after each commit."""

import hashlib
import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from paho.mqtt.client import MQTTMessage

from soc_monitor.errors import FeedUnreachable, ItemRejected, LockedByAnotherRun, SocMonitorError
from soc_monitor.feeds import MqttFeed, ThingsStorage
from soc_monitor.feeds.mqtt import MESSAGE
from soc_monitor.model import Access, Item, Readings
from soc_monitor.runs.jobs import ShelvedJob, code_version
from soc_monitor.runs.readings import WRONG_ROW, take_messages
from soc_monitor.runs.refuse import refuse
from soc_monitor.store import control, intake, runs
from soc_monitor.store.readings import Counts
from soc_monitor.store.runs import OpenRun
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)

RUN_S = 3600.0
"""A run of a stream is closed after this long, and a new one begun."""
PAUSE_S = 5.0
FILL_S = 60.0
"""A storage is asked this often at most: it is written to in batches, some time later."""
ASKS = 5
"""How often it is asked for what is missing, until it is found."""
OVERLAP = timedelta(hours=1)
"""What is asked for begins so much earlier: what is there already costs nothing."""


def listen(
    shelved: ShelvedJob,
    store: Store,
    stop: threading.Event,
    secrets: Mapping[str, str],
    *,
    plain_http: bool = False,
) -> None:
    """Take what a broker sends, until told to stop; goes on after every failure.

    A job that an operator lets rest is not listened to. One whose run was cancelled begins again
    when that run would have been closed.

    What is not committed is not acknowledged: the broker sends it again when we are back.
    """
    while not stop.is_set():
        try:
            runs.register_feed(store, shelved.job)
            if _rests(store, shelved.job.id):
                stop.wait(PAUSE_S)
                continue
            _one_run(shelved, store, stop, secrets, plain_http=plain_http)
        except LockedByAnotherRun:
            stop.wait(PAUSE_S)  # Another worker listens; we take over when it is gone.
        except SocMonitorError as error:
            log.warning("stream broken", extra={"job": shelved.job.id, "error": str(error)})
            stop.wait(PAUSE_S)
        except Exception:
            # Nobody starts this thread again: what nobody thought of costs a pause, not the feed.
            log.exception("stream broken", extra={"job": shelved.job.id})
            stop.wait(PAUSE_S)


def _rests(store: Store, job_id: str) -> bool:
    return control.is_paused(store, job_id) or control.is_stopped(store, job_id, RUN_S)


def _one_run(
    shelved: ShelvedJob,
    store: Store,
    stop: threading.Event,
    secrets: Mapping[str, str],
    *,
    plain_http: bool,
) -> None:
    """Listen for a while, under the job's lease: two sessions of one name would end each other."""
    job = shelved.job
    assert isinstance(job.into, Readings)
    assert isinstance(job.feed, MqttFeed)
    due, version = datetime.now(UTC), shelved.version
    access = Access(secrets=secrets, plain_http=plain_http)
    with (
        runs.open_run(store, job.id, due, job_version=version, code_version=code_version()) as run,
        job.feed.listen(access) as subscription,
    ):
        end, total, seen = time.monotonic() + RUN_S, Counts(), dict[str, int]()
        run.stream, refused = True, set[str]()
        filler = Filler(job.feed.storage, access, intake.newest_reading(store, job.id))
        look = time.monotonic() + PAUSE_S
        while not stop.is_set() and time.monotonic() < end:
            if time.monotonic() >= look:
                look = time.monotonic() + PAUSE_S
                if _rests(store, job.id):
                    break  # What comes now waits at the broker.
            messages = subscription.batch()
            if messages:
                payloads = [p for m in messages if len(p := bytes(m.payload)) <= MESSAGE]
                if payloads:
                    total += take_messages(job.into, store, run, payloads)
                # After what is taken: if that fails, all of them come again, and are told once.
                _refuse(store, run, messages, refused)
                subscription.acknowledge(messages)
                filler.lost(_gaps(job.into, payloads, seen))
            for payloads in filler.due():
                found = take_messages(job.into, store, run, payloads)
                filler.found += found.accepted
                total += found
            run.taken = total.accepted
            run.detail = (
                f"{total.accepted} taken, {total.duplicate} were there, {total.aside} aside, "
                f"{total.held} held, "
                f"{run.rejected} messages too large, "
                f"{filler.missing} messages missing by their counters, "
                f"{filler.found} readings had from the storage"
            )


def _refuse(store: Store, run: OpenRun, messages: Sequence[MQTTMessage], refused: set[str]) -> None:
    """What is too large costs itself alone: a record for each topic of a run, then only counted.

    Args:
        store: where.
        run: under way.
        messages: as they came, those that fit among them.
        refused: topics that have a record; those of these messages are added.
    """
    for message in messages:
        if len(message.payload) <= MESSAGE:
            continue
        item = Item(key=message.topic[:200], address="broker")
        if item.key in refused:
            run.rejected += 1
            continue
        error = ItemRejected("size", f"a message of more than {MESSAGE} bytes")
        refuse(store, run, item, hashlib.sha256(message.payload).hexdigest(), error)
        refused.add(item.key)


class Filler:
    """Asks a storage for what was lost, when something was, and not all the time."""

    def __init__(
        self, storage: ThingsStorage | None, access: Access, newest: datetime | None
    ) -> None:
        """``newest``: of the readings that are there; None: there is none, and nothing was lost."""
        self.storage, self.access = storage, access
        self.since, self.missing, self.found = newest, 0, 0
        # What came while nobody listened is asked for at once.
        self._asks, self._next = 1 if newest else 0, 0.0

    def lost(self, count: int) -> None:
        """So many more messages are missing."""
        if count:
            self.missing += count
            self._asks = ASKS

    def due(self) -> Iterator[list[bytes]]:
        """What the storage has of what was lost since it was last asked, a page at a time."""
        if self.storage is None or not self._asks or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + FILL_S
        now = datetime.now(UTC)
        try:
            yield from self.storage.after(self.access, (self.since or now) - OVERLAP)
        except FeedUnreachable as error:
            log.warning("storage not read", extra={"error": str(error)})
            return
        self._asks = self._asks - 1 if self.found < self.missing else 0
        if not self._asks:
            self.since = now


def _gaps(into: Readings, payloads: list[bytes], seen: dict[str, int]) -> int:
    """How many messages are missing between those that came; a counter begun anew is no gap."""
    if into.counter is None:
        return 0
    missing = 0
    for payload in payloads:
        try:
            session, number = into.counter(payload)
        except WRONG_ROW:
            continue
        last = seen.get(session)
        if last is not None and number > last:
            missing += number - last - 1
        seen[session] = max(number, last or 0) if last is None or number > last else last
    return missing
