"""The server as it is set up for readers: heads that end, and proxies that are believed."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from soc_monitor import serving
from soc_monitor.settings import Settings

CLOSE = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


async def who(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the address of who asks, and how long the body was."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = f"{scope['client'][0]} {size}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@contextlib.contextmanager
def served(**chosen: Any) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = serving.options(Settings(port=port, **chosen))
    server = uvicorn.Server(uvicorn.Config(who, **told, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield port
    finally:
        server.should_exit = True
        thread.join()


def ask(port: int, *parts: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        for part in parts:
            line.sendall(part)
            time.sleep(0.005)
        found = b""
        while block := line.recv(65536):
            found += block
    return found


def test_a_header_without_an_end_is_refused() -> None:
    with served() as port:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
            line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
            sent = 0
            with contextlib.suppress(ConnectionError):
                while sent < 4 << 20:
                    line.sendall(b"a" * 4096)
                    sent += 4096
                    time.sleep(0.001)
            assert sent < 4 << 20
        assert b"127.0.0.1 0" in ask(
            port, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )


def test_a_long_body_and_many_requests_on_one_line_are_no_long_head() -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n"
    with served() as port:
        found = ask(port, head, b"a" * 200_000, b"a" * 100_000, CLOSE)
        assert b"127.0.0.1 300000" in found
        assert found.count(b"200 OK") == 2
        again = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2000
        assert ask(port, again, CLOSE).count(b"200 OK") == 2001


def test_who_asks_is_believed_from_a_trusted_proxy_alone() -> None:
    head = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n"
    with served(trusted_proxies="10.9.0.1,127.0.0.0/8") as port:
        assert b"192.0.2.7 0" in ask(port, head)
    with served(trusted_proxies="172.16.0.0/12") as port:
        assert b"127.0.0.1 0" in ask(port, head)


def test_who_comes_after_as_many_as_there_may_be_is_told_503(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "MOST_CONNECTIONS", 5)
    with served() as port, contextlib.ExitStack() as lines:
        for _ in range(5):
            lines.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
        assert ask(port, CLOSE, b"\r\n").startswith(b"HTTP/1.1 503")
        lines.close()
        while not ask(port, CLOSE, b"\r\n").startswith(b"HTTP/1.1 200"):
            time.sleep(0.01)


@pytest.mark.parametrize(
    ("begun", "more", "used"),
    [
        (b"", b"", False),
        (b"GET / HTTP/1.1\r\nX: ", b"x", False),
        (b"GET / HTTP/1.1\r\nX: ", b"x", True),
        (b"\r\n", b"", True),
        (b"\r\n", b"\r\n", True),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n", b"x", False),
    ],
    ids=["nothing", "a head", "the head of a second one", "a blank line", "blank lines", "a body"],
)
def test_who_does_not_finish_a_request_holds_no_line(
    monkeypatch: pytest.MonkeyPatch, begun: bytes, more: bytes, *, used: bool
) -> None:
    monkeypatch.setattr(serving, "HEAD_S", 0.2)
    monkeypatch.setattr(serving, "REQUEST_S", 0.2)
    with served() as port, socket.create_connection(("127.0.0.1", port), timeout=0.05) as line:
        if used:
            line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            line.settimeout(20)
            assert line.recv(65536).startswith(b"HTTP/1.1 200")
            line.settimeout(0.05)
        line.sendall(begun)
        for _ in range(100):
            try:
                line.sendall(more)
                if line.recv(65536) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        else:
            pytest.fail("the line is still open")
