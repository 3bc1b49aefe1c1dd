"""Limits: how often one reader may ask, so that none slows the others: an address, or a key."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from soc_monitor import errors
from soc_monitor.api.holders import Holders, key_of
from soc_monitor.api.problems import TYPES, kebab, problem
from soc_monitor.store.editors import ANALYST, Editor

WINDOW_S = 60
WITH_KEY = 5
"""How many times as often one may ask with a key."""
MOST_ADDRESSES = 10_000
IN_PROCESS = "in-process"
"""Address of the pages' own client: pages are no reader of the API."""
DRAWN = ("/chart/", "/embed/", "/og/")
"""Pictures that are drawn for who asks; and ``POST /{lang}/data`` has files made."""
CHARGE = "soc_monitor.charge"
"""Where a request has what counts it as a heavy one."""
READER = "soc_monitor.reader"
"""Where a request has whom it counts for."""
OPEN = ("/api/docs", "/api/openapi.json")
"""Documents that tell how to ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What kind of requests, and how many in a window."""

    name: str
    quota: int

    @property
    def header(self) -> str:
        """As ``RateLimit-Policy`` has it.

        Example:
            >>> Policy(name="default", quota=600).header
            '"default";q=600;w=60'
        """
        return f'"{self.name}";q={self.quota};w={WINDOW_S}'


GUESSES = Policy(name="keys", quota=60)
"""Keys of one address that are looked up, and were not in the last minute."""


def policies(per_minute: int) -> dict[str, Policy]:
    """The kinds of requests: tiles come in sheets, what computes comes seldom.

    Args:
        per_minute: plain requests; 0: there is no limit.

    Example:
        >>> {name: policy.quota for name, policy in policies(600).items()}
        {'default': 600, 'tiles': 4800, 'heavy': 30}
    """
    if not per_minute:
        return {}
    return {
        "default": Policy(name="default", quota=per_minute),
        "tiles": Policy(name="tiles", quota=8 * per_minute),
        "heavy": Policy(name="heavy", quota=max(1, per_minute // 20)),
    }


def kind_of(scope: Scope) -> str | None:
    """Which policy a request falls under; None: none, such as a page that is only read.

    Example:
        >>> kind_of({"path": "/tiles/2026.11.1/x.png", "method": "GET"})
        'tiles'
        >>> kind_of({"path": "/api/v1/aoi/statistics", "method": "POST"})
        'heavy'
        >>> kind_of({"path": "/en/data", "method": "GET"}) is None
        True
    """
    path: str = scope["path"]
    if path.startswith(DRAWN) or (scope["method"] == "POST" and path.endswith("/data")):
        return "heavy"
    if path.startswith("/tiles/"):
        return "tiles"
    if not path.startswith(("/api/", "/atom/", "/ogc/", "/files/")) or path in OPEN:
        return None
    heavy = scope["method"] == "POST" or "/statistics." in path
    return "heavy" if heavy else "default"


def network_of(address: str) -> str:
    """What a limit counts for: an IPv4 address, and of IPv6 the /64 that one reader has whole.

    Example:
        >>> network_of("192.0.2.1"), network_of("2001:db8:0:7:aaaa::1"), network_of("testclient")
        ('192.0.2.1', '2001:db8:0:7::/64', 'testclient')
    """
    if ":" not in address:
        return address
    try:
        found = IPv6Address(address)
    except ValueError:
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found), 64), strict=False))


