"""Cards: the same numbers on page, table, file, picture and embed, digit for digit."""

import csv
import html
import io
import random
import re
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from soc_monitor.web import numbers
from soc_monitor.web.documents.charts import FRAMED

from .test_documents import Outline

EMBED_LIMIT = 40 * 1024


def plain(text: str) -> str:
    """What a reader reads: no tags, entities written out, spaces alike."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", text)))


def rows_of(client: TestClient, **query: str) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/series.json", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def test_the_same_number_stands_everywhere(site: TestClient) -> None:
    areas = [a["id"] for a in site.get("/api/v1/areas?limit=500").json()["data"]]
    offers = [
        (i["v"], i["d"], product["product_id"])
        for i in site.get("/api/v1/indicators").json()["data"]
        for product in i["products"]
    ]
    dice = random.Random(20)
    seen = 0
    for _ in range(60):
        if seen == 20:
            break
        area, (v, d, src) = dice.choice(areas), dice.choice(offers)
        keys = {"v": v, "d": d, "src": src}
        rows = [r for r in rows_of(site, area=area, **keys) if r["value"] is not None]
        if not rows:
            continue
        seen += 1
        check_everywhere(site, area, keys, rows[-1])
    assert seen == 20


def check_everywhere(
    site: TestClient, area: str, keys: dict[str, str], row: dict[str, Any]
) -> None:
    """One number: in the file as in the answer, and on every drawing as it is written on screen."""
    text = site.get("/api/v1/series.csv", params={"area": area, **keys}).text
    table = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    (same,) = [one for one in table if one["calculation_id"] == row["calculation_id"]]
    assert float(same["value"]) == row["value"]
    decimals = numbers.places(row["value"], row["lower_95"], row["upper_95"])
    shown = numbers.number(row["value"], "fr", decimals)
    query = {**keys, "lang": "fr"}
    page = site.get(f"/fr/soc/{area}", params=keys).text
    assert shown in plain(page)
    cell = re.compile(rf'<td class="num"[^>]*>{re.escape(shown)}</td>')
    assert cell.search(page)
    embed = site.get(f"/embed/series/{area}", params=query).text
    assert cell.search(embed)
    picture = site.get(f"/chart/series/{area}.svg", params=query).text
    assert re.search(rf": {re.escape(shown)}\s", plain(picture)), (shown, area, keys)
    assert shown in plain(site.get("/fr/soc", params={**keys, "area": area}).text)


@pytest.mark.parametrize("code", ["en", "fr", "es"])
@pytest.mark.parametrize(
    "path",
    ["series/AAA", "areas/AAA", "compare/AAA~BBB", "kpi/f2_budget", "kpi/e2_stage", "plan/2050"],
)
def test_an_embed_is_small_runs_nothing_and_may_be_framed(
    site: TestClient, path: str, code: str
) -> None:
    answer = site.get(f"/embed/{path}?lang={code}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-security-policy"] == FRAMED
    assert "<script" not in answer.text
    assert len(answer.content) <= EMBED_LIMIT
    page = Outline(answer.text)
    assert page.headings == [1]
    assert page.tags.count("table") == 1


def test_only_embeds_may_be_framed(site: TestClient) -> None:
    for path in ("/fr/", "/fr/soc", "/fr/compare", "/fr/soc/AAA"):
        assert "frame-ancestors 'none'" in site.get(path).headers["content-security-policy"]


def test_a_picture_of_a_release_is_kept_for_ever_and_says_where_it_is_from(
    site: TestClient,
) -> None:
    release = site.get("/api/v1/releases").json()["data"][0]["name"]
    answer = site.get(f"/chart/series/AAA.png?rel={release}&lang=fr")
    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    image = Image.open(io.BytesIO(answer.content))
    assert image.width == 2400
    told = image.text  # type: ignore[attr-defined]  # of PNG alone
    assert f"rel={release}" in told["URL"]
    assert told["Copyright"]
    latest = site.get("/chart/series/AAA.png")
    assert "immutable" not in latest.headers["cache-control"]


def test_the_social_card_has_the_size_that_networks_want(site: TestClient) -> None:
    answer = site.get("/og/series/AAA.png?lang=es")
    assert Image.open(io.BytesIO(answer.content)).size == (1200, 630)
    page = site.get("/es/soc/AAA").text
    link = re.search(r'<meta property="og:image" content="([^"]+)"', page)
    assert link is not None
    assert "/og/areas/AAA.png?lang=es" in link[1]


@pytest.mark.parametrize(
    "path",
    [
        "/chart/nope/AAA.svg",
        "/chart/series/NOPE.svg",
        "/embed/series/%3Cb%3E",
        "/og/map/AAA.png",
        "/chart/kpi/nothing.svg",
        "/embed/plan/2040",
        "/og/kpi/a1_ndc_peat_wetland_.png",
    ],
)
def test_a_chart_that_is_not_there_is_404(site: TestClient, path: str) -> None:
    assert site.get(path).status_code == 404


def test_a_citation_names_release_source_and_the_link_that_never_changes(site: TestClient) -> None:
    release = site.get("/api/v1/releases").json()["data"][0]["name"]
    page = plain(site.get("/en/soc/AAA").text)
    assert "@misc{soc-monitor-" in page
    assert f"Release {release}. Read on" in page
    assert f"rel={release}" in page


@pytest.mark.parametrize("code", ["en", "fr", "es"])
def test_a_measure_of_the_plan_says_the_same_on_every_card(site: TestClient, code: str) -> None:
    """The levels of F2, two ranges, on page, embed, picture and in the API."""
    kpis = site.get("/api/v1/kpis").json()["data"]
    (kpi,) = [one for one in kpis if one["id"] == "f2_budget"]
    page = site.get(f"/{code}/progress/F2")
    embed = site.get(f"/embed/kpi/f2_budget?lang={code}")
    picture = site.get(f"/chart/kpi/f2_budget.svg?lang={code}")
    for year in ("2030", "2050"):
        level = kpi["levels"][year]
        told = [numbers.number(level[key], code, 0) for key in ("value", "upper")]
        for answer in (page, embed, picture):
            for number in told:
                assert number in html.unescape(answer.text), (answer.url, number)
    release = page.headers.get("x-release") or site.get("/api/v1/releases/latest").json()["name"]
    assert f"/chart/kpi/f2_budget.png?rel={release}" in page.text
    assert f"/api/v1/values.csv?kpi=f2_budget&amp;labels={code}&amp;rel={release}" in page.text
    assert f"/og/kpi/f2_budget.png?lang={code}" in page.text
    fixed = site.get(f"/{code}/progress/F2?rel={release}")
    assert f"/{code}/progress/F1?rel={release}" in fixed.text
    assert site.get(f"/{code}/progress/F2?rel=1999.01.1").status_code == 404


def test_a_fixed_overview_keeps_its_release_in_every_link(site: TestClient) -> None:
    release = site.get("/api/v1/releases").json()["data"][-1]["name"]
    page = site.get(f"/en/progress?rel={release}")
    assert page.status_code == 200
    links = re.findall(r'href="(/en/progress/[A-F]\d[^"]*)"', page.text)
    assert len(links) >= 24
    assert all(f"rel={release}" in link for link in links)
