"""SensorThingsFeed: observations of an OGC SensorThings API, page by page, late ones too.

Source:
    OGC SensorThings API Part 1: Sensing, version 1.1 (18-088): entities, query options, paging.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds.access import client, secret_of
from soc_monitor.feeds.client import Client, Limits
from soc_monitor.feeds.values import valued
from soc_monitor.model import Access, Item, Observation, Refused, Station

log = logging.getLogger(__name__)

PAGES, ROWS = 1000, 5_000_000
NOT_UNDERSTOOD = frozenset({400, 422, 500, 501})
"""How services answer that do not know an option, or none of its values."""
PIECE = timedelta(days=62)
"""What is asked for at once: a long rest is made up for piece by piece, each whole."""
OVERLAP = timedelta(days=7)
"""Observations come late: what is younger than this is asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorThingsFeed:
    """Things, their datastreams, and what was observed in a window."""

    root: str = ""
    """Address of the service with its version, ``https://example.org/FROST-Server/v1.1``."""
    root_variable: str = ""
    """Variable of the environment with that address, where each operator has another."""
    first: date
    """Nothing before this day is asked for."""
    secret: str = ""
    """Variable of the environment with a token; empty: the service is open."""
    page: int = 1000
    limits: Limits = field(default_factory=Limits)

    def find(self, access: Access) -> Iterator[Item]:
        """All that was observed in the window, and in the days before it, oldest first."""
        since, until = access.window
        root = self._root(access)
        first = max(since, self.first + OVERLAP) - OVERLAP
        while first <= until:
            last = min(first + PIECE, until)
            yield Item(key=f"{first}..{last}", address=root, about={"since": first, "until": last})
            first = last + timedelta(days=1)

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        """Every datastream and its observations, one a line."""
        root = self._root(access)
        asking = _Asking(client(access, (urlsplit(root).netloc,), self.limits, self.secret))
        target, count = folder / "observations.jsonl", 0
        with target.open("w", encoding="utf-8") as out:
            for stream in self._streams(asking, root):
                out.write(json.dumps({"stream": stream}) + "\n")
                for one in self._observations(asking, root, stream["@iot.id"], item):
                    count += 1
                    if count > ROWS:
                        raise FeedUnreachable(f"{root}: more than {ROWS} observations")
                    out.write(json.dumps({"of": stream["@iot.id"], "observation": one}) + "\n")
        return target

    def _root(self, access: Access) -> str:
        found = self.root or secret_of(access, self.root_variable)
        return found.rstrip("/")

    def _streams(self, asking: "_Asking", root: str) -> Iterator[Any]:
        query = {"$expand": "Thing($expand=Locations),ObservedProperty"}
        ours = {"$top": str(self.page)}
        found = [
            one
            for one in asking.walk(f"{root}/Datastreams", query, ours)
            if isinstance(one, dict) and isinstance(one.get("@iot.id"), int | str)
        ]
        if len(found) > 1 and not _same(found[-1], _linked(asking.client, root, found[-1])):
            # Every reading would go to the station of the first stream.
            log.warning("expanded entities are not the linked ones", extra={"of": root})
            found = [one | _linked(asking.client, root, one) for one in found]
        yield from found

    def _observations(
        self, asking: "_Asking", root: str, stream: int | str, item: Item
    ) -> Iterator[Any]:
        last = item.about["until"] + timedelta(days=1)
        told = f"phenomenonTime ge {item.about['since']}T00:00:00Z and phenomenonTime lt {last}"
        query = {
            "$filter": f"{told}T00:00:00Z",
            "$select": "@iot.id,phenomenonTime,resultTime,result",
        }
        ours = {"$orderby": "phenomenonTime asc", "$top": str(self.page)}
        yield from asking.walk(f"{_stream_address(root, stream)}/Observations", query, ours)


def _stream_address(root: str, stream: int | str) -> str:
    name = stream if isinstance(stream, int) else "'" + stream.replace("'", "''") + "'"
    entity = quote(str(name), safe="'")
    return f"{root}/Datastreams({entity})"


def _linked(asking: Client, root: str, stream: Any) -> dict[str, Any]:
    """What a stream belongs to and measures, by the links of the stream itself."""
    address = _stream_address(root, stream["@iot.id"])
    return {
        "Thing": asking.read_json(f"{address}/Thing?$expand=Locations"),
        "ObservedProperty": asking.read_json(f"{address}/ObservedProperty"),
    }


def _same(stream: Any, linked: dict[str, Any]) -> bool:
    """Whether what a service expands is what it links to: one that was tried mixes them up."""
    return all(_id(stream.get(name)) == _id(entity) for name, entity in linked.items())


def _id(entity: Any) -> Any:
    return entity.get("@iot.id") if isinstance(entity, dict) else None


