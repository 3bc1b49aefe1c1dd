"""Door: what every request passes before any route sees it."""

from urllib.parse import unquote_to_bytes

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from soc_monitor import errors
from soc_monitor.api.answers import MOVES
from soc_monitor.api.problems import TYPES, kebab, problem

LONGEST_URL = 8192
"""Bytes of path and query."""
PREFIXES = ("/api/", "/tiles/", "/files/", "/atom/", "/ogc/", "/stac/")
EXPOSED = (
    "ETag, Content-Location, Content-Disposition, Link, Location, Retry-After, RateLimit, "
    "RateLimit-Policy, X-Release, X-Warnings, Last-Modified, Accept-Ranges, Content-Range, "
    "Content-Bbox"
)


def is_ours(path: str) -> bool:
    """Whether an address belongs to the API, and not to a page.

    Example:
        >>> is_ours("/api/v1/areas"), is_ours("/en/soc")
        (True, False)
    """
    return path.startswith(PREFIXES)


class Door:
    """Middleware: refuses what no route can use, answers HEAD like GET, opens reads to all."""

    def __init__(self, app: ASGIApp) -> None:
        """``app``: what stands behind the door."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or send it away."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        inner = {**scope, "method": "GET"} if head else scope
        if packed_or_part(scope):
            inner = {**inner, "headers": without(scope["headers"], b"accept-encoding")}
        ours = is_ours(scope["path"])

        async def reply(message: Message) -> None:
            if message["type"] == "http.response.start" and ours:
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = "*"
                headers["Access-Control-Expose-Headers"] = EXPOSED
                headers["X-Content-Type-Options"] = "nosniff"
                del headers[MOVES]
            elif message["type"] == "http.response.body" and head:
                message = {**message, "body": b""}
            await send(message)

        refused = refuse(scope)
        await (refused or self.app)(inner, receive, reply)


PACKED = (".parquet", ".zip", ".xlsx", ".nc", ".gpkg", ".tif", ".png", "/file")
"""Endings of what is packed already."""


def packed_or_part(scope: Scope) -> bool:
    """Whether an answer must go as it is: packed already, or a part of a file by its bytes.

    Example:
        >>> packed_or_part({"path": "/api/v1/map.zip", "headers": []})
        True
        >>> packed_or_part({"path": "/api/v1/map.csv", "headers": [(b"range", b"bytes=0-9")]})
        True
    """
    return scope["path"].endswith(PACKED) or any(name == b"range" for name, _ in scope["headers"])


def without(headers: list[tuple[bytes, bytes]], name: bytes) -> list[tuple[bytes, bytes]]:
    """Headers without one of them."""
    return [pair for pair in headers if pair[0] != name]


def refuse(scope: Scope) -> Response | None:
    """The problem with an address as such; None: it may go on."""
    request = Request(scope)
    query: bytes = scope["query_string"]
    path: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    if len(path) + len(query) > LONGEST_URL:
        return problem(request, 414, f"An address has at most {LONGEST_URL} bytes.")
    if not is_ours(scope["path"]):
        return None
    if b"," in b",".join(v for name, v in scope["headers"] if name == b"range"):
        return problem(request, 416, "One range at a time.", hint="Ask once for each part.")
    if not is_text(path):
        return problem(request, 404, "The address is not text.")
    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        if not (is_text(name) and is_text(value)):
            shown = unquote_to_bytes(name).decode("utf-8", "replace")
            return problem(
                request,
                422,
                f"{shown}: not text in UTF-8, or with a NUL",
                title=errors.BadValue.title(),
                kind=TYPES + kebab("BadValue"),
                parameter=shown,
            )
    return None


def is_text(quoted: bytes) -> bool:
    """Whether percent-encoded bytes are UTF-8 without a NUL: all that the database takes.

    Example:
        >>> is_text(b"S%C3%A3o"), is_text(b"a%00b"), is_text(b"%ED%A0%80")
        (True, False, False)
    """
    plain = unquote_to_bytes(quoted)
    try:
        plain.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in plain
