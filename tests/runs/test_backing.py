"""What stands behind a month of the nowcast: of every area, through store and API."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.model import Freq
from soc_monitor.runs.estimate import estimate
from soc_monitor.settings import Settings
from soc_monitor.store.store import Store
from tests.runs.test_nowcast import FIRST, World

COLUMN = "newest_input_days"
REAL, GAP, LAST = date(2011, 3, 1), date(2011, 2, 1), date(2011, 5, 1)


class Asked:
    """A world, and what its API says of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        settings = Settings(data=world.store.arrays.parent, mirror="", jobs=())
        self.api = TestClient(create_api(world.store, settings))

    def rows(self, variable: str, period: str) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for level in ("adm1", "adm0"):
            keys = {"v": variable, "src": "nowcast", "lvl": level, "t": period}
            answer = self.api.get("/api/v1/map.json", params=keys)
            assert answer.status_code == 200, answer.text
            body = answer.json()
            found |= {row["area_id"]: row for row in (*body["data"], body["world"])}
        return found

    def values(self, variable: str, period: str) -> dict[str, float | None]:
        return {area: row["value"] for area, row in self.rows(variable, period).items()}


@pytest.fixture
def asked(store: Store) -> Asked:
    """Real weather to March 2011 but for February, rain alone in April; a sample in the west of
    2005, one too old."""
    world = World(store)
    world.sample(date(2005, 6, 1), 0.5)
    world.sample(date(1999, 6, 1), 1.5)
    world.weather(FIRST, REAL, but=(GAP,))
    world.put("weather", "rain", date(2011, 4, 1), 60.0, Freq.MONTH, "mm month-1")
    world.nowcast(LAST)
    estimate(store, datetime.now(UTC))
    return Asked(world)


def test_a_month_tells_how_much_of_it_was_observed_and_how_long_ago(asked: Asked) -> None:
    everywhere = {"AAA-1", "AAA-2", "AAA", "WLD"}
    for period, covered, age in (
        ("2011-03", 100.0, 0.0),
        ("2011-02", 0.0, 28.0),  # as old as January's end
        ("2011-05", 0.0, 61.0),  # the thirty days of April, and those of May
    ):
        assert asked.values("weather-coverage", period) == dict.fromkeys(everywhere, covered)
        assert asked.values("vegetation-coverage", period) == dict.fromkeys(everywhere, 0.0)
        assert asked.values("input-age", period) == dict.fromkeys(everywhere, age)


def test_a_row_tells_the_age_of_its_newest_input_and_a_pinned_one_for_good(asked: Asked) -> None:
    rows = asked.rows("stock", "2011-05")
    told = {(row["freshness_days"], row["newest_input_days"]) for row in rows.values()}
    assert told == {(61.0, 31)}, "of April there is no temperature, but rain"
    rows = asked.rows("stock", "2011-02")
    assert {row["newest_input_days"] for row in rows.values()} == {28}, "what came later is none"
    keys = {"area": "AAA", "v": "stock", "src": "nowcast", "t": "2011-05", "columns": COLUMN}
    pinned = asked.api.get("/api/v1/series.csv", params=keys)
    asked.world.month(date(2011, 5, 1))
    asked.world.nowcast(LAST)
    estimate(asked.world.store, datetime.now(UTC))
    assert {row[COLUMN] for row in asked.rows("stock", "2011-05").values()} == {0}
    again = asked.api.get(pinned.headers["content-location"])
    assert again.text.split() == pinned.text.split() == [COLUMN, "31"]


def test_samples_of_ten_years_are_told_for_the_size_of_the_land(asked: Asked) -> None:
    rows = asked.rows("samples", "2011-03")
    for area, count in (("AAA-1", 1), ("AAA-2", 0), ("AAA", 1), ("WLD", 1)):
        land_km2 = rows[area]["land_area_ha"] / 100
        assert rows[area]["value"] == pytest.approx(1000 * count / land_km2)
        assert rows[area]["std_error"] is None
    # A sample alone makes these numbers anew, although no month of the nowcast is another.
    asked.world.sample(date(2010, 7, 1), 2.5, 3.5)
    before = asked.world.ask("SELECT count(*) FROM app.slices")
    estimate(asked.world.store, datetime.now(UTC))
    assert asked.world.ask("SELECT count(*) FROM app.slices") == before
    land_km2 = rows["AAA-2"]["land_area_ha"] / 100
    assert asked.values("samples", "2011-03")["AAA-2"] == pytest.approx(2000 / land_km2)


def test_who_comes_back_to_a_place_has_sampled_no_new_one(asked: Asked) -> None:
    # Within 50 m of the sample of 2005, on either side of it; two cores of one day are one visit.
    for day, at in ((date(2008, 6, 1), (0.5003,)), (date(2009, 6, 1), (0.5006, 0.5005)),
                    (date(2010, 6, 1), (0.4994,))):  # fmt: skip
        asked.world.sample(day, *at)
    estimate(asked.world.store, datetime.now(UTC))
    visits, places = (asked.rows(v, "2011-03")["AAA-1"] for v in ("samples", "sampled-places"))
    land_km2 = visits["land_area_ha"] / 100
    assert visits["value"] == pytest.approx(4000 / land_km2)
    assert places["value"] == pytest.approx(1000 / land_km2)
    found = asked.api.get("/api/v1/areas/AAA-1/detection", params={"src": "nowcast"}).json()
    assert (found["samples"], found["places"]) == (4, 1)
    # 2.8016 of a fifth of the stock, whether the one place was visited once or four times.
    assert found["least_change_t_ha"] == pytest.approx(2.8016 * 0.2 * found["stock_t_ha"], abs=2e-3)


def test_it_is_told_of_areas_alone_and_says_so(asked: Asked) -> None:
    listed = {one["id"]: one for one in asked.api.get("/api/v1/indicators").json()["data"]}
    names = {
        *("weather_coverage", "vegetation_coverage", "input_age"),
        *("sample_support_0_30cm", "sampled_places_0_30cm"),
    }
    assert {name for name, one in listed.items() if not one["cells"]} == names
    for name in names:
        assert listed[name]["method"]
        answer = asked.api.get("/api/v1/grid.tif", params={"v": name, "src": "nowcast"})
        assert answer.status_code == 404
        assert "told of areas alone" in answer.json()["detail"]
        at = asked.api.get(f"/api/v1/point?lon=0.5&lat=41.5&v={name}&src=nowcast")
        assert at.status_code in {200, 404}


def test_without_live_weather_nothing_was_observed_and_no_age_is_made_up(store: Store) -> None:
    world = World(store)
    world.nowcast(date(2012, 5, 1))
    estimate(store, datetime.now(UTC))
    asked = Asked(world)
    assert set(asked.values("weather-coverage", "2012-05").values()) == {0.0}
    assert set(asked.values("input-age", "2012-05").values()) == {None}
