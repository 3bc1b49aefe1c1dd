"""The page of an input: its files, and what uses it."""

import re

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
