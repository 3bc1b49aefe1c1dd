"""An area that the newest outlines no longer have: its page says so, its numbers stay."""

from typing import Any

from starlette.testclient import TestClient

from soc_monitor import server
from soc_monitor.store import publish, runs

from .conftest import handmade


def test_an_area_that_is_no_longer_reported_is_gone_and_not_unknown(new_store: Any) -> None:
    store, settings = new_store()
    world: Any = handmade()
    former, _ = world.fill(store)
    world.SET = "renewed"
    world.PLACES = [place for place in world.PLACES if place[0] != "CCC"]
    world.add_areas(store)
    with runs.open_run(store, world.TIER1, world.now(), job_version="3", code_version="1") as run:
        stocks = world.cube(world.TIER1, "soc_stock_0_30cm")
        piece = world.add_slice(store, run, stocks, world.YEARS[1], world.field(2010, 200.0))
    again = world.result("soc_stock_0_30cm", world.TIER1, world.YEARS[1], [piece], 95.0)
    with runs.open_run(store, "estimate", world.now(), job_version="1", code_version="1") as run:
        assert publish.publish(store, run, "renewed", [again], note="renewed")
    with TestClient(server.build(store, settings), follow_redirects=False) as client:
        newest = client.get("/api/v1/releases").json()["data"][0]
        assert newest["boundaries_id"] == "renewed"
        answer = client.get("/en/soc/CCC")
        assert answer.status_code == 410
        assert "is no longer reported" in answer.text
        assert former.boundaries_id != "renewed"
        assert "noindex" in answer.text
        assert client.get("/en/soc/QQQ").status_code == 404
        kept = client.get(f"/en/soc/CCC?rel={former.name}")
        assert kept.status_code == 200
