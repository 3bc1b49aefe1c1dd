"""Subscribers: a real receiver on loopback is told what happened, once, and sees who says it."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.feeds import hooks
from soc_monitor.feeds.client import Limits
from soc_monitor.settings import Settings
from soc_monitor.store import outbox, subscriptions
from soc_monitor.store.store import Store
from soc_monitor.telling import Teller
from soc_monitor.web.documents.subscribe import VERIFY

from ..feeds import conftest as feeds  # noqa: TID252  # folders of tests are no packages
from .conftest import World, fill, revise
from .test_problems import check_problem

server = feeds.server
WORK = """
import sys, threading
from pathlib import Path
from soc_monitor.settings import Settings
from soc_monitor.store.store import open_store
from soc_monitor.telling import tell_all
url, folder, host = sys.argv[1:]
store = open_store(url, Path(folder), statement_s=60)
print("ready", flush=True)
tell_all(store, Settings(data=Path(folder), hook_hosts=host), threading.Event())
"""


@dataclass
class Site:
    """The service over the hand-made world, with one receiver that it lets be inside."""

    store: Store
    client: TestClient
    teller: Teller
    settings: Settings
    receiver: feeds.Server
    base: float = 100.0

    def correct(self) -> None:
        """Publish numbers outside of what was told before."""
        self.base *= 10
        revise(self.store, self.base)

    def subscribe(self, path: str = "/hook", **asked: Any) -> dict[str, Any]:
        """Ask to be told at a path of the receiver."""
        sent = {"url": f"{self.receiver.address}{path}", **({"area": "AAA-1"} | asked)}
        answer = self.client.post("/api/v1/subscriptions", json=sent)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        assert answer.headers["location"] == made["self"]
        assert answer.headers["cache-control"] == "no-store"
        return made

    def confirmed(self, path: str = "/hook", **asked: Any) -> dict[str, Any]:
        """The same, and its receiver has said the challenge back."""
        self.receiver.on(path, echo)
        made = self.subscribe(path, **asked)
        assert self.teller.send_due() == 1
        assert self.look_up(made)["state"] == "on"
        return made

    def look_up(self, made: dict[str, Any]) -> dict[str, Any]:
        """A subscription as it stands."""
        answer = self.client.get(made["self"])
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def told(self, path: str = "/hook") -> list[dict[str, Any]]:
        """What came to a path, without challenges."""
        came = [json.loads(one.body) for one in self.receiver.asked if one.path == path]
        return [one for one in came if one["type"] != "challenge"]

    def sql(self, statement: str) -> None:
        with self.store.engine.begin() as connection:
            connection.execute(text(statement))

    def count(self, table: str) -> int:
        with self.store.engine.begin() as connection:
            found: int = connection.execute(text(f"SELECT count(*) FROM app.{table}")).scalar_one()  # noqa: S608
        return found


@pytest.fixture
def site(store: Store, server: feeds.Server, tmp_path: Path) -> Iterator[Site]:
    """The service, without a worker: a test says when it tells."""
    fill(store)
    settings = Settings(
        data=tmp_path, hook_hosts=server.host, public_url="https://soil.example", secret="s"
    )
    with TestClient(create_api(store, settings)) as client:
        yield Site(store, client, Teller(store, settings), settings, server)


def echo(handler: Any) -> None:
    """Say a challenge back; take everything else."""
    body = json.loads(handler.server.asked[-1].body)
    feeds.send(body.get("challenge", "").encode())(handler)


def signed(asked: feeds.Asked, secret: str) -> bool:
    """Whether a message is from who knows the secret: by the very lines that the page shows."""
    shown: dict[str, Any] = {}
    exec(VERIFY, shown)  # noqa: S102  # ours
    return bool(shown["is_from_soc_monitor"](asked.headers, asked.body, secret))


def test_a_message_that_was_changed_recorded_or_made_by_another_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret, body = hooks.make_secret(), b'{"type": "state"}'
    asked = feeds.Asked("POST", "/", hooks.sign(secret, "m1", int(time.time()), body), body)
    assert signed(asked, secret)
    assert not signed(asked, hooks.make_secret())
    assert not signed(replace(asked, body=body + b" "), secret)
    for name, value in (("webhook-id", "m2"), ("webhook-timestamp", str(int(time.time()) - 1))):
        assert not signed(replace(asked, headers=asked.headers | {name: value}), secret)
    later = time.time() + 301
    monkeypatch.setattr(time, "time", lambda: later)
    assert not signed(asked, secret), "too old"


def test_a_reader_is_told_of_a_correction_in_their_language_with_its_interval(site: Site) -> None:
    made = site.subscribe(lang="fr")
    assert (made["state"], made["confirmed_at"]) == ("waiting", None)
    site.receiver.on("/hook", echo)
    site.correct()
    assert site.teller.look() == 0, "nothing is told before the address has confirmed"
    assert site.teller.send_due() == 1
    (challenge,) = site.receiver.asked
    assert signed(challenge, made["secret"])
    assert json.loads(challenge.body)["challenge"]
    assert site.look_up(made)["state"] == "on"

    # What happened since they asked is told, though they have confirmed later.
    new = site.teller.look()
    assert new > 0
    assert site.teller.send_due() == new
    messages = site.receiver.asked[1:]
    assert all(signed(one, made["secret"]) for one in messages)
    assert len({one.headers["webhook-id"] for one in messages}) == new
    told = next(one for one in site.told() if one["type"] == "correction")
    assert told["data"]["sentence"].startswith("Azur ouest\u00a0: le nombre de 2010")
    assert "a été corrigé de 95 à 1" in told["data"]["sentence"]
    assert "(de 20 à 1\u202f980, 95 %)" in told["data"]["sentence"]
    assert " selon Tier 1 (fr) " in told["data"]["sentence"]
    assert told["data"]["page"].startswith("https://soil.example/fr/soc/AAA-1?rel=")
    assert told["data"]["unsubscribe"] == f"https://soil.example{made['page']}"

    assert site.teller.look() == site.teller.send_due() == 0, "each thing is told once"
    assert Teller(site.store, site.settings).look() == 0, "also by a worker that has just begun"
    listed = site.look_up(made)["sent"]
    assert {one["state"] for one in listed} == {"taken"}
    for hidden in (made["secret"], f"{site.receiver.address}/hook"):
        assert hidden not in json.dumps(site.look_up(made))


def test_who_wants_no_more_is_forgotten(site: Site) -> None:
    made = site.confirmed()
    wrong = made["self"][:-1] + ("0" if made["self"][-1] != "0" else "1")
    check_problem(site.client.post(f"{wrong}/end"), 404)
    answer = site.client.post(made["unsubscribe"])
    assert answer.json() == {"ended": made["id"]}
    assert site.count("subscriptions") == site.count("deliveries") == 0
    for method, path in (("GET", ""), ("POST", "/test"), ("POST", "/end")):
        check_problem(site.client.request(method, made["self"] + path), 404)
    site.correct()
    assert site.teller.look() == site.teller.send_due() == 0


def test_only_what_was_asked_for_and_is_certain_is_told(site: Site) -> None:
    states = site.confirmed("/states", kinds=["state"])
    site.confirmed("/bare", area="CCC-1")
    site.correct()
    site.teller.look()
    site.teller.send_due()
    assert states["kinds"] == ["state"]
    # A correction is no state; an area without a number has no news.
    assert site.told("/states") == site.told("/bare") == []
    site.confirmed("/all")
    site.correct()
    site.teller.look()
    site.teller.send_due()
    assert site.told("/all")
    # The product without an error has no interval: nothing of it is certain.
    assert all("Soil carbon debt" not in str(one) for one in site.told("/all"))


def test_an_input_behind_an_area_that_becomes_late_is_told(site: Site) -> None:
    site.confirmed(lang="en", kinds=["late"])
    site.sql("UPDATE app.subscriptions SET created_at = '2011-01-20'")
    assert site.teller.look(datetime(2011, 1, 30, 12, tzinfo=UTC)) == 0
    assert site.teller.look(datetime(2011, 1, 31, 12, tzinfo=UTC)) == 1
    assert site.teller.look(datetime(2011, 2, 5, 12, tzinfo=UTC)) == 0
    site.teller.send_due()
    (told,) = site.told()
    assert told["data"]["sentence"] == (
        "Soil carbon debt is late: the newest observation ended 31 days ago, 30 are allowed."
    )


def test_an_objective_is_followed_and_a_status_that_says_nothing_is_not_told(site: Site) -> None:
    site.confirmed(objective="A1", area=None, lang="es")
    rows = [("no_data", 1), ("on_track", 2), ("reverse", 3), ("no_data", 4)]
    judged = text(
        "INSERT INTO app.verdicts (objective, horizon, judged_at, status, kpi, body, rule)"
        " VALUES ('A1', 2030, now() + make_interval(secs => :second), :status, 'k', '{}', '1')"
    )
    with site.store.engine.begin() as connection:
        for status, second in rows:
            connection.execute(judged, {"status": status, "second": second})
    assert site.teller.look() == 2
    site.teller.send_due()
    said = {one["data"]["sentence"].rpartition("2030: ")[2] for one in site.told()}
    assert said == {
        "En camino (antes: No evaluable)",
        "Retroceso (antes: En camino)",
    }
    assert {one["type"] for one in site.told()} == {"state"}


def test_a_receiver_that_fails_is_asked_again_then_left_alone_until_a_test_is_taken(
    site: Site,
) -> None:
    made = site.confirmed(kinds=["correction"])
    site.receiver.on("/hook", feeds.send(b"", status=503))
    site.correct()
    assert site.teller.look() == 1
    waits = []
    for _ in range(10):
        before = len(site.receiver.asked)
        assert site.teller.send_due() <= 1
        if len(site.receiver.asked) == before:
            break
        (one,) = [sent for sent in site.look_up(made)["sent"] if sent["kind"] == "correction"]
        assert one["answer"] == "http-503"
        with site.store.engine.begin() as connection:
            pause = connection.execute(
                text("SELECT next_at - now() FROM app.deliveries WHERE kind = 'correction'")
            ).scalar_one()
        waits.append(round(pause.total_seconds()))
        assert site.teller.send_due() == 0, "not before its time"
        site.sql("UPDATE app.deliveries SET next_at = now()")
    tries = [one for one in site.receiver.asked if b'"correction"' in one.body]
    assert len(tries) == 6
    assert waits[:5] == [60, 300, 1800, 7200, 28800]
    assert len({one.headers["webhook-id"] for one in tries}) == 1, "the same message"
    assert all(signed(one, made["secret"]) for one in tries), "signed anew each time"
    assert site.look_up(made)["state"] == "off"
    site.correct()
    assert site.teller.look() == site.teller.send_due() == 0

    site.receiver.on("/hook", echo)
    tested = site.client.post(f"{made['self']}/test")
    assert tested.status_code == 202
    assert site.teller.send_due() == 1
    assert site.told()[-1]["type"] == "test"
    assert site.look_up(made)["state"] == "on"


def test_a_test_that_fails_switches_nothing_off(site: Site) -> None:
    made = site.confirmed()
    site.receiver.on("/hook", feeds.send(b"", status=500))
    site.client.post(f"{made['self']}/test")
    assert site.teller.send_due() == 1
    found = site.look_up(made)
    assert (found["state"], found["sent"][0]["state"]) == ("on", "lost")
    site.sql("UPDATE app.deliveries SET next_at = now()")
    assert site.teller.send_due() == 0


def test_who_does_not_say_the_challenge_back_is_told_nothing_and_forgotten(site: Site) -> None:
    answers = [feeds.send(body) for body in (b"ok", b"", b'{"challenge": null}')]
    site.receiver.on("/hook", *answers)
    made = site.subscribe()
    for _ in range(5):
        site.teller.send_due()
        site.sql("UPDATE app.deliveries SET next_at = now()")
    assert len(site.receiver.asked) == 3, "a stranger is asked three times at most"
    found = site.look_up(made)
    assert (found["state"], found["sent"][0]["state"]) == ("waiting", "lost")
    assert found["sent"][0]["answer"] == "no-challenge"
    check_problem(site.client.post(f"{made['self']}/test"), 422)
    site.correct()
    assert site.teller.look() == 0
    site.sql("UPDATE app.subscriptions SET changed_at = now() - interval '25 h'")
    assert subscriptions.forget_old(site.store) == 1
    assert site.count("deliveries") == 0


def test_a_challenge_is_said_back_as_json_too(site: Site) -> None:
    def as_json(handler: Any) -> None:
        body = json.loads(handler.server.asked[-1].body)
        feeds.send(json.dumps({"challenge": body["challenge"]}).encode())(handler)

    site.receiver.on("/hook", as_json)
    made = site.subscribe()
    site.teller.send_due()
    assert site.look_up(made)["state"] == "on"


def test_nobody_is_led_elsewhere_and_no_long_answer_is_read(site: Site) -> None:
    site.receiver.on("/hook", feeds.send(b"", status=302, headers={"Location": "/other"}))
    site.receiver.on("/other", echo)
    made = site.subscribe()
    site.teller.send_due()
    assert site.receiver.paths() == ["/hook"]
    assert site.look_up(made)["sent"][0]["answer"] == "unreachable"
    site.receiver.on("/hook", feeds.send(b"x" * 100_000))
    site.sql("UPDATE app.deliveries SET next_at = now()")
    site.teller.send_due()
    assert site.look_up(made)["sent"][0]["answer"] == "too-long"


def test_a_receiver_that_answers_a_byte_at_a_time_is_given_up_in_time(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip(handler: Any) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 600:
            if handler.server.stop.is_set():
                return
            handler.wfile.write(bytes([byte]))
            time.sleep(0.05)

    site.receiver.on("/hook", drip)
    site.subscribe()
    monkeypatch.setattr(hooks, "LIMITS", Limits(total_s=0.5, silence_s=10, tries=1))
    began = time.monotonic()
    assert site.teller.send_due() == 1
    assert time.monotonic() - began < 5


REFUSED = [
    "http://example.org/hook",
    "https://127.0.0.1/hook",
    "https://[::1]/hook",
    "https://[::ffff:10.0.0.1]/hook",
    "https://169.254.169.254/latest/meta-data",
    "https://10.1.2.3/",
    "https://localhost/hook",
    "https://printer.local/",
    "https://intranet/",
    "https://example.org:8443/",
    "https://user:secret@example.org/",
    "https://example.org\\@127.0.0.1/",
    "https://exa mple.org/",
    "https://exämple.org/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "https://",
    "https://example.org:99999/",
    "//example.org/",
    "https://example.org/" + "a" * 2000,
    "https://" + "a" * 64 + ".org/",
    "https://a..org/",
]


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_that_is_inside_or_none_is_refused(world: World, url: str) -> None:
    answer = world.client.post("/api/v1/subscriptions", json={"url": url, "area": "AAA"})
    check_problem(answer, 422)
    assert subscriptions.list_subscriptions(world.store) == []


def test_a_name_that_leads_inside_is_not_connected_to(site: Site) -> None:
    # The name of this very machine: public by its looks, at an address that is not.
    port = site.receiver.server_port
    for url in (f"https://localhost:{port}/", "https://localhost/", f"http://127.0.0.1:{port}/x"):
        envelope = hooks.Envelope(url=url, secret=hooks.make_secret(), id="1", body={})
        found = hooks.send(envelope)
        assert not found.taken
        assert found.told == "unreachable"
    assert site.receiver.asked == []


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 422),
        ({"area": "AAA", "objective": "A1"}, 422),
        ({"area": "XXX"}, 404),
        ({"objective": "Z9"}, 404),
        ({"area": "AAA", "lang": "de"}, 422),
        ({"area": "AAA", "kinds": ["all"]}, 422),
        ({"objective": "A1", "kinds": ["late"]}, 422),
        ({"area": "AAA", "secret": "mine"}, 422),
        ({"area": "AAA\0"}, 422),
    ],
)
def test_what_cannot_be_followed_is_refused(
    world: World, asked: dict[str, Any], status: int
) -> None:
    sent = {"url": "https://example.org/hook", **asked}
    told = check_problem(world.client.post("/api/v1/subscriptions", json=sent), status)
    assert "register" not in told["title"]
    assert subscriptions.list_subscriptions(world.store) == []


def test_a_subscription_whose_challenge_cannot_be_written_down_is_not_there(site: Site) -> None:
    """Else it would wait for an answer to what it was never asked, in the place of another."""
    sent = {"url": f"{site.receiver.address}/hook", "area": "AAA-1"}
    with site.store.engine.connect() as other:
        other.execute(text("LOCK TABLE app.deliveries IN ACCESS EXCLUSIVE MODE"))
        check_problem(site.client.post("/api/v1/subscriptions", json=sent), 503)
    assert site.count("subscriptions") == 0
    site.subscribe()
    assert (site.count("subscriptions"), site.count("deliveries")) == (1, 1)


def test_a_host_and_a_reader_have_their_bounds(site: Site) -> None:
    for _ in range(3):
        site.subscribe()
    sent = {"url": f"{site.receiver.address}/hook", "area": "AAA"}
    often = check_problem(site.client.post("/api/v1/subscriptions", json=sent), 429)
    assert "3 of them not confirmed" in often["detail"]
    codes = [
        site.client.post(
            "/api/v1/subscriptions", json=sent | {"url": f"https://example{n}.org/"}
        ).status_code
        for n in range(8)
    ]
    # Ten an hour; the one that found no room has counted, too.
    assert codes == [201] * 6 + [429] * 2


def test_another_site_cannot_subscribe_or_end_in_a_readers_name(site: Site) -> None:
    made = site.confirmed()
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    sent = {"url": "https://example.org/", "area": "AAA"}
    for path, form in (("/api/v1/subscriptions", sent), (made["unsubscribe"], {"lang": "fr"})):
        check_problem(site.client.post(path, data=form, headers=elsewhere), 403)
    assert site.count("subscriptions") == 1


def test_two_workers_tell_each_thing_once_and_go_on_when_one_is_killed(
    site: Site, start: Callable[[], subprocess.Popen[str]]
) -> None:
    made = [site.confirmed(f"/{n}", kinds=["correction"]) for n in range(8)]

    def slow(handler: Any) -> None:
        time.sleep(0.1)
        echo(handler)

    for n in range(8):
        site.receiver.on(f"/{n}", slow)
    site.correct()
    workers = [start(), start()]
    until(lambda: len([1 for n in range(8) if site.told(f"/{n}")]) == 8)
    time.sleep(2.5)
    ids = Counter(
        one.headers["webhook-id"] for one in site.receiver.asked if b'"correction"' in one.body
    )
    assert list(ids.values()) == [1] * 8

    workers[0].kill()
    site.correct()
    # Its lock and what it held are the other's at once, or when the lease is over.
    site.sql("UPDATE app.deliveries SET lease_until = NULL WHERE state = 'waiting'")
    Teller(site.store, site.settings).look()
    until(lambda: all(len(site.told(f"/{n}")) == 2 for n in range(8)))
    assert {site.look_up(one)["state"] for one in made} == {"on"}


def test_operators_see_who_is_told_and_end_it_by_the_command(site: Site) -> None:
    made = site.confirmed()
    url = site.store.engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "DATABASE_URL": url, "SOC_DATA": str(site.settings.data)}

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "soc_monitor.cli", "subscriptions", *words]
        return subprocess.run(line, env=environment, capture_output=True, text=True, check=False)

    told = command("list", "--json")
    assert told.returncode == 0, told.stderr
    row = json.loads(told.stdout)
    assert (row["id"], row["host"], row["follows"]) == (made["id"], site.receiver.host, "AAA-1")
    assert row["last"] == "challenge: confirmed"
    assert "/hook" not in told.stdout
    assert command("remove", made["id"], "--by", "Ada").returncode == 0
    assert site.count("subscriptions") == 0
    gone = command("remove", made["id"])
    assert gone.returncode == 1
    assert "no subscription" in gone.stderr


def test_who_dies_while_sending_leaves_it_to_the_next(site: Site) -> None:
    site.confirmed(kinds=["correction"])
    site.correct()
    site.teller.look()
    held = outbox.claim(site.store)
    assert held is not None
    assert site.teller.send_due() == 0, "somebody has it"
    site.sql("UPDATE app.deliveries SET lease_until = now() - interval '1 s'")
    assert site.teller.send_due() == 1
    assert not outbox.failed(site.store, held, "too late"), "the dead one has nothing to say"
    (one,) = site.told()
    assert one["type"] == "correction"


@pytest.fixture
def start(site: Site) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts a worker that tells, in a process of its own."""
    children: list[subprocess.Popen[str]] = []

    def new() -> subprocess.Popen[str]:
        url = site.store.engine.url.render_as_string(hide_password=False)
        command = [sys.executable, "-c", WORK, url, str(site.settings.data), site.receiver.host]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        children.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        return child

    yield new
    for child in children:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()


def until(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)
