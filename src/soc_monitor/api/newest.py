"""Newest: which release is the newest, asked once for all who want to know at the same time."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar

from soc_monitor.model import Release

of_request: ContextVar[Release | None] = ContextVar("newest_release", default=None)
"""The newest release when the request that is being answered came in: one answer, one release."""


class Newest:
    """Shares one look at the database among all requests that wait for it.

    A look that began before a request came in may miss what was published in between, so those
    who come while one is on its way wait for the next: nobody is told of an older release than
    there was when they asked, and the database is asked once, whatever the number of readers.
    """

    def __init__(self, find: Callable[[], Release]) -> None:
        """``find``: asks the database."""
        self._find = find
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: asyncio.Task[Release] | None = None
        self._next: asyncio.Task[Release] | None = None

    async def get(self) -> Release:
        """The newest release.

        Raises:
            NothingPublished: there is none yet.
            StoreUnavailable, SchemaMismatch: the database does not answer.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._running, self._next = loop, None, None
        if self._next is None:
            self._next = loop.create_task(self._look(self._running))
        # One reader who goes away ends nothing for the others.
        return await asyncio.shield(self._next)

    async def _look(self, before: asyncio.Task[Release] | None) -> Release:
        if before is not None:
            await asyncio.wait([before])
        self._running, self._next = self._next, None
        return await asyncio.to_thread(self._find)
