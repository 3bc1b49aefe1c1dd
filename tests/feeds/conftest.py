"""A server on loopback that answers as the test says, and writes down what it was asked."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Asked:
    """One request, as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Server(ThreadingHTTPServer):
    """Answers each path with what the test has put there, one answer after the other."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, list[Callable[[Any], None]]] = defaultdict(list)
        self.asked: list[Asked] = []
        self.stop = threading.Event()
        self.host = f"127.0.0.1:{self.server_port}"
        self.address = f"http://{self.host}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""

    def on(self, path: str, *answers: Callable[[Any], None]) -> None:
        """Answer a path; the last answer stays."""
        self.answers[path] = list(answers)

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [one.path for one in self.asked]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        headers = {k.lower(): v for k, v in self.headers.items()}
        self.server.asked.append(Asked(self.command, self.path, headers, body))
        known = self.server.answers
        found = known.get(self.path) or known.get(self.path.partition("?")[0])
        if not found:
            send(b"nothing here", status=404)(self)
            return
        # A client that has had enough goes away.
        with suppress(BrokenPipeError, ConnectionResetError):
            queued = len(found) > 1 and self.command != "HEAD"
            (found.pop(0) if queued else found[0])(self)

    do_GET = do_POST = do_HEAD = answer  # noqa: N815  # their names in the library

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def send(
    body: bytes, *, status: int = 200, headers: dict[str, str] | None = None, cut: int | None = None
) -> Callable[[_Handler], None]:
    """A body with its length; ``cut``: only so many bytes come, then the line is dead."""

    def answer(handler: _Handler) -> None:
        handler.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            handler.send_header(key, value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body if cut is None else body[:cut])
        handler.close_connection = cut is not None

    return answer


@dataclass
class Resumable:
    """A file of which each answer brings so many bytes more; it honours ranges as HTTP has it."""

    body: bytes
    step: int
    etag: str = '"one"'
    ranges: list[str] = field(default_factory=list)

    def __call__(self, handler: _Handler) -> None:
        """Answer one request."""
        asked = handler.headers.get("range", "")
        self.ranges.append(asked)
        same = handler.headers.get("if-range") == self.etag
        first = int(asked.removeprefix("bytes=").rstrip("-")) if asked and same else 0
        rest = self.body[first:]
        handler.send_response(206 if first else 200)
        handler.send_header("ETag", self.etag)
        handler.send_header("Accept-Ranges", "bytes")
        if first:
            end = len(self.body)
            handler.send_header("Content-Range", f"bytes {first}-{end - 1}/{end}")
        handler.send_header("Content-Length", str(len(rest)))
        handler.end_headers()
        handler.wfile.write(rest[: self.step])
        handler.close_connection = True


@pytest.fixture
def server() -> Iterator[Server]:
    """The server, serving."""
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.stop.set()
    made.shutdown()
    made.server_close()
    thread.join()