@dataclass(slots=True)
class _Asking:
    """Asks one service, and learns how it wants to be asked."""

    client: Client
    plain: bool = False
    """It refuses our order or the size of our pages: its own are taken."""

    def walk(self, address: str, query: dict[str, str], ours: dict[str, str]) -> Iterator[Any]:
        """The values of every page.

        Args:
            address: of the collection.
            query: options without which the answer would be another one.
            ours: options that only say in what order and portions it comes.
        """
        begun = False
        if not self.plain:
            try:
                for one in _pages(self.client, _address(address, {**query, **ours})):
                    begun = True
                    yield one
            except FeedUnreachable as error:
                if begun or error.status not in NOT_UNDERSTOOD:
                    raise
                self.plain = True
                log.info("asked plainly", extra={"of": address, "because": str(error)})
        if self.plain:
            yield from _pages(self.client, _address(address, query))


def _address(address: str, options: dict[str, str]) -> str:
    told = "&".join(f"{name}={quote(value, safe='')}" for name, value in options.items())
    return f"{address}?{told}"


def _pages(asking: Client, address: str) -> Iterator[Any]:
    """The values of every page; a link that was there before ends the walk with an error."""
    seen: set[str] = set()
    while address:
        if address in seen or len(seen) == PAGES:
            why = "was there before" if address in seen else f"is page {PAGES + 1}"
            raise FeedUnreachable(f"{address.partition('?')[0]}: the next page {why}")
        seen.add(address)
        page = asking.read_json(address)
        if not isinstance(page, dict) or not isinstance(page.get("value"), list):
            raise FeedUnreachable(f"{address.partition('?')[0]}: 'value' is not a list")
        yield from page["value"]
        following = page.get("@iot.nextLink")
        address = urljoin(address, following) if isinstance(following, str) and following else ""


UNITS = {
    "%": "%", "percent": "%", "m3/m3": "m3 m-3", "m³/m³": "m3 m-3", "cm3/cm3": "cm3 cm-3",
    "cm³/cm³": "cm3 cm-3", "°c": "degC", "degc": "degC", "celsius": "degC", "k": "K",
    "degf": "degF", "°f": "degF", "mm": "mm", "ds/m": "dS m-1", "µs/cm": "uS cm-1",
}  # fmt: skip
"""Symbols of units as services write them -> ours. What is not here is not guessed."""


def reader(
    variables: dict[str, str],
) -> Callable[[Item], Callable[[Any], Iterable[Station | Observation | Refused]]]:
    """Reads the lines that the feed writes.

    Args:
        variables: name of an observed property, as the service has it -> our variable.
    """

    def start(_: Item) -> Callable[[Any], Iterable[Station | Observation | Refused]]:
        streams: dict[int | str, _Stream] = {}

        def read(row: Any) -> Iterable[Station | Observation | Refused]:
            if "stream" in row:
                return _stream(row["stream"], streams)
            known = streams.get(row["of"])
            if known is None:
                # Its own line was refused: what it measured is lost, and that is said.
                told = f"datastream {row['of']}"
                return (Refused(rule="datastream", found="not understood", variable=told,
                                each=False),)  # fmt: skip
            if known.name not in variables:
                return (Refused(rule="variable", found=f"{known.name!r} is not one of this job",
                                station=known.station, variable=known.name,
                                each=False),)  # fmt: skip
            return (_observation(row["observation"], known, variables[known.name]),)

        return read

    return start


@dataclass(frozen=True, slots=True)
class _Stream:
    """What a datastream says of every reading that it holds."""

    id: str
    station: str
    name: str
    """Of the observed property."""
    unit: str


def _stream(stream: Any, streams: dict[int | str, _Stream]) -> Iterable[Station | Refused]:
    name = str(stream["ObservedProperty"]["name"])
    symbol = str(stream["unitOfMeasurement"].get("symbol") or "")
    unit = UNITS.get(symbol.strip().lower(), symbol)
    thing = stream["Thing"]
    station = str(thing["@iot.id"])
    key = stream["@iot.id"]
    streams[key] = _Stream(str(key), station, name, unit)
    try:
        lon, lat = thing["Locations"][0]["location"]["coordinates"][:2]
        return (Station(id=station, name=str(thing["name"]), lon=float(lon), lat=float(lat)),)
    except (LookupError, TypeError, ValueError) as error:
        # A station that is known from before keeps its place; readings of another are kept aside.
        told = f"no place: {type(error).__name__}: {error}"
        return (Refused(rule="place", found=told, station=station, raw=f"{station}|{told}"),)


def _observation(told: Any, stream: _Stream, variable: str) -> Observation | Refused:
    # An interval holds from its beginning on.
    time = datetime.fromisoformat(told["phenomenonTime"].partition("/")[0])
    made = told.get("resultTime")
    reading = Observation(
        station=stream.station,
        variable=variable,
        datastream=stream.id,
        time=time,
        result_time=datetime.fromisoformat(made) if made else time.astimezone(UTC),
        value=0.0,
        unit=stream.unit,
    )
    return valued(reading, told["result"])
