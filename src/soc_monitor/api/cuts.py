"""Cuts: cut-outs of grids that were made, kept for a while and handed out again.

Who reads one a part at a time, as GDAL does, does not have it made anew for each part. A file is
found by what it holds, which never changes: the address of a release's answer and the version of
the program. Nothing is lost when it goes: it is made again.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import BoundedSemaphore, Lock

from soc_monitor.errors import BeingMade

FOLDER = "cuts"
MOST_BYTES = 2 << 30
"""Kept at most; those that nobody has asked for longest go first."""
LEFT_S = 3600.0
"""After this time what a stopped process was reading or writing is nobody's any more."""
MOST_WAITING = 3
"""Threads that wait for a file that another one makes: who asks beyond that is told to come again.

Programs ask for ten parts at a time, which are all the threads that answer requests.
"""
LONGEST_WAIT_S = 30.0
"""Of a thread that waits."""
_LANES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """A folder of files by id."""

    folder: Path
    most_bytes: int = MOST_BYTES
    _lanes: tuple[Lock, ...] = field(default_factory=lambda: tuple(Lock() for _ in range(_LANES)))
    _waiting: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MOST_WAITING))

    def borrow(
        self, id_: str, write: Callable[[Path], None], ending: str
    ) -> tuple[Path, Callable[[], None]]:
        """A file under a name of the reader's own, and what gives it back.

        Args:
            id_: hexadecimal, of what the file holds.
            write: makes it, if it is not there: once, however many ask at a time.
            ending: of its name.

        Raises:
            BeingMade: another thread makes it, and enough wait for that already.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = self.folder / f"{id_}.{ending}"
        # Its own link: the file may be dropped from the folder while it is being sent.
        own = tempfile.TemporaryDirectory(prefix=".", dir=self.folder)
        path = Path(own.name) / kept.name
        try:
            if not self._link(kept, path):
                with self._alone(self._lanes[int(id_[:8], 16) % _LANES]):
                    if not self._link(kept, path):
                        write(path)
                        self._keep(path, kept)
        except BaseException:
            own.cleanup()
            raise
        return path, own.cleanup

    @contextmanager
    def _alone(self, lane: Lock) -> Iterator[None]:
        if not lane.acquire(blocking=False):
            self._wait(lane)
        try:
            yield
        finally:
            lane.release()

    def _wait(self, lane: Lock) -> None:
        if not self._waiting.acquire(blocking=False):
            raise BeingMade("enough wait for it already")
        try:
            if not lane.acquire(timeout=LONGEST_WAIT_S):
                raise BeingMade(f"it took more than {LONGEST_WAIT_S:g} s")
        finally:
            self._waiting.release()

    def has(self, id_: str, ending: str) -> bool:
        """Whether a file need not be made."""
        return (self.folder / f"{id_}.{ending}").is_file()

    @staticmethod
    def _link(kept: Path, path: Path) -> bool:
        try:
            os.link(kept, path)
            os.utime(kept)
        except FileNotFoundError:
            return False
        return True

    def _keep(self, path: Path, kept: Path) -> None:
        if path.stat().st_size > self.most_bytes // 4:
            return
        with suppress(FileExistsError):  # another process was quicker, with the same bytes
            os.link(path, kept)
        self._drop()

    def _drop(self) -> None:
        files, total = [], 0
        for one in self.folder.iterdir():
            with suppress(FileNotFoundError):  # several processes tidy up
                told = one.stat()
                if one.is_dir():
                    _remove_left(one, told.st_mtime)
                else:
                    files.append((told.st_mtime, told.st_size, one))
                    total += told.st_size
        for _, size, one in sorted(files):
            if total <= self.most_bytes:
                break
            one.unlink(missing_ok=True)
            total -= size


def _remove_left(folder: Path, since: float) -> None:
    if time.time() - since < LEFT_S:
        return
    for one in folder.iterdir():
        one.unlink(missing_ok=True)
    folder.rmdir()
