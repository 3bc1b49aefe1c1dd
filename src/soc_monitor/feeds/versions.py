"""Versions: by what a file is known to be another one than before, told without the file.

A file under the same name is put there anew when its provider has revised it. Servers say when
they last changed it; of a file in a mirror its folder says so.

Source:
    RFC 9110 HTTP Semantics, section 8.8: validators.
"""

import email.utils
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds.access import mirrored
from soc_monitor.feeds.client import Client, Limits
from soc_monitor.model import Access


def written(file: Path) -> str:
    """Version of a file in a folder: when it was written, the later the newer."""
    return datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat(timespec="microseconds")


def changed(headers: Mapping[str, str]) -> str:
    """Version of a file on a server; empty: the server tells none.

    An entity tag says that two are different, and not which is the newer.

    Example:
        >>> changed({"last-modified": "Sun, 01 Nov 2026 10:00:00 GMT", "etag": '"a"'})
        '2026-11-01T10:00:00+00:00'
        >>> changed({"etag": 'W/"a"'}), changed({})
        ('etag:a', '')
    """
    try:
        told = email.utils.parsedate_to_datetime(headers.get("last-modified", ""))
        return told.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        tag = headers.get("etag", "").removeprefix("W/").strip('"')
        return f"etag:{tag}" if tag else ""


@dataclass(slots=True)
class Versions:
    """Asks for the versions of the files of one feed."""

    access: Access
    folder: str
    """Of the same files in a mirror."""
    limits: Limits
    asking: Callable[[], Client]
    """The client for the files' own addresses."""
    silent: bool = False
    """Nobody answers: what is there is found out when the files are fetched, one by one."""

    def in_mirror(self, name: str) -> str:
        """Version of a file in the mirror; empty: it is not there, or tells none."""
        found = mirrored(self.access, self.folder, name, replace(self.limits, tries=1))
        if isinstance(found, tuple):
            asking, address = found
            return self._told(lambda: asking, address)
        return written(found) if found is not None else ""

    def of(self, name: str, address: str) -> str:
        """Version of a file, from the mirror where it has it, else from its own address."""
        return self.in_mirror(name) or self._told(self.asking, address)

    def _told(self, asking: Callable[[], Client], address: str) -> str:
        if self.silent:
            return ""
        try:
            return changed(asking().headers(address))
        except FeedUnreachable as error:
            # A status is an answer: not there yet, not allowed, or nothing is told without it.
            self.silent = not error.status
            return ""
