"""Hostile texts in every field of every register show as text, on every page and in the feed."""

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from starlette.testclient import TestClient

from soc_monitor import server
from soc_monitor.errors import BadEntry
from soc_monitor.progress.registers import REGISTERS, Field, check
from soc_monitor.runs.registers import publish_registers
from soc_monitor.store import editors, registers

from .conftest import handmade

HOSTILE = [
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "{{ 7*7 }}",
    "{% include '/etc/passwd' %}",
    "${7*7}",
    "#{7*7}",
    "{0.__class__}",
    "%s%s%n",
    "%(say)s",
    "=HYPERLINK('https://example.org')",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "'; DROP TABLE app.records; --",
    "1 OR 1=1",
    "../../etc/passwd",
    "&lt;b&gt;&amp;&#60;",
    "<!-- comment",
    "]]>",
    "<![CDATA[x]]>",
    "<style>*{display:none}</style>",
    "<base href=https://example.org>",
    "<meta http-equiv=refresh content=0>",
    "<form action=https://example.org><input name=q>",
    "\u202egnihtyna\u202c",
    "a\u0000b".replace("\u0000", "\u2400"),
    "\u200b\u200d\ufeff",
    "Ａ＝Ｂ",  # noqa: RUF001  # full width, as it is meant
    "🌍👩‍🌾" * 20,
    "\\u003cscript\\u003e",
    "line\nbreak\r\nand more",
    "x" * 500,
]


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.scripts = 0
        self.bad: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        if tag in {"iframe", "base", "object"} or any(name.startswith("on") for name, _ in attrs):
            self.bad.append(tag)
        links = [value or "" for name, value in attrs if name in {"href", "src", "action"}]
        if any(re.match(r"\s*(javascript|data):", link, re.IGNORECASE) for link in links):
            self.bad.append(f"{tag}: {links}")


def _value(field: Field, hostile: str, number: int) -> Any:
    """A value that the register takes, hostile where the field is free text."""
    return {
        "text": hostile,
        "number": float(number),
        "period": "2024",
        "date": "2024-05-06",
        "country": "AAA",
        "countries": ["AAA"],
        "choice": field.choices[0] if field.choices else "",
        "url": f"https://example.org/?q={number}&x='onclick'",
        "ids": ["A1"],
    }[field.kind]


def _body(name: str, hostile: str, number: int) -> dict[str, Any]:
    body = {f.name: _value(f, hostile, number) for f in REGISTERS[name].fields}
    if name == "values":
        body |= {"kpi": "a1_ndc_soc_share", "period": f"{1980 + number}", "stage": ""}
    if name == "milestones":
        body |= {"objective": "A1"}
    return body


@pytest.fixture(scope="module")
def hostile_site(new_store: Any) -> Iterator[TestClient]:
    """The hand-made world with forty hostile entries in every register, reviewed and published."""
    store, settings = new_store()
    handmade().fill(store)
    for name, spec in REGISTERS.items():
        entries = [
            (f"{name}-{n}", check(spec, _body(name, hostile, n)))
            for n, hostile in enumerate(HOSTILE)
        ]
        registers.propose(store, name, entries, by="<b>Ana</b>")
        for key, _ in entries:
            registers.review(store, name, key, 1, by="Ben & co", accept=True)
    tools = [
        (
            f"tool-{n}",
            {
                "link": "javascript:alert(1)",
                "fields": {
                    field: {"value": hostile, "source": "javascript:alert(1)", "read_on": hostile}
                    for field in ("name", "owner", "kind", "scale", "method", "licence")
                },
            },
        )
        for n, hostile in enumerate(HOSTILE)
    ]
    registers.propose(store, "tools", tools, by="<b>Ana</b>")
    for key, _ in tools:
        registers.review(store, "tools", key, 1, by="Ben & co", accept=True)
    assert publish_registers(store, by="<i>Ben</i>")
    with TestClient(server.build(store, settings), follow_redirects=False) as client:
        yield client


def test_there_are_forty_hostile_texts() -> None:
    assert len(set(HOSTILE)) == 40


@pytest.mark.parametrize("code", ["en", "fr", "es"])
@pytest.mark.parametrize(
    "path",
    [
        "/progress",
        "/progress/A1",
        "/registers",
        "/partners",
        "/partners?from=0&q=x",
        "/actions",
        "/partners/partners-0",
        "/partners/partners-30",
        "/actions/actions-9",
        "/tools",
        "/tools?compare=tool-0~tool-2",
        "/tools/tool-0",
        "/partners?q=%3Cscript%3E",
        "/status",
        "/changes",
    ],
)
def test_hostile_texts_show_as_text(hostile_site: TestClient, code: str, path: str) -> None:
    answer = hostile_site.get(f"/{code}{path}")
    assert answer.status_code == 200
    harmless(answer.text)


