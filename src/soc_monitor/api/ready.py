"""Ready: answers that are held as bytes, and equal questions that share one computation.

What a release says never changes, so an answer holds until there is a newer release, or another
input is late; one with a release in its address holds for ever. Nothing else is held.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from soc_monitor.api.answers import MOVES
from soc_monitor.api.newest import Newest, Now, of_request
from soc_monitor.errors import SocMonitorError

HELD_BYTES = 96 << 20
LARGEST = 8 << 20
"""Bytes of a body; a longer one is sent as it is made, to each who asks."""
PREFIXES = ("/api/v1/", "/tiles/", "/ogc/", "/stac/")
IMMUTABLE = "immutable"
_OF_THE_BODY = {b"content-length", b"content-type", b"content-encoding", b"content-disposition"}

_PERSONAL = {b"range", b"authorization", b"cookie", b"prefer"}
"""With one of these an answer may be one reader's alone: it is never shared."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return len(self.body) + 1024

    def header(self, name: str) -> str:
        """One header; empty: it has none of that name."""
        return Headers(raw=list(self.headers)).get(name, "")

    async def send(self, scope: Scope, send: Send) -> None:
        """To one reader; 304 to one who has it already."""
        status, headers, body = self.status, self.headers, self.body
        if status == 200 and has_it(Headers(scope=scope), self.header("etag")):
            status, body = 304, b""
            headers = tuple(pair for pair in headers if pair[0].lower() not in _OF_THE_BODY)
        # A copy: what stands around adds to the list.
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": body})


def has_it(headers: Headers, etag: str) -> bool:
    """Whether a reader has the answer with this tag already."""
    known = {
        tag.strip().removeprefix("W/")
        for line in headers.getlist("if-none-match")
        for tag in line.split(",")
    }
    return bool(etag) and bool(known & {etag, "*"})


def coding(headers: Headers) -> str:
    """The one content coding that an answer is made in.

    Example:
        >>> coding(Headers({"accept-encoding": "gzip, deflate, br"}))
        'br'
        >>> coding(Headers({"accept-encoding": "br;q=0, gzip;q=0.5"})), coding(Headers())
        ('gzip', 'identity')
    """
    taken = set()
    for part in headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = part.replace(" ", "").partition(";q=")
        if not weight or weight.strip("0."):
            taken.add(name)
    return next((name for name in ("br", "gzip") if name in taken or "*" in taken), "identity")


def canonical(scope: Scope) -> str:
    """An address with its keys in one order; the last of equal keys comes last, as it was.

    Example:
        >>> canonical({"path": "/a", "query_string": b"v=1&area=F%52A"})
        '/a?area=FRA&v=1'
    """
    pairs = parse_qsl(scope["query_string"].decode("ascii", "replace"), keep_blank_values=True)
    return f"{scope['path']}?{urlencode(sorted(pairs, key=lambda pair: pair[0]))}"


def names_release(path: str) -> bool:
    """Whether an address says which release or set it is of: the newest one does not matter.

    Example:
        >>> names_release("/tiles/2026.11.1/x.png"), names_release("/tiles/latest/x.png")
        (True, False)
    """
    return path.startswith("/tiles/") and "/latest/" not in path


def host_of(scope: Scope, headers: Headers) -> str:
    """The host that an answer may have in its links; none in a picture."""
    return "" if scope["path"].endswith(".png") else headers.get("host", "")


