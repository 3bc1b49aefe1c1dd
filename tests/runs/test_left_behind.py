"""A derived map is one of the maps of now, or readers see it in older releases alone."""

from datetime import date

import numpy as np
import pytest
from sqlalchemy import text

from soc_monitor.errors import ArrayDamaged, SocMonitorError
from soc_monitor.model import Freq, Grid, Release, RunState
from soc_monitor.runs.benchmark import ERROR, GAP, benchmark
from soc_monitor.runs.current import current
from soc_monitor.runs.derived import AS_BEFORE
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.nowcast import nowcast
from soc_monitor.runs.nowcast_inputs import STOCK
from soc_monitor.runs.scenarios import scenarios
from soc_monitor.runs.untried import untried
from soc_monitor.store import arrays, publish, read, read_areas, read_slices, runs
from soc_monitor.store.store import Store

from .paper import GRID
from .test_benchmark import YEAR, land, now, put_maps
from .test_nowcast import World

FINER = Grid(nx=72, ny=36)
EARLIER = date(1905, 1, 1)
"""Period of the better map: older than that of the map before it."""


@pytest.fixture
def world(store: Store) -> World:
    """With a map that can be assessed."""
    made = World(store)
    put_maps(made, land(), product="soil_carbon_debt")
    made.commit()
    return made


def better(world: World) -> None:
    values = np.kron(land(), np.ones((2, 2)))
    world.put("soilgrids", STOCK, EARLIER, values, Freq.YEAR, "t ha-1", FINER)
    world.commit()


def states(world: World) -> list[RunState]:
    """How both steps end; they have to be done."""
    made = benchmark(world.store, now())
    assert made is not None
    return [made.state, estimate(world.store, now()).state]


def shown(store: Store, release: Release) -> list[tuple[str, date, Grid]]:
    return [
        (piece.cube.variable, piece.period, piece.cube.grid)
        for piece in read_slices.released_slices(store, release)
        if piece.cube.product == "benchmark"
    ]


def test_a_better_map_takes_the_place_of_one_and_after_it_there_is_no_more_work(
    world: World,
) -> None:
    store = world.store
    assert states(world) == [RunState.DONE, RunState.DONE]
    old = read.find_release(store)
    better(world)
    assert states(world) == [RunState.DONE, RunState.DONE]
    assert states(world) == [RunState.NOTHING_NEW, RunState.NOTHING_NEW]
    assert shown(store, read.find_release(store)) == [(GAP, EARLIER, FINER)]
    assert shown(store, old) == [(GAP, YEAR, GRID)]
    (piece,) = read_slices.released_slices(store, old, cube_id=f"benchmark.{GAP}")
    assert arrays.open_slice(store, piece).shape == GRID.shape


def test_a_map_that_comes_before_the_numbers_are_made_leaves_nothing_to_wait_for(
    world: World,
) -> None:
    store = world.store
    estimate(store, now())
    benchmark(store, now())
    better(world)
    estimate(store, now())
    assert not read_slices.unpublished(store), "what was made of the map before is not waited for"
    assert untried(store, read_slices.newest_slices(store)), "and the better one is not forgotten"
    nowcast(store, now())
    scenarios(store, now())
    assert states(world) == [RunState.DONE, RunState.DONE]
    assert not read_slices.unpublished(store)
    assert not untried(store, read_slices.newest_slices(store))


def test_what_failed_or_was_left_behind_meanwhile_is_made_when_it_can_be(world: World) -> None:
    store = world.store
    estimate(store, now())
    nowcast(store, now())
    scenarios(store, now())

    def waits() -> bool:
        return untried(store, read_slices.newest_slices(store))

    (base,) = read_slices.newest_slices(store, product="soil_carbon_debt")
    array, away = store.arrays / base.path, store.arrays / "away"
    array.rename(away)
    with pytest.raises(ArrayDamaged):
        benchmark(store, now())
    assert not waits(), "it rests"
    with store.engine.begin() as connection:
        earlier = "UPDATE app.runs SET ended_at = ended_at - interval '1 hour'"
        connection.execute(text(earlier))
    assert waits()
    away.rename(array)
    assert states(world) == [RunState.DONE, RunState.DONE]
    assert not waits()
    # Numbers that were begun before the map came have left it behind.
    left = [piece.id for piece in read_slices.newest_slices(store, product="benchmark")]
    with runs.open_run(store, "estimate", now(), job_version="", code_version="") as run:
        boundaries = read_areas.newest_boundaries(store)
        assert boundaries is not None
        publish.publish(store, run, boundaries, (), left=left)
    assert waits()
    assert states(world) == [RunState.DONE, RunState.DONE]
    assert not waits()


def test_of_a_map_that_can_be_assessed_no_longer_nothing_is_told_until_it_can(
    world: World,
) -> None:
    store = world.store
    states(world)
    put_maps(world, np.where(np.arange(36) < 20, 40.0, 70.0), product="soil_carbon_debt")
    world.commit()
    assert states(world) == [RunState.NOTHING_NEW, RunState.DONE]
    release = read.find_release(store)
    assert shown(store, release) == []
    with pytest.raises(SocMonitorError):
        read.read_map(store, release, GAP, "benchmark", YEAR)
    again = benchmark(store, now())
    assert again is not None
    assert again.detail == AS_BEFORE, "the world is not looked at twice"

    put_maps(world, land(), product="soil_carbon_debt")
    world.commit()
    assert states(world) == [RunState.DONE, RunState.DONE]
    release = read.find_release(store)
    assert shown(store, release) == [(GAP, YEAR, GRID)]
    assert read.read_map(store, release, GAP, "benchmark", YEAR)["AAA-1"].value is not None


def test_errors_of_one_map_are_not_those_of_another(world: World) -> None:
    store, stock = world.store, land()
    put_maps(world, stock, product="gsocmap")
    world.put("gsocmap", f"{STOCK}_sd", YEAR, 0.2 * stock, Freq.YEAR, "t ha-1", GRID)
    world.commit()
    states(world)
    assert len(shown(store, read.find_release(store))) == 2
    world.put("soilgrids", STOCK, YEAR, stock, Freq.YEAR, "t ha-1", GRID)
    world.commit()
    states(world)
    newest = current(store, read_slices.newest_slices(store))
    assert ERROR not in {piece.cube.variable for piece in newest}
    release = read.find_release(store)
    assert shown(store, release) == [(GAP, YEAR, GRID)]
    assert read.read_map(store, release, GAP, "benchmark", YEAR)["AAA-1"].std_error is None
