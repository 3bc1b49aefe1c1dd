"""What a run makes anew: what rests on other slices or areas than before, and nothing else."""

import logging
import sys
from datetime import UTC, date, datetime

import pytest
import shapely

from soc_monitor.aggregate import build_weights
from soc_monitor.errors import ArrayDamaged, NothingToEstimate
from soc_monitor.indicators import load_indicators
from soc_monitor.model import (
    Freq,
    Level,
    RunState,
)
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.weights import load_weights
from soc_monitor.store import read, read_areas, read_inputs, read_slices, runs
from soc_monitor.store.store import Store

from .paper import (
    A0,
    A1,
    BOXES,
    EARLY,
    GRID,
    HA_PER_PG,
    LATE,
    NATIVE,
    STOCK,
    World,
    field,
    near,
)

CHANGES = tuple(one.id for one in load_indicators().values() if one.of_means is not None)
"""What compares two dates: the first period has none."""


@pytest.fixture
def published(world: World) -> World:
    """Two periods and a static cube, published."""
    for period in (EARLY, LATE):
        world.put(period, field(STOCK))
    world.put(EARLY, field(NATIVE), "soc_stock_no_land_use_0_30cm", Freq.STATIC)
    world.estimate()
    names = ("soc_stock_0_30cm", "soc_total_0_30cm", "soc_debt_0_30cm", "soc_debt_total_0_30cm")
    levels = {(n, year): 1 for n in names for year in (1990, 2010)}
    assert world.calculations() == levels | {(n, 2010): 1 for n in CHANGES}
    return world


def test_a_second_estimate_has_nothing_to_do(published: World) -> None:
    before = published.calculations()
    assert published.estimate().state is RunState.NOTHING_NEW
    assert published.calculations() == before
    assert len(read.list_releases(published.store)) == 1


def test_a_new_slice_makes_its_own_period_anew_and_no_other(published: World) -> None:
    before = published.calculations()
    published.put(LATE, field({**STOCK, (5, 5): 11.0}))
    assert published.estimate().state is RunState.DONE
    after = published.calculations()
    assert {key for key in after if after[key] > before[key]} == {k for k in before if k[1] == 2010}
    assert published.values("soc_stock_0_30cm", LATE)["AAA-1"] == near(11.0)
    assert published.values("soc_stock_0_30cm", EARLY)["AAA-1"] == near(10.0)
    # AAA-1 and what it is a part of: the rows of every other area stay those of the first release.
    found = published.read("soc_total_0_30cm", LATE)
    newest = found["AAA-1"].calculation_id
    changed = {area for area, e in found.items() if e.calculation_id == newest}
    assert changed == {"AAA-1", "AAA", "M49-001", "WLD"}


def test_a_new_static_slice_makes_every_period_of_what_rests_on_it_anew(published: World) -> None:
    before = published.calculations()
    published.put(
        EARLY, field({**NATIVE, (5, 5): 20.0}), "soc_stock_no_land_use_0_30cm", Freq.STATIC
    )
    published.estimate()
    after = published.calculations()
    assert {k for k in after if after[k] > before[k]} == {k for k in before if "debt" in k[0]}
    assert published.values("soc_debt_0_30cm", LATE)["AAA-1"] == near(10.0)


def test_a_rerun_opens_no_chunk(published: World) -> None:
    opened: list[str] = []

    def note(event: str, args: tuple[object, ...]) -> None:
        path = str(args[0]) if event == "open" and args else ""
        if path.startswith(str(published.store.arrays)) and "/c/" in path:
            opened.append(str(args[0]))

    sys.addaudithook(note)
    assert published.estimate().state is RunState.NOTHING_NEW
    assert opened == []
    published.put(date(2020, 1, 1), field(STOCK))
    assert published.estimate().state is RunState.DONE
    assert opened != []


def test_a_new_period_leaves_the_others_alone(published: World) -> None:
    published.put(date(2020, 1, 1), field(STOCK))
    published.estimate()
    assert set(published.calculations().values()) == {1}
    names = {name for name, year in published.calculations() if year == 2010}
    assert set(published.calculations()) == {
        (name, year)
        for name in names
        for year in (1990, 2010, 2020)
        if name not in CHANGES or year != 1990
    }


