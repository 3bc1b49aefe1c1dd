"""Pending: how many files one reader may have waiting, so that nobody fills the queue of all."""

import threading
from collections import OrderedDict

from fastapi import Request

from soc_monitor.api.limits import IN_PROCESS, MOST_ADDRESSES, network_of
from soc_monitor.errors import TooOften
from soc_monitor.store import exports
from soc_monitor.store.store import Store

MOST = 5
"""Exports of one address that wait or are being made, as far as this process was asked."""


class Pending:
    """Which exports each address has asked for and not got yet."""

    def __init__(self) -> None:
        """Nobody waits."""
        self._asked: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, store: Store, address: str, export_id: str) -> None:
        """Note that an address asks for an export; the same one as often as it likes.

        Raises:
            TooOften: as many as may be are waiting already.
        """
        reader = network_of(address)
        with self._lock:
            known = self._asked.get(reader, frozenset())
        waiting = exports.pending(store, known) if known else frozenset()
        if export_id not in waiting and len(waiting) >= MOST:
            raise TooOften(
                f"{MOST} exports of one address are waiting", hint="Ask again when one is done."
            )
        with self._lock:
            self._asked[reader] = waiting | {export_id}
            self._asked.move_to_end(reader)
            while len(self._asked) > MOST_ADDRESSES:
                self._asked.popitem(last=False)


def may_wait(request: Request, store: Store, export_id: str) -> None:
    """Refuse an export to who has enough of them waiting; where no limit is set, to nobody.

    Raises:
        TooOften: it is refused.
    """
    address = request.client.host if request.client else ""
    if request.app.state.requests_per_minute and address != IN_PROCESS:
        pending: Pending = request.app.state.pending
        pending.take(store, address, export_id)
