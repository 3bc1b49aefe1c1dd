"""What travels with the map of the explorer, and what its periods and tables say of themselves."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from playwright.sync_api import Page
from starlette.testclient import TestClient

from soc_monitor.model import LANGUAGES

Open = Callable[..., Page]
READY = "html[data-app=ready]"
CUT = (
    "[...document.querySelectorAll('.scroll')].filter(e => e.checkVisibility() && "
    "e.scrollWidth > e.clientWidth + 1).map(e => e.innerText.slice(0, 60))"
)
"""Boxes of tables whose last column is beyond their edge."""


def foot(html: str) -> str:
    found = re.search(r'<div class="foot">.*?</div></div>\s*</figure>', html, re.DOTALL)
    assert found is not None
    return unescape(found[0])


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_map_says_where_it_is_from_how_old_it_is_and_how_to_quote_it(
    site: TestClient, code: str
) -> None:
    said = foot(site.get(f"/{code}/soc?u=kg-m2&area=AAA").text)
    release = site.get("/api/v1/releases").json()["data"][0]["name"]
    for part in ("CC-BY-4.0", release, "BibTeX", "CSL-JSON", "Somebody 2020, Tier 1"):
        assert part in said
    links = re.findall(r'data-copy="(http[^"]+)"', said)
    assert [f"rel={release}" in link for link in links] == [False, True]
    assert all("u=kg-m2" in link and "area=AAA" in link for link in links)
    files = re.findall(r'href="(/api/v1/[^"]+)"', said)
    assert len(files) > 4
    assert all(f"rel={release}" in file for file in files)
    (csv,) = (file for file in files if "map.csv" in file)
    assert site.get(csv).status_code == 200
    fixed = site.get(links[1].removeprefix("http://testserver"))
    assert fixed.status_code == 200
    assert "kg C/m²" in fixed.text


def test_a_period_whose_numbers_may_move_says_so_in_the_select(told_site: TestClient) -> None:
    page = told_site.get("/en/soc?src=soil_carbon_debt").text
    select = re.search(r'<select id="t".*?</select>', page, re.DOTALL)
    assert select is not None
    told = [unescape(one) for one in re.findall(r"<option[^>]*>(.*?)</option>", select[0])]
    assert told == ["2010\N{NO-BREAK SPACE}P", "2000"]
    offers = [
        offer
        for one in told_site.get("/api/v1/indicators").json()["data"]
        for offer in one["products"]
        if one["id"] == "soc_stock_0_30cm" and offer["product_id"] == "soil_carbon_debt"
    ]
    assert [offer["provisional"] for offer in offers] == [["2010"]]


@pytest.mark.parametrize(
    ("path", "width"),
    [
        ("/fr/soc?v=rate&src=nowcast", 1440),
        ("/es/soc?v=rate&src=nowcast", 1440),
        ("/fr/soc/FRA?v=rate&src=nowcast", 1440),
        ("/fr/soc/FRA", 390),
        ("/fr/soc/FRA-35", 390),
        ("/es/soc/FRA?v=rate&src=nowcast", 390),
        ("/fr/status", 390),
        ("/fr/rankings", 390),
    ],
)
def test_no_column_of_a_table_is_cut(visit: Open, path: str, width: int) -> None:
    page = visit(path, width=width, height=900, java_script_enabled=False)
    assert page.evaluate(CUT) == []


def test_the_app_shows_the_same_foot(visit: Open) -> None:
    first = visit("/fr/soc", java_script_enabled=False)
    own = first.locator("figure.card > .foot")
    page = visit("/fr/soc")
    page.wait_for_selector(READY)
    shown: Any = page.locator("#explorer-foot .foot")
    assert shown.locator("p").first.inner_text() == own.locator("p").first.inner_text()
    copies = "all => all.map(one => one.dataset.copy)"
    assert shown.locator("[data-copy]").evaluate_all(copies) == own.locator(
        "[data-copy]"
    ).evaluate_all(copies)
    assert page.locator("figcaption.visually-hidden").count() == 0
