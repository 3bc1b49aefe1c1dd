"""What a provider puts there anew under the same name: taken again, and what is the same is not."""

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest
import rasterio
from moto.server import ThreadedMotoServer
from sqlalchemy import text

from soc_monitor.feeds import CdsFeed, Period, S3Feed, StacFeed, TemplateFeed
from soc_monitor.feeds.client import Limits
from soc_monitor.model import Access, Cube, DataClass, Feed, Freq, IngestJob, Item, Layer, Run
from soc_monitor.runs.ingest import ingest
from soc_monitor.runs.jobs import ShelvedJob
from soc_monitor.runs.retract import retract
from soc_monitor.store import holds, runs
from soc_monitor.store.store import Store

from ..feeds.conftest import Server, send, server  # noqa: F401, TID252  # a fixture of that folder
from ..feeds.test_cds import answer  # noqa: TID252  # how a data store on loopback answers
from .made_up import GRID, NORTH_UP

SECRETS = {"SOC_CDS_KEY": "k", "ID": "AKIATEST", "KEY": "secret"}
FAST = Limits(pause_s=0.01, tries=2)
CUBE = Cube(product="rain", variable="rain", unit="mm month-1", freq=Freq.MONTH, grid=GRID,
            data_class=DataClass.OBSERVED)  # fmt: skip
MAY = (date(2026, 5, 1), date(2026, 5, 31))
JUNE = datetime(2026, 6, 20, tzinfo=UTC)


def layers_of(item: Item) -> tuple[Layer, ...]:
    first, last = item.period or MAY[0], item.period_end or MAY[1]
    return (Layer(cube=CUBE, item=item.key, period=first, period_end=last, unit="mm month-1",
                  valid=(0.0, 500.0), nodata=-9999.0),)  # fmt: skip


def scene(folder: Path, value: float, written: str = "") -> bytes:
    """A month in which it rains so much everywhere, with a note of when it was written."""
    file = folder / "scene.tif"
    with rasterio.open(file, "w", driver="GTiff", width=GRID.nx, height=GRID.ny, count=1,
                       dtype="float32", crs="EPSG:4326", nodata=-9999.0,
                       transform=NORTH_UP) as out:  # fmt: skip
        out.write(np.full(GRID.shape, value, np.float32), 1)
        out.update_tags(WRITTEN=written)
    return file.read_bytes()


def run(feed: Feed, store: Store, at: datetime = JUNE, *, mirror: Path | None = None,
        force: bool = False, until: date = date(2026, 6, 5),
        tries: int = 1) -> Run:  # fmt: skip
    job = IngestJob(id="rain", title={"en": "R", "fr": "R", "es": "R"}, licence="CC0-1.0",
                    citation="-", link="-", feed=feed, layers_of=layers_of,
                    schedule="0 6 * * *")  # fmt: skip
    return ingest(ShelvedJob(job, Path(), "v1"), store, at, window=(MAY[0], until),
                  mirror=str(mirror or ""), plain_http=True, force=force,
                  tries=tries, secrets=SECRETS)  # fmt: skip


def taken(store: Store) -> list[tuple[Any, ...]]:
    """Versions of the month: (median, whether provisional)."""
    query = text("SELECT round(median), provisional FROM app.slices ORDER BY version")
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def template(root: str) -> TemplateFeed:
    return TemplateFeed(template=f"{root}/{{period:%Y-%m}}.tif", folder="rain",
                        first=date(2026, 1, 1), limits=FAST)  # fmt: skip


def put(server: Server, body: bytes, hour: int) -> None:  # noqa: F811  # the fixture
    told = {"Last-Modified": format_datetime(JUNE + timedelta(hours=hour), usegmt=True)}
    server.on("/2026-05.tif", send(body, headers=told))


