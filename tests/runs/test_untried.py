"""A map that failed is tried again by the worker, also where nothing new has come since."""

from datetime import date

import pytest
from sqlalchemy import text

from soc_monitor.model import Freq
from soc_monitor.operations import refresh
from soc_monitor.runs.nowcast_inputs import STOCK
from soc_monitor.runs.untried import untried
from soc_monitor.settings import Settings
from soc_monitor.store import read_slices
from soc_monitor.store.store import Store

from .test_nowcast import World, months

YEAR = date(2010, 1, 1)


@pytest.fixture
def world(store: Store) -> World:
    """With all that maps of tables are made of, and a sample for what is corrected."""
    made = World(store)
    made.put("land_cover", "land_cover_class", YEAR, 10, Freq.YEAR, "1", dtype="uint8")
    for month in months(YEAR, date(2010, 12, 1)):
        made.put("temperature_normals", "air_temperature", month, 8, Freq.NORMAL, "degC")
        made.put("rain_normals", "rain", month, 90, Freq.NORMAL, "mm month-1")
    made.commit()
    made.sample(date(2012, 5, 1), 0.5, 1.5)
    return made


def failing(world: World) -> list[str]:
    """The steps that failed, all having been tried."""
    settings = Settings(data=world.store.arrays.parent, mirror="", jobs=())
    return sorted(line.partition(":")[0] for line in refresh(settings, world.store))


def waits(world: World) -> bool:
    return untried(world.store, read_slices.newest_slices(world.store))


@pytest.mark.parametrize(
    ("newer", "variable", "freq", "made_of_it"),
    [
        ("rain_normals", "rain", Freq.NORMAL, ["ipcc_tier1", "ipcc_tier1_2006"]),
        ("map", STOCK, Freq.YEAR, ["estimate", "sampled_baseline"]),
    ],
)
def test_a_default_or_corrected_map_that_failed_rests_and_is_tried_again(
    world: World, newer: str, variable: str, freq: Freq, made_of_it: list[str]
) -> None:
    assert failing(world) == []
    assert not waits(world)
    world.put(newer, variable, YEAR, 61, freq, "mm month-1" if newer != "map" else "t ha-1")
    array = world.store.arrays / world.waiting[0].path
    world.commit()
    array.rename(away := world.store.arrays / "away")
    assert failing(world) == made_of_it
    assert not waits(world), "they rest"
    with world.store.engine.begin() as connection:
        earlier = "UPDATE app.runs SET ended_at = ended_at - interval '1 hour'"
        connection.execute(text(earlier))
    assert waits(world)
    away.rename(array)
    assert failing(world) == []
    assert not waits(world)
