"""Signing in: a key opens a session of two hours, which no other site can use."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from soc_monitor.api import session
from soc_monitor.api.app import create_api
from soc_monitor.errors import NotAllowed
from soc_monitor.settings import Settings
from soc_monitor.store import editors
from soc_monitor.store.store import Store

SESSION = "/api/v1/session"


@pytest.fixture
def client(store: Store, tmp_path: Path) -> Iterator[TestClient]:
    app = create_api(store, Settings(data=tmp_path, secret="s" * 32))
    with TestClient(app, follow_redirects=False) as opened:
        yield opened


def test_a_key_opens_a_session_that_says_who_it_is(client: TestClient, store: Store) -> None:
    nobody = client.get(SESSION)
    assert nobody.status_code == 401
    assert nobody.headers["www-authenticate"] == "Bearer"
    assert nobody.json()["type"].endswith("not-signed-in")
    key = editors.create(store, "Ana", "editor", registers=("partners",))

    wrong = client.post(SESSION, data={"key": key[:-1], "lang": "fr"})
    assert wrong.headers["location"] == "/fr/ops/sign-in?said=unknown"
    assert "set-cookie" not in wrong.headers
    opened = client.post(SESSION, data={"key": key, "lang": "fr", "to": "/fr/ops/queue?x=1"})
    assert (opened.status_code, opened.headers["location"]) == (303, "/fr/ops/queue?x=1")
    cookie = opened.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "max-age=7200" in cookie
    assert key not in cookie

    told = client.get(SESSION)
    assert told.headers["cache-control"] == "no-store"
    assert told.json()["owner"] == "Ana"
    assert told.json()["registers"] == ["partners"]


def test_a_session_leads_to_no_other_site(client: TestClient, store: Store) -> None:
    key = editors.create(store, "Ana", "editor")
    for to in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", ""):
        found = client.post(SESSION, data={"key": key, "to": to}).headers["location"]
        assert found == "/en/ops/queue"
    olga = editors.create(store, "Olga", "operator")
    assert client.post(SESSION, data={"key": olga}).headers["location"] == "/en/ops"
    far = client.post(SESSION, data={"key": key}, headers={"Sec-Fetch-Site": "cross-site"})
    assert far.status_code == 403


def test_a_revoked_key_ends_its_sessions_at_once(client: TestClient, store: Store) -> None:
    key = editors.create(store, "Ana", "operator")
    client.post(SESSION, data={"key": key})
    assert client.get(SESSION).json()["role"] == "operator"
    editors.revoke(store, editors.list_keys(store)[0].id)
    assert client.get(SESSION).status_code == 401


def test_signing_out_needs_the_forms_token(client: TestClient, store: Store) -> None:
    client.post(SESSION, data={"key": editors.create(store, "Ana", "editor")})
    token = client.get(SESSION).json()["token"]
    assert client.post(f"{SESSION}/end", data={"token": "0" * 64}).status_code == 403
    other = {"Sec-Fetch-Site": "same-site"}
    assert client.post(f"{SESSION}/end", data={"token": token}, headers=other).status_code == 403
    assert client.post(f"{SESSION}/end", data={"token": token, "lang": "es"}).status_code == 303
    assert client.get(SESSION).status_code == 401


def test_a_cookie_is_for_its_time_and_cannot_be_made(client: TestClient) -> None:
    sessions = session.Sessions(b"secret")
    cookie = sessions.start("ab12", 1000.0)
    assert sessions.read(cookie, 1000.0 + session.HOLDS_S - 1) == "ab12"
    assert sessions.read(cookie, 1000.0 + session.HOLDS_S) == ""
    for wrong in ("", "x", cookie + "0", cookie.replace("ab12", "ab13"), "ab12.9e9.x." + "0" * 64):
        assert sessions.read(wrong, 1000.0) == ""
    assert session.Sessions(b"other").read(cookie, 1000.0) == ""
    client.cookies.set(session.COOKIE, session.Sessions(b"x").start("ab12", time.time()))
    assert client.get(SESSION).status_code == 401


def test_a_key_in_the_header_needs_no_session_and_no_token(
    client: TestClient, store: Store
) -> None:
    key = editors.create(store, "Ben", "reviewer")
    sent = {"Authorization": f"Bearer {key}"}
    assert client.get(SESSION, headers=sent).json()["owner"] == "Ben"
    assert client.get(SESSION, headers={"Authorization": "Bearer soc_x_y"}).status_code == 403


def test_an_operator_keeps_no_register(store: Store) -> None:
    key = editors.create(store, "Cleo", "operator")
    assert editors.identify(store, key, role="operator").owner == "Cleo"
    with pytest.raises(NotAllowed, match="not for partners"):
        editors.identify(store, key, register="partners")
    with pytest.raises(NotAllowed, match="reviews nothing"):
        editors.identify(store, key, reviews=True)
    with pytest.raises(NotAllowed, match="no operator's"):
        editors.identify(store, editors.create(store, "Ana", "editor"), role="operator")


def test_a_header_that_is_no_key_takes_no_check_of_a_form_away(
    client: TestClient, store: Store
) -> None:
    client.post(SESSION, data={"key": editors.create(store, "Ben", "reviewer")})
    for more in ({}, {"Authorization": "Basic eDp5"}):
        told = client.post("/api/v1/editing/publish", data={"x": "y"}, headers=more)
        assert told.status_code == 403
        assert "not of this session" in told.json()["detail"]


def test_a_key_of_an_entry_is_no_longer_than_an_index_takes(
    client: TestClient, store: Store
) -> None:
    sent = {"Authorization": f"Bearer {editors.create(store, 'Ana', 'editor')}"}
    form = {"do": "remove", "key": "x" * 201}
    told = client.post("/api/v1/editing/registers/partners", data=form, headers=sent)
    assert (told.status_code, told.json()["detail"]) == (422, "key: more than 200 characters")
