"""kill -9 at any moment of the set-up: nothing lost, nothing double, nothing half seen."""

import threading
import time
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import text

from soc_monitor import operations
from soc_monitor.aggregate import PAIRS
from soc_monitor.errors import AlreadyRan
from soc_monitor.model.error_model import TABLES
from soc_monitor.runs.ingest import ingest
from soc_monitor.runs.jobs import load_jobs
from soc_monitor.settings import Settings
from soc_monitor.store import read

from .conftest import (
    Driven,
    Undisturbed,
    ask,
    check_nothing_left,
    check_whole_or_nothing,
)

SEED = np.random.SeedSequence().entropy


def test_an_undisturbed_set_up_has_something_of_everything(undisturbed: Undisturbed) -> None:
    sizes = {name: len(rows) for name, rows in undisturbed.state.items()}
    assert sizes["slices"] == 35
    assert sizes["observations"] == 4906
    assert sizes["samples"] == 1557
    assert sizes["records"] == 24
    assert sizes["estimates"] == 34 * sizes["areas"] > 100
    # What "no duplicates" means below: every row once.
    for name, rows in undisturbed.state.items():
        assert len(set(rows)) == len(rows), name


def test_a_set_up_killed_six_times_ends_as_if_it_had_not_been(
    driven: Driven, undisturbed: Undisturbed
) -> None:
    chance = np.random.default_rng(SEED)
    killed = 0
    for _ in range(6):
        driven.start()
        killed += driven.kill(chance.uniform(0, undisturbed.seconds / 3))
        store = driven.open()
        check_whole_or_nothing(store)
        store.close()
    assert killed >= 3, "it ended before it could be killed"
    driven.start()
    assert driven.end() == []
    assert driven.state() == undisturbed.state, f"seed {SEED}"
    check_nothing_left(driven)
    store = driven.open()
    assert ask(store, "SELECT count(*) FROM app.releases") == [(1,)]
    # Every map with errors rests on tables here, the nowcast and the corrected map as well.
    drawn = ask(store, "SELECT DISTINCT model FROM app.correlations")
    assert drawn == [(f"{TABLES}, {PAIRS} pairs",)]
    store.close()


def test_a_database_killed_twice_comes_back_with_all_that_was_committed(
    driven_alone: Driven, undisturbed: Undisturbed
) -> None:
    chance = np.random.default_rng(SEED)
    for part in (0.0, 0.4):
        driven_alone.start()
        driven_alone.kill_database(undisturbed.seconds * (part + chance.uniform(0, 0.3)))
        # It goes on as far as it can, and says what failed: no error without a name.
        driven_alone.end()
        store = driven_alone.open()
        check_whole_or_nothing(store)
        store.close()
    driven_alone.start()
    assert driven_alone.end() == []
    assert driven_alone.state() == undisturbed.state, f"seed {SEED}"
    check_nothing_left(driven_alone)


def test_a_run_killed_between_its_slices_and_their_release_is_finished_beside_the_queue(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    driven.start()
    assert driven.end() == []
    jobs = load_jobs([driven.shelf])
    monkeypatch.setattr(operations, "all_jobs", lambda _: jobs)
    settings = Settings(data=driven.data, mirror="", jobs=())
    store = driven.open()
    due = datetime.now(UTC)
    # A revised file is taken, and the process dies before it makes the numbers.
    (layer,) = jobs["land_cover"].job.layers
    with store.engine.begin() as connection:
        forget = text("UPDATE app.items SET sha256 = repeat('0', 64) WHERE key = :key")
        connection.execute(forget, {"key": layer.item})
        # With other values: what stands is not what its file says.
        other = text("UPDATE app.slices SET sealed = reverse(sealed) WHERE cube_id = :cube")
        connection.execute(other, {"cube": layer.cube.id})
    assert ingest(jobs["land_cover"], store, due).taken == 1
    assert len(read.list_releases(store)) == 1
    # The queue takes the same due time up again, and does not stand still for the numbers.
    with pytest.raises(AlreadyRan):
        operations.run_due(settings, store, "land_cover", due)
    assert len(read.list_releases(store)) == 1
    monkeypatch.setattr(operations, "NUMBERS_S", 0.01)
    stop = threading.Event()
    keepers = operations.start_keepers(settings, store, stop)
    try:
        end = time.monotonic() + 300
        while len(read.list_releases(store)) == 1:
            assert time.monotonic() < end, "nobody made the numbers"
            time.sleep(0.1)
    finally:
        stop.set()
        for keeper in keepers:
            keeper.join()
    # However often it looked since: nothing is made twice.
    operations.publish_new(settings, store)
    assert len(read.list_releases(store)) == 2
    store.close()
