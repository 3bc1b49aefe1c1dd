"""Whole tables on the editors' pages: looked at, proposed, accepted at once, published."""

import base64
import html
import io
import re
from typing import Any

import openpyxl
import pytest
from starlette.testclient import TestClient

from soc_monitor.progress.registers import REGISTERS
from soc_monitor.store import editors, registers
from soc_monitor.web.documents.table import LARGEST

from .test_queue import opened, page, send  # noqa: F401  # a fixture

FORM = "/fr/ops/registers/partners/table"
TABLE = """Partenaires de l’Initiative;;;;;
Nom;Pays;Type;Rôle;Preuve;Site internet
Île verte;Brésil;ong;membre;https://example.org/a;https://example.org
Ile Verte;Brasil;NGO;member;https://example.org/b;
Terre <b>brune</b>;Kenya;ong;partenaire;https://example.org/c;https://example.com
Sans preuve;Kenya;ong;membre;;
"""


def upload(browser: TestClient, body: bytes = b"", /, **fields: str) -> Any:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', browser.get(FORM).text)
    assert found is not None
    files = {"file": ("Partenaires.csv", body)} if body else {"file": ("", b"")}
    return browser.post(FORM, data={"token": found[1], **fields}, files=files)


def test_a_table_is_looked_at_proposed_accepted_at_once_and_published(opened: Any) -> None:  # noqa: F811
    store, sign_in = opened
    ana, ben = sign_in("Ana", "editor"), sign_in("Ben", "reviewer")
    assert "Voir ce que deviendrait chaque ligne" in page(ana, FORM)
    before = len(registers.queue(store))

    looked = upload(ana, TABLE.encode(), do="look")
    assert looked.status_code == 200
    assert "Terre <b>brune</b>" not in looked.text
    told = html.unescape(looked.text)
    assert "L’en-tête est la ligne 2." in told
    assert "evidence: missing" in told
    assert "the same entry as row 3" in told
    assert re.search(r"nouvelle <strong>2</strong>", told)
    assert "Proposer 2 entrées" in told
    assert 'name="m.Site internet"' in told
    assert len(registers.queue(store)) == before, "looking changes nothing"
    held = re.search(r'name="held" value="([^"]*)"', looked.text)
    assert held is not None
    assert base64.b64decode(held[1]) == TABLE.encode()

    carried = {"held": held[1], "file_name": "Partenaires.csv", "m.Site internet": "link"}
    again = html.unescape(upload(ana, do="look", **carried).text)
    assert "<strong>Partenaires.csv</strong>" in again
    assert '<th scope="row">Site internet</th><td>Page web</td>' in again
    assert '<option value="link" selected>' in again
    proposed = upload(ana, do="propose", **carried)
    assert (proposed.status_code, proposed.headers["location"]) == (
        303, "/fr/ops/queue?proposed=2",
    )  # fmt: skip
    waiting = [one for one in registers.queue(store) if one.register == "partners"]
    assert [one.body["link"] for one in waiting] == ["https://example.org", "https://example.com"]
    assert "2 entrées sont proposées" in page(ana, "/fr/ops/queue?proposed=2")
    assert "Accepter 2 entrées d’un coup" not in page(ana, "/fr/ops/queue")

    queue = page(ben, "/fr/ops/queue")
    assert "2 entrées de Ana" in queue
    assert "Accepter 2 entrées d’un coup" in queue
    until = re.search(r'name="until" value="([^"]+)"', queue)
    assert until is not None
    # What comes after the page was written has not been looked at.
    late = TABLE.replace("Île verte", "Trop tard").replace("Ile Verte", "Trop tard")
    assert upload(ana, late.encode(), do="propose").status_code == 303
    group = {"register": "partners", "proposed_by": "Ana", "until": until[1]}
    done = send(ben, "/fr/ops/queue", do="accept_all", **group)
    assert done.headers["location"].endswith("said=accepted")
    left = [one.body["name"] for one in registers.queue(store) if one.register == "partners"]
    assert sorted(left) == ["Terre <b>brune</b>", "Trop tard"]
    done = send(ben, "/fr/ops/queue", do="accept_all", **group)
    assert done.headers["location"].endswith("said=nothing_waits")
    assert send(ben, "/fr/ops/queue", do="publish").headers["location"].endswith("said=published")
    shown = {one["entry"]["name"] for one in ben.get("/api/v1/partners").json()["data"]}
    assert shown == {"Île verte", "Terre <b>brune</b>"}
    assert "Terre &lt;b&gt;brune&lt;/b&gt;" in ben.get("/fr/partners").text

    same = html.unescape(upload(ana, do="look", **carried).text)
    assert re.search(r"déjà là <strong>\d</strong>", same)


