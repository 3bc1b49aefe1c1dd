"""Areas, indicators, products, inputs, releases, origin and documents."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import text
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.api.bodies.catalogue import IndicatorsBody, ProductsBody
from soc_monitor.api.bodies.places import AreasBody, FeatureCollection, OneAreaBody
from soc_monitor.api.bodies.releases import ProvenanceBody, ReleaseBody, ReleasesBody, StatusBody
from soc_monitor.api.bodies.service import FreshnessBody, HealthBody, ReadyBody, WatchedBody
from soc_monitor.api.docs import STYLE
from soc_monitor.indicators import load_indicators
from soc_monitor.model.watch import Kind
from soc_monitor.settings import Settings
from soc_monitor.store import service

from .conftest import World


def ask(client: TestClient, path: str, model: type[BaseModel] | None = None) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    if model is not None:
        model.model_validate(answer.json())
    return answer.json()


def ids(body: Any) -> list[str]:
    return [area["id"] for area in body["data"]]


# --- areas -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("lvl=adm0", ["AAA", "BBB", "CCC"]),
        ("parent=WLD", ["M49-100", "M49-200"]),
        ("parent=M49-100", ["AAA", "BBB"]),
        ("parent=M49-100&lvl=adm1", ["AAA-1", "AAA-2", "BBB-1", "BBB-2"]),
        ("parent=CCC-1", []),
        ("q=cote", ["AAA"]),
        ("q=COTE D AZUR", ["AAA"]),
        ("q=Détroit", ["BBB", "BBB-2", "BBB-1"]),
        ("q=aaa", ["AAA", "AAA-1", "AAA-2"]),
        ("q=bbb-2", ["BBB-2"]),
        ("q=azur&lvl=adm1", ["AAA-1", "AAA-2"]),
        ("q=sand", ["CCC"]),
        ("q=able", ["CCC"]),
        ("q=---", []),
        ("q=nothing", []),
    ],
)
def test_areas_are_found_by_level_parent_and_name(
    client: TestClient, query: str, found: list[str]
) -> None:
    body = ask(client, f"/api/v1/areas?{query}", AreasBody)

    assert ids(body) == found
    assert body["meta"]["total"] == len(found)


def test_a_list_of_areas_goes_from_the_whole_to_the_parts_in_pages(client: TestClient) -> None:
    whole = ids(ask(client, "/api/v1/areas"))
    first = ask(client, "/api/v1/areas?limit=4")
    second = ask(client, first["meta"]["links"]["next"])

    assert whole[:4] == ["WLD", "M49-100", "M49-200", "AAA"]
    assert "unassigned" not in whole
    assert ids(first) + ids(second) == whole[:8]


def test_an_area_knows_what_it_is_a_part_of_and_what_is_below_it(client: TestClient) -> None:
    world = ask(client, "/api/v1/areas/WLD?labels=es", OneAreaBody)
    part = ask(client, "/api/v1/areas/BBB-2", OneAreaBody)

    assert world["name"] == "Mundo"
    assert world["path"] == []
    assert world["children_count"] == {"m49": 2, "adm0": 3, "adm1": 5}
    assert [area["id"] for area in part["path"]] == ["WLD", "M49-100", "BBB"]
    assert part["children_count"] == {}
    assert ask(client, "/api/v1/areas/BBB")["bbox"] == [170.0, 50.0, -160.0, 70.0]


def test_an_unknown_area_comes_with_those_that_are_like_it(client: TestClient) -> None:
    assert client.get("/api/v1/areas/cote").json()["allowed"] == ["AAA"]


def test_outlines_carry_what_a_map_needs(client: TestClient) -> None:
    body = ask(client, "/api/v1/outlines.geojson?lvl=adm1&labels=fr", FeatureCollection)
    one = ask(client, "/api/v1/areas/CCC/outline.geojson", FeatureCollection)
    below = ask(client, "/api/v1/outlines.geojson?lvl=adm1&parent=BBB")
    world = ask(client, "/api/v1/outlines.geojson?lvl=world")

    assert [feature["id"] for feature in body["features"]] == [
        "AAA-1",
        "AAA-2",
        "BBB-1",
        "BBB-2",
        "CCC-1",
    ]
    assert body["features"][0]["properties"] == {
        "id": "AAA-1",
        "name": "Azur ouest",
        "level": "adm1",
        "parent": "AAA",
    }
    assert [feature["id"] for feature in one["features"]] == ["CCC"]
    assert [feature["id"] for feature in below["features"]] == ["BBB-1", "BBB-2"]
    assert world["features"] == []


# --- indicators and products -------------------------------------------------------------------


def test_every_indicator_is_listed_with_its_classes_and_who_has_it(client: TestClient) -> None:
    body = ask(client, "/api/v1/indicators", IndicatorsBody)

    known = load_indicators()
    found = {one["id"]: one for one in body["data"]}
    assert set(found) == set(known)
    for name, one in found.items():
        assert one["scale"]["breaks"] == list(known[name].scale.breaks)
        assert one["scale"]["colours"] == list(known[name].scale.colours)
        assert one["scale"]["no_data"] == "#9aa0a6"
        assert set(one["titles"]) == set(one["helps"]) == {"en", "fr", "es"}
    stock = found["soc_stock_0_30cm"]
    assert [offer["product_id"] for offer in stock["products"]] == [
        "ipcc_tier1",
        "soil_carbon_debt",
    ]
    assert [offer["recommended"] for offer in stock["products"]] == [True, False]
    assert stock["products"][0]["periods"] == ["2000", "2010"]
    assert stock["unit_keys"] == ["t-ha", "kg-m2"]
    assert stock["units"][1] == {"key": "kg-m2", "unit": "kg C m-2", "factor": 0.1}
    assert found["soc_stock_0_100cm"]["products"] == []
    total = found["soc_total_0_30cm"]
    assert total["cell_scale"]["breaks"] == stock["scale"]["breaks"]
    assert total["cell_scale"]["unit"] == "t C ha-1"


def test_a_product_says_whose_it_is_and_what_it_rests_on(client: TestClient) -> None:
    body = ask(client, "/api/v1/products?labels=fr", ProductsBody)

    first = body["data"][0]
    assert first["id"] == "ipcc_tier1"
    assert first["title"] == "Tier 1 (fr)"
    assert (first["licence"], first["notes"]) == ("CC-BY-4.0", "Fait main.")
    assert first["indicators"] == ["soc_stock_0_30cm", "soc_total_0_30cm"]
    assert [source["id"] for source in first["sources"]] == first["source_ids"] == ["ipcc_tier1"]


# --- the service -------------------------------------------------------------------------------


def test_inputs_are_judged_by_their_age(client: TestClient) -> None:
    body = ask(client, "/api/v1/freshness", FreshnessBody)

    found = {one["job_id"]: one for one in body["data"]}
    assert found["areas"]["state"] == "fresh"
    assert found["areas"]["last_observation_end"] is None
    late = found["soil_carbon_debt"]
    assert late["state"] == "late"
    assert late["last_observation_end"] == "2010-12-31"
    assert late["age_days"] > 5000
    assert late["allowed_days"] == 30
    assert late["items"] == 3
    assert body["meta"]["counts"] == {
        "fresh": 3,
        "due": 0,
        "late": 1,
        "broken": 0,
        "paused": 0,
        "retired": 0,
    }


def test_days_are_told_of_what_was_watched(world: World) -> None:
    assert ask(world.client, "/api/v1/status/days", WatchedBody)["data"] == []
    now = datetime.now(UTC)
    states = {(Kind.SERVICE, "api"): "down"}
    service.note_check(world.store, now, states, answered=True, inputs=0, fresh=0)
    body = ask(world.client, "/api/v1/status/days", WatchedBody)
    with world.store.engine.begin() as connection:
        connection.execute(text("TRUNCATE app.watched_days, app.service_days"))

    (one,) = body["data"]
    assert body["meta"]["every_s"] == 300
    assert (one["kind"], one["id"], one["state"], one["well_share"], one["incidents"]) == (
        "service",
        "api",
        "down",
        0.0,
        1,
    )
    (day,) = one["days"]
    assert (day["day"], day["checks"], day["bad"]) == (str(now.date()), 1, 1)


def test_releases_are_listed_newest_first_and_found_by_name(world: World) -> None:
    body = ask(world.client, "/api/v1/releases", ReleasesBody)
    page = ask(world.client, "/api/v1/releases?limit=1")
    rest = ask(world.client, page["meta"]["links"]["next"])
    one = ask(world.client, f"/api/v1/releases/{world.first.name}", ReleaseBody)

    assert [release["note"] for release in body["data"]] == ["second", "first"]
    assert page["data"] + rest["data"] == body["data"]
    assert "next" not in rest["meta"]["links"]
    assert one == body["data"][1]
    assert ask(world.client, "/api/v1/releases/latest") == body["data"][0]


def test_the_status_counts_what_there_is(world: World) -> None:
    body = ask(world.client, "/api/v1/status", StatusBody)

    assert body["status"] == "ok"
    assert body["release"]["name"] == world.second.name
    assert body["counts"] == {
        "areas": {"m49": 2, "adm0": 3, "adm1": 5},
        "indicators": 3,
        "products": 2,
        "periods": 2,
    }


def test_it_lives_and_is_ready(world: World) -> None:
    assert ask(world.client, "/healthz", HealthBody) == {"status": "alive"}
    ready = ask(world.client, "/readyz", ReadyBody)
    assert ready == {"status": "ready", "release": world.second.name}


def test_every_number_leads_to_the_files_behind_it(client: TestClient) -> None:
    row = ask(client, "/api/v1/series.json?v=debt&area=AAA&t=2010")["data"][0]
    path = f"/api/v1/provenance/{row['calculation_id']}"
    body = ask(client, path, ProvenanceBody)

    assert body["calculation"]["indicator"] == "soc_debt_0_30cm"
    assert body["run"]["job_id"] == "estimate"
    assert [piece["cube_id"] for piece in body["data"]] == [
        "soil_carbon_debt.soc_stock_0_30cm",
        "soil_carbon_debt.soc_stock_no_land_use_0_30cm",
    ]
    assert all(re.fullmatch("[0-9a-f]{64}", piece["sha256"]) for piece in body["data"])
    assert all(piece["feed_id"] == "soil_carbon_debt" for piece in body["data"])
    assert all(piece["verified"] is False for piece in body["data"]), "no checksum was declared"
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


# --- documents ---------------------------------------------------------------------------------


def test_the_document_describes_every_answer_and_every_problem(client: TestClient) -> None:
    document = ask(client, "/api/openapi.json")

    for path, operation in (
        (path, one) for path, item in document["paths"].items() for one in item.values()
    ):
        responses = operation["responses"]
        done = [answer for status, answer in responses.items() if status.startswith("2")]
        # What is deleted answers with nothing.
        assert all(responses[one].get("content") for one in responses if one in {"200", "202"}), (
            path
        )
        assert done, path
        for status in ("404", "422", "503"):
            assert list(responses[status]["content"]) == ["application/problem+json"]
        assert operation["description"], path
    text = client.get("/api/openapi.json").text
    for name in re.findall(r'"#/components/schemas/(\w+)"', text):
        assert name in document["components"]["schemas"]


def test_the_page_of_the_api_needs_no_script_and_no_other_host(client: TestClient) -> None:
    answer = client.get("/api/docs")

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert hashlib.sha256(STYLE.encode()).digest(), "the style is the one that is allowed"
    assert STYLE in answer.text
    assert "<script" not in answer.text
    assert not re.search(r"""(src|href)=["'](https?:)?//""", answer.text)


def test_the_examples_on_the_page_of_the_api_work(client: TestClient) -> None:
    links = re.findall(r'<a href="([^"]+)"', client.get("/api/docs").text)

    assert len(links) > 20
    for link in links:
        status = client.get(link.replace("&amp;", "&")).status_code
        # This small world has no France; everything else is there.
        assert status in ({200, 404} if "FRA" in link else {200, 307}), link


def test_pages_that_the_server_adds_are_no_part_of_the_document(world: World) -> None:
    app = create_api(world.store, Settings(public_url="https://soil.example"))

    @app.get("/en/about")
    def about() -> str:
        return "about"

    client = TestClient(app)
    document = ask(client, "/api/openapi.json")
    assert client.get("/en/about").status_code == 200
    assert "/en/about" not in document["paths"]
    assert document["servers"] == [{"url": "https://soil.example"}]
