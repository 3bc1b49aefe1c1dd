"""The page of an input: its files, and what uses it."""

import re

from sqlalchemy import text
from starlette.testclient import TestClient

from soc_monitor.model import LANGUAGES


def test_the_files_of_an_input_are_told_as_the_api_tells_them(site: TestClient) -> None:
    told = site.get("/api/v1/freshness/ipcc_tier1").json()["data"]
    assert len(told["arrivals"]) == told["items"] == 4
    page = site.get("/en/status/ipcc_tier1").text
    for file in told["arrivals"]:
        assert file["last"] == file["first"][:4] + "-12-31"
        assert file["item"] in page
        assert f'title="{file["sha256"]}"' in page
    assert page.count("1 Jan 2010 – 31 Dec 2010") == len(
        [one for one in told["arrivals"] if one["first"] == "2010-01-01"]
    )
    assert "1 Jan 2010 – 31 Dec 2010" in page
    assert '<a href="/en/methods/soc_stock_0_30cm">' in page


def test_an_input_that_no_map_rests_on_says_so(site: TestClient) -> None:
    assert "No published map is computed from it." in site.get("/en/status/plan").text


def test_what_its_source_offers_no_longer_is_told(site: TestClient) -> None:
    engine = site.app.state.catalogue.store.engine  # type: ignore[attr-defined]  # ours
    mark = "UPDATE app.items SET gone_since = {} WHERE feed_id = 'ipcc_tier1'"
    said = {
        "en": "are offered no longer",
        "fr": "ne sont plus proposés",
        "es": "ya no se ofrecen",
    }
    assert "offered no longer" not in site.get("/en/status/ipcc_tier1").text
    with engine.begin() as connection:
        connection.execute(text(mark.format("'2026-01-05 06:00Z'")))
    try:
        told = site.get("/api/v1/freshness/ipcc_tier1").json()["data"]
        assert told["gone"] == told["items"] == 4
        assert {one["gone_since"] for one in told["arrivals"]} == {"2026-01-05T06:00:00+00:00"}
        for code, words in said.items():
            assert words in site.get(f"/{code}/status/ipcc_tier1").text
    finally:
        with engine.begin() as connection:
            connection.execute(text(mark.format("NULL")))
    assert site.get("/api/v1/freshness/ipcc_tier1").json()["data"]["gone"] == 0


def test_every_input_of_the_list_leads_to_its_page(site: TestClient) -> None:
    linked = set(re.findall(r'href="/fr/status/([^"]+)"', site.get("/fr/status").text))
    assert linked == {"areas", "ipcc_tier1", "plan", "soil_carbon_debt"}
    for code in LANGUAGES:
        for job in linked:
            assert site.get(f"/{code}/status/{job}").status_code == 200


def test_before_anything_is_published_there_is_no_input(empty_site: TestClient) -> None:
    assert empty_site.get("/en/status/areas").status_code == 404


def test_what_is_no_input_is_not_found(site: TestClient) -> None:
    for path in ("/en/status/xxx", "/api/v1/freshness/xxx", "/en/status/..%2fareas",
                 "/en/status/areas%3Flabels=fr", "/en/status/areas%23"):  # fmt: skip
        assert site.get(path).status_code == 404, path


def test_a_name_of_dots_leads_to_no_other_route(site: TestClient) -> None:
    for path in ("status/%2E%2E", "soc/%2E%2E", "soc/%2E%2E/within", "partners/%2E%2E",
                 "tools/%2E", "progress/%2E%2E", "own/%2E%2E", "subscribe/%2E%2E"):  # fmt: skip
        assert site.get(f"/en/{path}").status_code == 404, path


def test_everybody_may_see_what_was_done(site: TestClient) -> None:
    whole = site.get("/api/v1/runs").json()
    assert whole["meta"]["total"] == len(whole["data"]) > 1
    begun = [one["started_at"] for one in whole["data"]]
    assert begun == sorted(begun, reverse=True)
    # What a run said may name hosts and folders.
    assert not any("detail" in one for one in whole["data"])

    first = site.get("/api/v1/runs?limit=1").json()
    following = site.get(first["meta"]["links"]["next"]).json()
    assert [*first["data"], *following["data"]] == whole["data"][: 1 + len(following["data"])]

    own = site.get("/api/v1/runs?job=ipcc_tier1").json()
    assert own["data"] == [one for one in whole["data"] if one["job_id"] == "ipcc_tier1"] != []
    assert site.get("/api/v1/runs?job=xxx").status_code == 404


def test_other_words_for_a_list_lead_to_it(site: TestClient) -> None:
    led = site.get("/api/v1/sources?labels=fr")
    assert led.status_code == 307
    assert led.headers["location"] == "/api/v1/freshness?labels=fr"
    for name in ("feeds", "units", "variables", "areas.geojson"):
        found = site.get(f"/api/v1/{name}", follow_redirects=True)
        assert found.status_code == 200, name
