"""What is held waits for an operator's word; what was kept is read again, and compared."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasterio.transform import Affine
from sqlalchemy import text

from soc_monitor import operations
from soc_monitor.errors import NotKept, UnknownJob, UnknownRecord
from soc_monitor.maps import step
from soc_monitor.model import (
    Access,
    Cube,
    DataClass,
    Freq,
    Grid,
    IngestJob,
    Item,
    Layer,
    Run,
    RunState,
)
from soc_monitor.runs import desk
from soc_monitor.runs.ingest import ingest
from soc_monitor.runs.jobs import ShelvedJob
from soc_monitor.runs.replay import replay
from soc_monitor.runs.retract import retract
from soc_monitor.settings import Settings
from soc_monitor.store import (
    arrays,
    control,
    holds,
    journal,
    orders,
    read_inputs,
    read_slices,
    registers,
    runs,
)
from soc_monitor.store.files import Kept
from soc_monitor.store.store import Store

from .made_up import raster

GRID = Grid(nx=36, ny=18)
CUBE = Cube(product="ndvi", variable="ndvi", unit="1", freq=Freq.MONTH, grid=GRID,
            data_class=DataClass.OBSERVED, dtype="int16", scale=0.0001, fill=-3000)  # fmt: skip


@dataclass(frozen=True)
class Scenes:
    """A feed of one scene a month of 2024, whose values are those of its month."""

    level: dict[int, int]
    fetched: list[str] = field(default_factory=list)

    def find(self, access: Access) -> Iterable[Item]:
        for month in self.level:
            first = date(2024, month, 1)
            if access.window[0] <= first <= access.window[1]:
                yield Item(key=f"{month}.tif", address="https://example.org/x", version="1",
                           period=first, period_end=date(2024, month, 28))  # fmt: skip

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        assert access.window
        assert item.period is not None
        self.fetched.append(item.key)
        values = np.full(GRID.shape, self.level[item.period.month], np.int16)
        values[:2] = -3000
        raster(folder / "a.tif", values, nodata=-3000, transform=Affine(10, 0, -180, 0, -10, 90))
        return folder / "a.tif"


def layers_of(item: Item, factor: float = 0.0001) -> tuple[Layer, ...]:
    assert item.period is not None
    assert item.period_end is not None
    return (
        Layer(cube=CUBE, item=item.key, period=item.period, period_end=item.period_end, unit="1",
              valid=(-0.2, 1.0), nodata=-3000, correction=(factor, 0.0), max_shift=0.1),
    )  # fmt: skip


def shelved(feed: Scenes, **other: Any) -> ShelvedJob:
    job = IngestJob(
        id="ndvi", title={"en": "N", "fr": "N", "es": "N"}, licence="CC0-1.0", citation="-",
        link="-", schedule="0 6 * * *", max_age_days=40, layers_of=layers_of, late_days=800,
        feed=feed, example=Item(key="1.tif", address="-", period=date(2024, 1, 1),
                                period_end=date(2024, 1, 31)),
    )  # fmt: skip
    return ShelvedJob(replace(job, **other), Path(), "v1")


@dataclass
class Desk:
    """A store, a folder of kept files, and the job that an operator looks after."""

    store: Store
    settings: Settings
    job: ShelvedJob

    @property
    def feed(self) -> Scenes:
        assert isinstance(self.job.job.feed, Scenes)
        return self.job.job.feed

    def run(self) -> Run:
        return ingest(
            self.job, self.store, datetime.now(UTC), window=(date(2024, 1, 1), date(2024, 12, 31)),
            kept=operations.kept_files(self.settings),
        )  # fmt: skip


@pytest.fixture
def place(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A month that is like the one before, and one that is not."""
    made = Desk(
        store, Settings(data=tmp_path, mirror="", jobs=()), shelved(Scenes({1: 5000, 2: 9000}))
    )
    monkeypatch.setattr(operations, "all_jobs", lambda _: {"ndvi": made.job})
    return made


def periods(store: Store) -> list[int]:
    return sorted(one.period.month for one in read_slices.newest_slices(store))


