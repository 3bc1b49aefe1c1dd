"""Traffic: requests counted and timed, by the part of the service that they ask."""

import time
from collections.abc import Collection

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""[s]"""
API = "/api/v1/"


def part_of(path: str, resources: Collection[str]) -> str:
    """The part of the service that an address is of; a small and fixed set, whatever is asked.

    Args:
        path: of the request.
        resources: of the API, as their first word.

    Example:
        >>> [part_of(p, {"series"}) for p in ("/api/v1/series.csv", "/api/v1/nope", "/fr/soc/FRA")]
        ['/api/v1/series', '/api', '/pages']
        >>> [part_of(p, ()) for p in ("/tiles/2026.11.1/grid/x/1/0/0.png", "*", "")]
        ['/tiles', '/pages', '/pages']
    """
    if path.startswith(API):
        word = path.removeprefix(API).partition("/")[0].partition(".")[0]
        return f"{API}{word}" if word in resources else "/api"
    first = path.removeprefix("/").partition("/")[0]
    parts = ("api", "tiles", "files", "atom", "ogc", "stac", "chart", "embed", "og", "_dash")
    named = next((part for part in parts if first.startswith(part)), "pages")
    return f"/{named}"


class Traffic:
    """What was asked of this process since its start."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "soc_monitor_http_requests",
            "Requests that were answered.",
            ["route", "method", "code"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "soc_monitor_http_request_duration_seconds",
            "Until the last byte was handed on.",
            ["route"],
            buckets=BUCKETS,
            registry=self.registry,
        )


class Counted:
    """Middleware: counts what passes."""

    def __init__(self, app: ASGIApp, traffic: Traffic, resources: Collection[str]) -> None:
        """``app``: what stands behind it; ``resources``: of the API, as their first word."""
        self.app = app
        self.traffic = traffic
        self.resources = resources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on; one that ends without an answer counts as a 500."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        code, began = 500, time.perf_counter()

        async def reply(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, reply)
        finally:
            part = part_of(scope["path"], self.resources)
            method = scope["method"] if scope["method"] in METHODS else "other"
            self.traffic.requests.labels(part, method, str(code)).inc()
            self.traffic.seconds.labels(part).observe(time.perf_counter() - began)
