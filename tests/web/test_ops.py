"""The console: nobody gets in without a key, no other site can make it act, all acts are noted."""

import html
import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from soc_monitor import server
from soc_monitor.model import Run
from soc_monitor.settings import Settings
from soc_monitor.store import editors, held_readings, holds, orders, read_inputs, registers, runs
from soc_monitor.store.store import Store

from ..runs import test_holding as holding  # noqa: TID252  # folders of tests are no packages
from ..runs import test_jumps as jumps  # noqa: TID252
from ..runs import test_tiles as tiles  # noqa: TID252

FORM = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
ROOMS = ("", "/held", "/sensors", "/schedule", "/rejections", "/alerts", "/audit")


@dataclass
class Console:
    """The site over a store where something is held, and the key of an operator."""

    client: TestClient
    store: Store
    key: str
    ended: Run

    def sign_in(self) -> None:
        answer = self.client.post("/api/v1/session", data={"key": self.key}, headers=FORM)
        assert answer.headers["location"] == "/en/ops"

    def form(self, path: str, **fields: str) -> Any:
        """Send a form as the page at a path carries it."""
        page = self.client.get(path).text
        token = re.search(r'name="token" value="([0-9a-f]{64})"', page)
        assert token is not None
        sent = {"token": token[1], "lang": "en", "back": path, **fields}
        return self.client.post("/api/v1/ops/acts", data=sent, headers=FORM)


@pytest.fixture
def console(store: Store, tmp_path: Path) -> Iterator[Console]:
    """One month published, one held."""
    settings = Settings(data=tmp_path, mirror="", jobs=(), secret="s" * 32)
    made = holding.shelved(holding.Scenes({1: 5000, 2: 9000}))
    desk = holding.Desk(store, settings, made)
    ended = desk.run()
    key = editors.create(store, "Ada", "operator")
    with TestClient(server.build(store, settings), follow_redirects=False) as client:
        yield Console(client, store, key, ended)
    # What the site draws in advance may still be reading.
    while store.engine.pool.checkedout():  # type: ignore[attr-defined]  # of a pool with a size
        time.sleep(0.02)