def test_a_step_waits_with_its_picture_and_is_taken_once_accepted_without_the_source(
    place: Desk,
) -> None:
    ended = place.run()
    assert (ended.state, ended.taken, ended.rejected) == (RunState.PARTLY, 1, 1)
    assert "it waits for an operator's word" in ended.detail
    (held,) = holds.list_holds(place.store)
    assert (held.state, held.rule, held.preview.period) == ("waiting", "shift", date(2024, 2, 1))
    both = step.read(held.preview.values, held.preview.rows, held.preview.columns)
    assert both.shape == (2, 18, 36)
    assert np.nanmin(both[0]) == pytest.approx(0.5)
    assert np.nanmax(both[1]) == pytest.approx(0.9)
    assert np.isnan(both[:, :2]).all()
    place.run()
    assert len(holds.list_holds(place.store)) == 1, "the same again is no second"

    fetched = len(place.feed.fetched)
    assert desk.decide(place.store, held.id, "accepted", "Ada")
    assert not desk.decide(place.store, held.id, "rejected", "Bob"), "it was decided"
    assert operations.obey(place.settings, place.store)
    assert not operations.obey(place.settings, place.store), "each order once"
    assert len(place.feed.fetched) == fetched, "the file was kept"
    assert periods(place.store) == [1, 2]
    (order,) = orders.list_orders(place.store)
    assert order.outcome.startswith("done")
    acts = {(act["actor"], act["verb"]) for act in registers.list_audit(place.store)}
    assert ("Ada", "accept") in acts


DECIDE = """
import sys, uuid
from pathlib import Path
from soc_monitor.runs import desk
from soc_monitor.store.store import open_store
store = open_store(sys.argv[1], Path(sys.argv[2]), statement_s=60)
print("deciding", flush=True)
desk.decide(store, uuid.UUID(sys.argv[3]), "accepted", "Ada")
"""


def test_a_word_whose_process_is_killed_before_its_order_was_never_given(
    place: Desk, database_url: str
) -> None:
    place.run()
    (held,) = holds.list_holds(place.store)
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with place.store.engine.connect() as other, place.store.engine.connect() as watch:
        # Its last step has to wait, and in that moment it is killed.
        other.execute(text("LOCK TABLE app.orders IN ACCESS EXCLUSIVE MODE"))
        words = [sys.executable, "-c", DECIDE, database_url, str(place.store.arrays), str(held.id)]
        child = subprocess.Popen(words, stdout=subprocess.PIPE)
        try:
            until = time.monotonic() + 60
            while not watch.execute(waits).scalar_one():
                assert child.poll() is None, "it has not waited"
                assert time.monotonic() < until
                watch.rollback()
                time.sleep(0.02)
        finally:
            child.kill()
            child.communicate()
        other.rollback()
        while watch.execute(text("SELECT count(*) FROM pg_locks WHERE relation = "
                                 "'app.orders'::regclass")).scalar_one():  # fmt: skip
            watch.rollback()
            time.sleep(0.02)
    assert [one.state for one in holds.list_holds(place.store)] == ["waiting"]
    assert orders.list_orders(place.store) == []
    assert desk.decide(place.store, held.id, "accepted", "Ada")
    assert [one.kind for one in orders.list_orders(place.store)] == ["accept"]


def test_what_an_operator_refuses_is_not_asked_again(place: Desk) -> None:
    place.run()
    (held,) = holds.list_holds(place.store, waiting=True)
    desk.decide(place.store, held.id, "rejected", "Ada")
    assert holds.list_holds(place.store, waiting=True) == []
    assert "an operator has refused it" in place.run().detail
    assert periods(place.store) == [1]
    assert holds.list_holds(place.store, waiting=True) == []


def test_a_run_says_what_it_does_line_by_line(place: Desk) -> None:
    lines = journal.read_lines(place.store, place.run().id)
    assert [line["event"] for line in lines] == [
        "items found", "item fetched", "slice written", "item fetched", "item held", "run ends",
    ]  # fmt: skip
    assert lines[4]["level"] == "warning"
    assert lines[4]["detail"]["rule"] == "shift"
    assert [line["n"] for line in journal.read_lines(place.store, lines[0]["run_id"], after=4)] == [
        5, 6,
    ]  # fmt: skip


def test_orders_of_what_is_not_there_are_refused(place: Desk) -> None:
    with pytest.raises(UnknownJob):
        desk.order_run(place.store, "nothing", "Ada")
    with pytest.raises(UnknownRecord):
        desk.decide(place.store, uuid.uuid4(), "accepted", "Ada")


