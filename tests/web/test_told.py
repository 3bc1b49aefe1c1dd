"""Pages of change over areas of which something may be said, and others of which nothing may."""

import html
import io
import json
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from soc_monitor.model import LANGUAGES
from soc_monitor.model.scale import NO_DATA
from soc_monitor.web.change_words import MARKS, reasons, state_word
from soc_monitor.web.glossary_words import Glossed
from soc_monitor.web.i18n import language
from soc_monitor.web.input_notes import InputNotes, input_notes

from .conftest import RATES
from .test_cards import plain
from .test_dash import CALLBACK, ask
from .test_documents import Outline

RATE = "?v=rate&src=soil_carbon_debt"
FR = language("fr")


def row_of(page: str, name: str) -> str:
    """The row of an area in the first table of areas of a page."""
    found: list[str] = [
        row
        for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL)
        if re.search(rf'<th scope="row"[^>]*>.*?{re.escape(html.escape(name))}', row)
    ]
    assert found, name
    return found[0]


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_table_says_of_each_change_what_may_be_said(told_site: TestClient, code: str) -> None:
    words = language(code)
    page = told_site.get(f"/{code}/soc{RATE}").text
    names = {r["area_id"]: r["area_name"] for r in rates(told_site, code)}
    for area in ("AAA", "BBB", "CCC"):
        state, value, _ = RATES[area]
        row = row_of(page, names[area])
        assert f"{MARKS[state]} {state_word(state, words)}" in plain(row)
        assert (f"--c:{NO_DATA}" in row) == (state == "not_assessable")
        if value is not None:
            assert str(int(abs(value))) in plain(row), "its number stands there all the same"


def rates(site: TestClient, code: str = "fr") -> list[dict[str, Any]]:
    keys = {"lvl": "adm0", "v": "rate", "src": "soil_carbon_debt", "labels": code}
    answer = site.get("/api/v1/map.json", params=keys)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def test_a_map_draws_what_is_not_assessable_in_grey_and_says_so(told_site: TestClient) -> None:
    page = told_site.get(f"/fr/soc{RATE}").text
    svg = page[page.index('<svg class="map"') :]
    svg = svg[: svg.index("</svg>")]
    fills = dict(re.findall(r'href="/fr/soc/(\w+)[^"]*"><\w+ fill="([^"]+)"', svg))
    assert fills["BBB"] == NO_DATA
    assert fills["CCC"] == NO_DATA
    assert fills["AAA"] != NO_DATA
    titles = re.findall(r"<title>([^<]*)</title>", svg)
    assert any("Détroit" in one and "non évaluable" in one for one in titles)
    assert any("Azur" in one and "en baisse" in one for one in titles)
    assert not any("−12" in one for one in titles)
    assert "– non évaluable" in plain(page[page.index('class="legend"') :])


def test_the_tiles_of_the_map_are_grey_where_the_drawing_is(told_site: TestClient) -> None:
    release = rates(told_site)[0]["release"]
    address = f"/tiles/{release}/fill/soil_carbon_debt/soc_rate_0_30cm/2010/adm0/0/0/0.png"
    answer = told_site.get(address)
    assert answer.status_code == 200, answer.text
    image = Image.open(io.BytesIO(answer.content)).convert("RGBA")
    pixels = np.asarray(image).reshape(-1, 4)
    found = {f"#{r:02x}{g:02x}{b:02x}" for r, g, b, a in np.unique(pixels, axis=0) if a}
    assert NO_DATA in found, "the strait and the land of sand"
    assert len(found) == 2, "and the one colour of the coast, which loses"
    doubt = told_site.get(address.replace("/fill/", "/doubt/hatch/"))
    assert doubt.status_code == 200, doubt.text
    inked = Image.open(io.BytesIO(doubt.content)).convert("RGBA").getchannel("A").getextrema()
    assert inked == (0, 0), "what has no colour is not hatched"


@pytest.mark.parametrize("area", ["BBB", "AAA-2", "BBB-1"])
@pytest.mark.parametrize("code", LANGUAGES)
def test_a_page_of_the_rate_finds_nothing_where_nothing_may_be_said(
    told_site: TestClient, area: str, code: str
) -> None:
    words = language(code)
    _, value, why = RATES[area]
    page = told_site.get(f"/{code}/soc/{area}{RATE}").text
    Outline(page)
    lead = plain(page[page.index('<p class="lead">') : page.index('<ul class="tags">')])
    assert state_word("not_assessable", words) in lead
    assert reasons(words)[why[0]] in html.unescape(page)
    assert str(int(abs(value or 0))) not in lead
    figure = plain(page[page.index('<dl class="figures">') :].partition("</dd>")[0])
    assert state_word("not_assessable", words) in figure
    described = re.search(r'<meta name="description" content="([^"]*)"', page)
    assert described is not None
    assert state_word("not_assessable", words) in html.unescape(described[1])