def harmless(text: str) -> None:
    """No tag, no address and no formula of theirs is in a page."""
    page = Tags(text)
    assert page.bad == []
    # The pages' own: colours before the first paint, the site's script, data for search engines.
    assert page.scripts <= 3
    assert "alert(1)</script>" not in text
    assert "49" not in re.findall(r">\s*(49)\s*<", text)


def test_every_text_of_every_register_was_published(hostile_site: TestClient) -> None:
    """What the pages are looked at for is really there: each text in each field of free text."""
    texts = {one.strip() for one in HOSTILE}
    for name, spec in REGISTERS.items():
        body = hostile_site.get(f"/api/v1/registers/{name}.json?limit=100").json()
        assert len(body["data"]) == len(HOSTILE), name
        for field in spec.fields:
            found = {str(one["entry"].get(field.name)) for one in body["data"]}
            own = {"values": {"kpi", "stage"}, "milestones": {"objective"}}.get(name, set())
            if field.kind == "text" and field.name not in own:
                assert found == texts, f"{name}.{field.name}"


@pytest.mark.parametrize("code", ["en", "fr", "es"])
def test_hostile_texts_show_as_text_to_editors_too(hostile_site: TestClient, code: str) -> None:
    """Each register's entry page with each text, and the queue with all of them."""
    store = hostile_site.app.state.catalogue.store  # type: ignore[attr-defined]  # a FastAPI
    key = editors.create(store, "<b>Eve</b>", "reviewer")
    assert hostile_site.post("/api/v1/session", data={"key": key}).status_code == 303
    for name in (*REGISTERS, "tools"):
        number = len(name) % len(HOSTILE)
        prefix = "tool" if name == "tools" else name
        answer = hostile_site.get(f"/{code}/ops/registers/{name}?key={prefix}-{number}")
        assert answer.status_code == 200, answer.text
        harmless(answer.text)
        told = html.escape(HOSTILE[number].strip(), quote=False)[:40].splitlines()[0]
        assert told in answer.text.replace("&#39;", "'").replace("&#34;", '"'), name
    entries = [
        (f"again-{n}", check(REGISTERS["partners"], _body("partners", hostile + " again", n)))
        for n, hostile in enumerate(HOSTILE)
        if len(hostile) < 400
    ]
    registers.propose(store, "partners", entries, by="<b>Ana</b>", reason="<i>why</i>")
    queue = hostile_site.get(f"/{code}/ops/queue")
    assert queue.text.count(" again") >= len(entries)
    harmless(queue.text)
    hostile_site.cookies.clear()


@pytest.mark.parametrize("kind", ["chart", "embed"])
def test_hostile_sources_show_as_text_on_cards(hostile_site: TestClient, kind: str) -> None:
    ending = ".svg" if kind == "chart" else ""
    answer = hostile_site.get(f"/{kind}/kpi/a1_ndc_soc_share{ending}?lang=fr")
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "<iframe" not in answer.text
    if kind == "chart":
        ET.fromstring(answer.text)  # noqa: S314  # our own answer


def test_the_tables_and_the_feed_carry_them_unharmed(hostile_site: TestClient) -> None:
    table = hostile_site.get("/api/v1/registers/partners.csv").text
    assert "'=HYPERLINK" in table
    assert "'+1+1" in table
    feed = hostile_site.get("/atom/progress.atom").text
    assert len(list(ET.fromstring(feed))) > 40  # noqa: S314  # our own answer
    body = hostile_site.get("/api/v1/registers/partners.json?limit=100").json()
    names = {one["entry"]["name"] for one in body["data"]}
    assert "<script>alert(1)</script>" in names


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.org",
        "https://",
        "http://a b",
        "ftp://x",
    ],
)
def test_a_link_that_is_no_web_address_is_refused(address: str) -> None:
    body = _body("partners", "A", 1) | {"evidence": address}
    with pytest.raises(BadEntry, match="evidence"):
        check(REGISTERS["partners"], body)


def test_what_ends_before_it_begins_is_refused() -> None:
    body = _body("partners", "A", 1) | {"since": "2025"}
    with pytest.raises(BadEntry, match="until: before since"):
        check(REGISTERS["partners"], body | {"until": "2020"})
    assert check(REGISTERS["partners"], body | {"until": "2025-01"})["until"] == "2025-01"


def test_what_names_a_person_is_refused() -> None:
    body = _body("partners", "A", 1) | {"note": "write to jane.doe@example.org"}
    with pytest.raises(BadEntry, match="no persons"):
        check(REGISTERS["partners"], body)
