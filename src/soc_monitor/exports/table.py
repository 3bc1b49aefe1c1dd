"""Table: rows that come in batches, and what must be told of them."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from soc_monitor.exports.columns import COLUMNS, Column

Row = Mapping[str, Any]
Report = Callable[[int, int], None]
"""Told how much of how much is done."""

MOST_ROWS = 2_000_000
"""Of one file."""
KEY = ("area_id", "period_start", "period_end", "variable")
"""Columns that tell a row of the tidy table from every other one."""


def silent(done: int, total: int) -> None:
    """A report that nobody reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a file says of itself. Nothing of it depends on when or for whom the file is made."""

    name: str
    """Of the file, without its ending."""
    title: str
    titles: tuple[str, ...]
    """Of each variable by itself; of a single one the same as the title."""
    summary: str
    language: str
    variable: str
    """Id of the indicator; of several joined by ``~``."""
    unit: str
    """As in the table: ``t C ha-1``; of several joined by a point."""
    units: tuple[str, ...]
    """Of each variable by itself."""
    product: str
    """Title of the product."""
    citation: str
    """Of the product."""
    licence: str
    link: str
    notes: str
    interval_note: str
    sources: tuple[str, ...]
    release: str
    published_at: datetime
    address: str
    """Path and query of this very file, pinned."""
    origin: str
    """Scheme and host of the site, where it is set; empty: not known."""
    software: str
    """Version of the program."""
    provisional: bool = False
    """Some of the numbers are replaced when their period is closed."""

    @property
    def url(self) -> str:
        """Where the file is had again; empty where the site's address is not set.

        A path alone cannot be followed from a file that lies in a folder, and the address of who
        asks is no part of it: the same file is made for all, by the site and by the command.
        """
        return self.origin + self.address if self.origin else ""

    @property
    def where(self) -> str:
        """The same for people to read: in words, where there is no address to follow."""
        return self.url or f"path {self.address}"

    @property
    def manifest(self) -> dict[str, Any]:
        """What makes the file again: ``soc-monitor export --manifest FILE``."""
        return make_manifest(self.address, self.release, self.software)

    def sibling(self, ending: str) -> str:
        """Where the same is had in another form, seen from this one."""
        path, mark, query = self.address.partition("?")
        folder, _, name = path.rpartition("/")
        beside = f"{name.partition('.')[0]}.{ending}{mark}{query}"
        return f"{self.origin}{folder}/{beside}" if self.origin else beside

    @property
    def quote(self) -> str:
        """How to cite the file."""
        year = self.published_at.year
        where = f". {self.url}" if self.url else f", {self.where}."
        return (
            f"soc-monitor ({year}). {self.title}. Release {self.release}{where} "
            f"Source of the data: {self.citation or self.product}"
        )


def make_manifest(
    address: str, release: str, software: str, body: bytes | None = None
) -> dict[str, Any]:
    """What makes an export again.

    Args:
        address: path and query, pinned.
        release: its name.
        software: version of the program.
        body: what was sent with it; its SHA-256 stands in the manifest, itself it is not kept.

    Example:
        >>> make_manifest("/api/v1/map.csv?rel=2026.11.1", "2026.11.1", "0.1.0")["release"]
        '2026.11.1'
    """
    return {
        "soc_monitor_export": 1,
        "address": address,
        "release": release,
        "software": software,
    } | ({} if body is None else {"body_sha256": hashlib.sha256(body).hexdigest()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table that is too long to be held."""

    about: About
    batches: Callable[[], Iterable[Sequence[Row]]]
    """Starts from the first row each time; a batch is a few thousand rows."""
    total: int
    """About how many rows."""
    tidy: int = 0
    """Rows that a table of another layout is made from; 0: as many as it has."""
    columns: tuple[Column, ...] = COLUMNS
    key: tuple[str, ...] = KEY
    """Columns that tell its rows apart; empty: they are not all shown."""
    shape: str = "tidy"
    """``tidy``: a row for each area, variable and period; ``wide``: one for each area and
    variable."""

    def rows(self, report: Report = silent) -> Iterator[Row]:
        """Row by row, telling how far it is."""
        done = 0
        for batch in self.batches():
            yield from batch
            done += len(batch)
            report(min(done, self.total), self.total)
