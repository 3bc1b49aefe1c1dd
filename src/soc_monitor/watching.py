"""Watching: the service looked at as a reader does, and its inputs, every five minutes."""

import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from soc_monitor.model.freshness import Freshness
from soc_monitor.model.watch import DOWN, EVERY, UP, Kind
from soc_monitor.settings import Settings
from soc_monitor.store import read_inputs, service
from soc_monitor.store.store import Store

log = logging.getLogger(__name__)
CHECK_S = 20.0
"""How long an answer may take before what gives it counts as not available."""
PAGE, API = "/en/status", "/api/v1/status"
CLOCK_LATE = timedelta(minutes=2)
"""So late after its time the scheduler counts as not working."""


def check(settings: Settings, store: Store, due: datetime, now: datetime) -> bool:
    """Ask for what readers ask for, look at the inputs, and keep what was found.

    Args:
        settings: say where the site is.
        store: where it is kept.
        due: when the scheduler should have begun this.
        now: when it did.

    Returns:
        Whether a page was answered.
    """
    services = dict(_services(settings.site))
    services["scheduler"] = UP if now - due < CLOCK_LATE else DOWN
    inputs = [one for one in read_inputs.inputs_status(store) if not one.retired]
    # What does not age is never late, and what is paused is not expected.
    live = [one for one in inputs if one.max_age_days and not one.paused]
    fresh = [one for one in live if one.state(now.date()) in {Freshness.FRESH, Freshness.DUE}]
    states = {(Kind.SERVICE, part): state for part, state in services.items()}
    states |= {(Kind.INPUT, one.feed_id): one.state(now.date()).value
               for one in inputs if one.declared}  # fmt: skip
    answered = services["website"] == UP
    turn = now - (now - datetime.min.replace(tzinfo=UTC)) % EVERY
    service.note_check(store, turn, states, answered=answered, inputs=len(live), fresh=len(fresh))
    return answered


def _services(site: str) -> Iterator[tuple[str, str]]:
    """Parts of the service that readers can tell apart, each with its state.

    A part that there is nothing to ask of yet, before the first release, is left out.
    """
    import httpx2  # noqa: PLC0415  # heavy, and only the worker needs it

    with httpx2.Client(base_url=site, timeout=CHECK_S) as client:

        def ask(path: str) -> httpx2.Response | None:
            try:
                answer = client.get(path)
            except httpx2.HTTPError as error:
                log.warning("no answer", extra={"at": site + path, "reason": str(error)})
                return None
            if not answer.is_success:
                log.warning("no answer", extra={"at": site + path, "reason": answer.status_code})
                return None
            return answer

        yield "website", UP if ask(PAGE) else DOWN
        told = _read(ask(API))
        yield "api", UP if told else DOWN
        listed = _read(ask("/api/v1/indicators")) if told.get("release") else {}
        first = _first(listed) if listed else None
        if first is not None:
            tile, file = first
            yield "tiles", UP if ask(tile) else DOWN
            yield "downloads", UP if ask(file) else DOWN


def _read(answer: Any) -> dict[str, Any]:
    """What the API told; empty: nothing, or what stands before it told something else."""
    try:
        found = {} if answer is None else answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _first(listed: Mapping[str, Any]) -> tuple[str, str] | None:
    """Addresses of one tile and of one small file; None: there are no numbers."""
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
