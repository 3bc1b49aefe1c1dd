"""StacFeed: items of a SpatioTemporal Asset Catalog, static or behind an API.

Source:
    STAC 1.0.0 (item, catalogue, collection); STAC API 1.0.0, item search and its paging;
    file extension 2.1.0 (``file:checksum`` as a multihash).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds.access import client
from soc_monitor.feeds.client import Client, Limits
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
    step: Step = Step.MONTH
    token: str = ""
    """Address that gives a token to be added to the addresses of assets."""
    secret: str = ""
    """Variable of the environment with a token, sent as ``Authorization: Bearer``."""
    secret_host: str = ""
    """Host that is told it; empty: the one of ``root``."""
    page: int = 100
    limits: Limits = field(default_factory=Limits)

    def find(self, access: Access) -> Iterator[Item]:
        """The wanted assets of every item whose time meets the window, as the catalogue has it."""
        asking = client(access, (urlsplit(self.root).netloc,), self.limits, self._told(""))
        found = self._search(asking, access) if self.collections else self._walk(asking)
        for number, (address, item) in enumerate(found):
            if number == ITEMS:
                raise FeedUnreachable(f"{self.root}: more than {ITEMS} items")
            yield from self._items(address, item, access)

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        """The asset as a file."""
        hosts = (self.secret_host or urlsplit(self.root).netloc, urlsplit(self.root).netloc)
        asking = client(access, (*hosts, *self.hosts), self.limits, self._told(self.secret_host))
        address = item.address
        if self.token:
            told = asking.read_json(self.token)["token"]
            address = f"{address}{'&' if '?' in address else '?'}{told}"
        return asking.download(address, folder / (Path(urlsplit(item.address).path).name or "file"))

    def _told(self, host: str) -> str:
        return self.secret if host == self.secret_host else ""

    # --- an API ------------------------------------------------------------------------------

    def _search(self, asking: Client, access: Access) -> Iterator[tuple[str, Any]]:
        since, until = access.window
        address, method = f"{self.root.rstrip('/')}/search", "POST"
        body: Any = {
            "collections": list(self.collections),
            "datetime": f"{_instant(since, time.min)}/{_instant(until, time.max)}",
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
            period = self._period(item)
            since, until = access.window
            if period.last < since or period.first > until:
                return
            made = [self._asset(address, item, name, period, asset) for asset in self.assets]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            refused = f"{type(error).__name__}: {error}"[:500]
            yield Item(key=name or address, address=address, refused=refused)
            return
        yield from made

    def _period(self, item: Any) -> Period:
        properties = item["properties"]
        told = properties.get("datetime") or properties["start_datetime"]
        return period_of(datetime.fromisoformat(told).astimezone(UTC).date(), self.step)

    def _asset(self, address: str, item: Any, name: str, period: Period, asset: str) -> Item:
        properties, found = item["properties"], item["assets"][asset]
        checksum, size = str(found.get("file:checksum", "")), found.get("file:size")
        return Item(
            key=f"{name}/{asset}",
            address=urljoin(address, found["href"]),
            version=str(properties.get("updated") or item.get("stac_version", "")),
            sha256=checksum[4:] if checksum.startswith(_SHA256) else "",
            size=size if type(size) is int else None,
            period=period.first,
            period_end=period.last,
            about={**properties, **{key: found[key] for key in found if key != "href"}},
        )


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
