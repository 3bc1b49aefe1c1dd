"""Timed: a stream that ends at an instant, however slowly the other side goes on talking.

Limits between two reads alone would let a server keep a thread for hours, a byte at a time.
"""

import ssl
import time
from typing import Any

import httpcore2


class Timed(httpcore2.NetworkStream):
    """A stream whose every step fits into what is left of its time."""

    def __init__(self, inner: httpcore2.NetworkStream, until: float) -> None:
        """``until``: by the monotonic clock."""
        self._inner, self._until = inner, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes, in time."""
        return self._inner.read(max_bytes, self._left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send some, in time."""
        self._inner.write(buffer, self._left(timeout, httpcore2.WriteTimeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """The same stream, encrypted; as timed as before."""
        left = self._left(timeout, httpcore2.ConnectTimeout)
        return Timed(self._inner.start_tls(ssl_context, server_hostname, left), self._until)

    def close(self) -> None:
        """End it."""
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        """What the stream knows of itself."""
        return self._inner.get_extra_info(info)

    def _left(self, timeout: float | None, late: type[httpcore2.TimeoutException]) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise late("all of its time is used up")
        return left if timeout is None else min(timeout, left)
