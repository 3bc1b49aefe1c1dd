"""Service days: checks add up by day, and a day that goes on is not read."""

import socket
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

from soc_monitor import watching
from soc_monitor.model import ServiceDay
from soc_monitor.model.watch import EVERY, Kind, watched
from soc_monitor.settings import Settings
from soc_monitor.store import service, watch
from soc_monitor.store.store import Store


def test_checks_add_up_and_only_days_that_have_ended_are_read(store: Store) -> None:
    first, second = date(2026, 11, 21), date(2026, 11, 22)
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
    assert len(service.days_before(store, date(2026, 11, 23))) == 2
    assert service.days_before(store, date(2027, 2, 19)) == [
        made,
        *service.days_before(store, date(2026, 11, 23))[1:],
    ]
    assert len(service.days_before(store, date(2027, 2, 20))) == 1


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # as http.server has it
        # A proxy that answers for the API, but not as the API does.
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


def test_a_site_that_answers_and_one_that_does_not_are_told_apart(
    store: Store, tmp_path: Path
) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    server = HTTPServer(("127.0.0.1", 0), _Page)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        there = Settings(data=tmp_path, port=server.server_port)
        assert watching.check(there, store, now, now)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nowhere = Settings(data=tmp_path, port=probe.getsockname()[1])
        assert not watching.check(nowhere, store, now, now + EVERY)
    (day,) = service.days_before(store, date(2026, 11, 23))
    assert (day.checks, day.answered, day.inputs) == (2, 1, 0)
    late = watched(watch.read(store, now.date()), now)
    assert [(one.part, one.state, one.incidents, one.well) for one in late] == [
        ("api", "down", 1, 0.0),
        # The second check began five minutes after its time.
        ("scheduler", "down", 1, 0.5),
        ("website", "down", 1, 0.5),
    ]
