"""When the database stops, pages answer from what was read last, and say how old it is."""

import asyncio
import gzip
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from soc_monitor import server
from soc_monitor.store.engine import make_engine
from soc_monitor.store.store import Store
from soc_monitor.web import reserve
from soc_monitor.web.client import KEPT, open_client
from soc_monitor.web.estimate import show
from soc_monitor.web.i18n import language
from soc_monitor.web.kept import Kept

from .conftest import handmade

PAGES = ("/fr/status", "/fr/soc/AAA", "/fr/soc", "/fr/")
TOLD = "Cette page montre ce qui a été lu le"


def test_pages_answer_from_the_last_release_while_the_database_is_stopped(
    new_store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    store, settings = new_store()
    handmade().fill(store)
    with TestClient(server.build(store, settings)) as client:
        before = {path: client.get(path) for path in PAGES}
        assert all(TOLD not in answer.text for answer in before.values())
        release = client.get("/api/v1/releases").json()["data"][0]["name"]
        client.get("/fr/soc/AAA")
        client.portal.call(asyncio.sleep, 0.3)  # type: ignore[union-attr]  # it has started
    engine = make_engine("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1")
    stopped = server.build(Store(engine, Path(settings.data)), settings)
    with TestClient(stopped) as client:
        for path in PAGES:
            caplog.clear()
            answer = client.get(path)
            assert answer.status_code == 200, path
            failed = sum(one.message == "request failed" for one in caplog.records)
            assert 1 <= failed <= 5, (
                "what is asked at once; then the page goes on with what is kept"
            )
            assert TOLD in answer.text
            assert answer.headers["cache-control"] == "no-store"
        assert release in client.get("/fr/soc/AAA").text
        assert client.get("/fr/soc/BBB-1").status_code == 503, "it was never read"
    before_the_upgrade(Path(settings.data), "next_look", "file_broken")
    with TestClient(server.build(Store(engine, Path(settings.data)), settings)) as client:
        answer = client.get("/fr/status")
        assert answer.status_code == 200, "what was kept has no key that is newer"
        assert TOLD in answer.text
    engine.dispose()


def before_the_upgrade(folder: Path, *newer: str) -> None:
    """Take keys out of the rows that are kept, as a version that did not have them kept them."""
    found = 0
    for path in folder.rglob("*.json.gz"):
        kept = json.loads(gzip.decompress(path.read_bytes()))
        rows = kept["body"].get("data", ()) if isinstance(kept["body"], dict) else ()
        for row in rows:
            if isinstance(row, dict):
                found += sum(row.pop(key, None) is not None for key in newer)
        path.write_bytes(gzip.compress(json.dumps(kept).encode()))
    assert found, "nothing was kept that has it"


def test_an_area_that_nobody_visited_answers_from_what_was_read_ahead(new_store: Any) -> None:
    store, settings = new_store()
    handmade().fill(store)
    with TestClient(server.build(store, settings)) as client:
        call = client.portal.call  # type: ignore[union-attr]  # it has started
        call(reserve.read_ahead, client.app.state.client)  # type: ignore[attr-defined]  # ours
        listed = client.get("/api/v1/map.json?lvl=adm1&labels=fr").json()
        row = next(one for one in listed["data"] if one["area_id"] == "BBB-1")
        own = show(row, language("fr"))
    engine = make_engine("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1")
    with TestClient(server.build(Store(engine, Path(settings.data)), settings)) as client:
        answer = client.get("/fr/soc/bbb-1")
        assert answer.status_code == 200
        assert TOLD in answer.text
        assert own.full in answer.text
        assert own.interval in answer.text
        assert listed["meta"]["release"] in answer.text
        assert client.get("/fr/soc/WLD").status_code == 200
        assert client.get("/fr/soc/ZZZ").status_code == 503, "what is not known is not said"
        assert client.get("/fr/soc/BBB-1?rel=2001.01.1").status_code == 503
    engine.dispose()


def alone(made: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives; in a thread, for the browser's loop runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, made).result()


def test_a_damaged_answer_is_no_answer(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    alone(kept.keep("/x", {"data": [1]}))
    assert alone(kept.find("/x")) == {"data": [1]}
    assert alone(kept.find("/never")) is None
    (path,) = tmp_path.glob("*/*.json.gz")
    path.write_bytes(path.read_bytes()[:20])
    assert alone(kept.find("/x")) is None


def test_a_full_disk_costs_the_fallback_and_not_the_page(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    alone(Kept(tmp_path / "file" / "under").keep("/x", {}))
    assert "answer not kept" in caplog.text


async def _same(scope: Scope, receive: Receive, send: Send) -> None:
    """An application whose answers never change: 304 for who has them."""
    request = Request(scope, receive)
    if request.headers.get("if-none-match"):
        await Response(status_code=304)(scope, receive, send)
    else:
        await JSONResponse({"path": request.url.path}, headers={"etag": '"1"'})(
            scope, receive, send
        )


def test_more_answers_at_once_than_are_held_are_still_answered() -> None:
    async def ask() -> list[Any]:
        api = open_client(_same)
        paths = [f"/{n}" for n in range(KEPT)]
        others = [f"/{n}" for n in range(KEPT, 2 * KEPT)]
        await asyncio.gather(*(api.get(path) for path in paths))
        # While the first wait for their 304, the others push them out.
        return await asyncio.gather(*(api.get(path) for path in [*others, *paths]))

    assert len(alone(ask())) == 2 * KEPT
