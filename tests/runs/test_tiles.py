"""A month that comes in four files is taken when all are there, and held with the names if not."""

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
from soc_monitor.errors import NotKept
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
    TileSet,
    tile_names,
)
from soc_monitor.runs import desk, mosaic
from soc_monitor.runs.ingest import ingest
from soc_monitor.runs.jobs import ShelvedJob, check_job
from soc_monitor.runs.replay import replay
from soc_monitor.settings import Settings
from soc_monitor.store import arrays, holds, orders, read_slices
from soc_monitor.store.files import Kept
from soc_monitor.store.store import Store

from .made_up import raster, rejections

FILL = -3000
CUBE = Cube(product="quarters", variable="ndvi", unit="1", freq=Freq.MONTH,
            grid=Grid(nx=36, ny=18), data_class=DataClass.OBSERVED, dtype="int16", scale=0.0001,
            fill=FILL)  # fmt: skip
WHOLE = (2000 + np.arange(18 * 36).reshape(18, 36)).astype(np.int16)
NAMES = tile_names(2, 2)
MONTH = (date(2024, 1, 1), date(2024, 1, 31))


def quarter(name: str, values: Any = WHOLE) -> tuple[Any, Affine]:
    """The cells of a tile, and where they lie."""
    column, row = int(name[1:3]) * 18, int(name[4:6]) * 9
    place = Affine(10, 0, -180 + 10 * column, 0, -10, 90 - 10 * row)
    return values[row : row + 9, column : column + 18], place


@dataclass
class Quarters:
    """A source that has some tiles of January 2024, each in a version, and other things."""

    there: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 1))
    placed: dict[str, Affine] = field(default_factory=dict)
    """Tiles that say of themselves that they lie elsewhere."""
    broken: set[str] = field(default_factory=set)
    fetched: list[str] = field(default_factory=list)

    def find(self, access: Access) -> Iterable[Item]:
        assert access.window
        for name, version in self.there.items():
            yield Item(key=f"{name}.tif", address=f"https://example.org/{name}.tif",
                       version=str(version), period=MONTH[0], period_end=MONTH[1])  # fmt: skip

    def fetch(self, access: Access, item: Item, folder: Path) -> Path:
        assert access.window
        name = item.key.removesuffix(".tif")
        self.fetched.append(name)
        values, place = quarter(name)
        file = folder / "a.tif"
        raster(file, values + (int(item.version) - 1), nodata=FILL,
               transform=self.placed.get(name, place))  # fmt: skip
        if name in self.broken:
            file.write_bytes(file.read_bytes()[:300])
        return file


def layers_of(item: Item, **other: Any) -> tuple[Layer, ...]:
    assert item.period is not None
    assert item.period_end is not None
    values: dict[str, Any] = {"valid": (-0.2, 1.0), "nodata": FILL, "correction": (0.0001, 0.0)}
    return (Layer(cube=CUBE, item=item.key, period=item.period, period_end=item.period_end,
                  unit="1", **{**values, **other}),)  # fmt: skip


def tile_of(item: Item) -> str:
    return item.key.removesuffix(".tif")


def job(source: Quarters, **other: Any) -> IngestJob:
    values: dict[str, Any] = {
        "tiles": TileSet(names=NAMES, tile_of=tile_of), "layers_of": layers_of,
        "example": Item(key="h00v00.tif", address="-", period=MONTH[0], period_end=MONTH[1]),
    }  # fmt: skip
    return IngestJob(
        id="quarters", title={"en": "Q", "fr": "Q", "es": "Q"}, licence="CC0-1.0", citation="-",
        link="-", feed=source, schedule="0 6 * * *", late_days=800, **{**values, **other},
    )  # fmt: skip


def run(store: Store, made: IngestJob, at: datetime | None = None, **other: Any) -> Run:
    return ingest(ShelvedJob(made, Path(), "v1"), store, at or datetime.now(UTC), **other)


def values_of(store: Store) -> Any:
    (piece,) = read_slices.newest_slices(store)
    return arrays.read_window(store, piece)


