"""The documents: what readers get without any script."""

import asyncio
import html
import json
import re
import time
from contextlib import suppress
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from starlette.testclient import TestClient

from soc_monitor.model import LANGUAGES
from soc_monitor.web import client, explorer_view, sentences
from soc_monitor.web.documents import service
from soc_monitor.web.estimate import Shown, show
from soc_monitor.web.i18n import language
from soc_monitor.web.theme import HEAD_SCRIPT, script_hash

PAGES = (
    "/",
    "/soc",
    "/soc?area=AAA~BBB&t2=2000&lvl=adm1&parent=AAA",
    "/compare",
    "/compare?area=AAA~BBB",
    "/own",
    "/soc/WLD",
    "/soc/AAA",
    "/soc/AAA-1",
    "/progress",
    "/progress?h=2050&st=no_data&sort=status",
    "/progress/A1",
    "/progress/F3",
    "/partners",
    "/actions",
    "/suggest?about=/progress/A1",
    "/subscribe",
    "/subscribe?area=AAA-1",
    "/subscribe?objective=A1",
    "/tools",
    "/data",
    "/data?area=AAA~BBB&lvl=adm1&shape=wide",
    "/data/stations",
    "/data/stations?area=AAA",
    "/api",
    "/api/notebooks/1-one-country",
    "/status",
    "/methods",
    "/methods/soc_stock_0_30cm",
    "/rankings",
    "/changes",
    "/glossary",
    "/help",
    "/provenance/RELEASE",
    "/search?q=azur",
)
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta"}


