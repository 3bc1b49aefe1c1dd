"""Newest: what the newest numbers are, asked once for all who want to know at the same time."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from soc_monitor.errors import StoreUnavailable
from soc_monitor.model import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What an answer about the newest numbers depends on."""

    release: Release
    """The newest one."""
    inputs: str
    """Another one whenever it may be that another input is late."""
    late: tuple[str, ...]
    """The inputs that are late, each with the day up to which it was observed."""


SILENT_S = 2.0
"""So long after a look that failed none is taken: what a page asks would wait for each in turn."""
of_request: ContextVar[Now | None] = ContextVar("newest", default=None)
"""How things stood when the request that is being answered came in: one answer, one release."""


class Newest:
    """Shares one look at the database among all requests that wait for it.

    A look that began before a request came in may miss what was published in between, so those
    who come while one is on its way wait for the next: nobody is told of an older release than
    there was when they asked, and the database is asked once, whatever the number of readers.
    """

    def __init__(self, find: Callable[[], Now]) -> None:
        """``find``: asks the database."""
        self._find = find
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: asyncio.Task[Now] | None = None
        self._next: asyncio.Task[Now] | None = None
        self._failed: tuple[float, str] | None = None

    async def get(self) -> Now:
        """The newest release, and what is late.

        Raises:
            NothingPublished: there is none yet.
            StoreUnavailable, SchemaMismatch: the database does not answer.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._running, self._next, self._failed = loop, None, None, None
        if self._failed is not None and loop.time() - self._failed[0] < SILENT_S:
            raise StoreUnavailable(self._failed[1])
        if self._next is None:
            self._next = loop.create_task(self._look(self._running))
        # One reader who goes away ends nothing for the others.
        return await asyncio.shield(self._next)

    async def _look(self, before: asyncio.Task[Now] | None) -> Now:
        if before is not None:
            await asyncio.wait([before])
        self._running, self._next, self._failed = self._next, None, None
        try:
            return await asyncio.to_thread(self._find)
        except StoreUnavailable as error:
            self._failed = asyncio.get_running_loop().time(), error.detail
            raise
