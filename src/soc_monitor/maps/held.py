"""Held: arrays kept in memory up to a number of bytes, each made once."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Held:
    """Arrays by key, the least recently used ones dropped when they are too many bytes.

    Threads that want the same array wait for the first one that makes it.

    Example:
        >>> held = Held(limit=16)
        >>> [held.get(key, lambda: np.zeros(8, "u1")).nbytes for key in "abc"], held.nbytes
        ([8, 8, 8], 16)
    """

    def __init__(self, limit: int) -> None:
        """``limit``: bytes kept at most."""
        self.limit = limit
        self.nbytes = 0
        self._kept: OrderedDict[Hashable, Array] = OrderedDict()
        self._gates: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Array]) -> Array:
        """The array of a key, made when it is not there; not to be written into."""
        with self._lock:
            found = self._find(key)
            if found is not None:
                return found
            gate = self._gates.setdefault(key, threading.Lock())
        with gate:
            with self._lock:
                found = self._find(key)
            if found is not None:
                return found
            try:
                made = make()
                self._keep(key, made)
            finally:
                with self._lock:
                    self._gates.pop(key, None)
        return made

    def _find(self, key: Hashable) -> Array | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def _keep(self, key: Hashable, made: Array) -> None:
        made.flags.writeable = False
        with self._lock:
            self._kept[key] = made
            self.nbytes += made.nbytes
            while self.nbytes > self.limit:
                _, dropped = self._kept.popitem(last=False)
                self.nbytes -= dropped.nbytes