def test_a_page_of_the_rate_says_what_may_be_said_once(told_site: TestClient) -> None:
    page = told_site.get(f"/fr/soc/AAA{RATE}").text
    lead = plain(page[page.index('<p class="lead">') : page.index('<ul class="tags">')])
    assert lead.count("en baisse") == 1
    assert lead.count("−3,0") == 1


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("asked", ["?lite=1", f"{RATE}&lite=1"])
def test_what_is_not_assessable_leads_to_its_meaning(
    told_site: TestClient, code: str, asked: str
) -> None:
    page = told_site.get(f"/{code}/soc/BBB{asked}").text
    assert page.count(f'href="/{code}/glossary#assessable"') == 1
    assert page.index("#assessable") < page.index("</dl>"), "in the lead or the figures"
    # And in running text, which says it otherwise than the glossary does.
    for text in (
        "Change is not assessable.",
        "A change is not assessable where one of these holds:",
    ):
        assert "#assessable" in Glossed(language(code))(language(code).say(text))


@pytest.mark.parametrize("kind", ["series", "areas"])
def test_a_shared_chart_carries_the_state(told_site: TestClient, kind: str) -> None:
    embed = told_site.get(f"/embed/{kind}/BBB{RATE}&lang=fr").text
    assert "non évaluable" in plain(embed[embed.index("<table>") :])
    picture = told_site.get(f"/chart/{kind}/BBB.svg{RATE}&lang=fr").text
    assert "non évaluable" in plain(picture)
    assert 'class="dot untold"' in picture


def test_the_comparison_says_the_states_and_counts_what_is_told_alone(
    told_site: TestClient,
) -> None:
    page = told_site.get(f"/fr/compare{RATE}&area=AAA~BBB").text
    Outline(page)
    assert "– non évaluable" in plain(row_of(page, "Détroit"))
    assert "▼ en baisse" in plain(row_of(page, "Côte d’Azur"))
    lead = plain(page[page.index('<p class="lead">') : page.index('<ul class="tags">')])
    assert "n’est pas évaluable" in lead
    assert f"--c:{NO_DATA}" in row_of(page[page.index("<section><h2>") :], "Détroit")


def test_the_app_shows_what_the_first_layer_does(told_site: TestClient) -> None:
    answer = told_site.post(CALLBACK, json=ask("/fr/soc", f"{RATE}&area=BBB")).json()
    found = answer["response"]
    values = found["explorer-map-outlines"]["hideout"]["values"]
    assert values["BBB"].endswith("non évaluable")
    assert "12" not in values["BBB"]
    assert values["AAA"].endswith("en baisse, provisoire")
    slots = found["explorer-answer"]["data"]["slots"]
    card = plain(slots["explorer-picked"])
    assert "non évaluable" in card
    assert reasons(FR)["stale_input"] in card
    assert "Les seuls chiffres" in card
    assert json.dumps(NO_DATA)[1:-1] in slots["explorer-table"]


@pytest.mark.parametrize("path", [f"/soc{RATE}", "/methods", "/soc", "/soc/AAA"])
def test_no_page_says_that_change_is_not_assessed_where_it_is(
    told_site: TestClient, path: str
) -> None:
    page = html.unescape(told_site.get(f"/en{path}").text)
    assert "not assessed yet" not in page


def test_methods_say_how_many_can_be_assessed_and_what_stands_against_the_others(
    told_site: TestClient, site: TestClient
) -> None:
    told = plain(told_site.get("/en/methods").text)
    assert "1 of 3 countries can be assessed" in told
    for reason in reasons(language("en")).values():
        assert reason in told
    assert "Why change is not assessed yet" in plain(site.get("/en/methods").text)


def test_what_may_still_move_says_so_wherever_it_stands(told_site: TestClient) -> None:
    mark = '<abbr title="provisoire">P</abbr>'
    page = told_site.get(f"/fr/soc{RATE}&area=AAA").text
    head = page[page.index('class="tags"') : page.index('class="controls"')]
    assert "<b>P</b> provisoire" in head
    assert mark in row_of(page, "Côte d’Azur")
    assert page[page.index('class="panel picked"') :].partition("</div>")[0].count(mark) == 2
    assert "en baisse, provisoire" in page, "on the map"
    page = told_site.get(f"/fr/soc/AAA{RATE}").text
    assert mark in page[page.index('<dl class="figures">') :].partition("</dd>")[0]
    for path in ("compare", "rankings"):
        page = told_site.get(f"/fr/{path}{RATE}&area=AAA~BBB").text
        assert mark in page[page.rindex("<table") :]


