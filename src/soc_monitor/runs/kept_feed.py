"""KeptFeed: the items of an earlier run, from the files that were kept of them."""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from soc_monitor.model import Access, Feed, Item
from soc_monitor.store.files import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFeed:
    """Offers some items; a file that is kept no longer is asked of its source again."""

    feed: Feed
    kept: Kept
    items: tuple[Item, ...]
    sums: Mapping[str, str]
    """Key of an item -> SHA-256 of its file."""

    def find(self, access: Access) -> Iterable[Item]:  # noqa: ARG002  # one verb for every feed
        """The items that were given."""
        return self.items

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        """The file as it was; from its source where it is kept no longer."""
        known = self.sums.get(item.key)
        found = self.kept.find(known) if known else None
        if found is None:
            return self.feed.fetch(access, item, folder)
        # Its ending tells how some files are read.
        return Path(shutil.copyfile(found, folder / f"file{Path(item.key).suffix}"))
