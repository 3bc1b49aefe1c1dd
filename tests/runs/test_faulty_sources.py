"""What goes wrong on the way: bodies cut short, servers that hang, addresses that lead inside."""

import gzip
import hashlib
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds import UrlFeed
from soc_monitor.feeds.client import Limits
from soc_monitor.model import (
    Access,
    IngestJob,
    Item,
    RunState,
)
from soc_monitor.store import read_slices, runs
from soc_monitor.store.store import Store

from .made_up import (
    ask,
    files,
    job,
    layer,
    nothing_left,
    rejections,
    run,
)


@dataclass(frozen=True)
class Declared:
    """A feed that declares the checksum of its one file."""

    sha256: str

    def find(self, access: Access) -> Iterable[Item]:
        assert access.shelf is not None
        return [Item(key="good.tif", address="good.tif", sha256=self.sha256)]

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        assert access.shelf is not None
        return Path(shutil.copy(access.shelf / "files" / item.key, folder))


def test_a_flipped_bit_breaks_the_declared_checksum(store: Store, shelf: Path) -> None:
    file = shelf / "files" / "good.tif"
    whole = file.read_bytes()
    made = job(Declared(hashlib.sha256(whole).hexdigest()), layer("good.tif", 2000))
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert run(made, store, shelf).state is RunState.REFUSED
    assert rejections(store)["good.tif"][0] == "checksum"
    file.write_bytes(whole)
    assert run(made, store, shelf).state is RunState.DONE
    assert ask(store, "SELECT verified FROM app.items") == [(True,)]


