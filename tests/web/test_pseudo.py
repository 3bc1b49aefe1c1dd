"""The pseudo-language: every message in brackets and 40 % longer, so that what is not one shows."""

import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import write_po
from playwright.sync_api import Page
from starlette.testclient import TestClient

from soc_monitor.web import i18n
from soc_monitor.web.catalogue import extract
from soc_monitor.web.notebooks import notebooks

from .test_documents import PAGES, newest

Open = Callable[..., Page]
OPENS, CLOSES = "⟦", "⟧"
OURS = {"soc-monitor", "API", "CSV", "JSON", "BibTeX", "CSL-JSON", "Español", "Français", "English"}
OURS |= {"Python", "Excel", "Parquet", "NetCDF", "GeoPackage", "GeoJSON", "GeoTIFF", "ZIP"}
OURS |= {"OpenAPI"}
"""Names that are the same in every language."""
CODES = re.compile(r"[a-z]+_[a-z0-9_]+|[0-9a-f-]{12,}|https?:\S+|[A-Z]{2,4}(-\d+)?|[A-Z+]{1,3}")


def longer(text: str) -> str:
    """A message in brackets, its places untouched.

    >>> longer("Page {n}")
    '⟦Page {n} ~~~⟧'
    """
    bare = len(re.sub(r"\{.*?\}", "", text))
    return f"{OPENS}{text}{' ~~~' * max(1, round(0.4 * bare / 4))}{CLOSES}"


@pytest.fixture
def pseudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The catalogue of Spanish, for as long as a test runs."""
    folder = tmp_path / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    said = extract()
    for message in said:
        if isinstance(message.id, (tuple, list)):
            one, many = (longer(form) for form in message.id)
            message.string = (one, many, many)  # Spanish counts in three ways.
        elif message.id:
            message.string = longer(message.id)
    with (folder / "messages.po").open("wb") as file:
        write_po(file, said, omit_header=False)
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    i18n.language.cache_clear()
    yield "es"
    monkeypatch.undo()
    i18n.language.cache_clear()


PLAN = re.compile("/(progress|partners|actions|tools|suggest|subscribe)")


def data_texts(client: TestClient, page: str) -> set[str]:
    """Every text that the data bring: names, titles, citations."""
    found: set[str] = set()

    def gather(value: Any) -> None:
        if isinstance(value, dict):
            for one in value.values():
                gather(one)
        elif isinstance(value, list):
            for one in value:
                gather(one)
        elif isinstance(value, str):
            found.add(" ".join(value.split()))

    listed = (
        "areas?limit=500",
        "indicators",
        "products",
        "freshness",
        "releases",
        "map.json?lvl=adm0",
        "map.json?lvl=adm0&src=soil_carbon_debt",
    )
    plan = (
        "objectives",
        "objectives/A1",
        "objectives/F3",
        "partners",
        "actions",
        "news",
    )
    for path in (*listed, *(plan if PLAN.match(page) else ())):
        answer = client.get(f"/api/v1/{path}{'&' if '?' in path else '?'}labels=es")
        assert answer.status_code == 200, answer.text
        gather(answer.json())
    if page.partition("?")[0] == "/data":
        query = page.partition("?")[2]
        gather(client.get(f"/api/v1/series.size?{query}&labels=es").json())
    if page.startswith("/api"):
        found |= english(client)
    found |= {title.rpartition(",")[0] for title in found if "," in title}
    return {text for text in found if re.search("[A-Za-z]{2}", text)}


def english(client: TestClient) -> set[str]:
    """What the pages of the API show as it stands in code and notebooks, marked as English."""
    document = client.get("/api/openapi.json").json()
    operations = [one for item in document["paths"].values() for one in item.values()]
    told = [one.get("description", "").partition("\n\n")[0] for one in operations]
    told += [tag["description"] for tag in document["tags"]]
    for book in notebooks().values():
        told.append(book.title)
        for cell in book.cells:
            told += [re.sub("^#+ |`[^`]*`", "\n", part) for part in cell.source.split("\n\n")]
    return {" ".join(line.split()) for text in told for line in text.split("\n")}


@pytest.mark.parametrize("path", PAGES)
def test_no_page_says_what_is_not_in_the_catalogue(
    site: TestClient, pseudo: str, path: str
) -> None:
    answer = site.get(f"/{pseudo}{path.replace('RELEASE', newest(site))}")
    text = re.sub(r"<(script|style|code|pre)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", text)))
    while OPENS in text:
        before = len(text)
        text = re.sub(f"{OPENS}[^{OPENS}{CLOSES}]*{CLOSES}", " ", text)
        assert len(text) < before, "brackets that do not close"
    text = re.sub(r"https?://\S+", " ", text)  # an address on paper
    for one in sorted(data_texts(site, path), key=len, reverse=True):
        text = text.replace(one, " ")
    words = {w for w in re.findall(r"[^\W\d_][\w+-]*", text) if len(w) > 2}
    left = {word for word in words if not CODES.fullmatch(word)} - OURS
    assert left <= UNITS_AND_MONTHS, [text[max(0, text.find(w) - 60) :][:120] for w in left]


UNITS_AND_MONTHS = {
    "UTC", "año", "días", "km²",
    "nov", "dic", "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct",
}  # fmt: skip


@pytest.mark.parametrize("path", ["/", "/soc", "/soc/FRA", "/compare", "/rankings", "/status"])
def test_longer_words_do_not_push_a_phone_sideways(visit: Open, pseudo: str, path: str) -> None:
    page = visit(f"/{pseudo}{path}", width=320, height=640, java_script_enabled=False)
    assert OPENS in page.locator("h1").inner_text() + page.locator("nav").first.inner_text()
    assert json.loads(page.locator("html").evaluate("e => String(e.scrollWidth)")) <= 320
