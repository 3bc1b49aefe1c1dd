"""Holders: whose key a request carries, looked up in the store and remembered for a minute."""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256

from starlette.datastructures import Headers

from soc_monitor.errors import NotAllowed, SocMonitorError
from soc_monitor.store.editors import Editor

REMEMBERED_S = 60.0
"""A key that was revoked raises limits for as long, at most; it opens nothing from then on."""
MOST = 10_000
"""Keys that are remembered, those that are nobody's too."""
_KEY = re.compile(r"soc_[0-9a-f]{1,16}_[A-Za-z0-9_-]{16,100}")


def key_of(headers: Headers) -> str:
    """The key that a request carries; empty: none that could be one of ours.

    Example:
        >>> key_of(Headers({"authorization": "Bearer soc_0f_" + "x" * 43})) == "soc_0f_" + "x" * 43
        True
        >>> key_of(Headers({"authorization": "Basic eDp5"})), key_of(Headers())
        ('', '')
    """
    scheme, _, key = headers.get("authorization", "").partition(" ")
    key = key.strip()
    return key if scheme.lower() == "bearer" and _KEY.fullmatch(key) else ""


class Holders:
    """Who holds which key; of a key itself only a hash is remembered."""

    def __init__(self, find: Callable[[str], Editor]) -> None:
        """``find`` asks the store, and raises ``NotAllowed`` for a key that is nobody's."""
        self._find = find
        self._known: OrderedDict[bytes, tuple[float, Editor | None]] = OrderedDict()

    def remembers(self, key: str) -> bool:
        """Whether nothing need be asked."""
        told = self._known.get(_hash(key))
        return told is not None and time.monotonic() < told[0]

    async def of(self, key: str) -> Editor | None:
        """The holder of a key; None: it is nobody's, or the store cannot say."""
        if self.remembers(key):
            return self._known[_hash(key)][1]
        try:
            found = await asyncio.to_thread(self._find, key)
        except NotAllowed:
            found = None
        except SocMonitorError:
            return None  # the routes say that the database does not answer
        self._known[_hash(key)] = (time.monotonic() + REMEMBERED_S, found)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return found


def _hash(key: str) -> bytes:
    return sha256(key.encode()).digest()
