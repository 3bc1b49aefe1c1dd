"""Kept: answers of the API on disk, for when the database does not answer.

A page is then built from the newest answers that are left, and says how old they are. The folder
may be deleted at any moment: it holds nothing that the database does not.
"""

import asyncio
import gzip
import hashlib
import json
import logging
import os
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

MOST_FILES = 20_000
"""Answers on disk; the oldest half goes when there are more."""

stale: ContextVar[list[float] | None] = ContextVar("stale", default=None)
"""Where a page collects the ages of the kept answers that it was built from: instants [s]."""


@dataclass(slots=True)
class Kept:
    """A folder of answers. One a process; several processes may share the folder."""

    folder: Path
    _count: int = field(default=-1)

    async def keep(self, address: str, body: Any) -> None:
        """Keep an answer; a disk that is full costs the fallback, not the page."""
        try:
            await asyncio.to_thread(self._write, address, body)
        except OSError as error:
            log.warning("answer not kept", extra={"address": address, "reason": str(error)})

    async def find(self, address: str) -> Any | None:
        """The answer kept for an address, its age noted for the page; None: there is none."""
        try:
            kept = await asyncio.to_thread(self._read, address)
        except (OSError, ValueError, EOFError):
            return None
        told = stale.get()
        if told is not None:
            told.append(kept["at"])
        return kept["body"]

    def _path(self, address: str) -> Path:
        name = hashlib.sha256(address.encode()).hexdigest()[:32]
        return self.folder / name[:2] / f"{name}.json.gz"

    def _write(self, address: str, body: Any) -> None:
        path = self._path(address)
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = json.dumps({"at": time.time(), "body": body}).encode()
        # Renamed into place: a reader never sees half a file.
        part = path.with_name(f"{path.name}.{os.getpid()}")
        part.write_bytes(gzip.compress(raw, 1))
        part.replace(path)
        self._count += 1
        if self._count % 500 == 0:
            self._thin()

    def _read(self, address: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(gzip.decompress(self._path(address).read_bytes()))
        return found

    def _thin(self) -> None:
        files = sorted(self.folder.glob("*/*.json.gz"), key=lambda path: path.stat().st_mtime)
        for path in files[: len(files) // 2] if len(files) > MOST_FILES else []:
            path.unlink(missing_ok=True)
