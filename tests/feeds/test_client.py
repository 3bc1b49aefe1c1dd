"""The one client of the network: where it goes, how often it tries, what it takes.

Each guard stands alone here: with the guard taken out, its test fails.
"""

import gzip
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from soc_monitor.errors import FeedUnreachable, ItemRejected, NotThereYet
from soc_monitor.feeds.client import Client, Limits
from soc_monitor.feeds.guard import Reach

from .conftest import Resumable, Server, send

FAST = Limits(pause_s=0.01, connect_s=5)


def client(*hosts: str, limits: Limits = FAST, plain_http: bool = True, **other: Any) -> Client:
    return Client(reach=Reach(hosts, plain_http), limits=limits, **other)


@pytest.fixture
def get(server: Server, tmp_path: Path) -> Callable[..., bytes]:
    """Downloads a path of the server."""

    def download(path: str, limits: Limits = FAST, **other: Any) -> bytes:
        made = client(server.host, limits=limits, **other)
        return made.download(f"{server.address}{path}", tmp_path / "file").read_bytes()

    return download


# --- redirects and secrets ---------------------------------------------------------------------


def moved(address: str) -> Callable[[Any], None]:
    return send(b"", status=302, headers={"Location": address})


def test_three_redirects_are_followed_and_no_fourth(
    server: Server, get: Callable[..., bytes]
) -> None:
    for number in range(4):
        server.on(f"/{number}", moved(f"/{number + 1}"))
    server.on("/4", send(b"here"))
    assert get("/1") == b"here"
    with pytest.raises(FeedUnreachable, match="more than 3 redirects"):
        get("/0")


def test_a_secret_does_not_follow_to_another_host(server: Server, tmp_path: Path) -> None:
    other = f"localhost:{server.server_port}"
    server.on("/a", moved(f"http://{other}/b"))
    server.on("/b", send(b"here"))
    made = client(server.host, other, secrets={server.host: {"Authorization": "Bearer secret"}})
    made.download(f"{server.address}/a", tmp_path / "file")
    first, second = server.asked
    assert first.headers["authorization"] == "Bearer secret"
    assert "authorization" not in second.headers
    assert "secret" not in repr(made)


def test_what_proves_who_asks_does_not_follow_to_another_host(
    server: Server, tmp_path: Path
) -> None:
    other = f"localhost:{server.server_port}"
    server.on("/a", moved("/here"))
    server.on("/here", moved(f"http://{other}/b"))
    server.on("/b", send(b"there"))
    made = client(
        server.host, other, sign=lambda method, address, _: {"X-Proof": f"{method} {address}"}
    )
    made.download(f"{server.address}/a", tmp_path / "file")
    assert [one.headers.get("x-proof", "") for one in server.asked] == [
        f"GET {server.address}/a",
        f"GET {server.address}/here",
        "",
    ]


def test_what_is_told_holds_no_query(server: Server, tmp_path: Path) -> None:
    with pytest.raises(NotThereYet) as caught:
        client(server.host).download(f"{server.address}/x?token=hidden", tmp_path / "file")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["https://me:hidden@host:none/x?token=hidden", "https://[::1/x?token=hidden@it"]
)
def test_what_is_told_of_no_address_holds_none_either(address: str, tmp_path: Path) -> None:
    with pytest.raises(FeedUnreachable, match="not an address") as caught:
        client("host").download(address, tmp_path / "file")
    assert "hidden" not in str(caught.value)


# --- tries -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_get_better_is_tried_five_times(
    server: Server, get: Callable[..., bytes], status: int
) -> None:
    trouble = send(b"later", status=status)
    server.on("/x", *[trouble] * 4, send(b"whole"))
    assert get("/x") == b"whole"
    assert len(server.asked) == 5
    server.on("/y", trouble)
    with pytest.raises(FeedUnreachable, match=f"answered {status}"):
        get("/y")
    assert server.paths().count("/y") == 5


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 501])
def test_what_does_not_get_better_is_asked_once(
    server: Server, get: Callable[..., bytes], status: int
) -> None:
    server.on("/x", send(b"no", status=status))
    missing = status in {404, 410}
    with pytest.raises(NotThereYet if missing else FeedUnreachable, match=f"answered {status}"):
        get("/x")
    assert len(server.asked) == 1


