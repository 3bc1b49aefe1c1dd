"""A better baseline takes the place of one: what was carried forward from the other is left."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from fastapi.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.errors import UnknownPeriod
from soc_monitor.model import Estimate, Freq, Grid, Reason, RunState
from soc_monitor.runs.current import current
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.nowcast_inputs import BEHIND, ERROR, STOCK, gather
from soc_monitor.runs.retract import retract
from soc_monitor.runs.scenarios import scenarios
from soc_monitor.runs.untried import untried
from soc_monitor.settings import Settings
from soc_monitor.store import arrays, outlooks, read, read_slices, remaking
from soc_monitor.store.store import Store
from soc_monitor.web.i18n import language
from soc_monitor.web.input_notes import anew_notes

from .test_nowcast import FIRST, World

FINER = Grid(nx=8, ny=8, west=0, south=40, east=4, north=44)
LAST = date(2018, 6, 1)


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def now() -> datetime:
    return datetime.now(UTC)


def better(world: World, product: str, year: int, stock: float, grid: Grid = FINER) -> None:
    """A map of the soil by another product."""
    for variable, share in ((STOCK, 1.0), (ERROR, 0.2)):
        values = np.full(grid.shape, share * stock)
        world.put(product, variable, date(year, 1, 1), values, Freq.YEAR, "t ha-1", grid)
    world.commit()


def numbers(world: World, indicator: str, period: date) -> dict[str, Estimate]:
    return read.read_map(world.store, read.find_release(world.store), indicator, "nowcast", period)


def test_months_of_an_earlier_baseline_are_in_no_number_after_it(world: World) -> None:
    world.weather(FIRST, LAST)
    world.nowcast(LAST)
    estimate(world.store, now())
    old = date(2016, 6, 1)
    assert numbers(world, STOCK, old)["AAA"].value == pytest.approx(60, rel=0.1)
    older = read.find_release(world.store)

    better(world, "soilgrids", 2016, 80.0)
    world.nowcast(LAST)
    assert estimate(world.store, now()).state is RunState.DONE
    assert numbers(world, STOCK, LAST)["AAA"].value == pytest.approx(80, rel=0.1)
    with pytest.raises(UnknownPeriod):
        numbers(world, STOCK, old)
    rate = numbers(world, "soc_rate_0_30cm", LAST)["AAA"]
    assert rate.base is not None
    assert rate.base[0] >= date(2016, 12, 1)
    assert rate.value is not None
    assert abs(rate.value) < 20, "60 and 80 are two maps, and no change"
    kept = read.read_map(world.store, older, STOCK, "nowcast", old)
    assert kept, "what was published stays in its release"
    for release, grid in ((older, world_grid(world)), (read.find_release(world.store), FINER)):
        pieces = read_slices.released_slices(world.store, release)
        months = [piece for piece in pieces if piece.cube.product == "nowcast"]
        assert {piece.cube.grid for piece in months} == {grid}, "all of a release are of one map"
        assert arrays.open_slice(world.store, months[0]).shape == grid.shape
    assert world.nowcast(LAST).state is RunState.NOTHING_NEW
    assert estimate(world.store, now()).state is RunState.NOTHING_NEW


def test_the_curve_of_the_newest_baseline_is_shown_and_made_once(world: World) -> None:
    for product, year in (("gsocmap", 2018), ("soilgrids", 2016)):
        better(world, product, year, 80.0, world_grid(world))
        assert scenarios(world.store, now()).state is RunState.DONE
        estimate(world.store, now())
        found = outlooks.find(world.store, read.find_release(world.store), "AAA")
        assert found is not None
        assert found[0].year == year + 20
        assert scenarios(world.store, now()).state is RunState.NOTHING_NEW
        assert estimate(world.store, now()).state is RunState.NOTHING_NEW


def test_months_and_curves_of_a_map_that_is_older_stay_and_of_a_withdrawn_one_are_not_shown(
    world: World,
) -> None:
    store, last = world.store, date(2012, 6, 1)

    def told() -> set[str]:
        estimate(store, now())
        pieces = read_slices.released_slices(store, read.find_release(store))
        return {piece.cube.product for piece in pieces} & {"nowcast", "scenarios"}

    def waits() -> bool:
        return untried(store, read_slices.newest_slices(store))

    def remade() -> set[tuple[str, bool, str]]:
        return {(one.product, one.shown, one.reason) for one in remaking.remaking(store)}

    world.weather(FIRST, last)
    world.nowcast(last)
    scenarios(store, now())
    assert told() == {"nowcast", "scenarios"}
    assert not waits()
    older = read.find_release(store)
    before = numbers(world, "soc_rate_0_30cm", last)
    # A better map comes after the nowcast and before the numbers; it begins in the same month.
    better(world, "soilgrids", 2010, 80.0, world_grid(world))
    assert told() == {"nowcast", "scenarios"}, "nothing of them is wrong"
    assert numbers(world, STOCK, last)["AAA"].value == pytest.approx(60, rel=0.1)
    assert numbers(world, "soc_rate_0_30cm", last) == before
    assert remade() == {("nowcast", True, ""), ("scenarios", True, "")}
    api = TestClient(create_api(store, Settings(data=store.arrays.parent, mirror="", jobs=())))
    rows = api.get("/api/v1/freshness").json()["data"]
    english = language("en")
    notes = anew_notes(rows, "", english)
    assert [note.partition("” is being made anew")[0] for note in notes] == [
        f"“{row['title']}" for row in rows if row["job_id"] in {"nowcast", "scenarios"}
    ]
    assert anew_notes(rows, "2026.11.1", english) == [], "an older release waits for nothing"
    assert waits(), "nor is it forgotten until something else comes"
    assert estimate(store, now()).state is RunState.NOTHING_NEW
    world.nowcast(last)
    assert waits(), "for the curves"
    assert told() == {"nowcast", "scenarios"}
    assert remade() == {("scenarios", True, "")}
    assert numbers(world, STOCK, last)["AAA"].value == pytest.approx(80, rel=0.1)
    scenarios(store, now())
    assert told() == {"nowcast", "scenarios"}
    assert not remade()
    assert not waits()
    # Its errors are withdrawn: without them it is another baseline.
    retract(store, f"soilgrids.{ERROR}", date(2010, 1, 1), reason="wrong", by="Ada", now=now())
    assert told() == set()
    with pytest.raises(UnknownPeriod):
        numbers(world, STOCK, last)
    assert remade() == {("nowcast", False, "wrong"), ("scenarios", False, "wrong")}
    notes = anew_notes(api.get("/api/v1/freshness").json()["data"], "", english)
    assert len([note for note in notes if "not shown" in note and "wrong" in note]) == 2
    assert waits()
    # It is, too, and the one before it as well: there is nothing to carry forward.
    for product in ("soilgrids", "map"):
        for variable in (STOCK, ERROR):
            if (product, variable) != ("soilgrids", ERROR):
                cube = f"{product}.{variable}"
                retract(store, cube, date(2010, 1, 1), reason="wrong", by="Ada", now=now())
    assert told() == set()
    assert not waits()
    assert read.read_map(store, older, STOCK, "nowcast", last)["AAA"].value is not None


def test_what_samples_made_of_a_map_goes_with_it_and_is_no_baseline(world: World) -> None:
    for product in ("soilgrids", "sampled_soilgrids"):
        better(world, product, 2010, 80.0, world_grid(world))
    pieces = read_slices.newest_slices(world.store)
    assert len(current(world.store, pieces)) == len(pieces)
    without = [piece for piece in pieces if piece.cube.product != "soilgrids"]
    inputs = gather(without)
    assert inputs is not None
    assert inputs.baseline.cube.product == "map"
    assert "sampled_soilgrids" not in {p.cube.product for p in current(world.store, without)}


def world_grid(world: World) -> Grid:
    ny, nx = world.stock.shape
    return Grid(nx=nx, ny=ny, west=0, south=40, east=4, north=44)


def test_a_driver_changes_its_source_only_when_that_falls_far_behind(world: World) -> None:
    def source() -> str:
        inputs = gather(read_slices.newest_slices(world.store))
        assert inputs is not None
        return next(iter(inputs.drivers["rain"].months.values())).cube.product

    world.weather(FIRST, date(2012, 6, 1))
    for year in range(2009, 2013):
        for month in range(1, 13):
            if (year, month) <= (2012, 6 + BEHIND):
                day = date(year, month, 1)
                world.put("other", "rain", day, 50.0, Freq.MONTH, "mm month-1")
    world.commit()
    assert source() == "weather"
    world.put("other", "rain", date(2012, 7 + BEHIND, 1), 50.0, Freq.MONTH, "mm month-1")
    world.commit()
    assert source() == "other"
    world.month(date(2012, 7, 1))
    world.commit()
    assert source() == "weather"


def test_a_month_is_final_when_every_driver_of_it_is_there(world: World) -> None:
    last = date(2012, 3, 1)
    world.weather(FIRST, last)
    for year in range(2008, 2012):
        for month in range(1, 13):
            day = date(year, month, 1)
            world.put("demand", "potential_evaporation", day, 60.0, Freq.MONTH, "mm month-1")
    world.nowcast(last)
    told = {
        piece.period: piece.provisional
        for piece in read_slices.newest_slices(world.store, product="nowcast")
        if piece.cube.variable == STOCK
    }
    assert [day for day, open_ in told.items() if open_ and day > date(2010, 12, 1)] == [
        date(2012, 1, 1), date(2012, 2, 1), last,
    ]  # fmt: skip


def test_a_stock_that_is_held_a_second_month_is_still_no_change(world: World) -> None:
    for month in (5, 6):
        world.nowcast(date(2012, month, 1))
        estimate(world.store, now())
        for found in numbers(world, "soc_rate_0_30cm", date(2012, month, 1)).values():
            assert found.value is None
            assert Reason.ONE_DATE in found.reasons
    with pytest.raises(UnknownPeriod):
        numbers(world, STOCK, date(2012, 5, 1))
