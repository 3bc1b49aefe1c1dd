"""Watching: the service looked at as a reader does, and its inputs, every five minutes.

Each worker looks by a timer of its own, whatever the queue and the database do; what it found
while the database was away lies in a folder until that is back. Of a turn one look counts.
"""

import json
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from soc_monitor.errors import SocMonitorError
from soc_monitor.model.freshness import Freshness
from soc_monitor.model.watch import DOWN, EVERY, UP, Kind
from soc_monitor.settings import Settings
from soc_monitor.store import read_inputs, service, watch
from soc_monitor.store.read_inputs import InputStatus
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)
CHECK_S = 20.0
"""How long an answer may take before what gives it counts as not available."""
PAGE, API = "/en/status", "/api/v1/status"
OURS = frozenset({"status", "version", "schema_version", "release"})
"""Keys of the API's answer: a proxy may answer 200 with JSON of its own."""
CLOCK_LATE = timedelta(minutes=3)
"""The queue's clock turns every minute; so long after it did the scheduler counts as down."""
AFTER = timedelta(seconds=30)
"""So long after a turn began it is looked: clocks that differ by less agree which turn it is."""
MOST_KEPT = 2016
"""Looks that wait for the database, at most: those of a week."""


def watch_all(store: Store, settings: Settings, stop: threading.Event) -> None:
    """Look every five minutes, until told to stop."""
    watcher = Watcher(settings, store, datetime.now(UTC))
    while not stop.wait(_pause(datetime.now(UTC)).total_seconds()):
        try:
            watcher.look(datetime.now(UTC))
        except Exception:
            # Nobody starts this thread again: what nobody thought of costs one look, not all.
            log.exception("not looked")


def _turn(at: datetime) -> datetime:
    return at - (at - datetime.min.replace(tzinfo=UTC)) % EVERY


def _pause(now: datetime) -> timedelta:
    """Until the next look.

    Example:
        >>> _pause(datetime(2026, 11, 27, 12, 5, 30, tzinfo=UTC)).total_seconds()
        300.0
    """
    return _turn(now - AFTER) + EVERY + AFTER - now


class Watcher:
    """Looks, and sees to it that what was found is written down."""

    def __init__(self, settings: Settings, store: Store, begun: datetime) -> None:
        """Nothing is looked at yet.

        Args:
            settings: say where the site is, and the folder for looks that wait.
            store: where it is written.
            begun: when the worker did: its queue may not have turned before.
        """
        self._site, self._store, self._begun = settings.site, store, begun
        self._kept = KeptLooks(settings.data / "looks")
        self._known: tuple[str, str] | None = None
        self._writer: threading.Thread | None = None

    def look(self, at: datetime) -> bool:
        """Ask for what readers ask for, look at the inputs, and keep what was found.

        Args:
            at: now.

        Returns:
            Whether a page was answered.
        """
        services = dict(self._services())
        if at - self._begun >= CLOCK_LATE:
            # Until the queue is seen to turn: where its database is away, it does not.
            services["scheduler"] = DOWN
        if not self._write_aside(at, services):
            self._kept.keep(at, services)
        return services["website"] == UP

    def _write_aside(self, at: datetime, services: dict[str, str]) -> bool:
        """Write in a thread of its own: a database that is frozen ends no wait. Was it written?"""
        if self._writer is not None and self._writer.is_alive():
            return False
        done = threading.Event()

        def write() -> None:
            try:
                self._write(at, services)
                done.set()
            except SocMonitorError as error:
                log.warning("look not written yet", extra={"reason": str(error)})
            except Exception:
                log.exception("look not written")

        self._writer = threading.Thread(target=write, name="look", daemon=True)
        self._writer.start()
        self._writer.join(CHECK_S)
        return done.is_set()

    def _write(self, at: datetime, services: Mapping[str, str]) -> None:
        begun = time.monotonic()
        now = watch.moment(self._store)
        # Where the worker's clock is wrong, the database's is taken.
        ahead = datetime.now(UTC) - now
        ahead = ahead if abs(ahead) > watch.AHEAD else timedelta(0)
        inputs = [one for one in read_inputs.inputs_status(self._store) if not one.retired]
        turned = watch.clock_turned(self._store)
        in_time = time.monotonic() - begun < CHECK_S
        for then, found in sorted({**self._kept.read(), at: services}.items()):
            turn = _turn(then - ahead)
            # What is read from the database minutes late tells nothing of that turn.
            if then == at and in_time:
                on_time = turned is not None and now - turned < CLOCK_LATE
                note(self._store, turn, {**found, "scheduler": UP} if on_time else found, inputs)
            else:
                note(self._store, turn, found, [])
            self._kept.forget(then)

    def _services(self) -> Iterator[tuple[str, str]]:
        """Parts of the service that readers can tell apart, each with its state.

        A part that there is nothing to ask of yet, before the first release, is left out.
        """
        import httpx2  # noqa: PLC0415  # heavy, and only the worker needs it

        with httpx2.Client(base_url=self._site, timeout=CHECK_S) as client:

            def ask(path: str) -> httpx2.Response | None:
                try:
                    answer = client.get(path)
                except httpx2.HTTPError as error:
                    log.warning("no answer", extra={"at": path, "reason": str(error)})
                    return None
                if not answer.is_success:
                    log.warning("no answer", extra={"at": path, "reason": answer.status_code})
                    return None
                return answer

            yield "website", UP if ask(PAGE) else DOWN
            told = _read(ask(API))
            yield "api", UP if told.keys() >= OURS else DOWN
            # Where the API does not answer, those are asked for that it named before.
            listed = _read(ask("/api/v1/indicators")) if told.get("release") else {}
            self._known = _first(listed) or self._known
            if self._known is not None:
                tile, file = self._known
                yield "tiles", UP if ask(tile) else DOWN
                yield "downloads", UP if ask(file) else DOWN


