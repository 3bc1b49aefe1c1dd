"""TemplateFeed: one file a period, at an address that the period is written into."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from soc_monitor.feeds.access import client, from_mirror
from soc_monitor.feeds.client import Client, Limits
from soc_monitor.feeds.periods import Step, periods
from soc_monitor.feeds.versions import Versions
from soc_monitor.model import Access, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFeed:
    """One file a period, such as ``https://example.org/{period:%Y/%m}.tif``."""

    template: str
    """``{period:…}`` is the first day, ``{end:…}`` the last, formatted as dates are."""
    folder: str
    """Folder of the same files inside a mirror."""
    first: date
    step: Step = Step.MONTH
    lag_days: int = 0
    """Days after its end when a period is first asked for."""
    secret: str = ""
    """Variable of the environment with a token, sent as ``Authorization: Bearer``."""
    limits: Limits = field(default_factory=Limits)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host of the template."""
        return (urlsplit(self.template).netloc,)

    def find(self, access: Access) -> Iterator[Item]:
        """Every period of the window whose file may be there, in its version, oldest first."""
        since, until = access.window
        versions = Versions(access, self.folder, self.limits, lambda: self._client(access))
        # Old enough today, however near they are to the end of the window.
        last = min(until, access.today - timedelta(days=self.lag_days))
        for one in periods(max(since, self.first), last, self.step):
            address = self.template.format(period=one.first, end=one.last)
            name = Path(urlsplit(address).path).name
            yield Item(
                key=f"{one.first.isoformat()}/{name}",
                address=address,
                version=versions.of(name, address),
                period=one.first,
                period_end=one.last,
            )

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        """The file, from the mirror where it has it, else from its own address."""
        name = Path(urlsplit(item.address).path).name
        found = from_mirror(access, self.folder, name, folder, self.limits)
        if found is not None:
            return found
        return self._client(access).download(item.address, folder / name)

    def _client(self, access: Access) -> Client:
        return client(access, self.hosts, self.limits, self.secret)
