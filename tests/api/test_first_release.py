"""Before the first release every address says the same, and when to ask again."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.settings import Settings
from soc_monitor.store.store import open_store

from .test_problems import check_problem


@pytest.fixture(scope="module")
def before(clone: Callable[[str], str], template: str, tmp_path_factory: Any) -> Any:
    """The API over a database that nothing was published in."""
    folder: Path = tmp_path_factory.mktemp("before")
    store = open_store(clone(template), folder)
    app = create_api(store, Settings(data=folder, requests_per_minute=0))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
    store.close()


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/series.json?area=FRA&v=stock",
        "/api/v1/series.csv?area=FRA&v=stock&as_of=",
        "/api/v1/map.geojson?lvl=adm0&v=stock",
        "/api/v1/series.zip?area=FRA",
        "/api/v1/grid.tif?v=stock",
        "/api/v1/areas/FRA",
        "/api/v1/objectives",
        "/tiles/latest/fill/ipcc_tier1/soc_stock_0_30cm/2010/adm0/0/0/0.png",
        "/atom/releases.atom",
        "/stac/catalog.json",
        "/ogc/collections",
    ],
)
def test_what_needs_a_release_is_to_be_asked_again(before: TestClient, path: str) -> None:
    answer = before.get(path)
    body = check_problem(answer, 503)
    assert body["type"].endswith("/nothing-published")
    assert answer.headers["retry-after"] == "30"
    assert "/api/v1/status" in body["hint"]


def test_how_far_it_is_can_be_read(before: TestClient) -> None:
    assert before.get("/api/v1/status").json()["status"] == "empty"
    assert before.get("/api/v1/freshness").json()["data"] == []
    assert before.get("/api/v1/releases").json()["data"] == []


def test_a_release_of_a_name_or_an_instant_is_not_waited_for(before: TestClient) -> None:
    for asked in ("rel=2026.11.1", f"as_of={date(2020, 1, 1)}"):
        body = check_problem(before.get(f"/api/v1/series.json?area=FRA&{asked}"), 404)
        assert body["type"].endswith("/unknown-release")
        assert "/api/v1/releases" in body["hint"]
