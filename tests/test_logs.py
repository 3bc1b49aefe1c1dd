"""Logs: whatever readers send, an event is one line, and nothing of who they are."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from soc_monitor import logs
from soc_monitor.api.app import create_api
from soc_monitor.settings import Settings
from soc_monitor.store.engine import make_engine
from soc_monitor.store.store import Store


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the process logs, as it is set up to."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    logs.configure()
    yield told
    root.handlers[:] = before
    root.setLevel(level)


def test_what_readers_send_is_one_line_and_says_not_who_they_are(lines: io.StringIO) -> None:
    nowhere = Store(make_engine("postgresql://nobody@127.0.0.1:1/none"), Settings().arrays_folder)
    app = create_api(nowhere, Settings())

    @app.get("/api/v1/boom/{name}")
    def boom(name: str) -> None:
        raise RuntimeError(f"what was asked: {name}")

    client = TestClient(app, raise_server_exceptions=False, client=("192.0.2.77", 5))
    forged = quote('\n{"level": "ERROR", "event": "forged"}\r\n')
    told = ("User-Agent", "Referer", "X-Forwarded-For", "Cookie", "Accept-Language")
    headers = {**dict.fromkeys(told, "canary-header"), "Authorization": "Bearer canary-header"}
    for path in (f"/api/v1/boom/a{forged}", "/api/v1/areas", f"/api/v1/stations/A{forged}"):
        answer = client.get(path, params={"q": "canary-query"}, headers=headers)
        assert answer.status_code >= 400
    said = lines.getvalue().splitlines()
    assert len(said) >= 2
    for line in said:
        assert json.loads(line)["event"] != "forged"
        assert set(json.loads(line)) <= {
            "time",
            "level",
            "logger",
            "event",
            "path",
            "reason",
            "exc_info",
        }
    assert "canary" not in lines.getvalue()
    assert "192.0.2.77" not in lines.getvalue()
