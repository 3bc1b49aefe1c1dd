"""StacFeed: items of a SpatioTemporal Asset Catalog, static or behind an API.

Source:
    STAC 1.0.0 (item, catalogue, collection); STAC API 1.0.0, item search and its paging;
    file extension 2.1.0 (``file:checksum`` as a multihash).
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from soc_monitor.errors import FeedUnreachable, ItemRejected, NotThereYet
from soc_monitor.feeds.access import client
from soc_monitor.feeds.bundle import bundled
from soc_monitor.feeds.client import Client, Limits
from soc_monitor.feeds.names import file_name
from soc_monitor.feeds.periods import Period, Step, period_of
from soc_monitor.model import Access, Item

PAGES, ITEMS = 1000, 100_000
_SHA256 = "1220"


@dataclass(frozen=True, slots=True, kw_only=True)
class StacFeed:
    """Assets of the items of a catalogue."""

    root: str
    """Address of the API, or of a static ``catalog.json`` or ``collection.json``."""
    assets: tuple[str, ...]
    """Names of the assets that are wanted; each becomes an item of ours."""
    hosts: tuple[str, ...]
    """Hosts that assets may be at, beside the one of ``root``."""
    collections: tuple[str, ...] = ()
    """Of an API: what is searched. Empty: ``root`` is a static catalogue."""
    bbox: tuple[float, float, float, float] | None = None
    query: dict[str, Any] = field(default_factory=dict)
    """Of an API: the query extension, such as ``{"eo:cloud_cover": {"lt": 60}}``."""
    only: str = ""
    """Regular expression for the whole ids of items that are wanted; empty: all of them are."""
    beside: tuple[str, ...] = ()
    """Assets that are fetched with each wanted one, into one file: such as which cells hold."""
    step: Step = Step.MONTH
    by_middle: bool = False
    """An item belongs to the period that its middle lies in; False: to that of its first day."""
    token: str = ""
    """Address that gives a token to be added to the addresses of assets."""
    secret: str = ""
    """Variable of the environment with a token, sent as ``Authorization: Bearer``."""
    secret_host: str = ""
    """Host that is told it; empty: the one of ``root``."""
    page: int = 100
    limits: Limits = field(default_factory=Limits)
    lists: ClassVar[bool] = True
    """It tells all there is of a window: what was there, and is not, was taken back."""

    def find(self, access: Access) -> Iterator[Item]:
        """The wanted assets of every item whose time meets the window, as the catalogue has it."""
        asking = client(access, (urlsplit(self.root).netloc,), self.limits, self._told(""))
        found = self._search(asking, access) if self.collections else self._walk(asking)
        for number, (address, item) in enumerate(found):
            if number == ITEMS:
                raise FeedUnreachable(f"{self.root}: more than {ITEMS} items")
            yield from self._items(address, item, access)

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        """The asset as a file; with those beside it as a bundle."""
        hosts = (self.secret_host or urlsplit(self.root).netloc, urlsplit(self.root).netloc)
        asking = client(access, (*hosts, *self.hosts), self.limits, self._told(self.secret_host))
        told = str(asking.read_json(self.token)["token"]) if self.token else ""
        found = asking.download(_signed(item.address, told), folder / file_name(item.address))
        if not self.beside:
            return found
        parts = {item.key.rpartition("/")[2]: found}
        _check(found, item.about)
        for name, asset in item.about["beside"].items():
            address = asset["href"]
            parts[name] = asking.download(_signed(address, told), folder / f"beside.{len(parts)}")
            _check(parts[name], asset)
        return bundled(parts, folder / f"{found.name}.bundle")

    def _told(self, host: str) -> str:
        return self.secret if host == self.secret_host else ""

    # --- an API ------------------------------------------------------------------------------

    def _search(self, asking: Client, access: Access) -> Iterator[tuple[str, Any]]:
        # Whole periods: of one that the window cuts there would be a part alone.
        since, until = (self._whole(day) for day in access.window)
        address, method = f"{self.root.rstrip('/')}/search", "POST"
        body: Any = {
            "collections": list(self.collections),
            "datetime": f"{_instant(since.first, time.min)}/{_instant(until.last, time.max)}",
            "limit": self.page,
        }
        body |= {"bbox": list(self.bbox)} if self.bbox else {}
        body |= {"query": self.query} if self.query else {}
        seen: set[str] = set()
        while address:
            ask = f"{method} {address} {json.dumps(body, sort_keys=True)}"
            if ask in seen or len(seen) == PAGES:
                why = "was there before" if ask in seen else f"is page {PAGES + 1}"
                raise FeedUnreachable(f"{self.root}: the next page {why}")
            seen.add(ask)
            page = asking.read_json(address, method=method, body=body if method == "POST" else None)
            for item in _list(page, "features", address):
                yield address, item
            address, method, body = _next(page, address, body)

    def _whole(self, day: date) -> Period:
        ends = day in {date.min, date.max}
        return Period(day, day) if ends else period_of(day, self.step)

    # --- files -------------------------------------------------------------------------------

    def _walk(self, asking: Client) -> Iterator[tuple[str, Any]]:
        """Every item below a static catalogue; a page that was seen before ends the walk."""
        waiting, seen = [self.root], {self.root}
        while waiting:
            address = waiting.pop()
            page = asking.read_json(address)
            if isinstance(page, dict) and page.get("type") == "Feature":
                yield address, page
                continue
            for link in reversed(_list(page, "links", address)):
                if not isinstance(link, dict) or link.get("rel") not in {"child", "item"}:
                    continue
                below = urljoin(address, str(link.get("href", "")))
                if below in seen:
                    raise FeedUnreachable(f"{address}: links to {below}, which was there before")
                if len(seen) == ITEMS:
                    raise FeedUnreachable(f"{self.root}: more than {ITEMS} pages")
                seen.add(below)
                waiting.append(below)

    # --- items -------------------------------------------------------------------------------

    def _items(self, address: str, item: Any, access: Access) -> Iterator[Item]:
        name = str(item.get("id", ""))[:200] if isinstance(item, dict) else ""
        try:
            if not name:
                raise ValueError("an item without an id")
            if self.only and not re.fullmatch(self.only, name):
                return
            period = self._period(item)
            since, until = access.window
            if period.last < since or period.first > until:
                return
            made = [self._asset(address, item, name, period, asset) for asset in self.assets]
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            refused = f"{type(error).__name__}: {error}"[:500]
            yield Item(key=name or address, address=address, refused=refused)
            return
        yield from made

    def _period(self, item: Any) -> Period:
        properties = item["properties"]
        told = properties.get("datetime") or properties["start_datetime"]
        at = datetime.fromisoformat(told).astimezone(UTC)
        if self.by_middle:
            first, last = (
                datetime.fromisoformat(properties[key]).astimezone(UTC)
                for key in ("start_datetime", "end_datetime")
            )
            at = first + (last - first) / 2
        return period_of(at.date(), self.step)

    def _asset(self, address: str, item: Any, name: str, period: Period, asset: str) -> Item:
        properties, found = item["properties"], item["assets"][asset]
        beside = {
            other: {
                **item["assets"][other],
                "href": urljoin(address, item["assets"][other]["href"]),
            }
            for other in self.beside
        }
        # Of a bundle no catalogue knows the length or the checksum: its parts are checked.
        sha256, size = ("", None) if beside else _declared(found)
        return Item(
            key=f"{name}/{asset}",
            address=urljoin(address, found["href"]),
            version=str(properties.get("updated") or item.get("stac_version", "")),
            sha256=sha256,
            size=size,
            period=period.first,
            period_end=period.last,
            about={
                **properties,
                **{key: found[key] for key in found if key != "href"},
                **({"beside": beside} if beside else {}),
            },
        )


def _declared(asset: Any) -> tuple[str, int | None]:
    """What a catalogue says of the bytes of an asset: (SHA-256, length); empty and None: nothing.

    Example:
        >>> _declared({"file:checksum": "1220abcd", "file:size": 4})
        ('abcd', 4)
    """
    checksum, size = str(asset.get("file:checksum", "")), asset.get("file:size")
    sha256 = checksum[len(_SHA256) :] if checksum.startswith(_SHA256) else ""
    return sha256, size if type(size) is int else None


def _check(file: Path, asset: Any) -> None:
    """A part of a bundle is what its catalogue says.

    Raises:
        NotThereYet: it is empty, or of another length.
        ItemRejected: it has another checksum.
    """
    sha256, declared = _declared(asset)
    size = file.stat().st_size
    if size == 0 or declared not in {None, size}:
        raise NotThereYet(f"{file.name}: {size} bytes, {declared} are declared")
    if not sha256:
        return
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != sha256:
        raise ItemRejected("checksum", f"{file.name}: {found}, {sha256} is declared")


def _signed(address: str, token: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{token}" if token else address


def _instant(day: date, at: time) -> str:
    if day in {date.min, date.max}:
        return ".."
    instant = datetime.combine(day, at.replace(microsecond=0), UTC)
    return instant.isoformat().replace("+00:00", "Z")


def _list(page: Any, key: str, address: str) -> list[Any]:
    found = page.get(key) if isinstance(page, dict) else None
    if not isinstance(found, list):
        raise FeedUnreachable(f"{address}: {key!r} is not a list")
    return found


def _next(page: Any, address: str, body: Any) -> tuple[str, str, Any]:
    """Where the next page is: (address, method, body); an empty address: there is none."""
    for link in page.get("links") or []:
        if isinstance(link, dict) and link.get("rel") == "next":
            method = str(link.get("method", "GET")).upper()
            told = link.get("body") or {}
            merged = {**body, **told} if link.get("merge") else told or body
            return urljoin(address, str(link["href"])), method, merged
    return "", "GET", body
