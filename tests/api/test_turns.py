"""Parts of a grid that is being made are waited for, and hold up nobody."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from starlette.types import Message, Receive, Scope, Send

from soc_monitor.api.app import create_api
from soc_monitor.api.turns import PATHS, Turns
from soc_monitor.maps import cutout
from soc_monitor.settings import Settings

from .conftest import World
from .test_python_client import serve


class Slow:
    """Answers the first request of each address when it is told to, and the others at once."""

    def __init__(self, status: int = 206) -> None:
        self.status, self.inside, self.go_on = status, list[str](), asyncio.Event()
        self.two = asyncio.Event()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        first = scope["path"] not in self.inside
        self.inside.append(scope["path"])
        if len(self.inside) == 2:
            self.two.set()
        if first:
            await self.go_on.wait()
            if self.status == 0:
                raise RuntimeError("it could not be made")
        await send({"type": "http.response.start", "status": self.status or 206, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})


def in_a_loop(work: Coroutine[Any, Any, None]) -> None:
    """Where a browser was driven before, its loop still has this thread."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


async def ask(app: Turns, path: str, query: bytes = b"v=stock") -> int:
    said: list[int] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            said.append(message["status"])

    async def receive() -> Message:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": []}
    await app(scope, receive, send)
    return said[0]


@pytest.mark.parametrize("status", [206, 503])
def test_one_has_it_made_and_the_others_follow_whatever_came_of_it(status: int) -> None:
    async def run() -> None:
        slow = Slow(status)
        app = Turns(slow)
        asked = [asyncio.create_task(ask(app, PATHS[0])) for _ in range(12)]
        other = asyncio.create_task(ask(app, "/api/v1/series.nc"))
        await slow.two.wait()
        assert slow.inside == [PATHS[0], "/api/v1/series.nc"]
        slow.go_on.set()
        assert await asyncio.gather(*asked, other) == [status] * 13
        assert len(slow.inside) == 13

    in_a_loop(run())


def test_the_tiles_of_a_map_that_is_counted_anew_wait_for_its_first_one() -> None:
    async def run() -> None:
        slow = Slow(200)
        app = Turns(slow)
        paths = [f"/tiles/r/fill/p/i/2017/adm1/2/{x}/1.png" for x in range(4)]
        asked = [asyncio.create_task(ask(app, path, b"b=2012")) for path in paths]
        usual = asyncio.create_task(ask(app, paths[1]))  # what is published is only drawn
        await slow.two.wait()
        assert slow.inside == paths[:2], "one of the map counted anew, and the published one"
        slow.go_on.set()
        assert await asyncio.gather(*asked, usual) == [200] * 5

    in_a_loop(run())


def test_the_tiles_of_a_map_that_was_counted_wait_for_nobody() -> None:
    inside: list[tuple[str, asyncio.Future[int]]] = []

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        told = asyncio.get_running_loop().create_future()
        inside.append((scope["path"], told))
        await send({"type": "http.response.start", "status": await told, "headers": []})

    async def run() -> None:
        turns, asked = Turns(app), list[asyncio.Task[int]]()

        async def come(*paths: str) -> int:
            asked.extend(asyncio.create_task(ask(turns, path, b"b=2012")) for path in paths)
            for _ in range(20):  # everybody goes as far as they get
                await asyncio.sleep(0)
            return len(inside)

        tiles = [f"/tiles/r/fill/p/i/2017/adm1/2/{x}/1.png" for x in range(6)]
        assert await come(*tiles[:4]) == 1
        inside[0][1].set_result(429)
        assert await come() == 2, "who was sent away has counted nothing"
        inside[1][1].set_result(200)
        assert await come() == 4, "who waited goes on with all others"
        assert await come(*tiles) == 10, "and nobody waits any more"
        # Of cells nothing is shared, not even at first.
        grid, doubt = (
            "/tiles/r/grid/p/i/2017/2/{}/1.png",
            "/tiles/r/doubt/mask/p/i/2017/grid/2/{}/1.png",
        )
        assert await come(*(one.format(x) for one in (grid, doubt) for x in range(3))) == 16
        for _, told in inside[2:]:
            told.set_result(200)
        assert sorted(await asyncio.gather(*asked)) == [200] * 15 + [429]

    in_a_loop(run())


def test_a_first_that_fails_holds_up_nobody() -> None:
    async def run() -> None:
        slow = Slow(0)
        app = Turns(slow)
        asked = [asyncio.create_task(ask(app, PATHS[0])) for _ in range(3)]
        slow.go_on.set()
        failed, *others = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(failed, RuntimeError)
        assert others == [206, 206]

    in_a_loop(run())


def test_a_program_that_reads_many_parts_of_a_cold_grid_is_never_sent_away(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never, write = threading.Event(), cutout.write_geotiff

    def late(*given: Any) -> None:
        never.wait(1.0)  # a large grid takes its time, and all of them come meanwhile
        write(*given)

    monkeypatch.setattr(cutout, "write_geotiff", late)
    with serve(create_api(world.store, Settings(data=tmp_path))) as site:

        def part(number: int) -> tuple[int, bytes]:
            at = 10 * number
            asked = Request(
                f"{site}/api/v1/grid.tif?v=stock&area=AAA",
                headers={"Range": f"bytes={at}-{at + 9}"},
            )
            with urlopen(asked) as answer:
                return answer.status, answer.read()

        with ThreadPoolExecutor(24) as pool:
            found = list(pool.map(part, range(24)))
        assert {status for status, _ in found} == {206}
        with urlopen(f"{site}/api/v1/grid.tif?v=stock&area=AAA") as answer:
            assert b"".join(piece for _, piece in found) == answer.read()[:240]
