"""STAC on loopback: pages followed to their end, links judged, entries refused one by one."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds import StacFeed
from soc_monitor.feeds.client import Limits
from soc_monitor.feeds.sentinel2 import reflectance
from soc_monitor.model import Access

from .conftest import Server, send

FAST = Limits(pause_s=0.01, tries=2)
YEAR = Access(window=(date(2024, 1, 1), date(2024, 12, 31)), plain_http=True)


def scene(name: str, month: int = 1, **other: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "Feature", "stac_version": "1.0.0", "id": name,
        "properties": {"datetime": f"2024-{month:02d}-15T00:00:00Z", "updated": "2024-12-01"},
        "assets": {"ndvi": {"href": f"files/{name}.tif", "type": "image/tiff"}},
    }  # fmt: skip
    return {**found, **other}


def page(*items: Any, **link: Any) -> Callable[[Any], None]:
    links = [{"rel": "next", **link}] if link else []
    body = {"type": "FeatureCollection", "features": list(items), "links": links}
    return send(json.dumps(body).encode())


def feed(server: Server, **other: Any) -> StacFeed:
    values: dict[str, Any] = {"root": server.address, "assets": ("ndvi",), "hosts": (),
                              "collections": ("c",), "limits": FAST}  # fmt: skip
    return StacFeed(**{**values, **other})


def test_pages_are_followed_to_their_end_whatever_way_they_are_linked(server: Server) -> None:
    next_body = {"token": "p2"}
    server.on(
        "/search",
        page(
            scene("a"), href=f"{server.address}/search", method="POST", body=next_body, merge=True
        ),
        page(scene("b", 2), href="/search?token=p3"),
        page(scene("c", 3)),
    )
    items = list(feed(server).find(YEAR))
    assert [item.key for item in items] == ["a/ndvi", "b/ndvi", "c/ndvi"]
    assert [one.method for one in server.asked] == ["POST", "POST", "GET"]
    first, second = (json.loads(one.body) for one in server.asked[:2])
    assert first["datetime"] == "2024-01-01T00:00:00Z/2024-12-31T23:59:59Z"
    assert second == {**first, "token": "p2"}
    assert items[1].address == f"{server.address}/files/b.tif"
    assert (items[1].period, items[1].period_end) == (date(2024, 2, 1), date(2024, 2, 29))


def test_a_page_that_was_there_before_ends_the_walk(server: Server) -> None:
    server.on("/search", page(scene("a"), href="/search?page=2"))
    with pytest.raises(FeedUnreachable, match="the next page was there before"):
        list(feed(server).find(YEAR))
    assert len(server.asked) == 2 + 0


def test_a_next_page_on_another_host_is_not_asked(server: Server) -> None:
    # Not even on one that files may be had from.
    other = f"localhost:{server.server_port}"
    server.on("/search", page(scene("a"), href=f"http://{other}/search"))
    with pytest.raises(FeedUnreachable, match="is not a host of this feed"):
        list(feed(server, hosts=(other,)).find(YEAR))
    assert len(server.asked) == 1


BROKEN: dict[str, Any] = {
    "no asset": scene("x", assets={}),
    "no time": scene("x", properties={}),
    "a time that is none": scene("x", properties={"datetime": "yesterday"}),
    "a time that is a number": scene("x", properties={"datetime": 7}),
    "assets that are a list": scene("x", assets=[1]),
    "no id": scene(""),
    "no object": 5,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_entry_is_refused_and_the_others_go_on(server: Server, name: str) -> None:
    server.on("/search", page(scene("a"), BROKEN[name], scene("b")))
    first, broken, last = feed(server).find(YEAR)
    assert (first.refused, last.refused) == ("", "")
    assert broken.refused


def test_what_is_not_a_page_is_told(server: Server) -> None:
    server.on("/search", send(b'{"features": {}}'))
    with pytest.raises(FeedUnreachable, match="'features' is not a list"):
        list(feed(server).find(YEAR))


def test_a_static_catalogue_is_walked_in_its_order(server: Server, tmp_path: Path) -> None:
    def links(**hrefs: str) -> Callable[[Any], None]:
        made = [{"rel": rel.rstrip("_0123456789"), "href": href} for rel, href in hrefs.items()]
        return send(json.dumps({"type": "Catalog", "links": made}).encode())

    server.on("/catalog.json", links(self="catalog.json", child="y/c.json", item_1="late.json"))
    server.on("/y/c.json", links(parent="../catalog.json", item_1="a.json", item_2="b.json"))
    checksum = "1220" + "ab" * 32
    assets = {"ndvi": {"href": "../files/a.tif", "file:checksum": checksum}}
    server.on("/y/a.json", send(json.dumps(scene("a", assets=assets)).encode()))
    server.on("/y/b.json", send(json.dumps(scene("b", 2)).encode()))
    other = scene("late", properties={"datetime": "2020-01-01T00:00:00Z"})
    server.on("/late.json", send(json.dumps(other).encode()))
    server.on("/files/a.tif", send(b"bytes"))
    made = feed(server, root=f"{server.address}/catalog.json", collections=())
    items = list(made.find(YEAR))
    assert [item.key for item in items] == ["a/ndvi", "b/ndvi"]
    assert items[0].sha256 == "ab" * 32
    assert made.fetch(YEAR, items[0], tmp_path).read_bytes() == b"bytes"
    server.on("/y/b.json", links(child="../catalog.json"))
    with pytest.raises(FeedUnreachable, match="which was there before"):
        list(made.find(YEAR))


def test_a_token_is_asked_for_and_put_into_the_address(server: Server, tmp_path: Path) -> None:
    server.on("/search", page(scene("a")))
    server.on("/sas", send(b'{"token": "sig=x%2By"}'))
    server.on("/files/a.tif", send(b"bytes"))
    made = feed(server, token=f"{server.address}/sas")
    (item,) = made.find(YEAR)
    made.fetch(YEAR, item, tmp_path)
    assert server.paths()[-1] == "/files/a.tif?sig=x%2By"
    assert "sig" not in item.address


@pytest.mark.parametrize(
    ("stored", "about"),
    [
        (2500, {"s2:processing_baseline": "03.01"}),
        (3500, {"s2:processing_baseline": "04.00"}),
        (3500, {"s2:processing_baseline": "05.10", "earthsearch:boa_offset_applied": False}),
        (2500, {"s2:processing_baseline": "05.10", "earthsearch:boa_offset_applied": True,
                "raster:bands": [{"scale": 0.0001, "offset": -0.1}]}),
        (3500, {"raster:bands": [{"scale": 0.0001, "offset": -0.1}]}),
        (2500, {}),
    ],
)  # fmt: skip
def test_one_reflectance_however_its_scene_is_told(stored: int, about: dict[str, Any]) -> None:
    scale, offset = reflectance(about)
    assert stored * scale + offset == pytest.approx(0.25)
