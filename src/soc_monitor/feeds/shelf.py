"""ShelfFeed: files that come with the job files, in a folder beside them."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from soc_monitor.errors import FeedUnreachable
from soc_monitor.model import Access, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfFeed:
    """Files that come with the job files."""

    folder: str
    """Folder beside the job files."""
    keys: tuple[str, ...]
    """File names in it."""
    version: str
    """Version of the package or publication that they were made from."""

    def find(self, access: Access) -> Iterator[Item]:
        """Every file, in the order declared."""
        for key in self.keys:
            _file(self, access, key)
            yield Item(key=key, address=f"ingest_jobs/{self.folder}/{key}", version=self.version)

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        """A copy of the file in ``folder``."""
        target = folder / Path(item.key).name
        shutil.copyfile(_file(self, access, item.key), target)
        return target


def _file(feed: ShelfFeed, access: Access, key: str) -> Path:
    if access.shelf is None:
        raise FeedUnreachable("the folder of job files is not known")
    file = access.shelf / feed.folder / key
    if not file.is_file():
        raise FeedUnreachable(f"{feed.folder}/{key} is not beside the job files")
    return file
