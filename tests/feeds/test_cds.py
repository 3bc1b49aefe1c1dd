"""A data store on loopback that makes products on request, and feeds of one file a period."""

import json
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from soc_monitor.errors import FeedUnreachable, ItemRejected, NotThereYet
from soc_monitor.feeds import CdsFeed, FolderFeed, Period, Step, TemplateFeed
from soc_monitor.feeds.client import Limits
from soc_monitor.model import Access, Item

from .conftest import Server, send

FAST = Limits(pause_s=0.01, tries=2)
YEAR = Access(window=(date(2024, 1, 1), date(2024, 4, 10)), plain_http=True,
              secrets={"SOC_CDS_KEY": "hidden"})  # fmt: skip


def answer(**told: Any) -> Any:
    return send(json.dumps(told).encode())


def ask(period: Period) -> dict[str, Any]:
    return {"month": f"{period.first:%m}"}


def feed(server: Server, **other: Any) -> CdsFeed:
    values: dict[str, Any] = {
        "root": f"{server.address}/api", "dataset": "era", "request": ask, "folder": "era",
        "name": "{period:%Y-%m}.nc", "first": date(2024, 2, 1), "hosts": (server.host,),
        "look_s": 0.01, "limits": FAST,
    }  # fmt: skip
    return CdsFeed(**{**values, **other})


def serve(server: Server, body: bytes, *states: str) -> None:
    server.on("/api/retrieve/v1/processes/era/execution", answer(jobID="j1", status="accepted"))
    server.on("/api/retrieve/v1/jobs/j1", *(answer(jobID="j1", status=s) for s in states))
    made = {"asset": {"value": {"href": f"{server.address}/made/x"}}}
    server.on("/api/retrieve/v1/jobs/j1/results", answer(**made))
    server.on("/made/x", send(body))


def test_a_product_is_asked_for_waited_for_and_fetched(server: Server, tmp_path: Path) -> None:
    serve(server, b"bytes", "running", "successful")
    february, march = feed(server).find(YEAR)
    assert (february.key, march.period_end) == ("2024-02.nc", date(2024, 3, 31))
    file = feed(server).fetch(YEAR, february, tmp_path)
    assert (file.name, file.read_bytes()) == ("2024-02.nc", b"bytes")
    assert json.loads(server.asked[0].body) == {"inputs": {"month": "02"}}
    assert server.asked[0].headers["private-token"] == "hidden"


def test_one_file_in_an_archive_is_unpacked_and_several_are_refused(
    server: Server, tmp_path: Path
) -> None:
    (item, _) = feed(server).find(YEAR)
    for count in (1, 2):
        with zipfile.ZipFile(tmp_path / "made.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(count):
                archive.writestr(f"../{number}.nc", bytes(9000))
        serve(server, (tmp_path / "made.zip").read_bytes(), "successful")
        if count == 1:
            assert feed(server).fetch(YEAR, item, tmp_path).stat().st_size == 9000
            small = feed(server, limits=Limits(max_bytes=8000))
            with pytest.raises(ItemRejected, match="size"):
                small.fetch(YEAR, item, tmp_path)
        else:
            with pytest.raises(ItemRejected, match="archive: 2 files"):
                feed(server).fetch(YEAR, item, tmp_path)


def test_what_a_store_does_not_make_is_told(server: Server, tmp_path: Path) -> None:
    (item, _) = feed(server).find(YEAR)
    serve(server, b"", "running")
    with pytest.raises(NotThereYet, match="still queued"):
        feed(server, wait_s=0.05).fetch(YEAR, item, tmp_path)
    serve(server, b"", "failed")
    with pytest.raises(FeedUnreachable, match="says 'failed'"):
        feed(server).fetch(YEAR, item, tmp_path)
    server.on("/api/retrieve/v1/processes/era/execution", send(b"[1]"))
    with pytest.raises(FeedUnreachable, match="not an answer of a store"):
        feed(server).fetch(YEAR, item, tmp_path)
    with pytest.raises(FeedUnreachable, match="SOC_CDS_KEY is not set"):
        feed(server).fetch(Access(window=YEAR.window), item, tmp_path)


def test_a_template_has_one_file_a_period_once_its_lag_is_over(
    server: Server, tmp_path: Path
) -> None:
    made = TemplateFeed(
        template=f"{server.address}/{{period:%Y/%j}}/{{end:%d}}.tif", folder="t",
        first=date(2024, 3, 10), step=Step.DAYS_16, lag_days=8, limits=FAST,
    )  # fmt: skip
    items = list(made.find(YEAR))
    assert [item.period for item in items] == [date(2024, 3, 5), date(2024, 3, 21)][:2][:1] + [
        date(2024, 3, 21)
    ][: len(items) - 1]
    # An order of a past span is for all of it: the lag is counted from the day of the run.
    order = replace(YEAR, window=(date(2024, 3, 21), date(2024, 4, 5)), today=date(2024, 4, 13))
    assert [item.period for item in made.find(order)] == [date(2024, 3, 21)]
    assert list(made.find(replace(order, today=date(2024, 4, 12)))) == []
    server.on("/2024/065/20.tif", send(b"here"))
    assert made.fetch(YEAR, items[0], tmp_path).read_bytes() == b"here"
    with pytest.raises(NotThereYet):
        made.fetch(YEAR, Item(key="x", address=f"{server.address}/none.tif"), tmp_path)


def test_a_folder_has_the_files_whose_names_match(tmp_path: Path) -> None:
    (tmp_path / "ndvi").mkdir()
    for name in ("n_2024-02.tif", "n_2023-02.tif", "n_2024-03.txt", "README"):
        (tmp_path / "ndvi" / name).write_text(name)
    made = FolderFeed(folder="ndvi", pattern=r"n_(?P<year>\d{4})-(?P<month>\d\d)\.tif")
    access = Access(mirror=str(tmp_path), window=YEAR.window)
    (item,) = made.find(access)
    assert (item.key, item.period) == ("n_2024-02.tif", date(2024, 2, 1))
    # One that is of no day costs itself alone.
    for name in ("n_2024-13.tif", "n_0000-01.tif", "n_9999-12.tif"):
        (tmp_path / "ndvi" / name).touch()
    assert [one.key for one in made.find(access) if not one.refused] == [item.key]
    assert sum("of no day" in one.refused for one in made.find(access)) == 3
    (tmp_path / "out").mkdir()
    assert made.fetch(access, item, tmp_path / "out").read_text() == "n_2024-02.tif"
    with pytest.raises(FeedUnreachable, match="there is no folder 'ndvi' in the mirror"):
        list(made.find(Access()))