class Upstream(ThreadingHTTPServer):
    """A server on loopback that does at each path what its name says."""

    def __init__(self, good: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.good = good
        self.asked: list[str] = []
        self.stop = threading.Event()
        self.address = f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    """One request."""

    server: Upstream

    def do_GET(self) -> None:  # its name in the library
        self.server.asked.append(self.path)
        # A client that has had enough goes away.
        with suppress(BrokenPipeError, ConnectionResetError):
            BEHAVIOUR.get(self.path.rpartition("/")[2], Answer.good)(self)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def head(self, headers: dict[str, str] | None = None, status: int = 200) -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.end_headers()

    def send(self, body: bytes, length: int | None = None, status: int = 200) -> None:
        self.head({"Content-Length": str(len(body) if length is None else length)}, status)
        self.wfile.write(body)

    def good(self) -> None:
        self.send(self.server.good)

    def cut(self) -> None:
        self.send(self.server.good[:300], len(self.server.good))

    def long(self) -> None:
        self.send(self.server.good + b"x" * 9, len(self.server.good))

    def cut_in_a_chunk(self) -> None:
        self.protocol_version = "HTTP/1.1"
        self.head({"Transfer-Encoding": "chunked"})
        self.wfile.write(b"100\r\n" + self.server.good[:256] + b"\r\n")

    def endless(self) -> None:
        self.head()
        while not self.server.stop.is_set():
            self.wfile.write(bytes(1 << 16))

    def explodes(self) -> None:
        body = gzip.compress(bytes(9_000_000))
        self.head({"Content-Length": str(len(body)), "Content-Encoding": "gzip"})
        self.wfile.write(body)

    def silent(self) -> None:
        self.head()
        self.server.stop.wait(20)

    def slow(self) -> None:
        self.head()
        while not self.server.stop.wait(0.05):
            self.wfile.write(b"x")


def moved(address: str) -> Callable[[Answer], None]:
    return lambda answer: answer.head({"Location": address}, 302)


BEHAVIOUR: dict[str, Callable[[Answer], None]] = {
    "cut.tif": Answer.cut,
    "long.tif": Answer.long,
    "chunked.tif": Answer.cut_in_a_chunk,
    "endless.tif": Answer.endless,
    "gzip.tif": Answer.explodes,
    "silent.tif": Answer.silent,
    "slow.tif": Answer.slow,
    "error.tif": lambda answer: answer.send(b"sorry", status=500),
    "away.tif": moved("http://localhost:9/good.tif"),
    "inside.tif": moved("file:///etc/passwd"),
    "moved.tif": moved("/files/good.tif"),
    "loop.tif": moved("/files/loop.tif"),
}


@pytest.fixture
def upstream(shelf: Path) -> Iterator[Upstream]:
    """The server, serving."""
    server = Upstream((shelf / "files" / "good.tif").read_bytes())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.stop.set()
    server.shutdown()
    server.server_close()
    thread.join()


def url_job(*keys: str, base: str = "", limits: Limits | None = None) -> IngestJob:
    limits = replace(limits or Limits(), pause_s=0.01)
    feed = UrlFeed(base=base, folder="files", keys=keys, limits=limits)
    return job(feed, *(layer(key, 2000 + k) for k, key in enumerate(keys)))


def test_a_mirror_may_be_reached_by_plain_http(
    store: Store, shelf: Path, upstream: Upstream
) -> None:
    ended = run(url_job("moved.tif"), store, shelf, upstream.address)
    assert (ended.state, ended.taken) == (RunState.DONE, 1)
    assert upstream.asked == ["/files/moved.tif", "/files/good.tif"]


def test_plain_http_is_refused_elsewhere(store: Store, shelf: Path, upstream: Upstream) -> None:
    with pytest.raises(FeedUnreachable, match="only https is fetched"):
        run(url_job("good.tif", base=upstream.address), store, shelf)
    assert upstream.asked == []


@pytest.mark.parametrize(
    ("name", "rule", "limits"),
    [
        ("cut.tif", "length", Limits()),
        ("chunked.tif", "length", Limits()),
        ("endless.tif", "size", Limits(max_bytes=1 << 20)),
        ("gzip.tif", "size", Limits(max_bytes=1 << 20)),
    ],
)
def test_a_body_that_is_cut_or_too_large_is_refused_and_the_next_file_taken(
    store: Store, shelf: Path, upstream: Upstream, name: str, rule: str, limits: Limits
) -> None:
    ended = run(url_job(name, "good.tif", limits=limits), store, shelf, upstream.address)
    assert ended.state is RunState.PARTLY
    assert {key: found for key, (found, _) in rejections(store).items()} == {name: rule}
    assert nothing_left(store)


def test_bytes_past_the_declared_length_are_not_read(
    store: Store, shelf: Path, upstream: Upstream
) -> None:
    run(url_job("long.tif"), store, shelf, upstream.address)
    size = (shelf / "files" / "good.tif").stat().st_size
    assert ask(store, "SELECT bytes FROM app.items") == [(size,)]


@pytest.mark.parametrize(
    ("name", "told", "limits"),
    [
        ("error.tif", "answered 500", Limits()),
        ("away.tif", "localhost:9 is not a host of this feed", Limits()),
        ("inside.tif", "only https is fetched", Limits()),
        ("loop.tif", "more than 3 redirects", Limits()),
        ("silent.tif", "ReadTimeout", Limits(silence_s=0.2)),
        ("slow.tif", "not complete after", Limits(total_s=0.3)),
    ],
)
def test_a_source_that_cannot_be_reached_fails_the_run_in_words(
    store: Store, shelf: Path, upstream: Upstream, name: str, told: str, limits: Limits
) -> None:
    with pytest.raises(FeedUnreachable, match=told):
        run(url_job(name, limits=limits), store, shelf, upstream.address)
    (ended,) = runs.list_runs(store)
    assert ended.state is RunState.FAILED
    assert told in ended.detail
    assert nothing_left(store)


@pytest.mark.parametrize("base", ["https://127.0.0.1:9", "https://nowhere.invalid"])
def test_no_network_is_told_as_such(store: Store, shelf: Path, base: str) -> None:
    with pytest.raises(FeedUnreachable, match=f"{base}/good.tif: Connect"):
        run(url_job("good.tif", base=base, limits=Limits(connect_s=2)), store, shelf)


def test_a_mirror_folder_is_looked_into_first(store: Store, shelf: Path) -> None:
    made = url_job("good.tif", "absent.tif", base="https://127.0.0.1:9")
    with pytest.raises(FeedUnreachable, match="absent"):
        run(made, store, shelf, str(shelf))
    # What was taken before the source failed stays.
    assert [s.period.year for s in read_slices.newest_slices(store)] == [2000]


def test_a_file_that_is_nowhere_is_said_to_be_missing(store: Store, shelf: Path) -> None:
    with pytest.raises(FeedUnreachable, match=r"files/absent\.tif is not in the mirror"):
        run(url_job("absent.tif"), store, shelf, str(shelf))
    with pytest.raises(FeedUnreachable, match=r"files/absent\.tif is not beside the job files"):
        run(job(files("absent.tif"), layer("absent.tif", 2000)), store, shelf)