def test_a_file_that_is_put_there_anew_is_a_new_slice(
    store: Store,
    server: Server,  # noqa: F811  # the fixture
    tmp_path: Path,
) -> None:
    feed = template(server.address)
    put(server, scene(tmp_path, 60.0), 0)
    assert run(feed, store).taken == 1
    asked = len(server.asked)
    assert run(feed, store, JUNE + timedelta(days=1)).taken == 0
    assert [one.method for one in server.asked[asked:]] == ["HEAD"], "the same is not fetched"
    put(server, scene(tmp_path, 64.0), 1)
    assert run(feed, store, JUNE + timedelta(days=2)).taken == 1
    assert taken(store) == [(60.0, False), (64.0, False)]
    # The same bytes, and the same values in other bytes, put there once more.
    for day, body in ((3, scene(tmp_path, 64.0)), (4, scene(tmp_path, 64.0, "again"))):
        put(server, body, day)
        assert run(feed, store, JUNE + timedelta(days=day)).taken == 0
    assert len(taken(store)) == 2
    asked = len(server.asked)
    run(feed, store, JUNE + timedelta(days=5))
    assert [one.method for one in server.asked[asked:]] == ["HEAD"]
    # One that was older than what is there comes back: it is written down, and not taken.
    put(server, scene(tmp_path, 50.0), -5)
    assert run(feed, store, JUNE + timedelta(days=6)).rejected == 1
    assert len(taken(store)) == 2


def test_a_server_that_tells_no_version_is_asked_again_by_an_operator(
    store: Store,
    server: Server,  # noqa: F811  # the fixture
    tmp_path: Path,
) -> None:
    feed = template(server.address)
    server.on("/2026-05.tif", send(scene(tmp_path, 60.0)))
    assert run(feed, store).taken == 1
    server.on("/2026-05.tif", send(scene(tmp_path, 64.0)))
    assert run(feed, store, JUNE + timedelta(days=1)).taken == 0
    assert run(feed, store, JUNE + timedelta(days=2), force=True).taken == 1
    assert taken(store) == [(60.0, False), (64.0, False)]