def test_pauses_grow_and_are_not_all_alike(
    server: Server, get: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    server.on("/x", send(b"later", status=503))
    for _ in range(2):
        with pytest.raises(FeedUnreachable):
            get("/x", Limits(pause_s=1))
    assert all(0.5 * 2 ** (n % 4) <= wait <= 2 ** (n % 4) for n, wait in enumerate(waits))
    assert len(set(waits)) == len(waits) == 8


@pytest.mark.parametrize(
    ("told", "low", "high"),
    [
        ("7", 7, 7),
        ("100000", 300, 300),
        ("soon", 0.5, 1),
        ("-5", 0.5, 1),
        ("date", 50, 61),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 0.5, 1),
    ],
)
def test_retry_after_is_heard_within_bounds(
    server: Server,
    get: Callable[..., bytes],
    monkeypatch: pytest.MonkeyPatch,
    told: str,
    low: float,
    high: float,
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    if told == "date":
        told = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    server.on("/x", send(b"", status=429, headers={"Retry-After": told}), send(b"whole"))
    assert get("/x", Limits(pause_s=1)) == b"whole"
    assert len(waits) == 1
    assert low <= waits[0] <= high


def test_no_pause_is_longer_than_what_is_left_of_the_time(
    server: Server, get: Callable[..., bytes]
) -> None:
    server.on("/x", send(b"", status=503, headers={"Retry-After": "200"}))
    with pytest.raises(FeedUnreachable, match="answered 503"):
        get("/x", Limits(total_s=100))
    assert len(server.asked) == 1


# --- bodies ------------------------------------------------------------------------------------

BODY = bytes(range(256)) * 40


def test_a_download_goes_on_where_it_was_cut(server: Server, get: Callable[..., bytes]) -> None:
    file = Resumable(BODY, step=3000)
    server.on("/x", file)
    assert get("/x") == BODY
    assert file.ranges == ["", "bytes=3000-", "bytes=6000-", "bytes=9000-"]


def test_a_file_that_has_changed_is_begun_again(server: Server, get: Callable[..., bytes]) -> None:
    old, new = Resumable(b"o" * 9000, step=3000), Resumable(BODY, step=99999, etag='"two"')
    server.on("/x", old, new)
    assert get("/x") == BODY
    assert new.ranges == ["bytes=3000-"]


def test_a_server_without_ranges_is_asked_for_all_again(
    server: Server, get: Callable[..., bytes]
) -> None:
    server.on("/x", send(BODY, cut=500), send(BODY))
    assert get("/x") == BODY
    assert "range" not in server.asked[1].headers


@pytest.mark.parametrize(
    ("told", "body"),
    [
        ({"ETag": 'W/"one"', "Accept-Ranges": "bytes"}, BODY),
        ({"ETag": '"one"'}, BODY),
        ({"ETag": '"one"', "Accept-Ranges": "bytes", "Content-Encoding": "gzip"},
         gzip.compress(BODY)),
    ],
)  # fmt: skip
def test_what_may_have_changed_or_is_counted_otherwise_is_not_gone_on_with(
    server: Server, get: Callable[..., bytes], told: dict[str, str], body: bytes
) -> None:
    server.on("/x", send(body, cut=len(body) // 2, headers=told), send(body, headers=told))
    assert get("/x") == BODY
    assert "range" not in server.asked[1].headers


def test_a_range_of_another_place_is_refused(server: Server, get: Callable[..., bytes]) -> None:
    mark = {"ETag": '"one"', "Accept-Ranges": "bytes"}
    server.on(
        "/x", send(BODY, cut=500, headers=mark),
        send(BODY[100:], status=206, headers={"Content-Range": "bytes 100-10239/10240"}),
    )  # fmt: skip
    with pytest.raises(ItemRejected, match="range: bytes 100-"):
        get("/x")


def test_a_file_that_always_ends_early_is_refused_and_nothing_left(
    server: Server, get: Callable[..., bytes], tmp_path: Path
) -> None:
    server.on("/x", send(BODY, cut=500))
    with pytest.raises(ItemRejected, match="length: cut after 500 bytes"):
        get("/x")
    assert list(tmp_path.iterdir()) == []


def test_bytes_are_counted_after_decompression(server: Server, get: Callable[..., bytes]) -> None:
    body = gzip.compress(bytes(3_000_000))
    assert len(body) < 4000
    server.on("/x", send(body, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(ItemRejected, match="size: more than 1000000 bytes"):
        get("/x", Limits(max_bytes=1_000_000))


def test_a_page_has_its_own_bound(server: Server) -> None:
    server.on("/x", send(b"[" + b"1," * 5000 + b"1]"))
    with pytest.raises(ItemRejected, match="size"):
        client(server.host, limits=Limits(page_bytes=9000)).read_json(f"{server.address}/x")


@pytest.mark.parametrize("text", ["{", "[1,]", "[NaN]", "[" * 100_000, "\x00", "", '{"a": 1e}'])
def test_malformed_json_is_told_with_its_place(server: Server, text: str) -> None:
    server.on("/x", send(text.encode()))
    with pytest.raises(FeedUnreachable, match="/x: malformed JSON: "):
        client(server.host).read_json(f"{server.address}/x")


def trickle(handler: Any) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not handler.server.stop.wait(0.02):
        handler.wfile.write(b"x")


def silence(handler: Any) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.server.stop.wait(30)


@pytest.mark.parametrize(
    ("answer", "limits", "told"),
    [
        (trickle, Limits(slow_for_s=0.2), "slower than 16384 bytes a second"),
        (trickle, Limits(total_s=0.3), "not complete after"),
        (silence, Limits(silence_s=0.2, tries=2, pause_s=0.01), "ReadTimeout"),
    ],
)
def test_a_server_that_is_too_slow_is_left(
    server: Server, get: Callable[..., bytes], answer: Any, limits: Limits, told: str
) -> None:
    server.on("/x", answer)
    with pytest.raises(FeedUnreachable, match=told):
        get("/x", limits)


def test_huge_headers_are_not_read(server: Server, get: Callable[..., bytes]) -> None:
    server.on("/x", send(b"x", headers={f"X-{n}": "y" * 9000 for n in range(40)}))
    with pytest.raises(FeedUnreachable, match="RemoteProtocolError"):
        get("/x", Limits(tries=2, pause_s=0.01))
