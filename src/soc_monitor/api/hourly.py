"""Hourly: how often one address may do what leaves something behind."""

import threading
from collections import deque

from soc_monitor.api.limits import network_of
from soc_monitor.errors import TooOften

WINDOW_S = 3600


class Hourly:
    """Counts by address; kept in memory, and forgotten after an hour.

    Example:
        >>> limit = Hourly("suggestions", 1)
        >>> limit.take("a", 0.0), limit.take("b", 1.0), limit.take("a", 3601.0)
        (None, None, None)
    """

    def __init__(self, what: str, often: int) -> None:
        """Nobody has asked yet.

        Args:
            what: is counted, in words.
            often: how many an hour.
        """
        self._what, self._often = what, often
        self._seen: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, address: str, now: float) -> None:
        """Count one request.

        Raises:
            TooOften: the address has used up its hour.
        """
        address = network_of(address)
        with self._lock:
            for known in [one for one, times in self._seen.items() if times[-1] < now - WINDOW_S]:
                del self._seen[known]
            times = self._seen.setdefault(address, deque(maxlen=self._often))
            if len(times) == self._often and times[0] > now - WINDOW_S:
                raise TooOften(f"{self._often} {self._what} an hour", hint="Try again in an hour")
            times.append(now)
