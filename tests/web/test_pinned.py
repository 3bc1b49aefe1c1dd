"""A page of one release: all that leads from it is of that release, and shows what it shows."""

import csv
import html
import io
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from soc_monitor.web import numbers

from .test_cards import plain
from .test_dash import CALLBACK, ask
from .test_documents import Outline


@pytest.fixture(scope="session")
def first(site: TestClient) -> str:
    """Name of the first release of the hand-made world; the second one has other numbers."""
    releases = site.get("/api/v1/releases").json()["data"]
    return str(releases[-1]["name"])


PAGES = ("/soc", "/soc?lvl=adm1&parent=AAA", "/soc/AAA", "/soc/WLD", "/compare?area=AAA~BBB")
NUMBERS = re.compile(r"/api/v1/(map|series|grid|point)\b")


def pinned(path: str, rel: str) -> str:
    return f"/fr{path}{'&' if '?' in path else '?'}rel={rel}"


@pytest.mark.parametrize("path", PAGES)
def test_data_and_areas_are_of_the_release_of_the_page(
    site: TestClient, first: str, path: str
) -> None:
    page = site.get(pinned(path, first)).text
    main = page[page.index("<main") : page.index("</main>") + len("</main>")]
    links = Outline(main).links
    files = [link for link in links if NUMBERS.search(link)]
    areas = [link for link in links if re.match(r"/fr/(soc/|compare|rankings)", link)]
    assert files
    assert areas
    for link in (*files, *areas):
        assert parse_qs(urlsplit(link).query).get("rel") == [first], link
    for link in files:
        assert site.get(link).status_code in {200, 202, 302}, link


def test_the_table_of_a_pinned_page_is_that_of_its_file(site: TestClient, first: str) -> None:
    page = site.get(pinned("/soc", first)).text
    (link,) = {one for one in Outline(page).links if "/map.csv" in one}
    table = csv.DictReader(io.StringIO(site.get(link).text.removeprefix("\ufeff")))
    rows = [row for row in table if row["area_id"] == "AAA"]
    value, low, high = (float(rows[0][key]) for key in ("value", "lower_95", "upper_95"))
    shown = numbers.number(value, "fr", numbers.places(value, low, high))
    assert f">{shown}</td>" in page
    newest = site.get("/fr/soc").text
    assert f">{shown}</td>" not in newest


def test_the_cell_under_the_pointer_is_of_the_release_of_the_page(
    site: TestClient, first: str
) -> None:
    def cell(search: str) -> str:
        asked = ask("/fr/soc", search)
        asked["inputs"][0]["value"]["at"] = [10.0, 55.0]
        slots: dict[str, Any] = site.post(CALLBACK, json=asked).json()["response"]
        found = plain(slots["explorer-answer"]["data"]["slots"]["explorer-picked"])
        told = re.search(r"La maille.*?mesure", found)
        assert told is not None, found
        return told[0]

    assert cell(f"?rel={first}") != cell("")


def test_a_chosen_area_opens_as_it_is_on_the_screen(site: TestClient) -> None:
    query = "?v=stock&src=soil_carbon_debt&t=2000&u=kg-m2&area=AAA~BBB"
    page = site.get(f"/fr/soc{query}").text
    card = html.unescape(page[page.index('class="panel picked"') :])
    wanted = "?t=2000&u=kg-m2&src=soil_carbon_debt"
    assert f'href="/fr/soc/BBB{wanted}"' in card
    assert f'href="/fr/soc/AAA{wanted}"' in card
    compared = html.unescape(site.get(f"/fr/compare{query}").text)
    assert f'href="/fr/soc/AAA{wanted}"' in compared


@pytest.mark.parametrize(
    "path", ["/soc?v=total&t=2000&area=AAA", "/soc/AAA?u=kg-m2", "/search?q=a"]
)
def test_another_language_shows_the_same_without_scripts(site: TestClient, path: str) -> None:
    page = html.unescape(site.get(f"/fr{path}").text)
    for code in ("en", "es"):
        assert f'<a href="/{code}{path}" lang="{code}"' in page
