"""CdsFeed: products that a data store makes on request, one request a period.

The Copernicus Climate Data Store queues a request, often for hours, and keeps what it has made:
a request that is not ready in time is asked for again by the next run, and is then there. It does
not say whether what it holds has been revised since: a period that may still be is asked for again,
and what then holds the same values changes nothing.

Source:
    OGC API Processes 1.0 (execution, jobs, results), as the Copernicus data stores serve it.
"""

import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from soc_monitor.errors import FeedUnreachable, ItemRejected, NotThereYet
from soc_monitor.feeds.access import from_mirror, secret_of
from soc_monitor.feeds.client import Client, Limits
from soc_monitor.feeds.guard import Reach
from soc_monitor.feeds.periods import Period, Step, periods
from soc_monitor.feeds.versions import Versions
from soc_monitor.model import Access, Item

_RUNNING = frozenset({"accepted", "running"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CdsFeed:
    """One request a period and product."""

    root: str
    """Address of the store's API, without a slash at its end."""
    dataset: str
    request: Callable[[Period], dict[str, Any]]
    """What is asked for a period."""
    folder: str
    """Folder inside a mirror with files of the names that ``name`` tells."""
    name: str
    """Name of a period's file: ``{period:%Y-%m}.nc``."""
    first: date
    hosts: tuple[str, ...]
    """Hosts that results may be at, beside the one of ``root``."""
    step: Step = Step.MONTH
    lag_days: int = 5
    revised_days: int = 0
    """So long after its end a period may still be revised, and is asked for again."""
    again_days: int = 30
    """How long after it was last asked for."""
    preliminary: bool = False
    """What may still be revised is told as preliminary by its provider."""
    secret: str = "SOC_CDS_KEY"  # noqa: S105  # the name of a variable
    wait_s: float = 1200.0
    """How long a run waits for the store."""
    look_s: float = 10.0
    """Pause between two looks."""
    limits: Limits = field(default_factory=Limits)

    def find(self, access: Access) -> Iterator[Item]:
        """Every period of the window, in its version, oldest first."""
        since, until = access.window
        versions = Versions(access, self.folder, self.limits, lambda: self._client(access))
        # Old enough today, however near they are to the end of the window.
        last = min(until, access.today - timedelta(days=self.lag_days))
        for one in periods(max(since, self.first), last, self.step):
            name = self.name.format(period=one.first, end=one.last)
            yield Item(
                key=name,
                address=f"{self.root}/retrieve/v1/processes/{self.dataset}",
                version=versions.in_mirror(name) or self._version(one, access.today),
                preliminary=self.preliminary and (access.today - one.last).days < self.revised_days,
                period=one.first,
                period_end=one.last,
            )

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        """What the store made for the period, unpacked when it is one file in an archive."""
        found = from_mirror(access, self.folder, item.key, folder, self.limits)
        if found is not None:
            return found
        assert item.period is not None
        assert item.period_end is not None
        asking = self._client(access)
        asked = self.request(Period(item.period, item.period_end))
        job = asking.read_json(f"{item.address}/execution", method="POST", body={"inputs": asked})
        address = self._wait(asking, job)
        made = asking.download(urljoin(item.address, address), folder / "made")
        return unpacked(made, folder / Path(item.key).name, self.limits.max_bytes)

    def _version(self, period: Period, today: date) -> str:
        """The day on which it was last due to be asked for: the later the newer."""
        age = max((today - period.last).days, 0)
        asked = age // self.again_days * self.again_days
        settled = age >= self.revised_days
        last = timedelta(days=self.revised_days if settled else asked)
        return (period.last + last).isoformat()

    def _client(self, access: Access) -> Client:
        hosts = (urlsplit(self.root).netloc, *self.hosts)
        secrets = {hosts[0]: {"PRIVATE-TOKEN": secret_of(access, self.secret)}}
        return Client(reach=Reach(hosts, access.plain_http), limits=self.limits, secrets=secrets)

    def _wait(self, asking: Client, job: Any) -> str:
        """The address of what was made."""
        end = time.monotonic() + self.wait_s
        try:
            here = f"{self.root}/retrieve/v1/jobs/{job['jobID']}"
            while job["status"] in _RUNNING:
                if time.monotonic() + self.look_s > end:
                    raise NotThereYet(f"{self.dataset}: still queued after {self.wait_s:.0f} s")
                time.sleep(self.look_s)
                job = asking.read_json(here)
            if job["status"] != "successful":
                raise FeedUnreachable(f"{self.dataset}: the store says {job['status']!r}")
            return str(asking.read_json(f"{here}/results")["asset"]["value"]["href"])
        except (KeyError, TypeError) as error:
            raise FeedUnreachable(f"{self.dataset}: not an answer of a store: {error!r}") from error


def unpacked(made: Path, target: Path, most: int) -> Path:
    """The one file of an archive, or the file itself when it is no archive.

    Raises:
        ItemRejected: the archive is broken, holds several files, or too large a one.
    """
    if not zipfile.is_zipfile(made):
        return made.replace(target)
    try:
        with zipfile.ZipFile(made) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            if len(members) != 1:
                raise ItemRejected("archive", f"{len(members)} files, one is expected")
            size = 0
            with archive.open(members[0]) as source, target.open("wb") as out:
                while chunk := source.read(1 << 20):
                    size += out.write(chunk)
                    if size > most:
                        raise ItemRejected("size", f"more than {most} bytes when unpacked")
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise ItemRejected("archive", str(error)) from error
    made.unlink()
    return target
