"""Where the one client of the network goes: listed hosts, judged addresses, checked certificates.

Each guard stands alone here: with the guard taken out, its test fails.
"""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds.client import Client, Limits
from soc_monitor.feeds.guard import Reach, is_public

from .conftest import Server, send

FAST = Limits(pause_s=0.01, connect_s=5)


def client(*hosts: str, limits: Limits = FAST, plain_http: bool = True, **other: Any) -> Client:
    return Client(reach=Reach(hosts, plain_http), limits=limits, **other)


INSIDE = [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "0.0.0.0", "224.0.0.1",  # noqa: S104  # none of them is listened on
    "255.255.255.255", "192.0.2.1", "::1", "::",
    "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:0:0:0:0:80ff:fffe",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_points_inward_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2606:4700::1111", "64:ff9b::909:909"])
def test_an_address_out_in_the_world_is_public(address: str) -> None:
    assert is_public(address)


@pytest.fixture
def canary() -> Iterator[tuple[int, list[Any]]]:
    """A port on loopback, and who has knocked at it."""
    knocks: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    knocks.append(listener.accept())
                except TimeoutError:
                    continue

        thread = threading.Thread(target=listen)
        thread.start()
        yield listener.getsockname()[1], knocks
        stop.set()
        thread.join()
    for connection, _ in knocks:
        connection.close()


SPELLINGS = ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1",
             "[::ffff:127.0.0.1]", "[::1]", "LOCALHOST", "127.0.0.1.",
             "user@127.0.0.1"]  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_of_an_inner_address_is_connected_to(
    server: Server, tmp_path: Path, canary: tuple[int, list[Any]], spelling: str
) -> None:
    port, knocks = canary
    server.on("/away", send(b"", status=302, headers={"Location": f"http://{spelling}:{port}/x"}))
    made = client(server.host, "example.org")
    for address in (f"http://{spelling}:{port}/x", f"{server.address}/away"):
        with pytest.raises(FeedUnreachable, match=r"is not a host of this feed|not an address"):
            made.download(address, tmp_path / "file")
    assert knocks == []


def test_a_listed_name_that_resolves_inward_is_not_connected_to(
    tmp_path: Path, canary: tuple[int, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, knocks = canary
    inward = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: inward)
    with pytest.raises(FeedUnreachable, match=r"is at 127\.0\.0\.1, which is not a public"):
        client("example.org").download("http://example.org/x", tmp_path / "file")
    assert knocks == []


def test_the_address_that_was_judged_is_the_one_that_is_connected_to(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.on("/x", send(b"whole"))
    asked: list[str] = []
    real = socket.getaddrinfo

    def names(host: Any, *rest: Any, **more: Any) -> Any:
        if host == "example.org":
            asked.append(host)
            host = "127.0.0.1"
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", names)
    name = f"example.org:{server.server_port}"
    client(name).download(f"http://{name}/x", tmp_path / "file")
    assert asked == ["example.org"], "a second look-up could answer otherwise"


def test_plain_http_needs_a_word(server: Server, tmp_path: Path) -> None:
    with pytest.raises(FeedUnreachable, match="only https is fetched"):
        client(server.host, plain_http=False).download(f"{server.address}/x", tmp_path / "f")
    assert server.asked == []


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://h/x", "gopher://h", "//h/x", "x"])
def test_no_other_scheme_is_fetched(tmp_path: Path, address: str) -> None:
    with pytest.raises(FeedUnreachable, match="only https is fetched"):
        client("h").download(address, tmp_path / "file")


def test_a_self_signed_certificate_is_refused(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [shutil.which("openssl") or "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
         "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    served = Server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    served.socket = context.wrap_socket(served.socket, server_side=True)
    served.handle_error = lambda *_: None  # type: ignore[method-assign]  # its complaint
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        with pytest.raises(FeedUnreachable, match="CERTIFICATE_VERIFY_FAILED"):
            client(served.host).download(f"https://{served.host}/x", tmp_path / "file")
    finally:
        served.shutdown()
        served.server_close()
        thread.join()
    assert served.asked == []


@pytest.mark.parametrize(
    "address",
    ["https://example.org:8443/x", "https://example.org:80/x", "https://me@example.org/x",
     "https://me:word@example.org/x", "https://example.org.evil.org/x", "https://sub.example.org/"],
)  # fmt: skip
def test_a_listed_host_is_asked_by_its_own_name_and_port_alone(address: str) -> None:
    reach = Reach(("example.org",))
    assert reach.check("https://example.org/x").path == "/x"
    assert reach.check("https://example.org:443/x").path == "/x"
    with pytest.raises(FeedUnreachable, match="is not a host of this feed"):
        reach.check(address)


def test_one_inner_address_among_many_is_enough_to_refuse_a_name(
    tmp_path: Path, canary: tuple[int, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, knocks = canary
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in ("192.88.99.9", "::1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert is_public("192.88.99.9")
    with pytest.raises(FeedUnreachable, match="is at ::1, which is not a public"):
        client("example.org").download("http://example.org/x", tmp_path / "file")
    assert knocks == []


def test_a_proxy_of_the_environment_is_not_used(
    server: Server,
    tmp_path: Path,
    canary: tuple[int, list[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port, knocks = canary
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    server.on("/x", send(b"whole"))
    quick = Limits(tries=1, silence_s=2)
    got = client(server.host, limits=quick).download(f"{server.address}/x", tmp_path / "file")
    assert got.read_bytes() == b"whole"
    assert knocks == []


def test_a_server_that_takes_no_connection_is_left_in_time(tmp_path: Path) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        host = f"127.0.0.1:{full.getsockname()[1]}"
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        limits = Limits(connect_s=0.3, silence_s=20, tries=1)
        began = time.monotonic()
        with pytest.raises(FeedUnreachable, match="ConnectTimeout"):
            client(host, limits=limits).download(f"http://{host}/x", tmp_path / "file")
        assert time.monotonic() - began < 10
        for one in waiting:
            one.close()
