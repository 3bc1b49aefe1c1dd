"""Files: what sources sent, kept for a while by the checksum of its bytes, to be read again.

A replay reads them, and so does a slice that an operator accepts; nothing published rests on them.
"""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder of files, bounded in size and age."""

    folder: Path
    most_bytes: int = 10 << 30
    most_days: int = 30

    def path(self, sha256: str) -> Path:
        """Where the file with a checksum is, or would be."""
        return self.folder / sha256[:2] / sha256

    def find(self, sha256: str) -> Path | None:
        """The file with a checksum; None: it is not kept, or no longer."""
        path = self.path(sha256)
        return path if path.is_file() else None

    def keep(self, file: Path, sha256: str) -> bool:
        """Keep a file beside where it is; False: it is larger than all that may be kept."""
        if file.stat().st_size > self.most_bytes:
            return False
        target = self.path(sha256)
        if target.exists():
            os.utime(target)  # It came again: its time begins anew.
            return True
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f"{sha256}.{os.getpid()}.new")
        try:
            shutil.copyfile(file, draft)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        return True

    def tidy(self) -> int:
        """Remove what is too old, and then the oldest until the rest has room; how many went."""
        now, found = time.time(), []
        for path in self.folder.glob("??/*"):
            try:
                told = path.stat()
            except FileNotFoundError:
                continue  # Another worker tidies too.
            found.append((told.st_mtime, told.st_size, path))
        total, gone = sum(size for _, size, _ in found), 0
        for at, size, path in sorted(found):
            if now - at <= self.most_days * DAY_S and total <= self.most_bytes:
                break
            path.unlink(missing_ok=True)
            total -= size
            gone += 1
        return gone
