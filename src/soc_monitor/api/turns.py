"""Turns: who asks for parts of a file that is being made waits until it is there.

Programs that read a grid over HTTP ask for ten parts of it at a time. One of them has it made; the
others would hold the threads that answer requests, or be sent away. Here they hold nothing.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from soc_monitor.api.ready import canonical

PATHS = ("/api/v1/grid.tif", "/api/v1/grid.nc")
"""What is made once, and read a part at a time."""
MOST_WAITING = 200
"""Requests of a process that wait; who comes beyond that goes on, and may be sent away."""
LONGEST_WAIT_S = 60.0


class Turns:
    """Middleware: of equal questions for a file the first goes on, the others after its answer."""

    def __init__(self, app: ASGIApp) -> None:
        """``app``: what makes files."""
        self.app = app
        self._firsts: dict[str, asyncio.Future[None]] = {}
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, at once or when its turn has come."""
        if scope["type"] != "http" or scope["path"] not in PATHS:
            await self.app(scope, receive, send)
            return
        address, loop = canonical(scope), asyncio.get_running_loop()
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
        await self._go_first(address, scope, receive, send)

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
                done()  # the file is there, or there will be none
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            done()