def ask(store: Store, query: str) -> list[tuple[Any, ...]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_the_job_of_this_file_is_declared_rightly() -> None:
    assert list(check_job(job(Quarters()), Path("quarters.py"))) == []


def test_four_quarters_are_one_slice_that_names_each_of_its_files(store: Store) -> None:
    source = Quarters()
    ended = run(store, job(source))
    assert (ended.state, ended.taken) == (RunState.DONE, 1)
    np.testing.assert_array_equal(values_of(store), WHOLE)
    assert ask(store, "SELECT count(*) FROM app.slice_items") == [(4,)]
    again = run(store, job(source))
    assert (again.state, again.taken) == (RunState.NOTHING_NEW, 0)
    assert len(source.fetched) == 4, "what is known is not fetched"


def test_a_missing_quarter_is_waited_for_then_held_with_its_name_and_nothing_is_published(
    store: Store,
) -> None:
    source = Quarters()
    del source.there["h01v00"]
    patient = job(source, tiles=TileSet(names=NAMES, tile_of=tile_of, wait_days=10))
    early = run(store, patient, datetime(2024, 2, 5, tzinfo=UTC))
    assert (early.state, early.taken, early.rejected) == (RunState.NOTHING_NEW, 0, 0)
    assert early.detail == "0 taken, 0 rejected, 1 not whole yet"
    assert source.fetched == [], "what would not be taken is not fetched"

    late = run(store, patient, datetime(2024, 2, 20, tzinfo=UTC))
    assert (late.taken, late.rejected) == (0, 1)
    assert "3 of 4 tiles; missing: h01v00; it waits for an operator's word" in late.detail
    assert read_slices.newest_slices(store) == []
    (held,) = holds.list_holds(store)
    assert (held.rule, held.state, held.item.key) == (
        "tiles", "waiting", "tiles of 2024-01-01",
    )  # fmt: skip
    picture = np.frombuffer(held.preview.values, "<f4").reshape(2, 18, 36)
    assert np.isnan(picture[0]).all(), "there was none before"
    assert np.isnan(picture[1][:9, 18:]).all(), "the hole is seen"
    assert np.isfinite(picture[1]).sum() == 3 * 9 * 18

    fetched = len(source.fetched)
    run(store, patient)
    assert len(source.fetched) == fetched, "what waits is not fetched again to say so"
    assert len(holds.list_holds(store)) == 1
    assert not list(store.arrays.glob("quarters.*/*/*")), "nothing is left of what waits"


def test_the_last_quarter_ends_the_hold_by_itself(store: Store) -> None:
    source = Quarters()
    del source.there["h01v00"]
    run(store, job(source))
    assert len(holds.list_holds(store, waiting=True)) == 1
    source.there["h01v00"] = 1
    assert run(store, job(source)).taken == 1
    np.testing.assert_array_equal(values_of(store), WHOLE)
    assert holds.list_holds(store) == []


def test_an_operator_takes_a_month_with_its_hole_and_the_last_quarter_mends_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Quarters()
    del source.there["h01v00"]
    made = job(source)
    settings = Settings(data=tmp_path, mirror="", jobs=())
    monkeypatch.setattr(
        operations, "all_jobs", lambda _: {"quarters": ShelvedJob(made, Path(), "v1")}
    )
    run(store, made)
    (held,) = holds.list_holds(store)
    assert desk.decide(store, held.id, "accepted", "Ada")
    assert operations.obey(settings, store)
    assert orders.list_orders(store)[0].outcome.startswith("done")
    holed = WHOLE.copy()
    holed[:9, 18:] = FILL
    np.testing.assert_array_equal(values_of(store), holed)
    assert run(store, made).state is RunState.NOTHING_NEW

    source.there["h01v00"] = 1
    assert run(store, made).taken == 1
    np.testing.assert_array_equal(values_of(store), WHOLE)
    assert [piece.version for piece in read_slices.newest_slices(store)] == [2]


def test_what_an_operator_refuses_stays_refused_until_the_source_has_more(store: Store) -> None:
    source = Quarters()
    del source.there["h01v00"]
    run(store, job(source))
    (held,) = holds.list_holds(store)
    desk.decide(store, held.id, "rejected", "Ada")
    assert "an operator has refused it" in run(store, job(source)).detail
    assert holds.list_holds(store, waiting=True) == []
    source.there["h01v00"] = 1
    assert run(store, job(source)).taken == 1


def test_a_broken_quarter_is_a_record_and_counts_as_missing_until_it_is_mended(
    store: Store,
) -> None:
    source = Quarters(broken={"h00v01"})
    ended = run(store, job(source))
    assert (ended.taken, ended.rejected) == (0, 2)
    found = rejections(store)
    assert found["h00v01.tif"][0] == "decode"
    assert "missing: h00v01" in found["tiles of 2024-01-01"][1]
    source.broken.clear()
    assert run(store, job(source)).taken == 1, "mended under the same name and version"
    np.testing.assert_array_equal(values_of(store), WHOLE)
    assert holds.list_holds(store, waiting=True) == []


def test_a_revised_quarter_makes_the_whole_month_anew_and_an_older_one_does_not(
    store: Store,
) -> None:
    source = Quarters()
    run(store, job(source))
    source.there["h00v00"] = 3
    assert run(store, job(source)).taken == 1
    expected = WHOLE.copy()
    expected[:9, :18] += 2
    np.testing.assert_array_equal(values_of(store), expected)
    source.there["h00v00"] = 2
    ended = run(store, job(source))
    assert (ended.taken, rejections(store)["h00v00.tif"][0]) == (0, "version")
    np.testing.assert_array_equal(values_of(store), expected)


PLACES = {
    "between the cells": (Affine(10, 0, -175, 0, -10, 90), "grid", "off by 0.5 of a cell"),
    "beyond the edge": (Affine(10, 0, -190, 0, -10, 90), "grid", "columns -1..17: beyond"),
    "of another size": (Affine(5, 0, -180, 0, -5, 90), "grid", "cells of 5 degrees"),
    "over its neighbour": (Affine(10, 0, 0, 0, -10, 90), "tiles", "h01v00 lies over h00v00"),
    "upside down": (Affine(10, 0, -180, 0, 10, 0), "grid", "first row"),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_quarter_that_lies_where_none_can_is_refused_and_leaves_nothing(
    store: Store, name: str
) -> None:
    place, rule, told = PLACES[name]
    source = Quarters(placed={"h00v00": place})
    ended = run(store, job(source), force=True)
    assert ended.taken == 1, "an operator takes the others without it"
    ((found, why),) = rejections(store).values()
    assert (found, told in why) == (rule, True), why
    hole = quarter("h01v00" if rule == "tiles" else "h00v00")[1]
    row, column = round((90 - hole.f) / 10), round((hole.c + 180) / 10)
    values = values_of(store)
    if rule == "tiles":
        # It came first, and so the right one has no place left: its own is empty.
        assert (values[:9, :18] == FILL).all()
    else:
        assert (values[row : row + 9, column : column + 18] == FILL).all()
    assert (values != FILL).sum() == 3 * 9 * 18


def test_a_quarter_that_is_refused_half_way_leaves_nothing_in_any_layer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its upper rows are right; and of two layers of it, the first one is."""
    monkeypatch.setattr(mosaic, "CHUNK", 3)
    other = replace(CUBE, variable="evi")
    narrow = (0.1, 0.26295)  # the last row of the tile in the south-east lies above it

    def both(item: Item) -> tuple[Layer, ...]:
        (one,) = layers_of(item)
        return one, replace(one, cube=other, valid=narrow)

    ended = run(store, job(Quarters(), layers_of=both), force=True)
    assert ended.taken == 2
    assert rejections(store)["h01v01.tif"][0] == "range"
    expected = WHOLE.copy()
    expected[9:, 18:] = FILL
    for piece in read_slices.newest_slices(store):
        np.testing.assert_array_equal(arrays.read_window(store, piece), expected)


def test_a_tile_that_nobody_knows_is_refused_and_the_others_are_taken(store: Store) -> None:
    source = Quarters(there={**dict.fromkeys(NAMES, 1), "h07v07": 1})
    ended = run(store, job(source))
    assert (ended.state, ended.taken) == (RunState.PARTLY, 1)
    assert rejections(store) == {"h07v07.tif": ("tiles", "'h07v07' is none of the 4 tiles")}
    assert "h07v07" not in source.fetched


def test_one_quarter_alone_cannot_be_replayed(store: Store, tmp_path: Path) -> None:
    made = job(Quarters())
    ended = run(store, made)
    with pytest.raises(NotKept, match="of tiles no single file is a slice"):
        replay(ShelvedJob(made, Path(), "v1"), store, ended.id, Kept(tmp_path / "kept"))


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "no names": ({"tiles": TileSet(names=(), tile_of=tile_of)}, "needs names"),
    "a name twice": ({"tiles": TileSet(names=("a", "a"), tile_of=tile_of)}, "each once"),
    "days below 0": (
        {"tiles": TileSet(names=NAMES, tile_of=tile_of, wait_days=-1)}, "wait_days is below 0",
    ),
    "another name": (
        {"tiles": TileSet(names=NAMES, tile_of=lambda _: "x")}, "'x', which is not among",
    ),
    "an error": (
        {"tiles": TileSet(names=NAMES, tile_of=lambda _: str(1 / 0))}, "ZeroDivisionError",
    ),
    "resampled": (
        {"layers_of": lambda item: layers_of(item, resample="average")}, "by 'centres' alone",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_wrong_declaration_of_tiles_is_told(name: str) -> None:
    other, told = MISTAKES[name]
    found = list(check_job(replace(job(Quarters()), **other), Path("quarters.py")))
    assert any(told in mistake for mistake in found), found