def test_a_backfill_is_done_by_the_worker_for_its_span(place: Desk) -> None:
    runs.register_feed(place.store, place.job.job)
    desk.order_backfill(place.store, "ndvi", "2024-01", "2024-01", "Ada")
    assert operations.obey(place.settings, place.store)
    assert place.feed.fetched == ["1.tif"]
    assert periods(place.store) == [1]


def test_a_replay_tells_what_today_s_rules_make_of_kept_files_and_changes_only_that(
    place: Desk,
) -> None:
    first = place.run()
    kept = operations.kept_files(place.settings)
    assert kept is not None
    told = replay(place.job, place.store, first.id, kept)
    assert [(one.outcome, one.cells) for one in told] == [("same", 0)]
    half = shelved(place.feed, layers_of=lambda item: layers_of(item, 0.00005))
    told = replay(half, place.store, first.id, kept, dry_run=True)
    assert [(one.outcome, one.cells) for one in told] == [("changed", 36 * 16)]
    assert told[0].greatest == pytest.approx(0.25)
    assert [one.version for one in read_slices.newest_slices(place.store)] == [1]
    fetched = list(place.feed.fetched)
    replay(half, place.store, first.id, kept)
    (piece,) = read_slices.newest_slices(place.store)
    assert piece.version == 2
    assert np.nanmax(arrays.open_slice(place.store, piece).values) == pytest.approx(0.25)
    assert place.feed.fetched == fetched, "nothing was fetched"
    with place.store.engine.connect() as connection:
        paths = set(connection.execute(text("SELECT path FROM app.slices")).scalars())
    on_disk = {
        path.relative_to(place.store.arrays).as_posix()
        for path in place.store.arrays.glob("ndvi.*/*/*")
    }
    assert on_disk == paths, "what was the same, or only tried, is gone"


def test_a_replay_does_not_make_its_source_look_fresh(place: Desk) -> None:
    first = place.run()
    kept = operations.kept_files(place.settings)
    assert kept is not None
    (before,) = read_inputs.inputs_status(place.store)
    due = control.last_due(place.store, "ndvi")
    half = shelved(place.feed, layers_of=lambda item: layers_of(item, 0.00005))
    replay(half, place.store, first.id, kept)
    (after,) = read_inputs.inputs_status(place.store)
    assert runs.list_runs(place.store)[0].job_version == "replay v1"
    assert (after.last_attempt, after.last_success) == (before.last_attempt, before.last_success)
    assert (after.last_state, after.last_detail) == (before.last_state, before.last_detail)
    assert control.last_due(place.store, "ndvi") == due


def test_a_replay_does_not_bring_back_what_was_withdrawn(place: Desk) -> None:
    first = place.run()
    kept = operations.kept_files(place.settings)
    assert kept is not None
    (piece,) = read_slices.newest_slices(place.store)
    retract(place.store, piece.cube.id, piece.period, reason="clouds", by="Ada",
            now=datetime.now(UTC))  # fmt: skip
    (told,) = replay(place.job, place.store, first.id, kept)
    assert (told.outcome, told.told) == ("withdrawn", "clouds")
    assert read_slices.newest_slices(place.store) == []
    # Read by other rules it holds something else, which nobody has withdrawn.
    half = shelved(place.feed, layers_of=lambda item: layers_of(item, 0.00005))
    (told,) = replay(half, place.store, first.id, kept)
    assert told.outcome == "new"
    assert len(read_slices.newest_slices(place.store)) == 1


def test_what_is_kept_no_longer_is_said(place: Desk, tmp_path: Path) -> None:
    first = place.run()
    with pytest.raises(NotKept, match="none of the 1 files"):
        replay(place.job, place.store, first.id, Kept(tmp_path / "empty"))


def test_kept_files_are_bounded_in_size_and_age(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept", most_bytes=250, most_days=30)
    for number in range(4):
        file = tmp_path / "file"
        file.write_bytes(bytes(100))
        assert kept.keep(file, f"{number:064d}")
        os.utime(kept.path(f"{number:064d}"), (1e9 + number, 2e9 + number))
    assert kept.tidy() == 2
    assert [kept.find(f"{n:064d}") is not None for n in range(4)] == [False, False, True, True]
    os.utime(kept.path(f"{2:064d}"), (1e9, 1e9))
    assert kept.tidy() == 1
    (tmp_path / "large").write_bytes(bytes(300))
    assert not kept.keep(tmp_path / "large", "a" * 64)
