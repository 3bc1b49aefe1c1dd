"""Transport: requests that wait when they are told to, and a cache by ETag."""

import hashlib
import json
import os
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

TRIES = 6
LONGEST_WAIT_S = 60.0
TIMEOUT_S = 120.0
LISTED = 20
"""Values that would do, in the text of a refusal; ``allowed`` has them all."""
AGENT = "soc-monitor-client/0.1"


class ProvisionalWarning(UserWarning):
    """Some of the numbers may still move."""


class StaleWarning(UserWarning):
    """An input of the numbers is older than it may be."""


class Problem(Exception):
    """The service refused, and says why (RFC 9457)."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        """Keep what the service said."""
        self.status = status
        self.title = str(document.get("title", ""))
        self.detail = str(document.get("detail", ""))
        self.hint = str(document.get("hint", ""))
        self.allowed = tuple(document.get("allowed", ()))
        told = [f"{status} {self.title}", self.detail, self.hint, _some(self.allowed)]
        super().__init__(": ".join(part for part in told if part))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


def _some(allowed: tuple[str, ...]) -> str:
    """The values that would do, as many as can be read."""
    more = " …" if len(allowed) > LISTED else ""
    return f"one of {', '.join(allowed[:LISTED])}{more}" if allowed else ""


def default_cache() -> Path:
    """Where answers are kept: the user's cache folder."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "soc-monitor"


def wait_of(told: str, attempt: int) -> float:
    """How long to wait [s]: as told, in seconds or as a date, else twice as long each time.

    Example:
        >>> wait_of("3", 0), wait_of("", 0), wait_of("", 3), wait_of("soon", 1)
        (3.0, 0.5, 4.0, 1.0)
    """
    try:
        seconds = float(told)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            seconds = 0.5 * 2.0**attempt
    return min(max(seconds, 0.0), LONGEST_WAIT_S)


@dataclass(slots=True)
class Http:
    """A service by its address."""

    base: str
    cache: Path | None
    """Folder of kept answers; None: none are kept."""
    key: str = field(default="", repr=False)
    """Raises the limits of the service; empty: there is none."""
    counts: dict[str, int] = field(default_factory=lambda: {"asked": 0, "kept": 0, "waited": 0})

    def get(self, path: str) -> Answer:
        """An answer, from the cache where it holds still.

        Raises:
            Problem: the service refuses.
            OSError: it cannot be reached.
        """
        kept = self._find(path)
        if kept is not None and "immutable" in kept.headers.get("cache-control", ""):
            self.counts["kept"] += 1
            return kept
        headers = {"If-None-Match": kept.headers["etag"]} if kept is not None else {}
        answer = self.send(path, headers=headers)
        if answer.status == 304 and kept is not None:
            self.counts["kept"] += 1
            return kept
        if answer.status == 200 and "etag" in answer.headers:
            self._keep(path, answer)
        return answer

    def send(
        self,
        path: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        tries: int = TRIES,
    ) -> Answer:
        """One request, again when the service asks for it, as often as it is tried."""
        url = path if path.startswith("http") else self.base + path
        # Only what the user named is asked: redirects elsewhere are the library's to follow.
        request = urllib.request.Request(url, data=body, headers=headers or {})  # noqa: S310
        request.add_header("User-Agent", AGENT)
        if self.key and url.startswith(f"{self.base}/"):
            # Not to where a redirect leads: it may be another's.
            request.add_unredirected_header("Authorization", f"Bearer {self.key}")
        if body is not None:
            request.add_header("Content-Type", "application/geo+json")
        for attempt in range(tries):
            self.counts["asked"] += 1
            last = attempt == tries - 1
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT_S) as got:  # noqa: S310
                    return Answer(got.status, _plain(got.headers), got.read())
            except urllib.error.HTTPError as error:
                with error:
                    told, text = _plain(error.headers), error.read()
                if error.code == 304:
                    return Answer(304, told, b"")
                if error.code not in {429, 503} or last:
                    raise Problem(error.code, self._told(error.code, text)) from None
                self._wait(told.get("retry-after", ""), attempt)
            except urllib.error.URLError:
                if last:
                    raise
                self._wait("", attempt)
        raise AssertionError("unreachable")

    def _told(self, code: int, text: bytes) -> dict[str, Any]:
        """What an answer says; a 404 that is no problem document is not of the API."""
        found = _document(text)
        if found or code != 404:
            return found
        hint = "Give the address of the service alone, such as https://example.org."
        return {"title": "No API of soc-monitor", "detail": f"{self.base} has none", "hint": hint}

    def _wait(self, told: str, attempt: int) -> None:
        self.counts["waited"] += 1
        time.sleep(wait_of(told, attempt))

    def _place(self, path: str) -> Path:
        assert self.cache is not None
        return self.cache / hashlib.sha256(f"{self.base}{path}".encode()).hexdigest()

    def _find(self, path: str) -> Answer | None:
        if self.cache is None:
            return None
        try:
            raw = self._place(path).read_bytes()
            head, _, body = raw.partition(b"\n")
            return Answer(200, json.loads(head), body)
        except (OSError, ValueError):
            return None  # Not there, or half of it: asked again.

    def _keep(self, path: str, answer: Answer) -> None:
        if self.cache is None:
            return
        self.cache.mkdir(parents=True, exist_ok=True)
        place = self._place(path)
        part = place.with_suffix(f".{os.getpid()}.part")
        kept = {
            key: answer.headers[key] for key in ("etag", "cache-control") if key in answer.headers
        }
        part.write_bytes(json.dumps(kept).encode() + b"\n" + answer.body)
        part.replace(place)


def _plain(headers: Message) -> dict[str, str]:
    return {key.lower(): value for key, value in headers.items()}


def _document(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
