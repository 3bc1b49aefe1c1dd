"""The one client that goes to the network: listed hosts, judged addresses, bounded in all it takes.

What can get better by waiting is tried again, with pauses that grow; what a server has begun to
send is gone on with where it says that the file is still the same.
"""

import email.utils
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urljoin

import httpx2

from soc_monitor.errors import FeedUnreachable, ItemRejected, NotThereYet
from soc_monitor.feeds.guard import Reach, plain, transport

_MOVED = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_CHANCE = random.SystemRandom()

T = TypeVar("T")
Signer = Callable[[str, str, bytes], Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one download."""

    connect_s: float = 10.0
    silence_s: float = 30.0
    """Longest gap between two reads."""
    total_s: float = 1800.0
    """All tries and pauses together."""
    max_bytes: int = 2 * 1024**3
    """Counted after decoding, so that a compressed answer cannot grow past it."""
    page_bytes: int = 16 * 1024**2
    """The same for a page of a catalogue."""
    slowest: float = 16 * 1024
    """Least speed [bytes a second], over ``slow_for_s``."""
    slow_for_s: float = 60.0
    redirects: int = 3
    tries: int = 5
    pause_s: float = 1.0
    """Before the second try; doubled each time, and shortened at random by up to a half."""
    longest_pause_s: float = 300.0
    """What a server asks for with ``Retry-After`` is cut to this."""


class _TryAgain(Exception):
    """What may get better by waiting: (what happened, seconds that the server asked for)."""

    def __init__(self, error: FeedUnreachable | ItemRejected, after: float | None = None) -> None:
        super().__init__(str(error))
        self.error, self.after = error, after


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Asks the servers of one feed."""

    reach: Reach
    limits: Limits = field(default_factory=Limits)
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """Host (as in an address) -> headers that only this host is told."""
    sign: Signer | None = None
    """(method, address, body) -> headers that prove who asks."""

    def download(self, address: str, target: Path) -> Path:
        """Fetch one file, whole or not at all.

        Args:
            address: where it is.
            target: path of the file to make; appears only when complete.

        Raises:
            FeedUnreachable: no connection, an error status, a place that may not be asked.
            NotThereYet: there is no such file.
            ItemRejected: too large, or shorter than the server said.
        """
        part = target.with_name(target.name + ".part")
        begun: dict[str, str] = {}
        end = time.monotonic() + self.limits.total_s
        try:
            self._persist(end, address, lambda: self._save(address, part, begun, end))
            return part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def read(
        self,
        address: str,
        *,
        method: str = "GET",
        body: Any = None,
        accept: str = "application/json, */*",
    ) -> bytes:
        """A page of a catalogue, whole.

        Args:
            address: where it is.
            method: ``GET`` or ``POST``.
            body: sent as JSON.
            accept: the forms that are asked for.

        Raises:
            FeedUnreachable, NotThereYet, ItemRejected: as ``download``.
        """
        end = time.monotonic() + self.limits.total_s
        return self._persist(end, address, lambda: self._page(address, method, body, accept, end))

    def headers(self, address: str) -> Mapping[str, str]:
        """What a server says of a file, without the file.

        Raises:
            FeedUnreachable, NotThereYet: as ``download``.
        """
        end = time.monotonic() + self.limits.total_s
        return self._persist(end, address, lambda: self._headers(address, end))

    def read_json(self, address: str, *, method: str = "GET", body: Any = None) -> Any:
        """A page of a catalogue as JSON.

        Raises:
            FeedUnreachable: as ``read``, or what came is no JSON; says where it breaks.
        """
        raw = self.read(address, method=method, body=body)
        try:
            return json.loads(raw, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise FeedUnreachable(f"{plain(address)}: malformed JSON: {error}"[:500]) from error

    # --- tries -------------------------------------------------------------------------------

    def _persist(self, end: float, address: str, attempt: Callable[[], T]) -> T:
        pause = self.limits.pause_s
        for number in range(1, self.limits.tries + 1):
            try:
                return attempt()
            except _TryAgain as again:
                left = end - time.monotonic()
                wait = pause * _CHANCE.uniform(0.5, 1) if again.after is None else again.after
                wait = min(wait, self.limits.longest_pause_s)
                if number == self.limits.tries or wait >= left:
                    raise again.error from again
                time.sleep(wait)
                pause *= 2
            except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
                raise FeedUnreachable(f"{plain(address)}: {error}") from error
        raise AssertionError("the last try returns or raises")

    @contextmanager
    def _ask(
        self, method: str, address: str, body: Any, extra: Mapping[str, str], end: float
    ) -> Iterator[httpx2.Response]:
        """The answer at an address, after at most a few redirects, each judged like the first."""
        first = self.reach.check(address)
        content = b"" if body is None else json.dumps(body).encode()
        timeout = httpx2.Timeout(self.limits.silence_s, connect=self.limits.connect_s)
        # A transport of our own: no proxy of the environment comes between.
        with httpx2.Client(transport=transport(self.reach, end), timeout=timeout) as client:
            for _ in range(self.limits.redirects + 1):
                parts = self.reach.check(address)
                headers = dict(extra)
                if content:
                    headers["Content-Type"] = "application/json"
                # What proves who we are is told to the host that it is for, and to no other.
                headers |= self.secrets.get(parts.netloc, {})
                if self.sign is not None and parts.netloc == first.netloc:
                    headers |= self.sign(method, address, content)
                with client.stream(method, address, headers=headers, content=content) as answer:
                    if answer.status_code not in _MOVED:
                        _check_status(answer, method, address)
                        yield answer
                        return
                    address = urljoin(address, answer.headers.get("location", ""))
                    if answer.status_code == httpx2.codes.SEE_OTHER:
                        method, content = "GET", b""
        raise FeedUnreachable(
            f"more than {self.limits.redirects} redirects, the last to {plain(address)}"
        )

    @contextmanager
    def _asked(
        self, method: str, address: str, body: Any, extra: Mapping[str, str], end: float
    ) -> Iterator[httpx2.Response]:
        """The same, with what the network may do turned into our errors."""
        try:
            with self._ask(method, address, body, extra, end) as answer:
                yield answer
        except httpx2.TransportError as error:
            told = f"{plain(address)}: {type(error).__name__} {error}".strip()
            if time.monotonic() >= end:
                told = f"{plain(address)}: not complete after {self.limits.total_s:.0f} s"
                raise FeedUnreachable(told) from error
            raise _TryAgain(FeedUnreachable(told)) from error
        except httpx2.DecodingError as error:
            raise ItemRejected("encoding", str(error)) from error

    # --- bodies ------------------------------------------------------------------------------

    def _page(self, address: str, method: str, body: Any, accept: str, end: float) -> bytes:
        with self._asked(method, address, body, {"Accept": accept}, end) as answer:
            return b"".join(self._chunks(answer, self.limits.page_bytes, 0))

    def _headers(self, address: str, end: float) -> Mapping[str, str]:
        with self._asked("HEAD", address, None, {}, end) as answer:
            return dict(answer.headers)

    def _save(self, address: str, part: Path, begun: dict[str, str], end: float) -> None:
        """Write a file; goes on with what is there if the server says that it is the same."""
        have = part.stat().st_size if begun and part.exists() else 0
        extra = {"Range": f"bytes={have}-", "If-Range": begun["mark"]} if have else {}
        with self._asked("GET", address, None, extra, end) as answer:
            goes_on = answer.status_code == httpx2.codes.PARTIAL_CONTENT
            if goes_on and not answer.headers.get("content-range", "").startswith(f"bytes {have}-"):
                raise ItemRejected("content range", answer.headers.get("content-range", "none"))
            size = have if goes_on else 0
            begun.clear()
            if mark := _mark(answer):
                begun["mark"] = mark
            try:
                with part.open("ab" if goes_on else "wb") as file:
                    for chunk in self._chunks(answer, self.limits.max_bytes, size):
                        size += file.write(chunk)
            except httpx2.RemoteProtocolError as error:
                # Also what is shorter than the server declared: the protocol counts for us.
                refusal = ItemRejected("length", f"cut after {size} bytes: {error}")
                raise _TryAgain(refusal) from error

    def _chunks(self, answer: httpx2.Response, most: int, size: int) -> Iterator[bytes]:
        """The body, decoded, as long as it keeps within the bounds."""
        since, then = time.monotonic(), 0
        for chunk in answer.iter_bytes():
            size += len(chunk)
            then += len(chunk)
            if size > most:
                raise ItemRejected("size", f"more than {most} bytes")
            now = time.monotonic()
            if now - since >= self.limits.slow_for_s:
                if then < self.limits.slowest * (now - since):
                    raise FeedUnreachable(f"slower than {self.limits.slowest:.0f} bytes a second")
                since, then = now, 0
            yield chunk


def _check_status(answer: httpx2.Response, method: str, address: str) -> None:
    status = answer.status_code
    if status in {httpx2.codes.OK, httpx2.codes.PARTIAL_CONTENT, httpx2.codes.CREATED}:
        return
    if method == "POST" and status in {httpx2.codes.ACCEPTED, httpx2.codes.NO_CONTENT}:
        return
    told = f"{plain(address)} answered {status}"
    error = NotThereYet(told) if status in _GONE else FeedUnreachable(told)
    error.status = status
    if status in _AGAIN:
        raise _TryAgain(error, _asked_pause(answer))
    raise error


def _asked_pause(answer: httpx2.Response) -> float | None:
    """Seconds that a server asks to be left alone for: told as seconds or as a date."""
    told = answer.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        until = email.utils.parsedate_to_datetime(told)
        asked = until.astimezone(UTC) - datetime.now(UTC)
    except (ValueError, OverflowError):
        return None
    return max(0.0, asked.total_seconds())


def _mark(answer: httpx2.Response) -> str:
    """By what a later answer is known to be of the same file; empty: it is not."""
    etag: str = answer.headers.get("etag", "")
    ranges = answer.headers.get("accept-ranges", "") == "bytes" or answer.status_code == 206
    if not ranges or "content-encoding" in answer.headers:
        return ""
    return etag if etag and not etag.startswith("W/") else ""


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number of JSON")
