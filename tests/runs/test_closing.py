"""Closing a year: the same numbers from months that lie side by side."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from soc_monitor.errors import LeaseLost
from soc_monitor.model import Cube, DataClass, Freq, Grid, Item, Slice
from soc_monitor.runs.closing import close_blocks, full_blocks
from soc_monitor.runs.retract import retract
from soc_monitor.runs.verify import verify
from soc_monitor.store import arrays, closing, intake, read_slices, runs, versions
from soc_monitor.store.store import Store

GRID = Grid(nx=16, ny=8)
CUBE = Cube(
    product="made_up", variable="moisture", unit="1", freq=Freq.MONTH, grid=GRID,
    data_class=DataClass.OBSERVED, dtype="int16", scale=0.1, fill=-32768,
)  # fmt: skip
TODAY = date(2024, 3, 1)


@contextmanager
def a_run(store: Store) -> Iterator[runs.OpenRun]:
    now = datetime.now(UTC)
    with runs.open_run(store, "made_up", now, job_version="1", code_version="1") as run:
        yield run
        run.taken = 1


def stored(year: int, month: int, more: int = 0) -> np.ndarray[Any, Any]:
    return more + np.random.default_rng(100 * year + month).integers(0, 99, GRID.shape).astype(
        np.int16
    )


def put(store: Store, *months: tuple[int, int], more: int = 0) -> None:
    for year, month in months:
        made = write(store, year, month, more)
        item = Item(key=f"{year}-{month}", address="-")
        new = intake.NewItem(item=item, sha256=uuid.uuid4().hex * 2, size=1)
        with a_run(store) as run:
            intake.add_slices(store, run, [made], new)


def write(store: Store, year: int, month: int, more: int = 0) -> intake.NewSlice:
    period = date(year, month, 1)
    path, array = arrays.create(store, CUBE, period)
    array[:] = stored(year, month, more)
    return intake.NewSlice(
        cube=CUBE, period=period, period_end=period, path=path,
        checksum=arrays.seal(store, path), valid_cells=128, median=None,
    )  # fmt: skip


@pytest.fixture
def store(store: Store) -> Store:
    title = {"en": "Made up", "fr": "Inventé", "es": "Inventado"}
    query = text(
        "INSERT INTO app.feeds (id, title, licence, citation, link, notes, schedule) VALUES"
        " ('made_up', CAST(:title AS jsonb), '', '', '', CAST(:title AS jsonb), '')"
    )
    with store.engine.begin() as connection:
        connection.execute(query, {"title": str(title).replace("'", '"')})
    return store


def year_of(store: Store) -> list[Slice]:
    return read_slices.newest_slices(store, product="made_up")


def close_all(store: Store) -> int:
    with a_run(store) as run:
        return close_blocks(store, run, year_of(store), TODAY)


def test_a_year_that_is_over_is_closed_and_reads_as_before(store: Store) -> None:
    put(store, *((2023, month) for month in range(1, 13)), (2024, 1))
    before = year_of(store)
    assert close_all(store) == 1
    after = year_of(store)
    assert [piece.id for piece in after] == [piece.id for piece in before]
    assert [piece.step for piece in after] == [*range(12), None]
    assert len({piece.path for piece in after}) == 2
    for piece in after:
        expected = stored(piece.period.year, piece.period.month)
        assert np.array_equal(arrays.read_window(store, piece), expected)
        assert np.array_equal(arrays.open_raw(store, piece).compute(), expected)
        corner = arrays.read_window(store, piece, np.array([3, 0]), slice(2, 4))
        assert np.array_equal(corner, expected[[3, 0], 2:4])
    assert list(verify(store)) == []


def test_closing_again_does_nothing(store: Store) -> None:
    put(store, *((2023, month) for month in range(1, 13)))
    assert close_all(store) == 1
    assert close_all(store) == 0


def test_a_year_with_a_new_version_of_a_month_is_closed_once_more(store: Store) -> None:
    year = [(2023, month) for month in range(1, 13)]
    put(store, *year)
    assert close_all(store) == 1
    # The same values again are known, though the month lies in its block.
    fifth = year_of(store)[4]
    assert versions.standing(store, write(store, 2023, 5)) == fifth.id
    put(store, (2023, 5), more=1)
    assert close_all(store) == 1
    after = year_of(store)
    assert [piece.step for piece in after] == [*range(12)]
    assert len({piece.path for piece in after}) == 1
    assert after[4].version == 2
    for month, piece in enumerate(after, 1):
        expected = stored(2023, month, int(month == 5))
        assert np.array_equal(arrays.read_window(store, piece), expected)
    # What was shown before is there as it was.
    assert np.array_equal(arrays.read_window(store, fifth), stored(2023, 5))
    assert list(verify(store)) == []
    assert close_all(store) == 0


@pytest.mark.parametrize("known", [True, False])
def test_what_is_withdrawn_is_withdrawn_in_its_block_too(store: Store, *, known: bool) -> None:
    put(store, *((2023, month) for month in range(1, 13)))
    put(store, (2023, 5), more=1)
    assert close_all(store) == 1
    put(store, (2023, 5), more=1)
    if not known:  # as in a database of before
        with store.engine.begin() as connection:
            connection.execute(text("UPDATE app.slices SET sealed = NULL WHERE step IS NOT NULL"))
    ended = retract(
        store, CUBE.id, date(2023, 5, 1), reason="wrong", by="Ada", now=datetime.now(UTC)
    )
    assert ended.detail.endswith("as version 1 again")
    assert np.array_equal(arrays.read_window(store, year_of(store)[4]), stored(2023, 5))
    with store.engine.connect() as connection:
        query = text("SELECT version FROM app.slices WHERE retracted IS NOT NULL ORDER BY 1")
        assert list(connection.execute(query).scalars()) == [2, 3]


@pytest.mark.parametrize(
    "months",
    [
        [(2024, month) for month in range(1, 13)],
        [(2023, month) for month in range(1, 12)],
    ],
)
def test_an_open_year_or_one_with_a_gap_stays_as_it_is(
    store: Store, months: list[tuple[int, int]]
) -> None:
    put(store, *months)
    assert list(full_blocks(year_of(store), TODAY)) == []


def test_the_old_arrays_stay_for_a_day_and_then_go(store: Store) -> None:
    put(store, *((2023, month) for month in range(1, 13)))
    old = [store.arrays / piece.path for piece in year_of(store)]
    for folder in old:
        os.utime(folder, (0, 0))
    close_all(store)
    intake.clear_leftovers(store, "made_up")
    assert all(folder.exists() for folder in old)
    for folder in old:
        os.utime(folder, (0, 0))
    assert len(intake.clear_leftovers(store, "made_up")) == 12
    assert not any(folder.exists() for folder in old)
    assert list(verify(store)) == []


def test_a_run_that_lost_its_lease_moves_none(store: Store) -> None:
    put(store, *((2023, month) for month in range(1, 13)))
    before = year_of(store)
    with a_run(store) as run:
        with store.engine.begin() as connection:
            connection.execute(text("UPDATE app.leases SET number = number + 1"))
        with pytest.raises(LeaseLost, match="the newest is"):
            closing.close(store, run, before)
    assert year_of(store) == before
    assert list(verify(store)) == []


def test_a_row_that_somebody_else_moved_moves_none(store: Store) -> None:
    put(store, *((2023, month) for month in range(1, 13)))
    pieces = year_of(store)
    close_all(store)
    first = year_of(store)
    with pytest.raises(LeaseLost, match="moved"), a_run(store) as run:
        # These rows lie elsewhere by now.
        closing.close(store, run, pieces)
    assert year_of(store) == first
    assert len(list((store.arrays / CUBE.id / "2023-01-01").iterdir())) == 2