def note(
    store: Store, turn: datetime, services: Mapping[str, str], inputs: list[InputStatus]
) -> bool:
    """Write one look down; False: its turn is known, or has yet to come."""
    # What does not age is never late, and what is paused is not expected.
    live = [one for one in inputs if one.max_age_days and not one.paused]
    fresh = [one for one in live if one.state(turn.date()) in {Freshness.FRESH, Freshness.DUE}]
    states = {(Kind.SERVICE, part): state for part, state in services.items()}
    states |= {(Kind.INPUT, one.feed_id): one.state(turn.date()).value
               for one in inputs if one.declared}  # fmt: skip
    answered = services.get("website") == UP
    return service.note_check(
        store, turn, states, answered=answered, inputs=len(live), fresh=len(fresh)
    )


class KeptLooks:
    """Looks that wait for the database: a small file each, named after its instant."""

    def __init__(self, folder: Path) -> None:
        """``folder``: theirs alone; several workers may share it."""
        self._folder = folder

    def keep(self, at: datetime, services: Mapping[str, str]) -> None:
        """Keep one; a disk that is full costs the look."""
        path = self._path(at)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # Renamed into place: a reader never sees half a file.
            part = path.with_suffix(".part")
            part.write_text(json.dumps(services))
            part.replace(path)
            for old in sorted(self._folder.glob("*.json"))[:-MOST_KEPT]:
                old.unlink(missing_ok=True)
        except OSError as error:
            log.warning("look not kept", extra={"reason": str(error)})

    def read(self) -> dict[datetime, dict[str, str]]:
        """All that wait."""
        found = {}
        for path in self._folder.glob("*.json"):
            try:
                services = json.loads(path.read_text())
                at = datetime.strptime(path.stem, _NAME).replace(tzinfo=UTC)
                if not isinstance(services, dict) or not {*services.values()} <= {UP, DOWN}:
                    raise ValueError("no look of ours")  # told below
            except (OSError, TypeError, ValueError) as error:
                log.warning("look not read", extra={"file": path.name, "reason": str(error)})
                path.unlink(missing_ok=True)
                continue
            found[at] = services
        return found

    def forget(self, at: datetime) -> None:
        """It is written, or never will be."""
        self._path(at).unlink(missing_ok=True)

    def _path(self, at: datetime) -> Path:
        return self._folder / f"{at.astimezone(UTC).strftime(_NAME)}.json"


_NAME = "%Y%m%dT%H%M%S.%fZ"


def _read(answer: Any) -> dict[str, Any]:
    """What the API told; empty: nothing, or what stands before it told something else."""
    try:
        found = {} if answer is None else answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _first(listed: Mapping[str, Any]) -> tuple[str, str] | None:
    """Addresses of one tile and of one small file; None: there are no numbers."""
    if not listed.keys() >= {"data", "meta"}:
        return None
    with_numbers = [one for one in listed["data"] if one["products"]]
    stocks = [one for one in with_numbers if one["v"] == "stock"]
    for one in (stocks or with_numbers)[:1]:
        product, release = one["products"][0], listed["meta"]["release"]
        where = f"{product['product_id']}/{one['id']}/{product['latest'].partition('/')[0]}"
        return (
            f"/tiles/{release}/fill/{where}/adm0/0/0/0.png",
            f"/api/v1/series.csv?area=WLD&v={one['id']}",
        )
    return None
