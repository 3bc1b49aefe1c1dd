"""Land cover that changes after the baseline: what the nowcast follows, and what it does not."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from sqlalchemy import text

from soc_monitor.model import DataClass, Freq
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.nowcast_inputs import ERROR
from soc_monitor.store import arrays, read_inputs, read_slices
from soc_monitor.store.store import Store
from tests.runs.test_nowcast import FIRST, GRID, World

GRASS, CROP, WATER = 130.0, 10.0, 210.0
END = date(2014, 12, 1)
CHANGED, BLIP, GONE, BACK = (0, 0), (0, 1), (0, 2), (0, 3)
"""Cells: crops from 2012 on, crops in 2012 alone, water from 2012 on, crops for two years."""


def cover(year: int, *, crops: bool = True) -> np.ndarray:
    """The yearly map; without crops nothing changes but the water."""
    found = np.full(GRID.shape, GRASS)
    found[GONE] = WATER if year >= 2012 else GRASS
    if crops:
        found[CHANGED] = CROP if year >= 2012 else GRASS
        found[BLIP] = CROP if year == 2012 else GRASS
        found[BACK] = CROP if year in {2011, 2012} else GRASS
    return found


def put_cover(world: World, *, crops: bool = True, last: int = 2014) -> None:
    for year in range(2010, last + 1):
        world.put(
            "ground", "land_cover", date(year, 1, 1), cover(year, crops=crops), Freq.YEAR, "1"
        )


def stocks(world: World) -> dict[date, np.ndarray]:
    return {month: field for month, field in world.fields().items() if month.month == 12}


@pytest.fixture
def worlds(store: Store) -> tuple[World, dict[date, np.ndarray]]:
    """A world whose cover changes, and the stocks of the same one where none does."""
    world = World(store)
    world.weather(FIRST, END)
    put_cover(world, crops=False)
    run = world.nowcast(END)
    assert "land use changed" not in run.detail
    calm = stocks(world)
    put_cover(world)
    run = world.nowcast(END)
    # Grass to crops in two cells, and one of them back.
    assert "land use changed: 3" in run.detail
    # The water is told of every year that two maps running agree on it.
    assert "no longer modelled land: 2" in run.detail
    return world, calm


def test_another_use_is_followed_once_two_years_agree(
    worlds: tuple[World, dict[date, np.ndarray]],
) -> None:
    world, calm = worlds
    found = stocks(world)
    ratio = {month.year: found[month] / calm[month] for month in found}
    # Maps of 2012 and 2013 agree: from January 2013 on there is less input, and less cover.
    assert ratio[2012][CHANGED] == 1
    assert 1 > ratio[2013][CHANGED] > ratio[2014][CHANGED] > 0.8
    # One year is as often an error of the map, and water has no number: both go on as they were.
    for year, field in ratio.items():
        assert field[BLIP] == field[GONE] == 1, year
        np.testing.assert_array_equal(field[1:], 1)
    # 2011 and 2012 said crops, 2013 and 2014 grass again: a loss of two years, which then slows.
    assert ratio[2011][BACK] == 1
    lost = [ratio[year - 1][BACK] - ratio[year][BACK] for year in (2012, 2013, 2014)]
    assert lost[0] > lost[1] > 2 * lost[2]


def test_the_maps_stand_behind_the_numbers_and_a_late_one_redoes_what_follows(
    worlds: tuple[World, dict[date, np.ndarray]],
) -> None:
    world, _ = worlds
    before = world.fields()
    assert not np.isnan(np.stack(list(before.values()))).any(), "the mask does not move"
    revised = cover(2013)
    revised[CHANGED] = GRASS
    world.put("ground", "land_cover", date(2013, 1, 1), revised, Freq.YEAR, "1")
    assert world.nowcast(END).taken == 24  # from the year on whose map is another
    after = world.fields()
    for month, field in after.items():
        assert np.array_equal(field, before[month]) is (month.year < 2013), month
    # The same from nothing: what was kept on the way has changed no number.
    for table in ("nowcast_months", "member_estimates"):
        with world.store.engine.begin() as connection:
            connection.execute(text(f"DELETE FROM app.{table}"))  # noqa: S608  # two names
    arrays.discard(world.store, "ensembles")
    world.nowcast(END)
    for month, field in world.fields().items():
        np.testing.assert_array_equal(field, after[month])
    estimate(world.store, datetime.now(UTC))
    query = "SELECT id FROM app.calculations WHERE product = 'nowcast' AND period = '2014-12-01'"
    origin = read_inputs.origin(world.store, world.ask(query)[0][0])  # type: ignore[arg-type]  # an id
    used = {(row["cube_id"], row["period"]) for row in origin}
    assert {("ground.land_cover", date(year, 1, 1)) for year in range(2010, 2015)} <= used
    (piece,) = (
        p
        for p in read_slices.newest_slices(world.store, product="nowcast")
        if p.period == END and p.cube.variable == ERROR
    )
    assert piece.cube.data_class is DataClass.MODELLED


def test_where_plants_are_seen_their_growth_is_not_said_twice(store: Store) -> None:
    found = {}
    for seen in (False, True):
        world = World(store)
        world.weather(FIRST, END)
        if seen:
            for month in world_months():
                world.put("weather", "npp", month, 0.05, Freq.MONTH, "kg m-2 month-1")
        put_cover(world)
        world.nowcast(END)
        field = world.fields()[END]
        found[seen] = field[CHANGED] / field[3, 3]
    # With the growth itself at hand the land loses by its season and its quality alone.
    assert found[False] < found[True] < 1


def world_months() -> list[date]:
    return [date(year, month, 1) for year in range(2008, 2015) for month in range(1, 13)]
