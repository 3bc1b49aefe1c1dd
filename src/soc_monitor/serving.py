"""Serving: how uvicorn is set up for readers, who may send anything."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from soc_monitor.settings import Settings

LARGEST_HEAD = 32 << 10
"""Bytes of a request before its body."""
MOST_CONNECTIONS = 1000
"""Of one process; who comes after them is told 503."""
HEAD_S, REQUEST_S = 30.0, 300.0
"""By when the head of a request has to be there, and the whole of it [s]: the largest shape goes
over a line of a megabit in less."""


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 whose requests end: uvicorn bounds heads with h11 alone, which is far slower.

    Whoever opens a line and says nothing, or a byte now and then, would hold one of those there are
    for as long as they like.
    """

    _unfinished = 0
    """Bytes since a head, a part of a body or a request was complete."""
    _last: asyncio.TimerHandle | None = None
    """Ends the line, if what is waited for has not come."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A line is open: a head has to come."""
        super().connection_made(transport)
        self._expect(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for."""
        self._expect(None)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The first byte of a request is there."""
        if self._last is None:
            self._expect(HEAD_S)
        super().on_message_begin()

    def _expect(self, within_s: float | None) -> None:
        if self._last is not None:
            self._last.cancel()
        self._last = None
        if within_s is not None:
            self._last = self.loop.call_later(within_s, self.transport.close)

    def data_received(self, data: bytes) -> None:
        """Parse what came; refuse a head, or trailers, that go on and on."""
        self._unfinished += len(data)
        before = self._unfinished
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._unfinished == before > LARGEST_HEAD:
            self.send_400_response("The head of the request is too long.")
        elif self._last is None and self._idle():
            # Blank lines before a request are passed over without a word, but what uvicorn closes
            # an idle line by is gone with any byte.
            self._expect(HEAD_S)

    def _idle(self) -> bool:
        """No request is under way, and the line is still one of requests."""
        if self.transport.get_protocol() is not self:
            return False
        return self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]  # None before the first

    def on_headers_complete(self) -> None:
        """A head is complete."""
        self._unfinished = 0
        self._expect(REQUEST_S)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body is there."""
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is complete."""
        self._unfinished = 0
        self._expect(None)
        super().on_message_complete()


def options(settings: Settings) -> dict[str, Any]:
    """What uvicorn is told, beside the application."""
    return {
        "host": settings.host,
        "port": settings.port,
        "workers": settings.workers,
        "http": Protocol,
        "limit_concurrency": MOST_CONNECTIONS,
        "forwarded_allow_ips": settings.trusted_proxies,
        "log_level": "warning",
        "log_config": None,  # as everything else is told: a line of JSON
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": 5,
    }