class Buckets:
    """What each address has left: a bucket that fills again evenly over the window.

    Example:
        >>> buckets = Buckets()
        >>> policy = Policy(name="default", quota=2)
        >>> [buckets.take("a", policy, now) for now in (0.0, 0.0, 0.0, 30.0)]
        [(1, 30), (0, 60), (-1, 30), (0, 60)]
    """

    def __init__(self) -> None:
        """All are full."""
        self._full_at: OrderedDict[tuple[str, str], float] = OrderedDict()

    def take(self, address: str, policy: Policy, now: float) -> tuple[int, int]:
        """Count one request.

        Returns:
            How many are left, and seconds until all are (below 0: refused, and not counted;
            seconds until the next one may come).
        """
        key, step = (address, policy.name), WINDOW_S / policy.quota
        full_at = max(self._full_at.get(key, now), now) + step
        if full_at - now > WINDOW_S + 1e-9:
            return -1, max(1, round(full_at - now - WINDOW_S))
        self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        while len(self._full_at) > MOST_ADDRESSES:
            self._full_at.popitem(last=False)
        return int((WINDOW_S - (full_at - now)) / step + 1e-9), max(1, round(full_at - now))


def charge(request: Request) -> None:
    """Count a request as a heavy one, too: what it asks for has to be computed.

    Raises:
        TooOften: its address has had too many computed.
    """
    found = request.scope.get(CHARGE)
    if found is None:
        return
    buckets, where, policy, clock = found
    left, seconds = buckets.take(where, policy, clock())
    if left < 0:
        raise errors.TooOften(
            f"More than {policy.quota} large files a minute from one reader.",
            hint="Wait as Retry-After says, or ask for it to be made: Prefer: respond-async.",
            wait_s=seconds,
        )


class Limits:
    """Middleware: counts requests by reader, says what is left, refuses what is too many."""

    def __init__(
        self,
        app: ASGIApp,
        per_minute: int,
        holders: Holders,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """What each may ask.

        Args:
            app: what stands behind.
            per_minute: plain requests of who has no key; 0: no limit.
            holders: whose key raises limits.
            clock: tells seconds, which never go back.
        """
        self.app, self._holders, self._clock = app, holders, clock
        self._without, self._with = policies(per_minute), policies(WITH_KEY * per_minute)
        self._buckets = Buckets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or tell it to wait."""
        kind = kind_of(scope) if scope["type"] == "http" else None
        address = (scope.get("client") or ("", 0))[0]
        if kind is None or not self._without or address == IN_PROCESS:
            await self.app(scope, receive, send)
            return
        holder = await self._holder(scope, network_of(address))
        known = self._without if holder is None else self._with
        where = network_of(address) if holder is None else f"key {holder.id}"
        policy = known[kind]
        left, seconds = self._buckets.take(where, policy, self._clock())
        inner = {**scope, READER: where}
        if kind != "heavy":
            # What a request costs is known when its answer is looked for: a file may be there.
            inner[CHARGE] = (self._buckets, where, known["heavy"], self._clock)
        if holder is not None and holder.role == ANALYST:
            # It opens nothing: from here on the request is like anybody's, and so is its answer.
            inner["headers"] = [pair for pair in scope["headers"] if pair[0] != b"authorization"]

        async def reply(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["RateLimit-Policy"] = policy.header
                headers["RateLimit"] = f'"{policy.name}";r={max(left, 0)};t={seconds}'
            await send(message)

        if left >= 0:
            await self.app(inner, receive, reply)
            return
        refused = problem(
            Request(scope),
            429,
            f"More than {policy.quota} requests a minute from one "
            f"{'address' if holder is None else 'key'}.",
            title=errors.TooOften.title(),
            kind=TYPES + kebab("TooOften"),
            headers={"Retry-After": str(seconds)},
            hint="Wait as Retry-After says; whole tables are in /api/v1/map.csv and series.csv. "
            "A key raises limits: the operator of the service makes them.",
        )
        await refused(scope, receive, reply)

    async def _holder(self, scope: Scope, address: str) -> Editor | None:
        """Whose key a request carries; guesses are counted, and too many are not looked at."""
        key = key_of(Headers(scope=scope))
        if not key:
            return None
        if not self._holders.remembers(key):
            left, _ = self._buckets.take(address, GUESSES, self._clock())
            if left < 0:
                return None
        return await self._holders.of(key)
