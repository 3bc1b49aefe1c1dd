"""Two years of monthly scenes: whatever way they arrive, what is there in the end is the same."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from sqlalchemy import text

from soc_monitor.feeds import StacFeed
from soc_monitor.feeds.client import Limits
from soc_monitor.model import (
    Cube,
    DataClass,
    Freq,
    Grid,
    IngestJob,
    Item,
    Layer,
    Release,
    Run,
    RunState,
)
from soc_monitor.runs import alerting
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.ingest import ingest
from soc_monitor.runs.jobs import ShelvedJob, check_job
from soc_monitor.runs.retract import retract
from soc_monitor.runs.verify import verify
from soc_monitor.store import read, read_arrivals, read_inputs, read_slices
from soc_monitor.store.store import Store, open_store

from ..feeds.conftest import Server, send, server  # noqa: F401, TID252  # a fixture of that folder
from .paper import World

CUBE = Cube(product="ndvi", variable="ndvi", unit="1", freq=Freq.MONTH, grid=Grid(nx=36, ny=18),
            data_class=DataClass.OBSERVED, dtype="int16", scale=0.0001, fill=-3000)  # fmt: skip
MONTHS = [(2022 + n // 12, n % 12 + 1) for n in range(24)]
CORRUPT, REVISED, LATE = (2023, 5), (2022, 8), (2022, 3)


def layers_of(item: Item) -> tuple[Layer, ...]:
    assert item.period is not None
    assert item.period_end is not None
    return (
        Layer(cube=CUBE, item=item.key, period=item.period, period_end=item.period_end, unit="1",
              valid=(-0.2, 1.0), nodata=-3000, correction=(0.0001, 0.0), median=(0.0, 0.9),
              min_valid_share=0.5),
    )  # fmt: skip


def job(root: str) -> IngestJob:
    return IngestJob(
        id="ndvi", title={"en": "N", "fr": "N", "es": "N"}, licence="CC0-1.0", citation="-",
        link="-", schedule="0 6 * * *", max_age_days=40, layers_of=layers_of, late_days=800,
        feed=StacFeed(root=f"{root}/catalog.json", assets=("ndvi",), hosts=(),
                      limits=Limits(pause_s=0.01, tries=2)),
        example=Item(key="x/ndvi", address="-", period=date(2022, 1, 1),
                     period_end=date(2022, 1, 31)),
    )  # fmt: skip


class Archive:
    """A provider's catalogue, which says at each time what it has."""

    def __init__(self, served: Server, folder: Path) -> None:
        self.served, self.folder = served, folder

    def offer(self, months: list[tuple[int, int]], *, version: int = 1) -> None:
        """Put scenes into the catalogue, in this order, in this version; the others stay."""
        for year, month in months:
            name = f"s{year}{month:02d}"
            body = self.scene(year, month, version)
            if (year, month) == CORRUPT:
                body = body[: len(body) // 2]
            self.served.on(f"/{name}.{version}.tif", send(body))
            item = {
                "type": "Feature", "id": name,
                "assets": {"ndvi": {"href": f"{name}.{version}.tif"}},
                "properties": {"datetime": f"{year}-{month:02d}-09T00:00:00Z",
                               "updated": f"2024-01-0{version}"},
            }  # fmt: skip
            self.served.on(f"/{name}.{version}.json", send(json.dumps(item).encode()))

    def list(self, *entries: tuple[int, int, int]) -> None:
        """What the catalogue lists: (year, month, version)."""
        links = [{"rel": "item", "href": f"s{y}{m:02d}.{v}.json"} for y, m, v in entries]
        body = {"type": "Catalog", "links": links}
        self.served.on("/catalog.json", send(json.dumps(body).encode()))

    def scene(self, year: int, month: int, version: int) -> bytes:
        """A GeoTIFF whose values tell month and version."""
        chance = np.random.default_rng(year * 100 + month)
        values = chance.integers(2000, 8000, (18, 36)).astype(np.int16) + version
        values[:3] = -3000
        file = self.folder / f"{year}{month}{version}.tif"
        with rasterio.open(file, "w", driver="GTiff", width=36, height=18, count=1, dtype="int16",
                           crs="EPSG:4326", nodata=-3000, compress="deflate",
                           transform=Affine(10, 0, -180, 0, -10, 90)) as out:  # fmt: skip
            out.write(values, 1)
        return file.read_bytes()


def run(made: IngestJob, store: Store) -> Run:
    return ingest(
        ShelvedJob(made, Path(), "v1"), store, datetime.now(UTC), plain_http=True,
        window=(date(2022, 1, 1), date(2024, 1, 1)),
    )  # fmt: skip


def state(store: Store) -> list[tuple[Any, ...]]:
    """What readers would be shown: the newest version of every month."""
    return [(s.period, s.checksum, s.valid_cells) for s in read_slices.newest_slices(store)]


@pytest.fixture
def other_store(clone: Callable[[str], str], template: str, tmp_path: Path) -> Iterator[Store]:
    """A second store, for the run that nothing disturbs."""
    opened = open_store(clone(template), tmp_path / "calm", statement_s=60)
    yield opened
    opened.close()


@pytest.fixture
def archive(server: Server, tmp_path: Path) -> Archive:  # noqa: F811  # the fixture
    """Twenty-four months in version 1, one of them in version 2 as well."""
    made = Archive(server, tmp_path)
    made.offer(MONTHS)
    made.offer([REVISED], version=2)
    return made


def test_the_job_of_this_file_is_declared_rightly() -> None:
    assert list(check_job(job("https://example.org"), Path("ndvi.py"))) == []


def test_scenes_shuffled_twice_revised_late_and_corrupt_end_as_the_sorted_clean_run(
    store: Store, other_store: Store, archive: Archive
) -> None:
    made = job(archive.served.address)
    clean = [(y, m, 2 if (y, m) == REVISED else 1) for y, m in MONTHS if (y, m) != CORRUPT]
    archive.list(*clean)
    assert run(made, other_store).state is RunState.DONE

    chance = np.random.default_rng(3)
    shuffled = [MONTHS[k] for k in chance.permutation(24) if MONTHS[k] != LATE]
    first = [(y, m, 1) for y, m in shuffled[:12]]
    # Some are listed under two names of page at once, and again by the next run.
    archive.list(*first)
    run(made, store)
    archive.list(*first, *((y, m, 1) for y, m in shuffled[12:]))
    run(made, store)
    archive.list(*first, (*REVISED, 2), *((y, m, 1) for y, m in shuffled[12:]), (*LATE, 1))
    run(made, store)
    again = run(made, store)
    assert (again.taken, again.state) == (0, RunState.REFUSED), "the corrupt one is still corrupt"

    assert state(store) == state(other_store)
    assert len(state(store)) == 23
    with store.engine.connect() as connection:
        found = connection.execute(text("SELECT DISTINCT item_key, rule FROM app.rejections")).all()
        versions = connection.execute(text("SELECT max(version), count(*) FROM app.slices")).one()
    assert [tuple(row) for row in found] == [("s202305/ndvi", "decode")]
    assert tuple(versions) == (2, 24)


def test_a_step_too_great_to_be_believed_is_refused_until_an_operator_takes_it(
    store: Store, archive: Archive
) -> None:
    narrow = job(archive.served.address)
    strict = replace(
        narrow, layers_of=lambda item: tuple(replace(x, max_shift=1e-4) for x in layers_of(item))
    )
    archive.list((2022, 1, 1))
    assert run(strict, store).taken == 1, "the first has nothing before it"
    archive.list((2022, 1, 1), (2022, 2, 1))
    refused = run(strict, store)
    assert (refused.state, refused.taken) == (RunState.REFUSED, 0)
    assert "shift: median" in refused.detail
    taken = ingest(
        ShelvedJob(strict, Path(), "v1"), store, datetime.now(UTC), plain_http=True, force=True
    )
    assert taken.taken == 1


def test_an_older_version_does_not_undo_a_newer_one(store: Store, archive: Archive) -> None:
    made = job(archive.served.address)
    archive.list((*REVISED, 2))
    run(made, store)
    before = state(store)
    archive.list((*REVISED, 1))
    assert run(made, store).rejected == 1
    assert state(store) == before


def test_what_a_source_calls_its_files_costs_itself_alone(store: Store, archive: Archive) -> None:
    served, body = archive.served, archive.scene(2022, 1, 1)
    names = ["..", "a/..", "n" * 300 + ".tif", f"http://127.0.0.1:{10**8}/x", "http://[", "x\0"]
    times = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T00:00:00Z"]
    entries = [(name, "2022-01-09T00:00:00Z") for name in names]
    entries += [("good.tif", time) for time in (*times, "2022-01-09T00:00:00Z")]
    for path in ("/", "/a/..", f"/{names[2]}", "/good.tif"):
        served.on(path, send(b"no raster"))
    served.on("/good.tif", send(body))
    links = []
    for number, (href, time) in enumerate(entries):
        item = {
            "type": "Feature", "id": f"i{number}", "assets": {"ndvi": {"href": href}},
            "properties": {"datetime": time, "updated": "2024-01-01"},
        }  # fmt: skip
        served.on(f"/i{number}.json", send(json.dumps(item).encode()))
        links.append({"rel": "item", "href": f"i{number}.json"})
    served.on("/catalog.json", send(json.dumps({"type": "Catalog", "links": links}).encode()))
    ended = run(job(served.address), store)
    assert ended.taken == 1, ended.detail
    assert [one.period for one in read_slices.newest_slices(store)] == [date(2022, 1, 1)]


def stocks_of(item: Item) -> tuple[Layer, ...]:
    """The same scenes as a stock, which numbers are published of."""
    stock = replace(CUBE, variable="soc_stock_0_30cm", unit="t ha-1")
    return tuple(replace(one, cube=stock, unit="t ha-1") for one in layers_of(item))


def test_a_month_that_its_provider_takes_back_stays_and_that_is_told(
    store: Store, archive: Archive
) -> None:
    World(store).areas()
    made = replace(job(archive.served.address), layers_of=stocks_of)
    there = [(2022, month, 1) for month in (1, 2)]
    archive.list(*there)
    run(made, store)
    estimate(store, datetime.now(UTC))
    pinned = read.find_release(store)

    def stands() -> tuple[object, ...]:
        (one,) = [x for x in read_inputs.inputs_status(store) if x.feed_id == "ndvi"]
        causes = [c.what for c in alerting.causes(store, datetime.now(UTC)) if c.kind == "gone"]
        dates = [x.item for x in read_arrivals.arrivals(store, "ndvi", 9) if x.gone_since]
        return one.gone, len(causes), dates

    def shown(release: Release) -> list[object]:
        months = [date(2022, month, 1) for _, month, _ in there]
        return [
            [(e.value, e.calculation_id) for _, e in sorted(found.items())]
            for month in months
            if (found := read.read_map(store, release, "soc_stock_0_30cm", "ndvi", month))
        ]

    before = state(store), shown(pinned)
    assert len(before[1]) == 2
    assert stands() == (0, 0, [])

    archive.list(there[0])
    for _ in range(2):
        looked = run(made, store)
        assert (looked.state, looked.taken) == (RunState.NOTHING_NEW, 0)
        assert looked.detail.endswith("offered no longer, and kept: s202202/ndvi")
    assert stands() == (1, 1, ["s202202/ndvi"])
    assert (state(store), shown(pinned)) == before
    assert list(verify(store)) == []
    # The next release still has it.
    archive.offer([(2022, 3)])
    archive.list(there[0], (2022, 3, 1))
    run(made, store)
    estimate(store, datetime.now(UTC))
    newest = read.find_release(store)
    assert newest != pinned
    assert shown(newest) == shown(pinned) == before[1]

    # What is there again, under whatever name, is missed no longer; nor what is only unreadable.
    archive.list(*there, (2022, 3, 1))
    assert "no longer" not in run(made, store).detail
    assert stands() == (0, 0, [])
    archive.served.on("/s202202.1.json", send(b'{"type": "Feature", "id": "s202202"}'))
    assert "no longer" not in run(made, store).detail
    # Withdrawn by an operator it is nobody's concern any more.
    archive.list(there[0], (2022, 3, 1))
    run(made, store)
    assert stands()[0] == 1
    cube = "ndvi.soc_stock_0_30cm"
    retract(store, cube, date(2022, 2, 1), reason="taken back", by="Ada", now=datetime.now(UTC))
    assert stands()[:2] == (0, 0)