@pytest.mark.parametrize("room", ROOMS)
def test_who_is_not_signed_in_is_led_to_the_door(console: Console, room: str) -> None:
    answer = console.client.get(f"/en/ops{room}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/en/ops/sign-in?to=/en/ops{room}"
    assert "ndvi" not in answer.text


def test_the_interface_answers_nobody_without_the_key_of_an_operator(console: Console) -> None:
    key = editors.create(console.store, "Eve", "reviewer")
    paths = ("", "/runs", "/holds", "/sensors", "/schedule", "/alerts", "/audit", "/rejections")
    for told in ("", "Bearer ", "Bearer soc_x_y", f"Bearer {key}", "Bearer " + "x" * 43):
        for path in paths:
            headers = {"authorization": told} if told else {}
            answer = console.client.get(f"/api/v1/ops{path}", headers=headers)
            assert answer.status_code in {401, 403}, (told, path)
            assert "ndvi" not in answer.text
    for path in paths:
        headers = {"authorization": f"Bearer {console.key}"}
        answer = console.client.get(f"/api/v1/ops{path}", headers=headers)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"


def test_a_reviewer_is_told_that_this_is_no_room_of_theirs(console: Console) -> None:
    key = editors.create(console.store, "Eve", "reviewer")
    console.client.post("/api/v1/session", data={"key": key}, headers=FORM)
    answer = console.client.get("/en/ops")
    assert answer.status_code == 403
    assert "Eve, whose key is no operator’s" in answer.text
    token = re.search(r'name="token" value="(\w+)"', answer.text)
    assert token is not None
    sent = {"token": token[1], "verb": "pause", "subject": "ndvi"}
    assert console.client.post("/api/v1/ops/acts", data=sent, headers=FORM).status_code == 403


def test_the_policy_is_strict_and_nothing_is_kept(console: Console) -> None:
    console.sign_in()
    page = console.client.get("/en/ops")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert "etag" not in page.headers
    assert 'name="robots" content="noindex"' in page.text
    assert " style=" not in page.text, "the policy would stop it"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_other_site_can_make_the_console_act(console: Console, site: str) -> None:
    console.sign_in()
    token = re.search(r'name="token" value="(\w+)"', console.client.get("/en/ops/held").text)
    assert token is not None
    sent = {"token": token[1], "verb": "pause", "subject": "ndvi"}
    headers = {**FORM, "sec-fetch-site": site}
    answer = console.client.post("/api/v1/ops/acts", data=sent, headers=headers)
    assert answer.status_code == 403
    for wrong in ("", "0" * 64):
        sent = {"token": wrong, "verb": "pause", "subject": "ndvi"}
        answer = console.client.post("/api/v1/ops/acts", data=sent, headers=FORM)
        assert answer.status_code == 403
    assert not next(
        x for x in read_inputs.inputs_status(console.store) if x.feed_id == "ndvi"
    ).paused


@pytest.mark.parametrize("verb", ["accept_readings", "reject_readings"])
def test_a_sensor_that_jumped_is_shown_and_decided(
    console: Console, tmp_path: Path, verb: str
) -> None:
    files = tmp_path / "stations" / "files"
    files.mkdir(parents=True)
    jumps.bring(console.store, files, [0.30, 0.003, 0.004])
    console.sign_in()
    page = console.client.get("/fr/ops/sensors").text
    assert "humidité du sol" in page
    subject = re.search(r'name="subject" value="([0-9a-f]{32})"', page)
    seen = re.search(r'name="until" value="([^"]+)"', page)
    assert subject is not None
    assert seen is not None
    # What comes after the page was made waits for another word.
    jumps.bring(console.store, files, [0.005], since=3)
    form = {"verb": verb, "subject": subject[1], "until": html.unescape(seen[1])}
    told = console.form("/en/ops/sensors", **form)
    assert told.headers["location"] == "/en/ops/sensors?said=done"
    told = console.form("/en/ops/sensors", **form)
    assert told.headers["location"] == "/en/ops/sensors?said=same"
    assert [one.n for one in held_readings.list_waiting(console.store)] == [1]
    taken = 3 if verb == "accept_readings" else 1
    assert len(jumps.values(console.store)) == taken
    assert "2 readings of s1 soil_moisture" in console.client.get("/en/ops/audit").text


def test_acts_are_done_and_written_down_with_the_name_of_who_did_them(console: Console) -> None:
    console.sign_in()
    (held,) = holds.list_holds(console.store)
    page = console.client.get(f"/en/ops/held/{held.id}").text
    assert "Accept and publish" in page
    for name in ("before", "after", "change"):
        picture = console.client.get(f"/api/v1/ops/holds/{held.id}/{name}.png")
        assert picture.headers["content-type"] == "image/png"
        assert picture.content.startswith(b"\x89PNG")
    told = console.form("/en/ops/schedule", verb="pause", subject="ndvi")
    assert told.headers["location"] == "/en/ops/schedule?said=done"
    told = console.form("/en/ops/schedule", verb="pause", subject="ndvi")
    assert told.headers["location"].endswith("said=same")
    told = console.form(
        "/en/ops/schedule", verb="backfill", subject="ndvi", first="2024-05", last="2024-01"
    )
    assert "said=wrong" in told.headers["location"]
    assert "is+after" in told.headers["location"]
    console.form(
        "/en/ops/schedule", verb="backfill", subject="ndvi", first="2024-01", last="2024-05"
    )
    told = console.form(f"/en/ops/held/{held.id}", verb="accept", subject=str(held.id))
    assert told.headers["location"].endswith("said=done")
    acts = [(a["actor"], a["verb"]) for a in registers.list_audit(console.store)]
    assert acts[:4] == [
        ("Ada", "accept"), ("Ada", "accept"), ("Ada", "backfill"), ("Ada", "pause"),
    ]  # fmt: skip
    assert [one.kind for one in orders.list_orders(console.store)] == ["accept", "backfill"]
    assert "ordered a backfill" in console.client.get("/en/ops/audit").text


def test_a_form_sends_its_reader_nowhere_else(console: Console) -> None:
    console.sign_in()
    for back in ("//evil.example.org", "https://evil.example.org", "/\\@x", "ops"):
        told = console.form("/en/ops/schedule", verb="resume", subject="ndvi", back=back)
        assert told.headers["location"].startswith("/en/ops?said=")


@pytest.mark.parametrize(
    "fields",
    [
        {"verb": "explode", "subject": "ndvi"},
        {"verb": "pause"},
        {"verb": "pause", "subject": "ndvi", "until": "tomorrow"},
        {"verb": "pause", "subject": "ndvi", "until": "2001-01-01T00:00"},
        {"verb": "cancel", "subject": "nothing"},
        {"verb": "accept", "subject": "00000000-0000-0000-0000-000000000000"},
        {"verb": "ack", "subject": "\u0661"},
        {"verb": "run", "subject": "nothing"},
        {"verb": "silence", "subject": "x", "hours": "-1"},
    ],
)
def test_what_cannot_be_done_is_said_on_the_page(console: Console, fields: dict[str, str]) -> None:
    console.sign_in()
    told = console.form("/en/ops/schedule", **fields)
    assert told.headers["location"].startswith("/en/ops/schedule?said=wrong&why=")
    assert "That could not be done" in console.client.get(told.headers["location"]).text


def test_a_run_shows_what_it_says_and_markup_in_it_is_text(console: Console) -> None:
    with runs.open_run(
        console.store, "ndvi", datetime.now(UTC), job_version="1", code_version="1"
    ) as run:
        logging.getLogger("soc_monitor.x").warning("<script>alert(1)</script>")
    console.sign_in()
    page = console.client.get(f"/en/ops/runs/{run.id}").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "slice written" in console.client.get(f"/fr/ops/runs/{console.ended.id}").text
    assert console.client.get("/en/ops/runs/nothing").status_code == 404


@pytest.mark.parametrize("path", ["rejections", "runs/{run}"])
def test_what_was_refused_and_why_is_told_in_the_readers_language(
    console: Console, path: str
) -> None:
    console.sign_in()
    page = html.unescape(console.client.get(f"/fr/ops/{path.format(run=console.ended.id)}").text)
    rows = page[page.rindex("<tbody") :].partition("</tbody>")[0]
    assert "en attente d’une décision" in rows
    assert "saut trop grand" in rows
    assert "waits" not in rows
    assert ">shift<" not in rows
    assert 'data-th="Constat"' in rows, "on a phone the row stands below its head"
    assert ">Capteur<" not in page, "no sensor was refused"


@pytest.mark.parametrize("code", ["en", "fr", "es"])
def test_every_room_opens_in_every_language(console: Console, code: str) -> None:
    console.sign_in()
    for room in ROOMS:
        answer = console.client.get(f"/{code}/ops{room}")
        assert answer.status_code == 200
        assert f'<html lang="{code}">' in answer.text


def test_the_first_page_says_when_no_worker_answers(console: Console) -> None:
    def beat(statement: str) -> None:
        with console.store.engine.begin() as connection:
            connection.execute(text(statement))

    console.sign_in()
    assert "None has ever been started here" in console.client.get("/en/ops").text
    beat("INSERT INTO queue.procrastinate_workers DEFAULT VALUES")
    assert "No worker answers" not in console.client.get("/en/ops").text
    beat("UPDATE queue.procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
    page = console.client.get("/en/ops").text
    assert "No worker answers" in page
    assert "The last one was heard at" in page


def test_the_first_page_leads_to_what_waits(console: Console) -> None:
    console.sign_in()
    (held,) = holds.list_holds(console.store)
    page = console.client.get("/en/ops").text
    assert f'href="/en/ops/held/{held.id}"' in page
    assert "its middle is 0.9, 0.5 in 2024-01-01: a step of 0.1 is the most" in page


def test_what_is_silenced_is_not_forgotten(console: Console) -> None:
    console.sign_in()
    assert "Nothing is silenced" in console.client.get("/en/ops/alerts").text
    console.form("/en/ops/alerts", verb="silence", subject="ndvi*", hours="3")
    page = console.client.get("/en/ops/alerts").text
    assert "<strong>ndvi*</strong> is silent until" in page
    assert "said Ada" in page


def test_a_first_month_with_a_hole_has_nothing_to_be_compared_with(console: Console) -> None:
    source = tiles.Quarters()
    del source.there["h01v00"]
    tiles.run(console.store, tiles.job(source))
    (held,) = [one for one in holds.list_holds(console.store) if one.rule == "tiles"]
    console.sign_in()
    page = console.client.get(f"/en/ops/held/{held.id}").text
    assert "3 of 4 tiles are there; missing: h01v00" in page
    assert "Nothing stands before it" in page
    assert "/after.png" in page
    assert "/before.png" not in page
