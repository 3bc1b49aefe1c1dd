"""Telling: what happened is found for every subscriber, and sent to their addresses.

Any number of workers may do it: one looks for news at a time, and each message is sent under a
lease. What is news is asked of the store, not remembered: who was away tells it when back.
"""

import logging
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from soc_monitor.api import followed, hooks
from soc_monitor.api.catalogue import open_catalogue
from soc_monitor.api.followed import Happened
from soc_monitor.api.late import late_inputs
from soc_monitor.errors import NothingPublished, SocMonitorError, UnknownArea
from soc_monitor.feeds.hooks import Envelope, echoes, send
from soc_monitor.model import Release
from soc_monitor.settings import Settings
from soc_monitor.store import outbox, read, subscriptions, verdicts
from soc_monitor.store.locks import only_one
from soc_monitor.store.messages import Message
from soc_monitor.store.outbox import CHALLENGE, Delivery
from soc_monitor.store.store import Store
from soc_monitor.store.subscriptions import Subscription

log = logging.getLogger(__name__)

NEWS_FOR = timedelta(days=20)
"""What is older is no news, not even for who was not told: less than the outbox remembers."""
SENDERS = 4
POLL_S, LOOK_S, TIDY_S = 2.0, 60.0, 3600.0


class Teller:
    """Finds what is to be told, and tells it."""

    def __init__(self, store: Store, settings: Settings) -> None:
        """``store``, ``settings``: of the service."""
        self._catalogue = open_catalogue(store)
        self._store, self._settings = store, settings
        self._seen: object = None

    # --- what is to be told --------------------------------------------------------------------

    def look(self, now: datetime | None = None) -> int:
        """Write down what subscribers are to be told now.

        Args:
            now: the moment; None: this one.

        Returns:
            How many messages are new.
        """
        moment = now or datetime.now(UTC)
        with only_one(self._store, "subscribers") as mine:
            return self._look(moment) if mine else 0

    def _look(self, now: datetime) -> int:
        known = subscriptions.list_subscriptions(self._store, state="on")
        try:
            release = read.find_release(self._store)
        except NothingPublished:
            return 0
        late = tuple(one.key for one in late_inputs(self._store, now.date(), "en"))
        state = (
            release.seq,
            verdicts.newest(self._store),
            late,
            frozenset(one.id for one in known),
        )
        if not known or state == self._seen:
            return 0
        new = sum(self._put(who, found, now) for who, found in self._happened(known, release, now))
        self._seen = state
        return new

    def _happened(
        self, known: list[Subscription], release: Release, now: datetime
    ) -> list[tuple[Subscription, list[Happened]]]:
        """What happened to what each subscriber follows: looked up once for all who follow it."""
        of_areas: dict[tuple[str, str], list[Happened]] = {}
        of_plans: dict[str, dict[str, list[Happened]]] = {}
        found = []
        for one in known:
            if one.area is not None:
                key = (one.area, one.lang)
                if key not in of_areas:
                    of_areas[key] = self._of_area(release, *key, now)
                found.append((one, of_areas[key]))
            if one.objective is not None:
                if one.lang not in of_plans:
                    of_plans[one.lang] = self._of_plan(release, one.lang)
                found.append((one, of_plans[one.lang].get(one.objective, [])))
        return found

    def _of_area(self, release: Release, code: str, lang: str, now: datetime) -> list[Happened]:
        try:
            return list(followed.of_area(self._catalogue, release, code, lang, now.date()))
        except UnknownArea:
            log.warning("a followed area is gone", extra={"area": code, "release": release.name})
            return []

    def _of_plan(self, release: Release, lang: str) -> dict[str, list[Happened]]:
        found = defaultdict(list)
        for objective, happened in followed.of_plan(self._catalogue, release, lang):
            found[objective].append(happened)
        return found

    def _put(self, who: Subscription, found: list[Happened], now: datetime) -> int:
        since = max(who.created_at, now - NEWS_FOR)
        messages = [
            Message(
                key=one.key,
                kind=one.kind,
                body={
                    "sentence": one.sentence,
                    "at": one.at.isoformat(),
                    "release": one.release,
                    "page": one.page,
                },
            )
            for one in found
            if one.kind in who.kinds and one.at >= since
        ]
        return outbox.put(self._store, who.id, messages)

    # --- telling it ----------------------------------------------------------------------------

    def send_due(self, stop: threading.Event | None = None) -> int:
        """Send what is due, a few at a time, until nothing is; how many were tried."""
        over = stop or threading.Event()
        with ThreadPoolExecutor(SENDERS, thread_name_prefix="hooks") as pool:
            return sum(pool.map(self._send_all, [over] * SENDERS))

    def _send_all(self, stop: threading.Event) -> int:
        tried = 0
        while not stop.is_set():
            delivery = outbox.claim(self._store)
            if delivery is None:
                break
            self._send(delivery)
            tried += 1
        return tried

    def _send(self, delivery: Delivery) -> None:
        whose = delivery.subscription
        envelope = Envelope(
            url=whose.url,
            secret=whose.secret,
            id=str(delivery.id),
            body=hooks.letter(whose, delivery.kind, delivery.body, self._settings.site),
        )
        outcome = send(envelope, self._settings.inside_hosts)
        taken, told = outcome.taken, outcome.told
        if taken and delivery.kind == CHALLENGE:
            taken = echoes(outcome.answer, delivery.body["challenge"])
            told = "confirmed" if taken else "no-challenge"
        if taken:
            outbox.taken(self._store, delivery, told)
        elif outbox.failed(self._store, delivery, told):
            # Where it goes to is the reader's own affair: its id is all that is said.
            log.warning("subscription switched off", extra={"id": whose.id, "last": told})


def tell_all(store: Store, settings: Settings, stop: threading.Event) -> None:
    """Tell subscribers what is new, until told to stop."""
    teller = Teller(store, settings)
    looked, tidied = LOOK_S, TIDY_S
    while not stop.wait(POLL_S):
        looked, tidied = looked + POLL_S, tidied + POLL_S
        try:
            if looked >= LOOK_S:
                looked = 0.0
                teller.look()
            teller.send_due(stop)
            if tidied >= TIDY_S:
                tidied = 0.0
                subscriptions.forget_old(store)
                outbox.forget_old(store)
        except SocMonitorError as error:
            log.error("subscribers wait", extra={"error": str(error)})  # noqa: TRY400  # it goes on
        except Exception:
            # The last wall: one message that nobody foresaw is no reason to tell nobody anything.
            log.exception("subscribers wait")