def test_the_legend_of_a_rate_names_the_aspiration(told_site: TestClient) -> None:
    page = told_site.get(f"/en/soc{RATE}").text
    assert 'class="aim">4 to 8</li>' in page
    assert page.count('class="aim"') == 1
    assert "the aspiration of the Initiative" in page
    assert 'class="aim"' not in told_site.get("/en/soc").text


def test_what_is_not_certain_is_drawn_as_the_legend_says(site: TestClient) -> None:
    def drawn(query: str) -> str:
        page = site.get(f"/en/soc?{query}").text
        svg = page[page.index('<svg class="map"') :]
        return svg[: svg.index("</svg>")]

    assert "url(#map0-0)" in drawn("unc=hatch")
    for query in ("unc=mask", "unc=off"):
        assert "url(#" not in drawn(query)
    assert drawn("unc=mask") != drawn("unc=off"), "faded is not as it is"
    assert "average of each area" in site.get("/en/soc?fill=grid").text


def test_an_input_that_is_too_old_is_said_under_the_title(told_site: TestClient) -> None:
    page = told_site.get("/en/soc/AAA?src=soil_carbon_debt").text
    hero = page[page.index('<div class="hero">') : page.index('<dl class="figures">')]
    assert "1 input late" in hero
    assert re.search(r"days old \(30 allowed\)", plain(hero))
    other = told_site.get("/en/soc/AAA?src=ipcc_tier1").text
    assert "input late" not in other, "it has no limit"
    rel = told_site.get("/api/v1/series.json?v=debt").headers["x-release"]
    pinned = told_site.get(f"/en/soc/AAA?src=soil_carbon_debt&rel={rel}").text
    assert "input late" not in pinned, "its numbers never move"


@pytest.mark.parametrize(
    ("state", "age", "allowed", "late", "failed"),
    [
        ("late", 31, 30, "X: 31 days old (30 allowed). The last periods may move.", ""),
        ("broken", 31, 30, "X: 31 days old (30 allowed). The last periods may move.", ""),
        ("broken", 12, 90, "", "X: the last attempt failed; what is there is not too old."),
        ("broken", 12, None, "", "X: the last attempt failed; what is there is not too old."),
        ("late", None, 30, "X: nothing has been read yet.", ""),
        ("due", 29, 30, "", ""),
    ],
)
def test_an_input_is_said_to_be_too_old_only_when_it_is(
    state: str, age: int | None, allowed: int | None, late: str, failed: str
) -> None:
    row = {"title": "X", "state": state, "age_days": age, "allowed_days": allowed}
    notes = input_notes([row], "", language("en"))
    assert (notes.late, notes.failed) == ([late] if late else [], [failed] if failed else [])
    assert input_notes([row], "2026.11.1", language("en")) == InputNotes([], [])
    # Nothing was tried where the job file cannot be read; too old is too old all the same.
    unread = input_notes([row | {"file_broken": True}], "", language("en"))
    assert unread.late == notes.late
    assert [one.partition("; ")[0] for one in unread.failed] == (
        ["X: it cannot be looked for now"] if failed else []
    )


def test_a_chart_without_a_number_says_so(site: TestClient) -> None:
    nothing, series = "There is no number to be drawn.", "/api/v1/series.json?v=stock&area="
    codes = [one["id"] for one in site.get("/api/v1/areas?limit=100").json()["data"]]
    numbers = {c: [r["value"] for r in site.get(series + c).json()["data"]] for c in codes}
    without = [code for code, found in numbers.items() if all(value is None for value in found)]
    assert 0 < len(without) < len(codes)
    for code in codes:
        assert (nothing in site.get(f"/en/soc/{code}").text) == (code in without), code


def test_what_stands_against_a_change_is_said_in_one_figure(told_site: TestClient) -> None:
    page = told_site.get(f"/fr/soc/BBB{RATE}").text
    figures = page[page.index('<dl class="figures">') :].partition("</dl>")[0]
    assert figures.count("<dt>") == 2, "the rate, and the share of the land"
    assert figures.count("non évaluable") == 1


def test_on_a_phone_the_state_stands_below_the_value(told_site: TestClient) -> None:
    """A column of its own would be cut."""
    page = html.unescape(told_site.get(f"/fr/soc{RATE}").text)
    under = re.findall(r'<td class="num[^"]*" data-under="([^"]*)"', page)
    assert under
    assert all(text.splitlines()[-1:] for text in under)
    assert any("non évaluable" in text for text in under)
    assert re.search(r'<td class="aside"><span aria-hidden="true">', page)


def test_a_release_without_a_plan_has_its_other_pages(told_site: TestClient) -> None:
    answer = told_site.get("/api/v1/objectives")
    assert answer.status_code == 404
    assert answer.json()["detail"].endswith("has no plan")
    assert told_site.get("/fr/progress").status_code == 404
    assert "/soc/AAA" in told_site.get("/sitemap-fr-0.xml").text
