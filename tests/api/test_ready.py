"""Equal questions are computed once, and what is held is never older than what was published."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from soc_monitor.api.app import THREADS, create_api
from soc_monitor.api.newest import Newest, Now
from soc_monitor.errors import StoreUnavailable
from soc_monitor.settings import Settings
from soc_monitor.store import read
from soc_monitor.store.engine import make_engine
from soc_monitor.store.store import Store

from .conftest import World, add_areas, apart, ingest, publish_all, revise

HEAVY = "/api/v1/map.geojson?lvl=adm1&v=total"


@contextmanager
def statements(store: Store, word: str) -> Iterator[list[str]]:
    """The statements with a word in them that reach the database meanwhile."""
    seen: list[str] = []

    def note(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        if word in statement:
            seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


def in_a_loop_of_its_own(work: Callable[[httpx2.AsyncClient], Any], app: Any) -> Any:
    found: list[Any] = []

    async def run() -> Any:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
            return await work(http)

    thread = threading.Thread(target=lambda: found.append(asyncio.run(run())))
    thread.start()
    thread.join()
    return found[0]


def test_two_hundred_equal_cold_questions_are_computed_at_most_twice(world: World) -> None:
    app = create_api(world.store, Settings(requests_per_minute=0))

    async def storm(http: httpx2.AsyncClient) -> list[httpx2.Response]:
        return await asyncio.gather(*(http.get(HEAVY) for _ in range(200)))

    with statements(world.store, "ST_AsGeoJSON") as computed:
        answers = in_a_loop_of_its_own(storm, app)

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert 1 <= len(computed) <= 2


def test_what_is_held_asks_the_database_for_what_is_newest_and_how_inputs_stand_alone(
    world: World,
) -> None:
    client = TestClient(create_api(world.store, Settings(requests_per_minute=0)))
    first = client.get("/api/v1/series.json?area=AAA")
    pinned = client.get(first.headers["content-location"])
    with statements(world.store, "SELECT") as seen:
        again = client.get("/api/v1/series.json?area=AAA")
        assert len(seen) == 2
        assert "pointers" in seen[0]
        assert "app.leases" in seen[1]
    with statements(world.store, "") as seen:
        assert client.get(first.headers["content-location"]).content == pinned.content
        assert seen == []

    assert again.content == first.content
    assert again.headers == first.headers


def test_a_tile_of_a_map_that_was_drawn_asks_the_database_for_nothing(world: World) -> None:
    client = TestClient(create_api(world.store, Settings(requests_per_minute=0)))
    where = f"/tiles/{world.first.name}/doubt/hatch/ipcc_tier1/soc_stock_0_30cm/2000/adm0"
    client.get(f"{where}/1/0/0.png").raise_for_status()
    with statements(world.store, "") as seen:
        client.get(f"{where}/1/1/0.png").raise_for_status()

    assert seen == []


def test_a_picture_is_the_same_whatever_host_it_is_asked_from(world: World) -> None:
    app = create_api(world.store, Settings(requests_per_minute=0))
    where = f"/tiles/{world.first.name}/grid/ipcc_tier1/soc_stock_0_30cm/2000"
    one, other = (TestClient(app, base_url=f"http://{name}.example") for name in ("one", "other"))

    assert one.get(f"{where}/0/0/0.png").content == other.get(f"{where}/0/0/0.png").content
    for client, host in ((one, "one"), (other, "other")):
        (tiles,) = client.get(f"{where}/tile.json").json()["tiles"]
        assert tiles.startswith(f"http://{host}.example/tiles/")


def test_the_order_of_keys_is_no_other_question_and_a_coding_is_another_answer(
    world: World,
) -> None:
    client = TestClient(create_api(world.store, Settings(requests_per_minute=0)))
    one = client.get("/api/v1/map.json?v=total&lvl=adm1", headers={"Accept-Encoding": "gzip"})
    with statements(world.store, "app.estimates") as seen:
        other = client.get("/api/v1/map.json?lvl=adm1&v=total", headers={"Accept-Encoding": "gzip"})
        assert seen == []
    packed = client.get("/api/v1/map.json?lvl=adm1&v=total", headers={"Accept-Encoding": "br"})
    plain = client.get("/api/v1/map.json?lvl=adm1&v=total", headers={"Accept-Encoding": "x"})

    assert (one.headers["content-encoding"], packed.headers["content-encoding"]) == ("gzip", "br")
    assert "content-encoding" not in plain.headers
    assert one.content == other.content == packed.content == plain.content
    tag = plain.headers["etag"]
    known = client.get("/api/v1/map.json?lvl=adm1&v=total", headers={"If-None-Match": tag})
    assert (known.status_code, known.content) == (304, b"")
    assert "content-length" not in known.headers


def test_a_new_release_is_seen_by_the_very_next_reader(store: Store, tmp_path: Path) -> None:
    add_areas(store)
    made = ingest(store)
    publish_all(store, made)
    client = TestClient(create_api(store, Settings(data=tmp_path, requests_per_minute=0)))
    before = client.get("/api/v1/series.json?area=AAA-1&t=2010").json()
    revise(store)
    after = client.get("/api/v1/series.json?area=AAA-1&t=2010").json()

    assert before["data"][0]["value"] != after["data"][0]["value"]
    assert after["meta"]["release"] == read.find_release(store).name
    pinned = f"/api/v1/series.json?area=AAA-1&t=2010&rel={before['meta']['release']}"
    assert client.get(pinned).json()["data"] == before["data"]


def test_answers_that_fail_are_not_held(world: World) -> None:
    client = TestClient(create_api(world.store, Settings(requests_per_minute=0)))
    for _ in range(2):
        assert client.get("/api/v1/series.json?area=XXX").status_code == 404
    with statements(world.store, "app.") as seen:
        client.get("/api/v1/freshness")
        first = len(seen)
        client.get("/api/v1/freshness")
    assert len(seen) == 2 * first, "what moves with time is looked up each time"


@pytest.mark.parametrize("limit", [3000])
def test_what_is_held_is_bounded(world: World, limit: int) -> None:
    from soc_monitor.api.ready import Ready  # noqa: PLC0415  # this test's alone

    inner = create_api(world.store, Settings(requests_per_minute=0))
    ready = Ready(inner, Newest(inner.state.catalogue.look), limit=limit)

    async def many(http: httpx2.AsyncClient) -> int:
        for code in ("AAA", "BBB", "CCC", "AAA-1", "AAA-2"):
            (await http.get(f"/api/v1/areas/{code}")).raise_for_status()
        return ready.nbytes

    assert 0 < in_a_loop_of_its_own(many, ready) <= limit


def test_the_newest_release_is_found_while_every_route_reads(world: World) -> None:
    """Each route that works may hold a connection; the look before the next one needs its own."""
    engine = make_engine(world.store.engine.url.render_as_string(hide_password=False))
    with ExitStack() as held:
        for _ in range(THREADS):
            held.enter_context(engine.connect())
        assert read.find_release(replace(world.store, engine=engine)).name == world.second.name
    engine.dispose()


def test_a_look_that_failed_is_not_taken_again_by_all_that_a_page_asks() -> None:
    looks: list[None] = []

    def find() -> Now:
        looks.append(None)
        raise StoreUnavailable("locked")

    async def ask() -> None:
        newest = Newest(find)
        for _ in range(3):
            with pytest.raises(StoreUnavailable, match="locked"):
                await newest.get()

    apart(ask())
    assert len(looks) == 1
