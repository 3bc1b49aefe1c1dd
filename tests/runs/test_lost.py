"""One file that cannot be had costs itself alone; the same bad bytes are not read again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from soc_monitor.errors import FeedUnreachable
from soc_monitor.feeds import TemplateFeed
from soc_monitor.feeds.client import Limits
from soc_monitor.feeds.decode import decode_raster
from soc_monitor.model import Freq, IngestJob, Item, Layer, Run, RunState, TileSet
from soc_monitor.model.freshness import Freshness
from soc_monitor.runs import lost
from soc_monitor.runs.ingest import ingest
from soc_monitor.runs.jobs import ShelvedJob
from soc_monitor.store import read_inputs, read_slices, runs
from soc_monitor.store.store import Store

from ..feeds.conftest import Server, send  # noqa: TID252  # folders of tests are no packages
from ..feeds.conftest import server as server  # noqa: PLC0414, TID252  # the fixture
from .made_up import ask, cube, layer, raster, rejections

MONTHS = [date(2024, month, 1) for month in range(1, 9)]
WINDOW = (date(2024, 1, 1), date(2024, 9, 1))
MONTHLY = replace(cube(), freq=Freq.MONTH)


def layers_of(item: Item) -> tuple[Layer, ...]:
    assert item.period is not None
    made = layer(item.key, 2024, cube=MONTHLY, period=item.period, period_end=item.period_end)
    return (made,)


@pytest.fixture
def good(tmp_path: Path) -> bytes:
    raster(tmp_path / "good.tif")
    return (tmp_path / "good.tif").read_bytes()


@pytest.fixture
def offer(server: Server, good: bytes) -> Callable[..., None]:  # the fixture
    """Puts the files of some months on the server; others are there already, or as told."""

    def put(*months: int, **answer: Any) -> None:
        for month in months:
            # Bytes that follow a GeoTIFF do not matter, and make each a file of its own.
            body = answer.get("body", good + bytes([month]))
            server.on(f"/m{month:02d}.tif", send(body, status=answer.get("status", 200)))

    put(*range(1, 9))
    return put


def job(server: Server) -> IngestJob:  # the fixture
    feed = TemplateFeed(template=f"{server.address}/m{{period:%m}}.tif", folder="-",
                        first=MONTHS[0], limits=Limits(pause_s=0.001))  # fmt: skip
    return IngestJob(
        id="made_up", title={"en": "M", "fr": "M", "es": "M"}, feed=feed, layers_of=layers_of,
        schedule="0 6 * * *", licence="CC0-1.0", citation="-", link="-",
    )  # fmt: skip


class Clock:
    """Runs a job as the queue does, each time for a new due time."""

    def __init__(self, store: Store, made: IngestJob) -> None:
        self.store, self.made, self.due = store, made, datetime(2024, 9, 1, tzinfo=UTC)

    def run(self, *, again: bool = False, version: str = "v1") -> Run:
        if again:
            with self.store.engine.begin() as connection:
                connection.execute(
                    text("UPDATE app.runs SET retry_at = now() WHERE retry_at > now()")
                )
        else:
            self.due = self.due.replace(hour=self.due.hour + 1)
        return ingest(
            ShelvedJob(self.made, Path(), version), self.store, self.due, plain_http=True,
            window=WINDOW, tries=runs.MOST_TRIES,
        )  # fmt: skip

    def there(self) -> list[int]:
        return sorted(one.period.month for one in read_slices.newest_slices(self.store))

    def state(self) -> Freshness:
        (one,) = read_inputs.inputs_status(self.store)
        return one.state(date(2024, 9, 2))


@pytest.fixture
def clock(store: Store, server: Server, offer: Callable[..., None]) -> Clock:
    """Everything is there, and nothing was taken yet."""
    assert offer is not None
    return Clock(store, job(server))


@pytest.mark.parametrize("status", [403, 500])
def test_a_file_that_cannot_be_had_is_a_record_and_those_after_it_are_taken(
    clock: Clock,
    offer: Callable[..., None],
    status: int,
) -> None:
    offer(1, status=status)
    ended = clock.run()
    assert (ended.state, ended.taken, ended.rejected) == (RunState.PARTLY, 7, 1)
    assert clock.there() == [2, 3, 4, 5, 6, 7, 8]
    (found,) = rejections(clock.store).values()
    assert found[0] == "unreachable"
    assert found[1].endswith(f"/m01.tif answered {status}")
    assert clock.state() is Freshness.FRESH
    # It is asked for again, soon and then by schedule: one record, and the feed is well.
    for again in (True, False):
        ended = clock.run(again=again)
        assert (ended.state, ended.taken, ended.rejected) == (RunState.REFUSED, 0, 1)
        assert clock.state() is Freshness.FRESH
    assert ask(clock.store, "SELECT count(*) FROM app.rejections") == [(1,)]
    offer(1)
    assert clock.run(again=True).state is RunState.DONE
    assert clock.there() == list(range(1, 9))


def test_a_source_that_is_away_is_not_asked_for_every_file(
    clock: Clock,
    server: Server,  # the fixture
    offer: Callable[..., None],
) -> None:
    offer(*range(1, 9), status=403)
    with pytest.raises(FeedUnreachable, match="answered 403"):
        clock.run()
    fetched = [one.path for one in server.asked if one.method == "GET"]
    assert fetched == ["/m01.tif", "/m02.tif", "/m03.tif"]
    assert len(fetched) == lost.IN_A_ROW
    assert clock.state() is Freshness.BROKEN


def test_many_files_that_can_never_be_had_starve_no_other(
    clock: Clock, offer: Callable[..., None]
) -> None:
    offer(1, 2, 3, 4, 5, status=403)
    with pytest.raises(FeedUnreachable):
        clock.run()
    for _ in range(3):
        clock.run(again=True)
    assert clock.there() == [6, 7, 8]
    assert len(rejections(clock.store)) == 5, "each of them was asked for in its turn"
    assert clock.state() is Freshness.FRESH


def test_a_source_that_goes_away_is_broken_though_one_file_was_lost_before(
    clock: Clock, offer: Callable[..., None]
) -> None:
    offer(1, status=403)
    offer(8, status=404)
    assert clock.run().state is RunState.PARTLY
    offer(8, status=403)
    with pytest.raises(FeedUnreachable, match=r"m0[18]\.tif"):
        clock.run()
    assert clock.state() is Freshness.BROKEN


def test_bytes_that_were_refused_are_not_read_again_until_something_changes(
    clock: Clock, offer: Callable[..., None], good: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[Path] = []

    def count(file: Path, *others: Any) -> Any:
        decoded.append(file)
        return decode_raster(file, *others)

    monkeypatch.setattr("soc_monitor.runs.rasters.decode_raster", count)
    offer(3, body=good[: len(good) // 2])
    assert clock.run().state is RunState.PARTLY
    assert len(decoded) == 8
    ended = clock.run()
    assert (ended.state, ended.rejected) == (RunState.REFUSED, 1), "it is still refused"
    assert "decode" in ended.detail
    assert len(decoded) == 8, "and was not read for that"
    assert ask(clock.store, "SELECT count(*) FROM app.rejections") == [(1,)]
    clock.run(version="v2")
    assert len(decoded) == 9, "another version of the job may read it otherwise"
    offer(3, body=good + b"3")
    assert clock.run(version="v2").state is RunState.DONE
    assert len(decoded) == 10
    assert clock.there() == list(range(1, 9))


def test_a_tile_that_cannot_be_had_leaves_the_other_months_alone(
    clock: Clock, offer: Callable[..., None]
) -> None:
    tiles = TileSet(names=("all",), tile_of=lambda _: "all")
    clock.made = replace(clock.made, tiles=tiles)
    offer(1, status=403)
    ended = clock.run()
    assert clock.there() == [2, 3, 4, 5, 6, 7, 8]
    assert ended.state is RunState.PARTLY
    assert rejections(clock.store)["2024-01-01/m01.tif"][0] == "unreachable"
    offer(1)
    clock.run(again=True)
    assert clock.there() == list(range(1, 9))
