"""Pending: how many files one reader may have waiting, so that nobody fills the queue of all."""

import threading
from collections import OrderedDict

from fastapi import Request

from soc_monitor.api.limits import MOST_ADDRESSES, READER
from soc_monitor.errors import TooOften
from soc_monitor.store import exports
from soc_monitor.store.store import Store

MOST = 5
"""Exports of one reader that wait or are being made, as far as this process was asked."""


class Pending:
    """Which exports each reader has asked for and not got yet."""

    def __init__(self) -> None:
        """Nobody waits."""
        self._asked: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, store: Store, reader: str, export_id: str) -> None:
        """Note that a reader asks for an export; the same one as often as they like.

        Raises:
            TooOften: as many as may be are waiting already.
        """
        with self._lock:
            known = self._asked.get(reader, frozenset())
        waiting = exports.pending(store, known) if known else frozenset()
        if export_id not in waiting and len(waiting) >= MOST:
            raise TooOften(
                f"{MOST} exports of one reader are waiting", hint="Ask again when one is done."
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
    # Who is not counted has no limit either.
    reader = request.scope.get(READER)
    if reader is not None:
        pending: Pending = request.app.state.pending
        pending.take(store, reader, export_id)
