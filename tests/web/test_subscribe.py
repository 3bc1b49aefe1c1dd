"""Following: a form without scripts, the secret shown once, and a page to look after it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page
from starlette.testclient import TestClient

from soc_monitor import server as application
from soc_monitor.store import subscriptions
from soc_monitor.store.messages import Message
from soc_monitor.telling import Teller

from ..api.test_subscriptions import echo  # noqa: TID252  # folders of tests are no packages
from ..feeds import conftest as feeds  # noqa: TID252  # the same
from .conftest import handmade
from .test_accessibility import AXE, violations

Open = Callable[..., Page]
server = feeds.server


@pytest.fixture
def followed(new_store: Any, server: feeds.Server) -> Iterator[tuple[TestClient, Teller]]:
    """The application over a world of its own, that lets a receiver be inside."""
    store, settings = new_store()
    settings = settings.model_copy(update={"hook_hosts": server.host})
    handmade().fill(store)
    with TestClient(application.build(store, settings), follow_redirects=False) as client:
        yield client, Teller(store, settings)


def test_the_form_leads_to_a_page_that_shows_the_secret_once(
    followed: tuple[TestClient, Teller], server: feeds.Server
) -> None:
    client, teller = followed
    shown = client.get("/fr/subscribe?area=AAA-1").text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown))
    assert fields == {"lang": "fr", "area": "AAA-1"}
    (action,) = re.findall(r'<form class="panel stack" method="post" action="([^"]+)"', shown)

    sent = client.post(
        action, data={**fields, "url": f"{server.address}/hook", "kinds": ["state", "late"]}
    )
    assert sent.status_code == 303
    page = sent.headers["location"]
    cookie = sent.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert f"path={page}".lower() in cookie
    (found,) = subscriptions.list_subscriptions(teller._store)  # noqa: SLF001
    assert page == f"/fr/subscribe/{found.capability}"
    assert found.secret not in page

    first = client.get(page)
    assert found.secret in first.text
    assert first.headers["cache-control"] == "no-store"
    assert "En attente" in first.text
    assert found.secret not in client.get(page).text, "shown once"

    server.on("/hook", echo)
    assert teller.send_due() == 1
    confirmed = client.get(page).text
    assert "Actif\u00a0: votre adresse a confirmé." in confirmed
    assert "a renvoyé le mot de confirmation" in confirmed
    assert (
        "Un changement dont la probabilité dépasse neuf sur dix · Une donnée en retard" in confirmed
    )
    assert f"{server.address}/hook" not in confirmed

    (test, end) = re.findall(r'<form method="post" action="([^"]+)"', confirmed)
    tested = client.post(test, data={"lang": "fr"})
    assert (tested.status_code, tested.headers["location"]) == (303, f"{page}?said=test")
    assert teller.send_due() == 1
    ended = client.post(end, data={"lang": "es"})
    assert ended.headers["location"] == "/es/subscribe?said=ended"
    assert client.get(page).status_code == 404
    assert subscriptions.list_subscriptions(teller._store) == []  # noqa: SLF001


def test_a_wrong_address_leads_back_to_the_form_and_says_so(site: TestClient) -> None:
    for url, area in (("https://localhost/", "AAA"), ("no address", "BBB")):
        sent = site.post("/api/v1/subscriptions", data={"url": url, "area": area, "lang": "es"})
        assert sent.headers["location"] == f"/es/subscribe?area={area}&said=wrong"
    told = site.get("/es/subscribe?area=AAA&said=wrong").text
    assert "Esa dirección no se pudo aceptar" in told
    assert site.get("/en/subscribe?area=XXX").status_code == 404
    assert site.get("/en/subscribe/nobody").status_code == 404


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("/soc/AAA-1", "/atom/areas/AAA-1.atom?labels=fr"),
        ("/progress", "/atom/progress.atom?labels=fr"),
        ("/progress/A1", "/atom/objectives/A1.atom?labels=fr"),
        ("/changes", "/atom/releases.atom?labels=fr"),
        ("/status", "/atom/inputs.atom?labels=fr"),
        ("/subscribe?area=AAA-1", "/atom/areas/AAA-1.atom?labels=fr"),
    ],
)
def test_a_page_names_its_feed_for_readers_programs(site: TestClient, page: str, feed: str) -> None:
    shown = site.get(f"/fr{page}").text
    (href,) = re.findall(
        r'<link rel="alternate" type="application/atom\+xml"[^>]* href="([^"]+)"', shown
    )
    assert href.endswith(feed)
    assert site.get(feed).headers["content-type"].startswith("application/atom+xml")


def test_pages_lead_to_where_they_can_be_followed_and_to_the_standards(site: TestClient) -> None:
    area, objective = site.get("/en/soc/AAA-1").text, site.get("/en/progress/A1").text
    assert 'href="/en/subscribe?area=AAA-1"' in area
    assert 'href="/en/subscribe?objective=A1"' in objective
    assert 'href="/ogc/"' in area
    assert 'href="/ogc/"' in site.get("/en/soc").text


@pytest.mark.parametrize(("code", "theme", "width"), [("fr", "light", 390), ("es", "dark", 1280)])
def test_axe_finds_nothing_on_the_page_of_a_subscription(
    visit: Open, starter: Any, code: str, theme: str, width: int
) -> None:
    store = starter.app.state.catalogue.store
    made = subscriptions.add(
        store,
        url="https://example.org/hook",
        host=f"{code}.example.org:443",
        secret="whsec_AA==",  # nobody's
        kinds=["state", "release"],
        lang=code,
        challenge=Message(key="challenge", kind="challenge", body={}),
        area="FRA",
    )
    page = visit(f"/{code}/subscribe/{made.capability}", width=width, color_scheme=theme)
    page.evaluate(AXE.read_text())
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert violations(page) == []
    subscriptions.end(store, made.id)