def test_revised_boundaries_make_a_release_with_every_number_anew(published: World) -> None:
    first = read.find_release(published.store)
    published.areas({**BOXES, "BBB-2": (20, 10, 30, 20)})
    assert published.estimate().state is RunState.DONE
    second = read.find_release(published.store)
    assert second.boundaries_id != first.boundaries_id
    assert set(published.calculations().values()) == {2}
    assert published.values("soc_total_0_30cm")["BBB-2"] == near(60 * A1 * HA_PER_PG)
    old = read.read_map(published.store, first, "soc_total_0_30cm", "made_up", EARLY)
    assert old["BBB-2"].value == near(30 * A1 * HA_PER_PG)


def test_revised_boundaries_cost_the_areas_that_changed(
    published: World, caplog: pytest.LogCaptureFixture
) -> None:
    published.areas({**BOXES, "BBB-2": (20, 10, 30, 20)})
    boundaries_id = read_areas.newest_boundaries(published.store)
    assert boundaries_id is not None
    with caplog.at_level(logging.INFO):
        found = load_weights(published.store, boundaries_id, GRID)
    (told,) = (r for r in caplog.records if r.message == "weights are rebuilt")
    assert told.__dict__["areas"] == 1
    shapes = read_areas.geometries(published.store, boundaries_id, Level.ADM1)
    anew = build_weights([shapely.from_wkb(wkb) for _, wkb in shapes], GRID).with_whole_grid()
    assert found.token == anew.token


def test_a_damaged_slice_publishes_nothing_and_is_named(published: World) -> None:
    published.put(LATE, field({**STOCK, (5, 5): 11.0}))
    (piece,) = (s for s in read_slices.newest_slices(published.store) if s.version == 2)
    (file,) = (p for p in (published.store.arrays / piece.path).rglob("*") if p.parent.name == "0")
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(ArrayDamaged, match=r"made_up\.soc_stock_0_30cm 2010-01-01"):
        published.estimate()
    assert len(read.list_releases(published.store)) == 1
    assert runs.list_runs(published.store, job_id="estimate")[0].state is RunState.FAILED
    assert published.values("soc_stock_0_30cm", LATE)["AAA-1"] == near(10.0)


def test_damaged_weights_are_built_anew(published: World) -> None:
    (folder,) = (published.store.arrays / "weights").iterdir()
    chunks = [p for p in folder.rglob("*") if p.is_file() and p.suffix != ".json"]
    for chunk in chunks:
        chunk.write_bytes(chunk.read_bytes()[:-1] + b"x")
    published.put(date(2020, 1, 1), field(STOCK))
    assert published.estimate().state is RunState.DONE
    assert published.values("soc_stock_0_30cm", date(2020, 1, 1))["WLD"] == near(
        (130 * A0 + 150 * A1) / (3 * A0 + 3 * A1)
    )


def test_without_areas_there_is_nothing_to_estimate(store: Store) -> None:
    World(store).put(EARLY, field(STOCK))
    with pytest.raises(NothingToEstimate, match="no areas") as caught:
        estimate(store, datetime.now(UTC))
    assert caught.value.hint == "jobs run areas"
    assert read_slices.unpublished(store)


def test_what_each_number_rests_on_can_be_walked_back(published: World) -> None:
    made = published.read("soc_debt_0_30cm", LATE)["AAA"].calculation_id
    found = {
        (row["cube_id"], row["period"], row["item"])
        for row in read_inputs.origin(published.store, made)
    }
    assert found == {
        ("made_up.soc_stock_0_30cm", LATE, "file"),
        ("made_up.soc_stock_no_land_use_0_30cm", EARLY, "file"),
    }


def test_a_year_that_is_over_is_summed_as_one_block(world: World) -> None:
    months = [date(2000, month, 1) for month in range(1, 13)]
    for month in months:
        world.put(month, field(STOCK) + month.month, freq=Freq.MONTH)
    world.estimate()
    pieces = [p for p in read_slices.newest_slices(world.store) if p.period in months]
    assert [piece.step for piece in pieces] == list(range(12))
    assert len({piece.path for piece in pieces}) == 1
    for month in months:
        found = world.values("soc_stock_0_30cm", month)
        assert found["AAA"] == near(15.0 + month.month)
        assert found["BBB-2"] == near(60.0 + month.month)
    # A month that is revised costs that month, and leaves the block as it is.
    world.put(months[4], field(STOCK), freq=Freq.MONTH)
    world.estimate()
    assert world.values("soc_stock_0_30cm", months[4])["AAA"] == near(15.0)
    made = world.calculations()
    assert made[("soc_stock_0_30cm", 2000)] == 13
