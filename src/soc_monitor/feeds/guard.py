"""The guard of the connection: what address may be connected to, whatever name it goes by.

A name is resolved once, every address it has is judged, and the one that was judged is the one
that is connected to: a name that resolves elsewhere a moment later changes nothing.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

import httpcore2
import httpx2

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds.timed import Timed

_PORTS = {"https": 443, "http": 80, "mqtt": 1883, "mqtts": 8883}
_IPv4In6 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a feed may go."""

    hosts: tuple[str, ...]
    """``host``: at a public address, on the port of its scheme. ``host:port``: also inside."""
    plain_http: bool = False
    """``http`` is allowed too: for a mirror or a server that the operator named."""

    def check(self, address: str) -> SplitResult:
        """The parts of an address that may be asked.

        Raises:
            FeedUnreachable: another scheme, a host that is not listed, or a name inside it.
        """
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError as error:
            # Its parts cannot be told apart: what may be a password or a query stays untold.
            told = address.partition("?")[0].rpartition("@")[2]
            raise FeedUnreachable(f"not an address: {told[:200]!r}") from error
        if parts.scheme != "https" and not (self.plain_http and parts.scheme == "http"):
            raise FeedUnreachable(f"{_plain(parts)}: only https is fetched")
        listed = parts.hostname in self.hosts and port in {None, _PORTS[parts.scheme]}
        if parts.username or not (listed or self.inside(parts.hostname or "", port_of(parts))):
            raise FeedUnreachable(f"{_plain(parts)}: {_host(parts)} is not a host of this feed")
        return parts

    def inside(self, host: str, port: int) -> bool:
        """Whether this very host and port are listed: then any address will do."""
        return f"{host}:{port}" in self.hosts


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _plain(parts: SplitResult) -> str:
    """An address without name, password and query: they may hold what must not be written down."""
    return f"{parts.scheme}://{_host(parts)}{parts.path}"


def plain(address: str) -> str:
    """An address as it may be told: without query and credentials."""
    return _plain(urlsplit(address))


def port_of(parts: SplitResult) -> int:
    """The port of an address, told or meant by its scheme."""
    return parts.port or _PORTS.get(parts.scheme, 0)


def own_hosts(address: str) -> tuple[str, ...]:
    """A host as the operator means it who wrote this address: with its port, so also inside."""
    parts = urlsplit(address)
    return (f"{parts.hostname}:{port_of(parts)}",)


def is_public(address: str) -> bool:
    """Whether an IP address is out in the world, also when it is wrapped into another.

    Example:
        >>> [is_public(a) for a in ("9.9.9.9", "127.0.0.1", "::ffff:10.0.0.1", "169.254.169.254")]
        [True, False, False, False]
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if inner is None and ip in _IPv4In6:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def resolve(reach: Reach, host: str, port: int) -> list[str]:
    """The addresses of a host that may be connected to.

    Raises:
        FeedUnreachable: one of them is inside, and the host is not listed with this port.
        OSError: the name has no address.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not reach.inside(host, port):
        for address in addresses:
            if not is_public(address):
                raise FeedUnreachable(f"{host} is at {address}, which is not a public address")
    return addresses


class GuardedBackend(httpcore2.SyncBackend):
    """Connects to judged addresses alone."""

    def __init__(self, reach: Reach, until: float | None = None) -> None:
        """Keep where the feed may go, and for how long (by the monotonic clock) in all."""
        self.reach, self.until = reach, until

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A stream to the first address of the host that answers."""
        try:
            addresses = resolve(self.reach, host, port)
        except (OSError, UnicodeError) as error:
            # A label that is too long is no name at all.
            told = getattr(error, "strerror", None) or "not a name"
            raise httpcore2.ConnectError(f"{host}: {told}") from error
        failed: Exception | None = None
        for address in addresses:
            try:
                made = super().connect_tcp(address, port, timeout, local_address, socket_options)
                return made if self.until is None else Timed(made, self.until)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed or httpcore2.ConnectError(f"{host} has no address")


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()


def transport(reach: Reach, until: float | None = None) -> httpx2.HTTPTransport:
    """An HTTP transport that connects to judged addresses alone; certificates are checked.

    Args:
        reach: where it may go.
        until: when all of it is to end, by the monotonic clock; None: the longest gap alone counts.
    """
    made = httpx2.HTTPTransport(verify=_certificates())
    # Its constructor takes no backend: the pool is made here, with the same bounds.
    made._pool = httpcore2.ConnectionPool(  # noqa: SLF001
        ssl_context=_certificates(),
        max_connections=4,
        network_backend=GuardedBackend(reach, until),
    )
    return made
