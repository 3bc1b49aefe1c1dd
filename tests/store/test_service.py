"""Service days: checks add up by day, and a day that goes on is not read."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from threading import enumerate as enumerate_threads

import pytest
from sqlalchemy import text

from soc_monitor import watching
from soc_monitor.model import ServiceDay
from soc_monitor.model.watch import EVERY, Kind, watched
from soc_monitor.settings import Settings
from soc_monitor.store import service, watch
from soc_monitor.store.engine import make_engine
from soc_monitor.store.store import Store
from soc_monitor.watching import Watcher

DAY = timedelta(days=1)


def test_checks_add_up_and_only_days_that_have_ended_are_read(store: Store) -> None:
    second = datetime.now(UTC).date() - DAY
    first = second - DAY
    for day, minute, answered, inputs, fresh in (
        (first, 0, True, 4, 3),
        (first, 5, False, 4, 2),
        (second, 0, True, 5, 5),
    ):
        turn = datetime(day.year, day.month, day.day, 12, minute, tzinfo=UTC)
        part = {(Kind.SERVICE, "website"): "up" if answered else "down"}
        service.note_check(store, turn, part, answered=answered, inputs=inputs, fresh=fresh)
    made = ServiceDay(day=first, checks=2, answered=1, inputs=8, fresh=5)
    assert service.days_before(store, second) == [made]
    assert service.days_before(store, first) == []
    assert len(service.days_before(store, second + DAY)) == 2
    assert service.days_before(store, first + 90 * DAY) == [
        made,
        *service.days_before(store, second + DAY)[1:],
    ]
    assert len(service.days_before(store, first + 91 * DAY)) == 1


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # as http.server has it
        # A proxy that answers for the API, but not as the API does.
        body = b'{"release": "none", "login": true, "data": 1}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Settings]:
    """Settings of a site where a proxy answers everything."""
    server = HTTPServer(("127.0.0.1", 0), _Page)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Settings(data=tmp_path, port=server.server_port)
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def nowhere(tmp_path: Path) -> Settings:
    """Settings of a site that does not answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return Settings(data=tmp_path, port=probe.getsockname()[1])


def found(store: Store, at: datetime) -> dict[str, tuple[str, int, float | None]]:
    kept = watched(watch.read(store, at.date()), at)
    return {one.part: (one.state, one.days[-1].checks, one.well) for one in kept}


def test_a_site_that_answers_and_one_that_does_not_are_told_apart(
    store: Store, page: Settings, nowhere: Settings
) -> None:
    now = datetime.now(UTC)
    noon = now.replace(hour=12, minute=0) - DAY
    assert Watcher(page, store, noon).look(noon)
    # A queue that has not turned since the worker began is told of only when it is late.
    assert found(store, now) == {"website": ("up", 1, 1.0), "api": ("down", 1, 0.0)}
    assert not Watcher(nowhere, store, noon).look(noon + EVERY)
    (day,) = service.days_before(store, now.date())
    assert (day.checks, day.answered, day.inputs) == (2, 1, 0)
    assert found(store, now) == {
        "api": ("down", 2, 0.0),
        "scheduler": ("down", 1, 0.0),
        "website": ("down", 2, 0.5),
    }


def test_what_is_found_while_the_database_is_away_is_written_when_it_is_back(
    store: Store, nowhere: Settings
) -> None:
    noon = datetime.now(UTC).replace(hour=12, minute=0) - DAY
    gone = make_engine("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1")
    away = Watcher(nowhere, Store(gone, store.arrays), noon)
    for n in range(3):
        away.look(noon + n * EVERY)
    gone.dispose()
    (nowhere.data / "looks" / "20261127T120000.000000Z.json").write_text('["other"]')
    assert found(store, noon) == {}
    # It is another worker that is back.
    Watcher(nowhere, store, noon + 3 * EVERY).look(noon + 3 * EVERY)
    assert found(store, noon) == {
        "website": ("down", 4, 0.0),
        "api": ("down", 4, 0.0),
        "scheduler": ("down", 2, 0.0),
    }
    assert not list((nowhere.data / "looks").iterdir())


def test_a_database_that_hangs_holds_up_no_look_and_takes_none(
    store: Store, nowhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "CHECK_S", 0.05)
    noon = datetime.now(UTC).replace(hour=12, minute=0) - DAY
    watcher = Watcher(nowhere, store, noon)
    with store.engine.begin() as connection:
        connection.execute(text("LOCK TABLE app.watched_days, app.feeds"))
        watcher.look(noon)
        assert "look" in {one.name for one in enumerate_threads()}, "it waited for the database"
        for n in range(1, 3):
            watcher.look(noon + n * EVERY)
        assert len(list((nowhere.data / "looks").iterdir())) == 3
    monkeypatch.setattr(watching, "CHECK_S", 30)
    while "website" not in found(store, noon) or found(store, noon)["website"][1] < 4:
        watcher.look(noon + 3 * EVERY)
    assert not list((nowhere.data / "looks").iterdir())
    assert found(store, noon)["website"] == ("down", 4, 0.0)


def test_the_scheduler_works_where_the_clock_of_the_queue_turns(
    store: Store, nowhere: Settings
) -> None:
    now = datetime.now(UTC)
    put = text(
        "INSERT INTO queue.procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)"
        " VALUES ('tick', '', :at)"
    )
    watcher = Watcher(nowhere, store, now - DAY)
    for n, (turned, state) in enumerate(((timedelta(minutes=9), "down"), (EVERY / 5, "up"))):
        with store.engine.begin() as connection:
            connection.execute(put, {"at": int((now - turned).timestamp())})
        watcher.look(now - (1 - n) * EVERY)
        assert found(store, now)["scheduler"][0] == state


def test_a_look_by_a_clock_that_is_ahead_is_of_the_moment_that_the_database_tells(
    store: Store, nowhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Ahead":
            return super().now(tz) + 30 * DAY

    monkeypatch.setattr(watching, "datetime", Ahead)
    before = datetime.now(UTC)
    Watcher(nowhere, store, before).look(before + 30 * DAY)
    after = datetime.now(UTC)
    (seen,) = {one.seen for one in watch.read(store, after.date())}
    assert before - EVERY < seen <= after
