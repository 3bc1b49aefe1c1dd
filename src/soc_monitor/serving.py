"""Serving: how uvicorn is set up for readers, who may send anything."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from soc_monitor.settings import Settings

LARGEST_HEAD = 32 << 10
"""Bytes of a request before its body."""
MOST_CONNECTIONS = 1000
"""Of one process; who comes after them is told 503."""


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 whose heads end: uvicorn bounds them with h11 alone, which is far slower."""

    _unfinished = 0
    """Bytes since a head, a part of a body or a request was complete."""

    def data_received(self, data: bytes) -> None:
        """Parse what came; refuse a head, or trailers, that go on and on."""
        self._unfinished += len(data)
        before = self._unfinished
        super().data_received(data)
        if self._unfinished == before > LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_headers_complete(self) -> None:
        """A head is complete."""
        self._unfinished = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body is there."""
        self._unfinished = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is complete."""
        self._unfinished = 0
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
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": 5,
    }