def test_a_file_that_is_put_into_the_mirror_anew_is_a_new_slice(
    store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "rain" / "2026-05.tif"
    file.parent.mkdir()
    feed = template("http://127.0.0.1:9")
    for day, value in enumerate((60.0, 60.0, 64.0)):
        file.write_bytes(scene(tmp_path, value))
        os.utime(file, (JUNE.timestamp() + day, JUNE.timestamp() + day))
        ended = run(feed, store, JUNE + timedelta(days=day), mirror=tmp_path)
        assert ended.taken == (0 if day == 1 else 1)
    assert taken(store) == [(60.0, False), (64.0, False)]


def test_an_empty_file_is_not_there_yet(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "rain" / "2026-05.tif"
    file.parent.mkdir()
    file.write_bytes(b"")
    feed = template("http://127.0.0.1:9")
    ended = run(feed, store, mirror=tmp_path)
    assert (ended.taken, ended.rejected) == (0, 0)
    assert ended.detail.endswith("1 not there yet")
    file.write_bytes(scene(tmp_path, 60.0))
    assert run(feed, store, JUNE + timedelta(days=1), mirror=tmp_path).taken == 1


def test_a_file_of_another_length_than_its_catalogue_tells_is_not_there_yet(
    store: Store,
    server: Server,  # noqa: F811  # the fixture
    tmp_path: Path,
) -> None:
    body = scene(tmp_path, 60.0)
    asset = {"href": "may.tif", "file:size": len(body)}
    item = {"type": "Feature", "id": "may", "assets": {"rain": asset},
            "properties": {"datetime": "2026-05-09T00:00:00Z"}}  # fmt: skip
    links = [{"rel": "item", "href": "may.json"}]
    listed = {"type": "Catalog", "links": links}
    server.on("/catalog.json", send(json.dumps(listed).encode()))
    server.on("/may.json", send(json.dumps(item).encode()))
    feed = StacFeed(root=f"{server.address}/catalog.json", assets=("rain",), hosts=(), limits=FAST)
    # Whole for its own server, and yet not what the catalogue has announced.
    server.on("/may.tif", send(body[:-100]))
    ended = run(feed, store)
    assert (ended.taken, ended.rejected) == (0, 0)
    assert ended.detail.endswith("1 not there yet")
    server.on("/may.tif", send(body))
    assert run(feed, store, JUNE + timedelta(days=1)).taken == 1


def test_a_month_with_the_bytes_of_the_one_before_waits_for_a_word(
    store: Store, tmp_path: Path
) -> None:
    folder, feed, july = tmp_path / "rain", template("http://127.0.0.1:9"), date(2026, 7, 9)
    then = datetime(2026, 7, 9, tzinfo=UTC)
    folder.mkdir()
    for month in (5, 6):
        (folder / f"2026-{month:02d}.tif").write_bytes(scene(tmp_path, 60.0))
    ended = run(feed, store, then, mirror=tmp_path, until=july)
    assert (ended.taken, ended.rejected) == (1, 1)
    (held,) = holds.list_holds(store)
    assert (held.rule, held.state, held.preview.period) == (
        "duplicate", "waiting", date(2026, 6, 1),
    )  # fmt: skip
    assert "the same bytes as 2026-05-01/2026-05.tif, which was taken as 2026-05-01" in held.found
    # The clock's next run says the same, and takes it once there is a word.
    day, most = timedelta(days=1), runs.MOST_TRIES
    assert run(feed, store, then + day, mirror=tmp_path, until=july, tries=most).taken == 0
    with store.engine.connect() as connection:
        query = text("SELECT rejected, held FROM app.runs ORDER BY due_at DESC LIMIT 1")
        assert tuple(connection.execute(query).one()) == (1, 1), "held, and not refused"
    holds.decide(store, held.id, "accepted", "Ada")
    assert run(feed, store, then + 2 * day, mirror=tmp_path, until=july, tries=most).taken == 1
    # A word on it as June is none on it as July.
    (folder / "2026-07.tif").write_bytes(scene(tmp_path, 60.0))
    late = run(feed, store, then + timedelta(days=31), mirror=tmp_path, until=date(2026, 8, 9))
    assert (late.taken, late.rejected) == (0, 1)
    (waits,) = holds.list_holds(store, waiting=True)
    assert waits.preview.period == date(2026, 7, 1)


def test_a_preliminary_month_is_provisional_until_it_is_asked_for_again(
    store: Store,
    server: Server,  # noqa: F811  # the fixture
    tmp_path: Path,
) -> None:
    def cds(period: Period) -> dict[str, Any]:
        return {"month": f"{period.first:%m}"}

    feed = CdsFeed(root=f"{server.address}/api", dataset="era", request=cds, folder="era",
                   name="{period:%Y-%m}.tif", first=date(2026, 1, 1), hosts=(server.host,),
                   look_s=0.01, limits=FAST, revised_days=100, preliminary=True)  # fmt: skip
    server.on("/api/retrieve/v1/processes/era/execution", answer(jobID="j", status="successful"))
    made = {"asset": {"value": {"href": f"{server.address}/made"}}}
    server.on("/api/retrieve/v1/jobs/j/results", answer(**made))

    def ask(days: int, value: float) -> tuple[int, int]:
        """Files that were fetched, and slices that were made of them, on a day after its end."""
        server.on("/made", send(scene(tmp_path, value, f"after {days} days")))
        before = server.paths().count("/made")
        ended = run(feed, store, datetime(2026, 5, 31, tzinfo=UTC) + timedelta(days=days))
        return server.paths().count("/made") - before, ended.taken

    assert ask(7, 60.0) == (1, 1)
    assert ask(10, 60.0) == (0, 0), "it is not asked for at every run"
    assert ask(31, 60.0) == (1, 0), "the same values again are no new slice"
    assert ask(62, 61.0) == (1, 1)
    assert taken(store) == [(60.0, True), (61.0, True)]
    # What does not change any more is no longer provisional, though its values are the same.
    assert ask(101, 61.0) == (1, 1)
    assert taken(store)[2:] == [(61.0, False)]
    assert ask(130, 99.0) == (0, 0)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_preliminary_month_whose_bytes_stay_the_same_is_final_in_the_end(
    store: Store,
    server: Server,  # noqa: F811  # the fixture
    tmp_path: Path,
    *,
    mirrored: bool,
) -> None:
    def cds(period: Period) -> dict[str, Any]:
        return {"month": f"{period.first:%m}"}

    feed = CdsFeed(root=f"{server.address}/api", dataset="era", request=cds, folder="era",
                   name="{period:%Y-%m}.tif", first=date(2026, 1, 1), hosts=(server.host,),
                   look_s=0.01, limits=FAST, revised_days=100, preliminary=True)  # fmt: skip
    server.on("/api/retrieve/v1/processes/era/execution", answer(jobID="j", status="successful"))
    made = {"asset": {"value": {"href": f"{server.address}/made"}}}
    server.on("/api/retrieve/v1/jobs/j/results", answer(**made))
    server.on("/made", send(scene(tmp_path, 60.0)))
    (tmp_path / "era").mkdir()
    (tmp_path / "era" / "2026-05.tif").write_bytes(scene(tmp_path, 60.0))

    def ask(days: int) -> int:
        at = datetime(2026, 5, 31, tzinfo=UTC) + timedelta(days=days)
        return run(feed, store, at, mirror=tmp_path if mirrored else None).taken

    assert [ask(7), ask(31)] == [1, 0]
    assert taken(store) == [(60.0, True)]
    assert ask(101) == 1
    assert taken(store) == [(60.0, True), (60.0, False)]
    asked = len(server.asked)
    assert [ask(102), ask(130)] == [0, 0]
    assert len(server.asked) == asked, "it is not asked for any more"


def test_what_was_withdrawn_does_not_come_back_in_other_bytes(
    store: Store,
    server: Server,  # noqa: F811  # the fixture
    tmp_path: Path,
) -> None:
    feed = template(server.address)
    for day, value in enumerate((60.0, 90.0)):
        put(server, scene(tmp_path, value), day)
        assert run(feed, store, JUNE + timedelta(days=day)).taken == 1
    retract(store, CUBE.id, MAY[0], reason="of June", by="Ada", now=datetime.now(UTC))
    put(server, scene(tmp_path, 90.0, "again"), 2)
    ended = run(feed, store, JUNE + timedelta(days=2))
    assert (ended.taken, ended.rejected) == (0, 1)
    assert "rain.rain 2026-05-01 was withdrawn: of June" in ended.detail
    assert [median for median, _ in taken(store)] == [60.0, 90.0, 60.0]
    # It is said once; what is put in its place is taken.
    assert run(feed, store, JUNE + timedelta(days=3)).rejected == 0
    put(server, scene(tmp_path, 61.0), 4)
    assert run(feed, store, JUNE + timedelta(days=4)).taken == 1


@pytest.fixture
def bucket() -> Iterator[Any]:
    """A bucket behind an S3 server, and its address."""
    served = ThreadedMotoServer("127.0.0.1", port=0)
    served.start()
    host, port = served.get_host_and_port()
    made = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1",
                        aws_access_key_id="AKIATEST",
                        aws_secret_access_key="secret")  # fmt: skip
    made.create_bucket(Bucket="soil")
    yield made
    made.close()
    served.stop()


def test_a_revised_object_is_taken_whatever_its_tag(
    store: Store, bucket: Any, tmp_path: Path
) -> None:
    feed = S3Feed(endpoint=bucket.meta.endpoint_url, bucket="soil", prefix="", key_id="ID",
                  key="KEY", pattern=r"(?P<year>\d{4})-(?P<month>\d\d)\.tif",
                  limits=FAST)  # fmt: skip
    # Among so many tags some are lower than the one before, and some higher.
    tags = []
    for day in range(6):
        body = scene(tmp_path, 60.0 + day)
        tags.append(bucket.put_object(Bucket="soil", Key="2026-05.tif", Body=body)["ETag"])
        _until_a_second_is_over(bucket)
        assert run(feed, store, JUNE + timedelta(days=day)).taken == 1
    assert tags != sorted(tags)
    assert [median for median, _ in taken(store)] == [60.0 + day for day in range(6)]
    (listed,) = feed.find(Access(window=MAY, plain_http=True, secrets=SECRETS))
    assert listed.size == len(scene(tmp_path, 65.0)), "its length is declared"
    assert run(feed, store, JUNE + timedelta(days=9)).taken == 0


def _until_a_second_is_over(bucket: Any) -> None:
    """Wait until what is put there next has another time: they are told in whole seconds."""
    put = bucket.head_object(Bucket="soil", Key="2026-05.tif")["LastModified"]
    while datetime.now(UTC) < put + timedelta(seconds=1):
        time.sleep(0.05)
