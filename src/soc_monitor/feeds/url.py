"""UrlFeed: files at fixed addresses, or in a mirror of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds.access import client, from_mirror
from soc_monitor.feeds.client import Limits
from soc_monitor.model import Access, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlFeed:
    """Files at fixed addresses; a mirror is looked into first."""

    base: str
    """Address that the keys are added to, without a slash at its end."""
    folder: str
    """Folder of the same files inside a mirror."""
    keys: tuple[str, ...]
    """File names, or paths below ``base``."""
    version: str = ""
    """The provider's version of them all: a commit, an edition."""
    limits: Limits = field(default_factory=Limits)

    def find(self, access: Access) -> Iterator[Item]:  # noqa: ARG002  # one verb for every feed
        """Every file, in the order declared."""
        for key in self.keys:
            yield Item(key=key, address=f"{self.base}/{quote(key)}", version=self.version)

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        """The file, from the mirror where it has it, else from its own address."""
        name = Path(item.key).name
        found = from_mirror(access, self.folder, name, folder, self.limits)
        if found is not None:
            return found
        host = urlsplit(self.base).netloc
        if not host:
            raise FeedUnreachable(f"{self.folder}/{name} is not in the mirror")
        return client(access, (host,), self.limits).download(item.address, folder / name)
