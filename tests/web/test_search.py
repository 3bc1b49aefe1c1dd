"""A search finds areas, and what else has that name, in any of the three languages."""

import re
from html import unescape

import pytest
from starlette.testclient import TestClient


def found(site: TestClient, query: str, code: str = "en") -> dict[str, list[tuple[str, str]]]:
    """Heading of each kind to its (address, title)."""
    page = site.get(f"/{code}/search", params={"q": query})
    assert page.status_code == 200
    parts = re.findall(
        r"<section><h2>([^<]+) <span.*?</h2><ul class=\"plain-list stack\">(.*?)</ul>",
        page.text,
        re.DOTALL,
    )
    return {
        heading: [
            (href, unescape(text)) for href, text in re.findall(r'<a href="([^"]+)">(.*?)</a>', one)
        ]
        for heading, one in parts
    }


def test_an_indicator_is_found_in_any_language(site: TestClient) -> None:
    for query in (
        "stock carbone",
        "soil organic carbon stock",
        "carbono organico suelo",
        "soc_stock",
    ):
        hrefs = [href for href, _ in found(site, query)["Indicators"]]
        assert "/en/methods/soc_stock_0_30cm" in hrefs, query


def test_an_objective_is_found_by_its_id_and_by_its_words(site: TestClient) -> None:
    assert found(site, "A1")["Objectives of the plan"][0][0] == "/en/progress/A1"
    by_word = found(site, "tableau bord", "fr")["Objectifs du plan"]
    assert "/fr/progress/F3" in [href for href, _ in by_word]


def test_a_page_is_found_by_its_name(site: TestClient) -> None:
    assert found(site, "telechargements", "fr")["Pages"] == [
        ("/fr/data", "Données et téléchargements")
    ]


@pytest.mark.parametrize("query", ["azur", "stock", "A1", "map"])
def test_what_is_found_is_there(site: TestClient, query: str) -> None:
    for links in found(site, query).values():
        for href, _ in links:
            assert site.get(href).status_code == 200, href


def test_all_words_have_to_be_there(site: TestClient) -> None:
    assert found(site, "stock zebra") == {}
    assert "All countries" in site.get("/en/search?q=zebra").text


def test_suggestions_are_the_first_of_what_a_search_finds(site: TestClient) -> None:
    answer = site.get("/fr/search.json", params={"q": "carbone"}).json()
    listed = [one for kind in answer["kinds"] for one in kind["found"]]
    assert answer["said"] == f"{len(listed)} suggestions"
    assert "Indicateurs" in [kind["heading"] for kind in answer["kinds"]]
    assert 2 <= len(listed) <= 8
    assert {site.get(one["href"]).status_code for one in listed} == {200}
    areas = site.get("/en/search.json", params={"q": "azu"}).json()["kinds"][0]
    assert areas["heading"] == "Areas"
    assert site.get("/en/search.json").json() == {"kinds": [], "said": "0 suggestions"}


def test_a_term_of_the_glossary_is_found_and_has_its_anchor(site: TestClient) -> None:
    (term,) = found(site, "annee de base", "fr")["Mots du glossaire"]
    assert term == ("/fr/glossary#base", "Année de base")
    page = site.get("/fr/glossary").text
    assert '<dt id="base">' in page
    linked = re.findall(r'href="/fr/glossary#(\w+)"', site.get("/fr/").text)
    assert linked
    assert all(f'<dt id="{key}">' in page for key in linked)