class Outline(HTMLParser):
    """Ids, headings, landmarks and links of a page; every element closed in its order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[str] = []
        self.feed(html)
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))
        if tag == "label":
            self.labels.add(str(found.get("for")))
        if tag in {"select", "input"} and found.get("type") != "hidden":
            self.fields.append(str(found.get("id")))
        if tag == "th":
            assert found.get("scope") in {"col", "row", "rowgroup"}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def newest(site: TestClient) -> str:
    return str(site.get("/api/v1/releases").json()["data"][0]["name"])


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_well_made_in_every_language(site: TestClient, code: str, path: str) -> None:
    answer = site.get(f"/{code}{path.replace('RELEASE', newest(site))}")
    assert answer.status_code == 200, answer.text[:300]
    page = Outline(answer.text)
    assert f'<html lang="{code}">' in answer.text
    assert page.headings.count(1) == 1
    assert page.headings[0] == 1
    steps = zip(page.headings, page.headings[1:], strict=False)
    assert all(after - before <= 1 for before, after in steps)
    assert len(page.ids) == len(set(page.ids))
    assert page.tags.count("main") == 1
    assert page.tags.count("table") == page.tags.count("caption")
    assert set(page.fields) <= page.labels
    title = re.search("<title>(.*?)</title>", answer.text)
    assert title is not None
    assert len(title[1]) <= 60
    description = re.search('<meta name="description" content="(.*?)">', answer.text)
    assert description is not None
    assert 0 < len(description[1]) <= 160


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_its_headers(site: TestClient, path: str) -> None:
    headers = site.get(f"/fr{path.replace('RELEASE', newest(site))}").headers
    policy = headers["content-security-policy"]
    assert script_hash(HEAD_SCRIPT) in policy
    assert "'unsafe-inline'" not in policy.partition("style-src")[0]
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"]
    assert headers["content-language"] == "fr"


def test_inline_scripts_are_those_that_the_policy_allows(site: TestClient) -> None:
    answer = site.get("/fr/soc/AAA")
    policy = answer.headers["content-security-policy"]
    scripts = re.findall(r"<script(?P<how>[^>]*)>(.*?)</script>", answer.text, re.DOTALL)
    inline = [body for how, body in scripts if body and "json" not in how]
    assert len(inline) >= 2
    for body in inline:
        assert script_hash(body) in policy


def test_the_same_page_elsewhere_and_in_other_languages_is_named(site: TestClient) -> None:
    html = site.get("/fr/soc/AAA?v=stock&t=2000").text
    assert ">GeoTIFF (40° × 30°)</a>" in html
    assert '<link rel="canonical" href="http://testserver/fr/soc/AAA">' in html
    for code in LANGUAGES:
        assert f'hreflang="{code}" href="http://testserver/{code}/soc/AAA"' in html
    assert 'hreflang="x-default"' in html


def test_a_reader_who_has_the_page_gets_304(site: TestClient) -> None:
    first = site.get("/fr/soc/AAA")
    again = site.get("/fr/soc/AAA", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert not again.content
    assert first.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("asked", "accept", "cookie", "status", "target"),
    [
        ("/", "es", "", 302, "/es/"),
        ("/", "es", "fr", 302, "/fr/"),
        ("/", "", "", 302, "/en/"),
        ("/fr", "", "", 308, "/fr/"),
        ("/soc/AAA?t=2000", "fr", "", 308, "/fr/soc/AAA?t=2000"),
        ("/status", "es", "", 308, "/es/status"),
        ("/fr/soc/aaa", "", "", 308, "/fr/soc/AAA"),
        ("/fr/soc/aaa-1?v=total", "", "", 308, "/fr/soc/AAA-1?v=total"),
        ("/fr/soc/cote-d-azur", "", "", 308, "/fr/soc/AAA"),
        ("/fr/soc/Pays%20de%20sable", "", "", 308, "/fr/soc/CCC"),
        ("/en/soc?area=AAA&go=1", "", "", 303, "/en/soc/AAA"),
    ],
)
def test_addresses_lead_to_their_page(
    site: TestClient, asked: str, accept: str, cookie: str, status: int, target: str
) -> None:
    headers = {"accept-language": accept, **({"cookie": f"lang={cookie}"} if cookie else {})}
    answer = site.get(asked, headers=headers)
    assert answer.status_code == status
    assert answer.headers["location"] == target
    if asked == "/":
        assert answer.headers["vary"] == "Accept-Language, Cookie"


@pytest.mark.parametrize(
    "path",
    [
        "/fr/nope",
        "/fr/soc/XXX",
        "/fr/soc/AAA/",
        "/fr/soc/AAA/BBB",
        "/de/soc",
        "/fr/provenance/nope",
        "/fr/provenance/00000000-0000-0000-0000-000000000001",
        "/static/nope/site.css",
        "/outlines/handmade/adm9.coarse.fr.geojson",
        "/fr/soc/%00",
        "/_dash-nope",
        "/assets/x.css",
    ],
)
def test_what_is_not_there_is_404(site: TestClient, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 404


def test_a_missing_page_is_a_page_in_its_language_with_what_comes_near(site: TestClient) -> None:
    html = site.get("/fr/soc/Azu").text
    assert '<html lang="fr">' in html
    assert 'href="/fr/soc/AAA"' in html
    assert "noindex" in html


@pytest.mark.parametrize("path", ["/api/v1/nope", "/tiles/nope", "/files/nope"])
def test_what_is_not_in_the_api_is_a_problem_document(site: TestClient, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_wrong_method_is_405(site: TestClient) -> None:
    assert site.post("/fr/soc").status_code == 405
    assert site.post("/fr/soc").headers["allow"]
    assert site.get("/_dash-update-component").status_code == 405


def test_head_answers_like_get_without_a_body(site: TestClient) -> None:
    answer = site.head("/fr/soc/AAA")
    assert answer.status_code == 200
    assert not answer.content


def test_a_number_stands_with_its_interval_its_class_and_its_origin(site: TestClient) -> None:
    html = site.get("/fr/soc/AAA").text
    assert "Intervalle à 95\u00a0%" in html
    assert "déduit" in html
    assert re.search(r'href="/fr/provenance/[0-9a-f-]{36}"', html)
    assert "2026" in html  # The release.


def test_the_origin_of_a_number_goes_down_to_files_and_checksums(site: TestClient) -> None:
    found = re.search(
        r"/fr/provenance/[0-9a-f-]{36}", site.get("/fr/soc/AAA?src=soil_carbon_debt").text
    )
    assert found is not None
    html = site.get(found[0]).text
    assert re.search("<code>[0-9a-f]{64}</code>", html)
    assert "Non vérifiée\u00a0: sa source n’en déclare aucune" in html
    assert "https://example.org/" in html


def test_an_area_without_numbers_keeps_its_page_and_says_so(site: TestClient) -> None:
    html = site.get("/fr/soc/CCC").text
    assert "aucune estimation n’est publiée ici" in html
    assert "– t C/ha" not in html


def test_names_and_queries_cannot_bring_markup(site: TestClient) -> None:
    attack = "<script>alert(1)</script>"
    for path in (f"/en/search?q={attack}", f"/en/soc/{attack}", f"/en/soc?v={attack}"):
        assert attack not in site.get(path).text


def test_a_link_that_asks_for_what_is_not_there_says_what_is_shown(site: TestClient) -> None:
    html = site.get("/en/soc?v=nope&t=1500").text
    assert "This link asked for v=nope" in html
    assert "This link asked for t=1500" in html


def test_tables_sort_without_scripts(site: TestClient) -> None:
    names = re.compile(r'<th scope="row".*?<a href="[^"]*">(.*?)</a>')
    up = names.findall(site.get("/en/soc").text)
    down = names.findall(site.get("/en/soc?sort=-name").text)
    assert len(up) == 3
    assert up == list(reversed(down))
    assert 'aria-sort="descending"' in site.get("/en/soc?sort=-value").text


def test_areas_without_a_number_come_last_whatever_the_order(site: TestClient) -> None:
    for sort in ("value", "-value"):
        rows = re.findall(r'<tr><th scope="row".*?</tr>', site.get(f"/en/soc?sort={sort}").text)
        assert "Sandland" in rows[-1]


def test_the_light_version_has_no_app(site: TestClient) -> None:
    for answer in (
        site.get("/fr/soc/AAA?lite=1"),
        site.get("/fr/soc/AAA", headers={"save-data": "on"}),
        site.get("/fr/soc/AAA", headers={"cookie": "lite=1"}),
    ):
        assert "_dash" not in answer.text
        assert "version légère" in answer.text


def test_products_stand_side_by_side_and_are_not_taken_for_a_change(site: TestClient) -> None:
    html = site.get("/en/soc/AAA").text
    assert "Tier 1" in html
    assert "Soil carbon debt" in html
    assert "a difference between them is not a change over time" in html


@pytest.mark.parametrize("code", ["en", "fr"])
def test_products_that_show_one_number_say_that_they_are_one_source(code: str) -> None:
    words = language(code)

    def said(value: float, *sources: str) -> tuple[dict[str, Any], list[Shown]]:
        row = {"value": value, "unit": "t C ha-1", "lower_95": 14.0, "upper_95": 32.0}
        return {"product": {"source_ids": list(sources)}}, [show(row, words)]

    one, other = said(22.88, "rain", "cover"), said(22.9, "cover", "rain")
    assert sentences.alike([one, said(22.9, "debt")], words) == "", "of other sources"
    assert sentences.alike([one, said(31.0, "rain", "cover")], words) == ""
    assert "2" in sentences.alike([one, other], words)
    # What is computed from the map and something else is of the same map.
    more = said(22.9, "cover", "rain", "samples")
    assert "3" in sentences.alike([one, more, other], words)


def test_a_finding_says_for_how_much_of_the_land_it_stands() -> None:
    words = language("fr")
    row = {"area_name": "Monde", "value": 43.0, "unit": "t C ha-1"}
    part = show({**row, "mapped_fraction": 0.74}, words)
    whole = show({**row, "mapped_fraction": 0.97}, words)
    said = "74\u00a0% des terres ont une estimation."
    assert sentences.finding(part, None, "Stock", "0-30", words).endswith(said)
    assert sentences.world_total(part, "0-30", words).endswith(said)
    assert "estimation" not in sentences.finding(whole, None, "Stock", "0-30", words)


def test_no_page_claims_what_is_not_known(site: TestClient) -> None:
    for path in PAGES:
        html = site.get(f"/en{path}").text.lower()
        assert "compliance" not in html
        # What methods name is a class of SDG 15.3.1, and no area is put into it.
        assert "stable" not in html or path.startswith("/methods")
    assert "Change is not assessed yet" in site.get("/en/").text


def test_pages_say_that_nothing_is_published_yet(empty_site: TestClient) -> None:
    home = empty_site.get("/fr/")
    assert home.status_code == 200
    assert "Aucune version n’est encore publiée" in home.text
    status = empty_site.get("/fr/status")
    assert status.status_code == 200
    assert "La base de données ne répond pas" not in status.text
    assert "Aucune version n’est encore publiée" in status.text
    assert empty_site.get("/fr/methods").status_code == 200
    for path in ("/fr/soc", "/fr/soc/FRA"):
        answer = empty_site.get(path)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "Aucune version n’est encore publiée" in answer.text


@pytest.mark.parametrize("path", ["/", "/soc", "/soc/FRA", "/methods", "/search?q=x"])
def test_pages_say_that_the_database_is_down(broken_site: TestClient, path: str) -> None:
    answer = broken_site.get(f"/fr{path}")
    assert answer.status_code == 503
    assert answer.headers["cache-control"] == "no-store"
    assert "Les chiffres ne peuvent pas être lus pour l’instant" in answer.text


def test_the_status_page_answers_while_the_database_is_down(broken_site: TestClient) -> None:
    answer = broken_site.get("/fr/status")
    assert answer.status_code == 200
    assert "La base de données ne répond pas." in answer.text


def test_glossary_and_status_do_not_wait_for_a_database_that_hangs(
    site: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    go_on = asyncio.Event()

    async def frozen(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001  # of ASGI
        told.append("asked")
        with suppress(TimeoutError):
            await asyncio.wait_for(go_on.wait(), 10)
        told.append("answered")
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    api = site.app.state.client  # type: ignore[attr-defined]
    transport = httpx2.ASGITransport(app=frozen)
    monkeypatch.setattr(api, "http", httpx2.AsyncClient(transport=transport, base_url="http://a"))
    monkeypatch.setattr(client, "SOON_S", 0.05)
    monkeypatch.setattr(service, "WAIT_S", 0.05)
    for _ in range(2):
        assert site.get("/en/glossary").status_code == 200
    # Nobody else is made to wait while the first question does.
    assert told == ["asked"]
    assert site.get("/en/status").status_code == 200
    assert "answered" not in told
    api.loop.call_soon_threadsafe(go_on.set)
    while api._overdue:  # noqa: SLF001  # it is asked again, once that has ended
        time.sleep(0.01)
    assert told.count("answered") == told.count("asked")


def test_a_table_too_long_for_a_page_says_where_the_rest_is(
    site: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer_view, "MOST_ROWS", 2)
    html = site.get("/en/soc?lvl=adm1").text
    assert "The first 2 of 5 areas" in html
    assert html.count('<tr><th scope="row"') == 2
    assert html.count("<path ") >= 2, "countries are drawn for their provinces"


def test_static_files_are_kept_for_ever_and_packed(site: TestClient) -> None:
    found = re.search(r"/static/[0-9a-f]{16}/site\.css", site.get("/fr/").text)
    assert found is not None
    for coding in ("br", "gzip"):
        answer = site.get(found[0], headers={"accept-encoding": coding})
        assert answer.headers["content-encoding"] == coding
        assert "immutable" in answer.headers["cache-control"]
        again = {"accept-encoding": coding, "if-none-match": answer.headers["etag"]}
        assert site.get(found[0], headers=again).status_code == 304
    plain = site.get(found[0], headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers


def test_nothing_on_any_page_comes_from_another_host(site: TestClient) -> None:
    for path in PAGES:
        html = site.get(f"/fr{path}").text
        for source in re.findall(r'(?:src|action)="([^"]*)"', html):
            assert source.startswith("/"), source
        for link in re.findall(r"<link [^>]*>", html):
            if "stylesheet" in link or "icon" in link:
                assert 'href="/' in link


def test_a_release_says_what_it_brought_and_corrected(site: TestClient) -> None:
    listed = site.get("/api/v1/releases").json()["data"]
    total = {r["name"]: site.get(f"/api/v1/releases/{r['name']}/changes").json() for r in listed}
    first = total[listed[-1]["name"]]
    assert first["meta"]["moved"] == 0, "there was nothing before it"
    assert first["meta"]["numbers"] == sum(row["numbers"] for row in first["data"]) > 0
    page = site.get(f"/en/provenance/{listed[-1]['name']}").text
    for row in first["data"]:
        assert f"/en/provenance/{row['calculation_id']}" in page
    moved = [row for found in total.values() for row in found["data"] if row["moved"]]
    assert all(row["largest_move"] and row["largest_move_area"] for row in moved)
    assert site.get("/en/changes").text.count('<th scope="row">') == len(listed)


def test_a_method_is_what_its_file_says(site: TestClient) -> None:
    html = site.get("/fr/methods/soc_debt_0_30cm").text
    assert "soc_stock_no_land_use_0_30cm" in html
    assert "Sanderman, Hengl and Fiske 2017" in html
    assert "a gain is negative" in html
    assert ">>>" not in html
    assert site.get("/fr/methods/nope").status_code == 404


def test_seven_areas_are_refused_and_one_is_added_without_scripts(site: TestClient) -> None:
    answer = site.get("/en/compare?area=AAA&add=BBB")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/en/compare?area=AAA~BBB"
    six = "AAA~BBB~CCC~WLD~AAA-1~AAA-2"
    full = site.get(f"/en/compare?area={six}&add=BBB-1")
    assert "Six areas at most" in full.text


def test_search_engines_are_told_of_the_data_and_of_every_page(site: TestClient) -> None:
    html = site.get("/fr/soc/AAA").text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    told = json.loads(found[1])
    assert told["@type"] == "Dataset"
    assert told["license"]
    for file in told["distribution"]:
        assert site.get(file["contentUrl"].removeprefix("http://testserver")).status_code == 200
    index = site.get("/sitemap.xml").text
    files = re.findall("<loc>http://testserver(/[^<]+)</loc>", index)
    assert files == [f"/sitemap-{code}-0.xml" for code in LANGUAGES]
    for code, file in zip(LANGUAGES, files, strict=True):
        listed = re.findall("<loc>http://testserver(/[^<]+)</loc>", site.get(file).text)
        assert {f"/{code}/soc/AAA", f"/{code}/methods/soc_stock_0_30cm"} <= set(listed)
        assert {path: site.get(path).status_code for path in listed if "/soc/" not in path} == (
            {path: 200 for path in listed if "/soc/" not in path}
        )
    assert site.get("/sitemap-fr-1.xml").status_code == 404
    assert site.get("/sitemap-de-0.xml").status_code == 404
    assert site.get(f"/sitemap-fr-{'9' * 5000}.xml").status_code == 404
    assert "Sitemap: http://testserver/sitemap.xml" in site.get("/robots.txt").text


def test_the_light_version_is_kept_and_left_again(site: TestClient) -> None:
    kept = site.post("/lite", data={"to": "/fr/soc", "on": "1"})
    assert kept.status_code == 303
    assert kept.headers["location"] == "/fr/soc"
    assert "lite=1" in kept.headers["set-cookie"]
    left = site.post("/lite", data={"to": "//evil.example", "on": "0"})
    assert left.headers["location"] == "/"
    assert 'lite=""' in left.headers["set-cookie"]
    site.cookies.clear()


def test_a_form_is_read_no_further_than_it_may_be_long(site: TestClient) -> None:
    for path in ("/lite", "/fr/data"):
        answer = site.post(path, content=b"to=" + b"a" * 30_000)
        assert answer.status_code == 413, path
        assert "This is too long" in answer.text or "C’est trop long" in answer.text, path


def test_a_file_that_is_ordered_has_a_page_that_says_how_far_it_is(site: TestClient) -> None:
    ordered = site.post("/fr/data", content=b"area=AAA")
    assert ordered.status_code == 303
    where = ordered.headers["location"]
    assert where.startswith("/fr/data/files/")
    assert site.get(where).status_code == 200


@pytest.mark.parametrize("base", ["abc", "²", "-1", "2020-13", "9" * 99])
@pytest.mark.parametrize(
    "path",
    [
        "/fr/soc/AAA?src=soil_carbon_debt",
        "/fr/compare?area=AAA~BBB&src=soil_carbon_debt&shape=index",
        "/embed/series/AAA?lang=fr&src=soil_carbon_debt",
        "/chart/series/AAA.svg?lang=fr&src=soil_carbon_debt",
        "/og/series/AAA.png?lang=fr&src=soil_carbon_debt",
        "/fr/own?src=soil_carbon_debt",
    ],
)
def test_a_base_year_that_does_not_exist_is_no_failure(
    site: TestClient, path: str, base: str
) -> None:
    answer = site.get(f"{path}&b={quote(base)}")
    assert answer.status_code == 200, answer.text
    if path.startswith(("/fr/soc", "/fr/compare")):
        assert "b=" + html.escape(base) in answer.text, "the notice says what was asked for"


@pytest.mark.parametrize(
    ("query", "asked"),
    [("area=NOPE~AAA", "area=NOPE"), ("sort=x", "sort=x"), ("ll=99,0&z=3", "ll=99,0")],
)
def test_the_explorer_says_what_a_link_asked_for_in_vain(
    site: TestClient, query: str, asked: str
) -> None:
    page = site.get(f"/fr/soc?{query}").text
    assert page.count("qui n’existe pas") == 1
    assert asked in page
    main = page[page.index("<main") :]
    assert "area=NOPE" not in re.sub(r'<div class="note warn".*?</div>', "", main)


@pytest.mark.parametrize(
    ("indicator", "over"),
    [
        ("soc_stock_0_30cm", "Average."),
        ("soc_total_0_30cm", "Sum."),
        ("soc_rate_0_30cm", "From the totals of all its dates."),
        ("soc_aspiration_gap_0_30cm", "From the totals of all its dates."),
    ],
)
def test_a_method_says_how_the_number_of_an_area_comes_about(
    site: TestClient, indicator: str, over: str
) -> None:
    page = site.get(f"/en/methods/{indicator}").text
    assert f"<dt>Over an area</dt><dd>{over} " in page


@pytest.mark.parametrize("code", LANGUAGES)
def test_terms_lead_to_the_glossary_where_a_page_says_them_first(
    site: TestClient, code: str
) -> None:
    known = re.findall(r'<dt id="([a-z]+)"', site.get(f"/{code}/glossary").text)
    assert len(known) == 15
    for path in ("/methods", "/compare", "/rankings", "/status", "/soc?lite=1", "/soc/AAA?lite=1"):
        html = site.get(f"/{code}{path}").text
        told = re.findall(rf'<a class="term" href="/{code}/glossary#([a-z]+)" title="[^"]+">', html)
        assert told, path
        assert len(told) == len(set(told)), f"{path}: once is enough"
        assert set(told) <= set(known)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("path", ["/soc?lite=1", "/soc/AAA?lite=1"])
def test_the_interval_of_the_lead_leads_to_its_meaning(
    site: TestClient, code: str, path: str
) -> None:
    lead = site.get(f"/{code}{path}").text.partition('<p class="lead">')[2].partition("</p>")[0]
    assert f'<a class="term" href="/{code}/glossary#interval"' in lead


def test_home_says_why_countries_are_hatched(site: TestClient) -> None:
    page = site.get("/en/").text
    assert 'fill="url(#' in page[page.index('<svg class="map"') :]
    assert '<li class="none hatch"' in page
