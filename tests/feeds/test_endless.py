"""Catalogues without an end: each is left at a bound, and says which."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds import S3Feed, SensorThingsFeed, StacFeed, s3, sensorthings, stac
from soc_monitor.feeds.client import Limits
from soc_monitor.model import Access

from .conftest import Server, send

FAST = Limits(pause_s=0.01, tries=1)
YEAR = Access(window=(date(2024, 1, 1), date(2024, 12, 31)), plain_http=True)


def endless(make: Callable[[int], Any]) -> Callable[[Any], None]:
    """Another page at every turn."""
    turn = iter(range(10**9))

    def answer(handler: Any) -> None:
        send(make(next(turn)))(handler)

    return answer


def scene(number: int) -> dict[str, Any]:
    return {
        "type": "Feature", "id": f"s{number}", "properties": {"datetime": "2024-02-01T00:00:00Z"},
        "assets": {"a": {"href": "a.tif"}},
    }  # fmt: skip


def catalogue(server: Server, **other: Any) -> StacFeed:
    values: dict[str, Any] = {"root": server.address, "assets": ("a",), "hosts": (),
                              "collections": ("c",), "limits": FAST}  # fmt: skip
    return StacFeed(**{**values, **other})


def search_page(number: int, items: int = 1) -> bytes:
    following = [{"rel": "next", "href": f"/search?page={number}"}] if number < 50 else []
    found = [scene(100 * number + k) for k in range(items)]
    return json.dumps({"features": found, "links": following}).encode()


def test_a_search_of_ever_new_pages_is_left(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stac, "PAGES", 3)
    server.on("/search", endless(search_page))
    with pytest.raises(FeedUnreachable, match="the next page is page 4"):
        list(catalogue(server).find(YEAR))
    assert len(server.asked) == 3


def test_a_search_of_too_many_items_is_left(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stac, "ITEMS", 7)
    monkeypatch.setattr(stac, "PAGES", 9)
    server.on("/search", endless(lambda number: search_page(number, items=5)))
    with pytest.raises(FeedUnreachable, match="more than 7 items"):
        list(catalogue(server).find(YEAR))
    assert len(server.asked) == 2


def test_a_static_catalogue_of_ever_new_pages_is_left(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stac, "ITEMS", 4)

    def below(number: int) -> bytes:
        links = [{"rel": "child", "href": f"/catalog.json?{number}"}]
        return json.dumps({"type": "Catalog", "links": links if number < 50 else []}).encode()

    server.on("/catalog.json", endless(below))
    with pytest.raises(FeedUnreachable, match="more than 4 pages"):
        list(catalogue(server, root=f"{server.address}/catalog.json", collections=()).find(YEAR))
    assert len(server.asked) == 4


def things(server: Server) -> SensorThingsFeed:
    return SensorThingsFeed(root=f"{server.address}/v1.1", first=date(2020, 1, 1), limits=FAST)


def test_streams_of_ever_new_pages_are_left(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensorthings, "PAGES", 3)

    def page(number: int) -> bytes:
        following = {} if number > 50 else {"@iot.nextLink": f"Datastreams?$skip={number}"}
        return json.dumps({"value": [], **following}).encode()

    server.on("/v1.1/Datastreams", endless(page))
    item = next(iter(things(server).find(YEAR)))
    with pytest.raises(FeedUnreachable, match="the next page is page 4"):
        things(server).fetch(YEAR, item, tmp_path)
    assert len(server.asked) == 3


def test_too_many_observations_are_left(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensorthings, "ROWS", 5)
    server.on("/v1.1/Datastreams", send(b'{"value": [{"@iot.id": 1}]}'))
    observations = json.dumps({"value": [{"@iot.id": k, "result": k} for k in range(6)]})
    server.on("/v1.1/Datastreams(1)/Observations", send(observations.encode()))
    item = next(iter(things(server).find(YEAR)))
    with pytest.raises(FeedUnreachable, match="more than 5 observations"):
        things(server).fetch(YEAR, item, tmp_path)


def test_a_listing_of_ever_new_pages_is_left(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "PAGES", 3)

    def page(number: int) -> bytes:
        more = f"<NextContinuationToken>{number}</NextContinuationToken>" if number < 50 else ""
        return f"<ListBucketResult>{more}</ListBucketResult>".encode()

    server.on("/soil", endless(page))
    listing = S3Feed(endpoint=server.address, bucket="soil", prefix="", pattern="x", limits=FAST)
    with pytest.raises(FeedUnreachable, match="more than 3 pages"):
        list(listing.find(YEAR))
    assert len(server.asked) == 3
