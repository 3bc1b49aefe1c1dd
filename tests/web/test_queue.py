"""The editors' pages: propose, review, publish and undo, by two people with keys."""

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from soc_monitor import server
from soc_monitor.store import editors, registers
from soc_monitor.store.store import Store
from soc_monitor.web import theme

from .conftest import handmade

PARTNER = {
    "f.name": "Société <Île & Verte>",
    "f.country": "AAA",
    "f.kind": "ngo",
    "f.role": "member",
    "f.evidence": "https://example.org/members",
}


@pytest.fixture(scope="module")
def opened(new_store: Any) -> Iterator[tuple[Store, Callable[[str, str], TestClient]]]:
    """A store with a plan, and browsers of people with keys of their own."""
    store, settings = new_store()
    handmade().fill(store)
    app = server.build(store, settings)
    with TestClient(app, follow_redirects=False):

        def sign_in(owner: str, role: str) -> TestClient:
            browser = TestClient(app, follow_redirects=False)
            key = editors.create(store, owner, role)
            sent = {"key": key, "lang": "fr", "to": "/fr/ops/queue"}
            assert browser.post("/api/v1/session", data=sent).status_code == 303
            return browser

        yield store, sign_in


def page(browser: TestClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-security-policy"] == theme.strict_policy()
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    assert 'name="robots" content="noindex"' in answer.text
    assert " style=" not in answer.text, "the policy would not let it count"
    return html.unescape(answer.text)


def send(browser: TestClient, path: str, **fields: str) -> Any:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', browser.get(path).text)
    assert found is not None
    return browser.post(path, data={"token": found[1], **fields})


def test_without_a_session_the_form_is_shown_and_leads_back(opened: Any) -> None:
    _store, sign_in = opened
    stranger = sign_in("Nobody", "editor")
    stranger.cookies.clear()
    for path in ("/es/ops/queue", "/es/ops/registers/partners?key=a"):
        led = stranger.get(path)
        assert led.status_code == 303
        assert led.headers["location"].startswith("/es/ops/sign-in?to=/es/ops/")
        assert stranger.post(path, data={"do": "publish"}).status_code == 303
    form = page(stranger, led.headers["location"])
    assert 'value="/es/ops/registers/partners?key=a"' in form
    for path in ("/api/v1/editing/queue", "/api/v1/editing/registers/partners?key=a"):
        assert stranger.get(path).status_code == 401
    for path in ("review", "publish", "registers/partners"):
        assert stranger.post(f"/api/v1/editing/{path}", data={}).status_code == 401
    assert stranger.get("/ops/queue").headers["location"].endswith("/ops/queue")


def test_cookies_of_other_programs_lock_nobody_out(opened: Any) -> None:
    _store, sign_in = opened
    ana = sign_in("Ana", "editor")
    mine = f"soc_session={ana.cookies['soc_session']}"
    ana.cookies.clear()
    path = "/fr/ops/registers/partners/table"
    for other in (b"other=\xe9", b"other=\xff\xc3", b"soc_session=\xe9"):
        assert ana.get(path, headers={b"cookie": other}).status_code == 303, "led to the door"
    headers = {b"cookie": mine.encode() + b"; other=\xe9"}
    assert ana.get(path, headers=headers).status_code == 200
    # What is no token of a form is none, whatever it is made of.
    files = {"file": ("a.csv", b"a;b")}
    sent = ana.post(path, headers=headers, data={"token": "\u2026\xe9"}, files=files)
    assert sent.status_code in {200, 403}
    assert "The form is not of this session" in sent.text or "form is not" in sent.text


def test_one_proposes_another_accepts_and_publishes_and_it_is_undone(opened: Any) -> None:
    store, sign_in = opened
    ana, ben = sign_in("Ana", "reviewer"), sign_in("Ben", "reviewer")
    form = "/fr/ops/registers/partners"
    short = send(ana, form, **{**PARTNER, "f.evidence": "javascript:alert(1)"}, do="propose")
    assert short.status_code == 200
    told = html.unescape(short.text)
    assert "evidence: 'javascript:alert(1)' is no web address" in told
    assert 'value="Société <Île & Verte>"' in told, "what was typed is still there"
    assert send(ana, form, **PARTNER, do="propose").headers["location"].endswith("said=new")

    queue = "/fr/ops/queue"
    (one,) = [x for x in registers.queue(store) if x.register == "partners"]
    key = {"register": "partners", "key": one.key, "version": "1"}
    assert "Vous l’avez proposé" in page(ana, queue)
    own = send(ana, queue, **key, do="accept")
    assert "Ana has proposed it" in html.unescape(own.text)
    assert "<Île & Verte>" in page(ben, queue)
    assert "turned down needs a reason" in html.unescape(send(ben, queue, **key, do="reject").text)
    assert send(ben, queue, **key, do="accept").headers["location"].endswith("said=accepted")
    assert (
        "Société"
        not in page(ben, "/fr/ops/queue").split("En attente de relecture")[1].split("<h2")[0]
    )
    assert "Société" not in ben.get("/fr/partners").text
    before = ben.get("/atom/progress.atom")
    published = send(ben, queue, do="publish")
    assert published.headers["location"].endswith("said=published")
    assert "Société &lt;Île &amp; Verte&gt;" in ben.get("/fr/partners").text
    # Not after a while: the very next answers show it, to readers who have the older ones too.
    tag = {"If-None-Match": before.headers["etag"]}
    assert "Société &lt;Île &amp; Verte&gt;" in ben.get("/atom/progress.atom", headers=tag).text
    assert "Société &lt;Île &amp; Verte&gt;" in ben.get("/fr/progress").text
    assert send(ben, queue, do="publish").headers["location"].endswith("said=nothing")
    meta = ben.get("/api/v1/partners").json()["meta"]
    assert (meta["countries"], meta["regions"]) == ({"AAA": 1}, {"M49-100": 1})
    assert 'id="register-map-about"' in ben.get("/fr/partners").text


def test_a_correction_and_a_removal_are_reviewed_too_and_can_be_undone(opened: Any) -> None:
    store, sign_in = opened
    ana, ben = sign_in("Ana", "reviewer"), sign_in("Ben", "reviewer")
    form, queue = "/fr/ops/registers/partners", "/fr/ops/queue"
    (one,) = ben.get("/api/v1/partners").json()["data"]
    key = {"register": "partners", "key": one["key"], "version": "1"}
    entry = f"{form}?key={one['key']}"
    assert "correction needs a reason" in html.unescape(
        send(ana, entry, **{**PARTNER, "f.role": "partner"}, key=one["key"], do="propose").text
    )
    moved = {**PARTNER, "f.role": "partner", "key": one["key"], "reason": "it is no member"}
    assert send(ana, entry, **moved, do="propose").headers["location"].endswith("said=changed")
    diff = page(ben, queue)
    assert re.search(
        r'class="moved"><th scope="row">Rôle.*?<td>membre</td><td>partenaire</td>', diff
    )
    send(ben, queue, **{**key, "version": "2"}, do="accept")
    send(ben, queue, do="publish")
    back = send(ben, entry, key=one["key"], version="1", reason="it is one", do="undo")
    assert back.headers["location"].endswith("said=changed")
    send(ana, queue, **{**key, "version": "3"}, do="accept")
    send(ana, queue, do="publish")
    entries = ben.get("/api/v1/partners").json()["data"]
    assert [(e["entry"]["role"], e["version"]) for e in entries] == [("member", 3)]
    assert "montré jusqu’à" in page(ana, entry)
    gone = send(ana, entry, key=one["key"], reason="it has left", do="remove")
    assert gone.headers["location"].endswith("said=gone")
    send(ben, queue, **{**key, "version": "4"}, do="accept")
    assert one["key"] in page(ben, queue).split('id="ready"')[1]
    send(ben, queue, do="publish")
    assert ben.get("/api/v1/partners").json()["data"] == []
    said = [line["verb"] for line in registers.list_audit(store, limit=15)]
    assert said.count("accept") == 4
    assert said.count("propose") == 4


def test_a_form_of_another_session_or_site_changes_nothing(opened: Any) -> None:
    store, sign_in = opened
    ana, eve = sign_in("Ana", "reviewer"), sign_in("Eve", "reviewer")
    form = "/en/ops/registers/partners"
    found = re.search(r'name="token" value="([0-9a-f]{64})"', eve.get(form).text)
    assert found is not None
    before = len(registers.queue(store))
    sent = {**PARTNER, "f.name": "Other", "do": "propose"}
    assert "not of this session" in ana.post(form, data={**sent, "token": found[1]}).text
    own = re.search(r'name="token" value="([0-9a-f]{64})"', ana.get(form).text)
    assert own is not None
    far = {"Sec-Fetch-Site": "cross-site"}
    assert "another site" in ana.post(form, data={**sent, "token": own[1]}, headers=far).text
    assert len(registers.queue(store)) == before


def test_an_editor_does_not_review_and_an_operator_does_not_propose(opened: Any) -> None:
    _store, sign_in = opened
    carl, olga = sign_in("Carl", "editor"), sign_in("Olga", "operator")
    form = "/en/ops/registers/partners"
    send(carl, form, **{**PARTNER, "f.name": "Third"}, do="propose")
    assert "Your key does not review" not in page(carl, "/en/ops/queue").split("Third")[0][-20:]
    refused = send(carl, "/en/ops/queue", do="publish")
    assert "it reviews nothing" in refused.text
    assert "not for partners" in html.unescape(send(olga, form, **PARTNER, do="propose").text)
    assert carl.get("/en/ops/registers/nothing").status_code == 404


def test_a_settled_suggestion_is_published_nowhere(opened: Any) -> None:
    _store, sign_in = opened
    ben = sign_in("Ben", "reviewer")
    sent = {"about": "/progress/A1", "text": "An older count is missing."}
    key = ben.post("/api/v1/suggestions", json=sent).json()["id"]
    assert "An older count is missing." in page(ben, "/en/ops/queue")
    chosen = {"register": "suggestions", "key": key, "version": "1"}
    settled = send(ben, "/en/ops/queue", **chosen, do="accept")
    assert settled.headers["location"].endswith("said=accepted")
    assert send(ben, "/en/ops/queue", do="publish").headers["location"].endswith("said=nothing")
