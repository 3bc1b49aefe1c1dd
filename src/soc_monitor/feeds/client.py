"""The one client that goes to the network: few redirects, known hosts, bounded in all it takes."""

import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx2

from soc_monitor.errors import FeedUnreachable, ItemRejected

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one download."""

    connect_s: float = 10.0
    silence_s: float = 30.0
    """Longest gap between two reads."""
    total_s: float = 1800.0
    max_bytes: int = 2 * 1024**3
    """Counted after decoding, so that a compressed answer cannot grow past it."""
    redirects: int = 3


def download(
    address: str,
    target: Path,
    *,
    hosts: tuple[str, ...],
    limits: Limits,
    plain_http: bool = False,
) -> Path:
    """Fetch one file, whole or not at all.

    Args:
        address: where it is.
        target: path of the file to make; appears only when complete.
        hosts: hosts (with their port) that may be asked, also after a redirect.
        limits: bounds.
        plain_http: ``http`` is allowed too: for a mirror that the operator named.

    Raises:
        FeedUnreachable: no connection, an error status, a host that is not listed.
        ItemRejected: too large, or shorter than the server said.
    """
    part = target.with_name(target.name + ".part")
    timeout = httpx2.Timeout(limits.silence_s, connect=limits.connect_s)
    try:
        with httpx2.Client(timeout=timeout, follow_redirects=False, trust_env=False) as client:
            for _ in range(limits.redirects + 1):
                _allowed(address, hosts, plain_http=plain_http)
                with client.stream("GET", address) as answer:
                    if answer.status_code in _REDIRECTS:
                        address = urljoin(address, answer.headers.get("location", ""))
                        continue
                    if answer.status_code != httpx2.codes.OK:
                        raise FeedUnreachable(f"{address} answered {answer.status_code}")
                    _save(answer, part, limits)
                part.replace(target)
                return target
        raise FeedUnreachable(f"more than {limits.redirects} redirects, the last to {address}")
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise FeedUnreachable(f"{address}: {type(error).__name__} {error}".strip()) from error
    finally:
        part.unlink(missing_ok=True)


def _allowed(address: str, hosts: tuple[str, ...], *, plain_http: bool) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" and not (plain_http and parts.scheme == "http"):
        raise FeedUnreachable(f"{address}: only https is fetched")
    if parts.netloc not in hosts:
        raise FeedUnreachable(f"{address}: {parts.netloc} is not a host of this feed")


def _save(answer: httpx2.Response, part: Path, limits: Limits) -> None:
    end = time.monotonic() + limits.total_s
    size = 0
    try:
        with part.open("wb") as file:
            for chunk in answer.iter_bytes():
                size += len(chunk)
                if size > limits.max_bytes:
                    raise ItemRejected("size", f"more than {limits.max_bytes} bytes")
                if time.monotonic() > end:
                    raise FeedUnreachable(f"not complete after {limits.total_s:.0f} s")
                file.write(chunk)
    except httpx2.RemoteProtocolError as error:
        raise ItemRejected("length", f"cut after {size} bytes: {error}") from error
    declared = answer.headers.get("content-length")
    encoded = "content-encoding" in answer.headers
    if declared is not None and not encoded and size != int(declared):
        raise ItemRejected("length", f"{size} bytes of {declared}")
