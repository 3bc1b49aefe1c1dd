"""FolderFeed: files that an operator puts into a folder of the mirror, found by their names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds.access import from_mirror
from soc_monitor.feeds.client import Limits
from soc_monitor.feeds.periods import Period, Step, period_of
from soc_monitor.feeds.versions import written
from soc_monitor.model import Access, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderFeed:
    """Files of one folder whose names match a pattern."""

    folder: str
    """Folder inside the mirror."""
    pattern: str
    r"""Regular expression for whole names; groups ``year``, ``month``, ``day`` or ``doy`` tell
    the period: ``ndvi_(?P<year>\d{4})-(?P<month>\d\d)\.tif``."""
    step: Step = Step.MONTH
    limits: Limits = field(default_factory=Limits)
    lists: ClassVar[bool] = True
    """It tells all there is of a window: what was there, and is not, was taken back."""

    def find(self, access: Access) -> Iterator[Item]:
        """Every file that matches and whose period ends in the window, by name."""
        place = Path(access.mirror) / self.folder
        if not access.mirror or not place.is_dir():
            raise FeedUnreachable(
                f"there is no folder {self.folder!r} in the mirror",
                hint=f"Put its files into {self.folder} below the folder that SOC_MIRROR names",
            )
        since, until = access.window
        for file in sorted(place.iterdir()):
            match = re.fullmatch(self.pattern, file.name)
            if match is None or not file.is_file():
                continue
            address = f"{self.folder}/{file.name}"
            try:
                found = period_in(match, self.step)
            except (ValueError, OverflowError) as error:
                told = f"its name is of no day: {error}"
                yield Item(key=file.name, address=address, refused=told)
                continue
            if found is None:
                yield Item(key=file.name, address=address)
            elif since <= found.last and found.first <= until:
                yield Item(
                    key=file.name,
                    address=address,
                    version=written(file),
                    period=found.first,
                    period_end=found.last,
                )

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        """A copy of the file."""
        found = from_mirror(access, self.folder, item.key, folder, self.limits)
        if found is None:
            raise FeedUnreachable(f"{self.folder}/{item.key} is not in the mirror")
        return found


def period_in(match: re.Match[str], step: Step) -> Period | None:
    r"""The period that a name tells; None: it tells none.

    Raises:
        ValueError, OverflowError: it tells a month or a day that there is none of.

    Example:
        >>> period_in(re.match(r"A(?P<year>\d{4})(?P<doy>\d{3})", "A2024017"), Step.DAYS_16)
        Period(first=datetime.date(2024, 1, 17), last=datetime.date(2024, 2, 1))
    """
    told = match.groupdict()
    if "year" not in told:
        return None
    if told.get("doy"):
        day = date(int(told["year"]), 1, 1) + timedelta(days=int(told["doy"]) - 1)
    else:
        day = date(int(told["year"]), int(told.get("month") or 1), int(told.get("day") or 1))
    return period_of(day, step)