class Ready:
    """Middleware: the answers of the API and the tiles, each computed once."""

    def __init__(self, app: ASGIApp, newest: Newest, limit: int = HELD_BYTES) -> None:
        """Nothing is held yet.

        Args:
            app: what makes answers.
            newest: tells the newest release.
            limit: bytes held at most.
        """
        self.app, self.newest, self.limit = app, newest, limit
        self.nbytes = 0
        self._held: OrderedDict[Key, Answer] = OrderedDict()
        self._flights: dict[Key, asyncio.Future[Answer | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, from a computation on its way, or from a new one."""
        if not _is_read(scope):
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        chosen = coding(asked)
        address = host_of(scope, asked) + canonical(scope)
        held = self._find((address, chosen))
        if held is not None:
            await held.send(scope, send)
            return
        if names_release(scope["path"]):
            await self._answer((address, chosen), _with_coding(scope, chosen), receive, send)
            return
        try:
            now = await self.newest.get()
        except SocMonitorError:
            # The routes say what it is.
            await self.app(scope, receive, send)
            return
        token = of_request.set(now)
        try:
            inner = _with_coding(scope, chosen)
            await self._answer((address, chosen, *_state(now)), inner, receive, send)
        finally:
            of_request.reset(token)

    async def _answer(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        held = self._find(key)
        if held is not None:
            await held.send(scope, send)
        elif "if-none-match" in Headers(scope=scope):
            # Most often there is nothing to compute: the tag follows from the question.
            await Taking(self, key).take(scope, receive, send)
        else:
            await self._once(key, scope, receive, send)

    async def _once(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        flight = self._flights.get(key)
        if flight is not None and flight.get_loop() is asyncio.get_running_loop():
            shared = await asyncio.shield(flight)
            if shared is not None:
                await shared.send(scope, send)
                return
            await self.app(scope, receive, send)
            return
        flight = asyncio.get_running_loop().create_future()
        self._flights[key] = flight
        taking = Taking(self, key)
        try:
            await taking.take(scope, receive, send)
        finally:
            if self._flights.get(key) is flight:
                del self._flights[key]
            flight.set_result(taking.whole)

    def _find(self, key: Key) -> Answer | None:
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def keep(self, key: Key, answer: Answer) -> None:
        """Hold an answer, and drop those that nobody has asked for longest."""
        if answer.status != 200 or not answer.header("etag"):
            return
        if IMMUTABLE in answer.header("cache-control"):
            key = key[:2]
        elif not answer.header("x-release"):
            return
        before = self._held.pop(key, None)
        self.nbytes += answer.size - (before.size if before else 0)
        self._held[key] = answer
        while self.nbytes > self.limit:
            _, dropped = self._held.popitem(last=False)
            self.nbytes -= dropped.size


class Taking:
    """One answer on its way out, taken down as long as it is not too long."""

    def __init__(self, ready: Ready, key: Key) -> None:
        """``ready`` keeps the answer under ``key`` when it is whole."""
        self.whole: Answer | None = None
        self._ready, self._key = ready, key
        self._start: Message | None = None
        self._body: bytearray | None = bytearray()

    async def take(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the answer made and sent."""

        async def watch(message: Message) -> None:
            started = message["type"] == "http.response.start"
            if started and MOVES in Headers(raw=message["headers"]):
                self._body = None
            self._note(message)
            await send(message)

        await self._ready.app(scope, receive, watch)

    def _note(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = {**message, "headers": list(message["headers"])}
            return
        if message["type"] != "http.response.body" or self._start is None or self._body is None:
            return
        self._body += message.get("body", b"")
        if len(self._body) > LARGEST:
            self._body = None
        elif not message.get("more_body", False):
            start = self._start
            self.whole = Answer(start["status"], tuple(start["headers"]), bytes(self._body))
            self._ready.keep(self._key, self.whole)


def _is_read(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and scope["path"].startswith(PREFIXES)
        and not {name for name, _ in scope["headers"]} & _PERSONAL
    )


def _state(now: Now) -> tuple[str, ...]:
    """What an answer about the newest numbers depends on: the release, what is late, the day."""
    day = datetime.now(UTC).date().isoformat()
    return now.release.published_at.isoformat(), day, *now.late


def _with_coding(scope: Scope, chosen: str) -> Scope:
    inner = {**scope, "headers": list(scope["headers"])}
    MutableHeaders(scope=inner)["accept-encoding"] = chosen
    return inner
