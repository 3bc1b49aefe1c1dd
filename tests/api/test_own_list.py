"""A list of our own, of what generated requests do not find."""

import json

import pytest
from starlette.testclient import TestClient

from .test_problems import check_problem

SQUARE = [[[2, 42], [8, 42], [8, 48], [2, 48], [2, 42]]]


def feature(name: object) -> str:
    shape = {"type": "Polygon", "coordinates": SQUARE}
    return json.dumps(
        {"type": "Feature", "id": name, "geometry": shape, "properties": {"name": name}}
    )


BODIES = [
    b"",
    b"\x00",
    b"\xff\xfe{}",
    b"{",
    b"[" * 100_000,
    b'{"a":' * 20_000,
    b"null",
    b"1e999",
    b'{"type": "\\ud800"}',
    b'{"type": "Polygon", "coordinates": [[["a", 1]]]}',
    b'{"type": "Polygon", "coordinates": [[[1e999, 1], [2, 2], [3, 3], [1e999, 1]]]}',
    b'{"type": "Polygon", "coordinates": [[[NaN, 1], [2, 2], [3, 3], [NaN, 1]]]}',
    feature("\ud800").encode(),
    feature("a\x00b").encode(),
    feature("=1+1").encode(),
    feature("\u202e" * 5000).encode(),
    feature({"deep": [1] * 100}).encode(),
    feature(10**400).encode(),
]


@pytest.mark.parametrize(
    "path", ["/api/v1/aoi/statistics", "/api/v1/suggestions", "/api/v1/subscriptions"]
)
@pytest.mark.parametrize("body", BODIES, ids=[str(number) for number in range(len(BODIES))])
def test_no_body_is_a_fault_of_ours(client: TestClient, path: str, body: bytes) -> None:
    for kind in ("application/json", "text/plain", b"\x00".hex(), "application/geo+json"):
        answer = client.post(path, content=body, headers={"Content-Type": kind})
        assert answer.status_code < 500, (kind, answer.text)
        if answer.status_code >= 400:
            check_problem(answer)


PATHS = [
    "/api/v1/areas/..%2f..%2fetc%2fpasswd",
    "/api/v1/areas/%2e%2e/%2e%2e",
    "/api/v1/areas/A%2FB",
    "/api/v1/series.json%3Farea=AAA",
    "/api/v1/series.json;area=AAA",
    "/api/v1//areas",
    "/api/v1/areas/%C0%AF",
    "/api/v1/areas/" + "%41" * 2000,
    "/tiles/latest/grid/..%2f..%2f/stock/2010/0/0/0.png",
    "/tiles/latest/grid/ipcc_tier1/stock/2010/0/0/0.png%00",
    "/tiles/latest/grid/ipcc_tier1/stock/2010/99999999999999999999/0/0.png",
    "/stac/latest/..%2f..%2f/collection.json",
    "/atom/areas/%00.atom",
    "/ogc/collections/..%2f..%2fapp.editors/items",
    "/ogc/collections/ogc.areas/items/a'b--",
    "/ogc/collections/ogc.areas/items?filter=id%20%3D%20'a'%3B%20DROP%20SCHEMA%20ogc",
    "/ogc/collections/ogc.areas/items?limit=99999999999999999999",
    "/ogc/collections/ogc.areas/items?offset=-1",
    "/ogc/collections/ogc.areas/items?bbox=1,2,3",
    "/ogc/collections/ogc.areas/items?bbox=nan,nan,nan,nan",
    "/ogc/collections/ogc.areas/items?crs=nothing",
    "/ogc/collections/ogc.areas/items?geom-column=id",
    "/ogc/collections/ogc.areas/tiles/nothing/0/0/0",
    "/ogc/collections/ogc.areas/tiles/WebMercatorQuad/0/9/9",
    "/ogc/collections/ogc.areas/tiles/WebMercatorQuad/-1/0/0",
]


@pytest.mark.parametrize("path", PATHS)
def test_no_address_is_a_fault_of_ours_by_any_method(client: TestClient, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"):
        answer = client.request(method, path)
        assert answer.status_code < 500, (method, answer.text)
        if method == "HEAD":
            assert answer.content == b""
        elif answer.status_code >= 400:
            check_problem(answer)
