"""Hooks: messages to addresses that readers gave us, signed, and never to a place inside.

Signed as Standard Webhooks has it (https://www.standardwebhooks.com, version 1): receivers find a
library for it in their language. The time is signed with the message: a receiver that refuses what
is more than five minutes old cannot be fooled by what was once recorded.
"""

import base64
import hashlib
import hmac
import ipaddress
import json
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from soc_monitor.errors import BadValue, FeedUnreachable, ItemRejected
from soc_monitor.feeds.client import Client, Limits
from soc_monitor.feeds.guard import Reach, is_public, port_of

LONGEST = 2000
"""Characters of an address."""
LIMITS = Limits(connect_s=5, silence_s=10, total_s=20, page_bytes=64 << 10, redirects=0, tries=1)
"""Of one try: what comes back is a word or two, and nobody is sent elsewhere."""
PREFIX = "whsec_"
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*|[0-9a-f:.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One message to one address."""

    url: str
    secret: str
    id: str
    """The same at every try."""
    body: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of it."""

    taken: bool
    told: str
    """``taken``, ``http-503``, ``too-long``, ``unreachable``: nothing of what is inside of here."""
    answer: bytes = b""


def make_secret() -> str:
    """A new secret: 256 bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def check(url: str, allowed: tuple[str, ...] = ()) -> str:
    """The host of an address that may be subscribed, with its port.

    Whether its name leads inside is seen when it is connected to, each time anew.

    Args:
        url: the address.
        allowed: ``host:port`` of receivers that the operator lets be inside, and plain ``http``.

    Raises:
        BadValue: it is no address that messages are sent to; says why.

    Example:
        >>> check("https://Example.org/hook?for=soc")
        'example.org:443'
    """
    hint = "An https address at a public host, on port 443"
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise BadValue("url: not an address in ASCII without spaces", hint=hint)
    try:
        parts = reach_of(url, allowed).check(url)
    except FeedUnreachable as error:
        raise BadValue(f"url: {error.detail}", hint=hint) from error
    host = parts.hostname or ""
    here = f"{host}:{port_of(parts)}"
    if here not in allowed and (not _HOST.fullmatch(host) or _inside(host)):
        raise BadValue(f"url: {host[:100]} is no public host", hint=hint)
    return here


def _inside(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal"))
    return not is_public(host)


def reach_of(url: str, allowed: tuple[str, ...]) -> Reach:
    """Where a message to an address may go: to this very host, at a public address.

    Raises:
        FeedUnreachable: it is no address.
    """
    try:
        parts = urlsplit(url)
        here = f"{parts.hostname}:{port_of(parts)}"
    except ValueError as error:
        raise FeedUnreachable(f"not an address: {url[:200]!r}") from error
    if here in allowed:
        return Reach((here,), plain_http=True)
    return Reach((parts.hostname or "",))


def sign(secret: str, number: str, at: int, body: bytes) -> dict[str, str]:
    """The headers that prove where a message comes from, and when it was sent.

    Args:
        secret: of the subscription.
        number: id of the message.
        at: when it is sent [s since 1970].
        body: as it is sent, to the byte.

    Example:
        >>> made = sign(
        ...     "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ...     "msg_p5jXN8AQM9LWM0D4loKWxJek",
        ...     1614265330,
        ...     b'{"test": 2432232314}',
        ... )
        >>> made["webhook-signature"]
        'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    key = base64.b64decode(secret.removeprefix(PREFIX))
    told = f"{number}.{at}.".encode() + body
    signature = base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": number,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{signature}",
    }


def send(envelope: Envelope, allowed: tuple[str, ...] = ()) -> Outcome:
    """Send a message once; never raises for what the other side does."""

    def headers(_method: str, _address: str, body: bytes) -> dict[str, str]:
        signed = sign(envelope.secret, envelope.id, int(time.time()), body)
        return {"User-Agent": "soc-monitor", **signed}

    try:
        client = Client(reach=reach_of(envelope.url, allowed), limits=LIMITS, sign=headers)
        answer = client.read(envelope.url, method="POST", body=envelope.body, accept="*/*")
    except ItemRejected:
        return Outcome(taken=False, told="too-long")
    except FeedUnreachable as error:
        if error.status:
            return Outcome(taken=False, told=f"http-{error.status}")
        # Whether a name is known here, and where it leads, is nothing to tell a stranger.
        return Outcome(taken=False, told="unreachable")
    return Outcome(taken=True, told="taken", answer=answer)


def echoes(answer: bytes, challenge: str) -> bool:
    r"""Whether an answer says the challenge back: as text, or as JSON under ``challenge``.

    Example:
        >>> echoes(b"abc\n", "abc"), echoes(b'{"challenge": "abc"}', "abc"), echoes(b"ok", "abc")
        (True, True, False)
    """
    text = answer.decode("utf-8", "replace").strip()
    if text == challenge:
        return True
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("challenge") == challenge
