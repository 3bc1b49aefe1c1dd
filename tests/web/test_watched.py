"""Status over 90 days: what was found is drawn and told; what nobody looked at is empty."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update
from starlette.testclient import TestClient

from soc_monitor.api.answers import dump
from soc_monitor.api.routes.freshness import watched_row
from soc_monitor.model.watch import Checks, Kind, watched
from soc_monitor.settings import Settings
from soc_monitor.store import service, watch
from soc_monitor.store.store import Store
from soc_monitor.store.tables import feeds
from soc_monitor.watching import Watcher
from soc_monitor.web.documents.incidents import Published, going_on, next_release
from soc_monitor.web.documents.watched import bars, lasted, record_of
from soc_monitor.web.i18n import language


@pytest.fixture
def kept(site: TestClient) -> Iterator[Store]:
    """The store of the site, in which nothing was watched yet; it is left so."""
    app: Any = site.app
    store: Store = app.state.catalogue.store
    yield store
    with store.engine.begin() as connection:
        connection.execute(text("TRUNCATE app.watched_days, app.service_days"))


def note(store: Store, at: datetime, **services: str) -> None:
    states = {(Kind.SERVICE, part): state for part, state in services.items()}
    states[Kind.INPUT, "areas"] = "fresh"
    service.note_check(store, at, states, answered=True, inputs=0, fresh=0)


def test_the_page_tells_what_was_found_and_what_is_known_now(site: TestClient, kept: Store) -> None:
    assert "Parts of the service" not in site.get("/en/status").text
    now = datetime.now(UTC)
    note(kept, now - timedelta(days=2), website="up", api="down")
    note(kept, now, website="up", api="up")
    html = site.get("/en/status").text
    assert "All parts of the service work." in html
    assert "50% of the time in order · 1 incident" in html
    assert html.count('<svg class="days"') == 3
    assert re.search(r"Data interface \(API\)</th>.*?does not answer.*?5 min", html, re.DOTALL)
    note(kept, now + timedelta(seconds=1), website="down", api="up")  # clocks differ by a little
    assert "1 partie du service ne répond pas." in site.get("/fr/status").text


def test_what_was_seen_long_ago_is_not_known_any_more(site: TestClient, kept: Store) -> None:
    note(kept, datetime.now(UTC) - timedelta(minutes=20), website="up")
    html = site.get("/es/status").text
    assert "Por ahora no se sabe si todas las partes del servicio funcionan." in html


def test_the_rows_of_incidents_add_up_to_what_is_told_of_the_part() -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    # Went on from before; again twice the next day; on while nobody looked; and once more.
    began = {20: 0, 21: 2, 23: 0, 25: 1}
    rows = [
        Checks(kind=Kind.SERVICE, part="api", day=date(2026, 11, day), state=state, checks=3,
               began=n * (state == "down"), seen=now - timedelta(days=25 - day))
        for day, n in began.items() for state in ("down", "up")
    ]  # fmt: skip
    (one,) = watched(rows, now)
    meta = {"first_day": "2026-08-28", "last_day": "2026-11-25", "every_s": 300}
    answer = {"meta": meta, "data": [json.loads(dump(watched_row(one)))]}
    told = record_of(answer, (), language("en"), now)
    listed = [(row["first"][-2:], row["last"][-2:], row["count"]) for row in told["incidents"]]
    assert listed == [("25", "25", 1), ("20", "23", 3)]
    assert "4 incidents" in told["services"][0]["told"]
    # By a clock that is behind, what was seen is not known.
    (part,) = record_of(answer, (), language("en"), now - timedelta(hours=1))["services"]
    assert part["state"] == "unknown"


def test_a_day_that_nobody_looked_at_has_no_bar() -> None:
    days = [
        {"day": "2026-11-25", "state": "up", "checks": 288, "due": 288},
        {"day": "2026-11-27", "state": "broken", "checks": 3, "due": 288},
    ]
    svg = bars(days, date(2026, 11, 24), date(2026, 11, 27))
    drawn = dict(re.findall(r'class="([a-z ]+)" d="([^"]+)"', svg))
    assert drawn == {"none": "M2 24v-2M10 24v-2", "ok": "M6 24v-14", "bad faint": "M14 24v-24"}


def test_how_long_is_told_as_people_do() -> None:
    words = language("en")
    told = [lasted(minutes, words) for minutes in (55, 125, 60 * 47, 60 * 71)]
    assert [one.replace("\u00a0", " ") for one in told] == ["55 min", "2 h", "47 h", "3 days"]


def test_the_check_asks_for_every_part_of_a_real_site(starter: Any, tmp_path: Path) -> None:
    store: Store = starter.app.state.catalogue.store
    now = datetime.now(UTC)
    try:
        port = int(starter.url.rpartition(":")[2])
        watcher = Watcher(Settings(port=port, data=tmp_path), store, now)
        assert watcher.look(now)
        found = watched(watch.read(store, now.date()), now)
        services = {one.part: one.state for one in found if one.kind is Kind.SERVICE}
        assert services == dict.fromkeys(("website", "api", "tiles", "downloads"), "up")
        assert "areas" in {one.part for one in found if one.kind is Kind.INPUT}
    finally:
        with store.engine.begin() as connection:
            connection.execute(text("TRUNCATE app.watched_days, app.service_days"))


@pytest.fixture
def late(site: TestClient) -> Iterator[None]:
    """A source of maps that is asked every morning, and has long been older than allowed."""
    app: Any = site.app
    engine = app.state.catalogue.store.engine
    change = text(
        "UPDATE app.feeds SET max_age_days = :age, schedule = :line, by_itself = :on, broken = ''"
        " WHERE id = 'ipcc_tier1'"
    )
    with engine.begin() as connection:
        connection.execute(change, {"age": 30, "line": "0 6 * * *", "on": True})
    yield
    with engine.begin() as connection:
        connection.execute(change, {"age": None, "line": "", "on": False})


@pytest.mark.usefixtures("late")
def test_what_goes_on_tells_what_it_does_to_readers_and_when_more_is_known(
    site: TestClient, kept: Store
) -> None:
    note(kept, datetime.now(UTC), website="up", tiles="down")
    (told,) = (
        one for one in site.get("/api/v1/freshness").json()["data"] if one["job_id"] == "ipcc_tier1"
    )
    assert told["state"] == "late"
    html = site.get("/en/status").text
    service, source, unasked = re.findall(r'<div class="panel now">.*?</dl></div>', html, re.DOTALL)
    assert "Map tiles" in service
    assert "Maps stay without colours. Tables, charts and files are there." in service
    assert "It is asked again every 5 minutes." in service
    end = date.fromisoformat(told["last_observation_end"])
    since = end + timedelta(days=31)
    assert f"<dt>Since</dt><dd>{since.day} {since:%b %Y}</dd>" in source
    assert f"knows nothing of the time after {end.day} {end:%b %Y}" in source
    assert 'href="/en/methods/soc_stock_0_30cm"' in source
    look = datetime.fromisoformat(told["next_look"])
    assert (look.hour, look.minute) == (6, 0)
    assert f"At the next look, {look.day} {look:%b %Y}, 06:00 UTC." in source
    assert f"Looked for next: {told['title']}, {look.day} {look:%b %Y}, 06:00 UTC." in html
    # The world of these tests has another, which nothing asks for by itself.
    assert "As soon as an operator has started it anew." in unasked
    age = f"{told['age_days']:,} days old, 30 allowed"
    assert age in html
    assert age in site.get("/en/soc/AAA").text
    # What goes on is not among what is over.
    assert 'data-th="To">goes on' not in html
    assert site.get("/fr/status").text.count('class="panel now"') == 3


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"by_itself": False}, "The source has brought nothing newer. Operators are told."),
        ({"broken": "SyntaxError"}, "Its job file cannot be read. Operators are told"),
    ],
)
def test_no_look_is_promised_that_nobody_makes(
    site: TestClient, kept: Store, change: dict[str, Any], said: str
) -> None:
    with kept.engine.begin() as connection:
        connection.execute(update(feeds).where(feeds.c.id == "ipcc_tier1").values(change))
    rows = site.get("/api/v1/freshness").json()["data"]
    assert {one["next_look"] for one in rows if one["job_id"] == "ipcc_tier1"} == {None}
    html = site.get("/en/status").text
    assert f"<dd>{said}" in html
    assert "The last try failed" not in html
    assert "At the next look" not in html
    assert "Looked for next" not in html


def _row(**other: Any) -> dict[str, Any]:
    return {
        "job_id": "m", "title": "M", "state": "broken", "state_word": "broken",
        "allowed_days": None, "age_days": 2000, "last_observation_end": "2020-12-31",
        "last_attempt": "2026-11-27T06:00:00+00:00", "next_look": None, "file_broken": False,
    } | other  # fmt: skip


PUBLISHED = Published(
    [{"source_ids": ["m"], "indicators": ["x"]}],
    [{"id": "x", "v": "stock", "d": "0-30", "group": "stock", "titles": {"en": "X"}}],
)


@pytest.mark.parametrize(
    ("allowed", "told", "not_told"),
    [
        (None, "not too old", "knows nothing"),
        (3000, "not too old", "knows nothing"),
        (60, "knows nothing of the time after 31 Dec 2020", "not too old"),
    ],
)
def test_a_map_that_fails_is_told_to_be_behind_only_where_it_is_too_old(
    allowed: int | None, told: str, not_told: str
) -> None:
    (one,) = going_on([_row(allowed_days=allowed)], None, PUBLISHED, language("en"))
    assert told in one.effect
    assert not_told not in one.effect
    # Nobody has watched it fail: the last try has, and it may not be the first.
    assert one.since == "27 Nov 2026 or earlier"


def test_no_release_waits_for_what_nothing_published_rests_on() -> None:
    looks = {"state": "fresh", "next_look": "2026-11-28T06:00:00+00:00"}
    own, stations = _row(**looks), _row(**looks, job_id="stations", title="Stations")
    assert "connected" in next_release([stations], PUBLISHED, language("en"))
    told = next_release([{**stations, "next_look": "2026-11-28T05:00:00+00:00"}, own], PUBLISHED,
                        language("en"))  # fmt: skip
    assert "Looked for next: M, 28 Nov 2026, 06:00 UTC." in told


def test_where_nothing_follows_the_present_no_release_is_promised(told_site: TestClient) -> None:
    html = re.sub("<[^>]+>", "", told_site.get("/en/status").text)
    assert "The next one comes when an input is connected that follows the present." in html
