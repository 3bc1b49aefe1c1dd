"""Turns: who asks for parts of what is being made waits until it is there.

Programs that read a grid over HTTP ask for ten parts of it at a time, and a map for a sheet of
tiles. One of them has it made; the others would hold the threads that answer requests, or be sent
away. Here they hold nothing.
"""

import asyncio
from collections import OrderedDict
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from soc_monitor.api.drawing import MAPS
from soc_monitor.api.ready import canonical

PATHS = ("/api/v1/grid.tif", "/api/v1/grid.nc")
"""What is made once, and read a part at a time."""
MOST_WAITING = 200
"""Requests of a process that wait; who comes beyond that goes on, and may be sent away."""
LONGEST_WAIT_S = 60.0


def turn_of(scope: Scope) -> str:
    """What is made for a request and for others like it; empty: it waits for nobody.

    Example:
        >>> turn_of({"path": "/tiles/1/fill/a/rate/2017/adm0/2/1/3.png", "query_string": b"b=2012"})
        '/tiles/1/fill/a/rate/2017/adm0?b=2012'
        >>> turn_of({"path": "/tiles/1/fill/a/rate/2017/adm0/2/1/3.png", "query_string": b""})
        ''
    """
    path: str = scope["path"]
    if path in PATHS:
        return canonical(scope)
    years = parse_qs(scope["query_string"].decode("ascii", "replace")).get("b", ())
    if not years or not path.startswith("/tiles/") or _of_cells(path):
        return ""
    # A change that is counted from a year of one's own is counted once for all tiles of a map.
    return f"{path.rsplit('/', 3)[0]}?b={years[-1]}"


def _of_cells(path: str) -> bool:
    """Whether a tile shows cells: each is counted on its own.

    Example:
        >>> _of_cells("/tiles/1/grid/a/rate/2017/2/1/3.png")
        True
        >>> _of_cells("/tiles/1/doubt/mask/a/rate/2017/grid/2/1/3.png")
        True
        >>> _of_cells("/tiles/1/fill/a/rate/2017/adm0/2/1/3.png")
        False
    """
    return path.split("/")[3:4] == ["grid"] or path.split("/")[-4:-3] == ["grid"]


class Turns:
    """Middleware: of equal questions for a file the first goes on, the others after its answer."""

    def __init__(self, app: ASGIApp) -> None:
        """``app``: what makes files."""
        self.app = app
        self._firsts: dict[str, asyncio.Future[None]] = {}
        self._counted: OrderedDict[str, None] = OrderedDict()
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, at once or when its turn has come."""
        address = turn_of(scope) if scope["type"] == "http" else ""
        if not address or self._is_counted(address):
            await self.app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        until = loop.time() + LONGEST_WAIT_S
        # Where the first was sent away the next one is the first: never all at once.
        while (first := self._firsts.get(address)) is not None and first.get_loop() is loop:
            left = until - loop.time()
            if left <= 0 or self._waiting >= MOST_WAITING:
                await self.app(scope, receive, send)
                return
            self._waiting += 1
            try:
                await asyncio.wait([first], timeout=left)
            finally:
                self._waiting -= 1
            if self._is_counted(address):
                await self.app(scope, receive, send)
                return
        await self._go_first(address, scope, receive, send)

    def _is_counted(self, address: str) -> bool:
        """Whether it is a map whose numbers are there: its tiles have nothing to wait for."""
        if address not in self._counted:
            return False
        self._counted.move_to_end(address)
        return True

    def _note(self, address: str, status: int) -> None:
        """Keep in mind that a map was counted, as long as its numbers are kept, about."""
        if status == 200 and address.startswith("/tiles/"):
            self._counted[address] = None
            if len(self._counted) > MAPS:
                self._counted.popitem(last=False)

    async def _go_first(self, address: str, scope: Scope, receive: Receive, send: Send) -> None:
        first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._firsts[address] = first

        def done() -> None:
            if self._firsts.get(address) is first:
                del self._firsts[address]
            if not first.done():
                first.set_result(None)

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._note(address, message["status"])
                done()  # the file is there, or there will be none
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            done()