def test_nobody_accepts_a_table_of_their_own(opened: Any) -> None:  # noqa: F811
    store, sign_in = opened
    eve = sign_in("Eve", "reviewer")
    own = TABLE.replace("Île verte", "À moi").replace("Ile Verte", "À toi").replace("brune", "-")
    # What others see already is corrected with a reason alone.
    assert "a correction needs a reason" in html.unescape(
        upload(eve, TABLE.encode(), do="propose").text
    )
    assert upload(eve, own.encode(), do="propose").status_code == 303
    before = len(registers.queue(store))
    group = {"register": "partners", "proposed_by": "Eve", "until": "9999-01-01T00:00:00+00:00"}
    refused = html.unescape(send(eve, "/fr/ops/queue", do="accept_all", **group).text)
    assert "another one reviews it" in refused
    for wrong in ("", "yesterday", "2026-01-01"):
        told = send(eve, "/fr/ops/queue", do="accept_all", **{**group, "until": wrong})
        assert "until:" in told.text
    assert len(registers.queue(store)) == before


def test_a_table_that_cannot_be_taken_is_refused_in_words(opened: Any) -> None:  # noqa: F811
    store, sign_in = opened
    ana = sign_in("Ana", "editor")
    before = len(registers.queue(store))
    far = openpyxl.Workbook()
    sheet: Any = far.active
    sheet.append(["Nom", "Pays"])
    sheet["A1048576"] = "x"
    body = io.BytesIO()
    far.save(body)
    for wrong, why in (
        (body.getvalue(), "rows, 20000 are allowed"),
        (b"PK\x03\x04 no workbook", "table: "),
        (b"\xff\xfe\x00", "neither XLSX nor text in UTF-8"),
        (b"a;b\n1;2\n", "no row names the columns of partners"),
        (b"\0", "no row names the columns"),
    ):
        answer = upload(ana, wrong, do="propose")
        assert answer.status_code == 200
        assert why in html.unescape(answer.text), wrong[:20]
    answer = upload(ana, b"a" * (2 * LARGEST), do="propose")
    assert "trop grand pour cette page" in html.unescape(answer.text)
    assert "no sheet 'Deux'" in html.unescape(upload(ana, _book(), sheet="Deux", do="look").text)
    unknown = upload(ana, TABLE.encode(), do="look", **{"m.Site internet": "phone"})
    assert "no field 'phone'" in html.unescape(unknown.text)
    assert len(registers.queue(store)) == before
    assert ana.get("/fr/ops/registers/nothing/table").status_code == 404


def _book() -> bytes:
    book, body = openpyxl.Workbook(), io.BytesIO()
    book.save(body)
    return body.getvalue()


def test_a_table_comes_from_the_form_or_with_a_key(opened: Any) -> None:  # noqa: F811
    store, sign_in = opened
    carl, olga = sign_in("Carl", "editor"), sign_in("Olga", "operator")
    path = "/api/v1/editing/registers/partners/table"
    assert carl.post(path, content=TABLE.encode()).status_code == 403
    assert "not for partners" in html.unescape(upload(olga, TABLE.encode(), do="look").text)
    carl.cookies.clear()
    assert carl.post(path, content=TABLE.encode()).status_code == 401
    bearer = {"authorization": f"Bearer {editors.create(store, 'Dora', 'editor')}"}
    told = carl.post(path, content=TABLE.encode(), headers=bearer).json()
    assert (told["proposed"], told["header_row"], told["ignored"]) == (False, 2, ["Site internet"])
    assert [one["outcome"] for one in told["rows"]][-1] == "error"
    odd = carl.post(f"{path}?header=a", content=TABLE.encode(), headers=bearer)
    assert (odd.status_code, odd.headers["content-type"]) == (422, "application/problem+json")
    big = carl.post(path, content=b"a" * (5 << 20), headers=bearer)
    assert big.status_code == 413


@pytest.mark.parametrize("register", sorted(REGISTERS))
def test_every_register_has_a_page_for_tables(opened: Any, register: str) -> None:  # noqa: F811
    _store, sign_in = opened
    ana = sign_in("Ana", "editor")
    told = page(ana, f"/es/ops/registers/{register}/table")
    for link in re.findall(r'href="(/api/v1/registers/[^"]+template[^"]+)"', told):
        assert ana.get(link).status_code == 200
