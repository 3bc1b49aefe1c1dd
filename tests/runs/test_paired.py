"""What a nowcast says of change: the same members at both dates, and what they do not carry."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from starlette.testclient import TestClient

from soc_monitor import operations
from soc_monitor.api.app import create_api
from soc_monitor.errors import FeedUnreachable, UnknownPeriod
from soc_monitor.indicators import load_indicators
from soc_monitor.model import Estimate, Freq, Reason, RunState, State
from soc_monitor.model.spread import STRUCTURAL, student_t
from soc_monitor.model.trend import course
from soc_monitor.runs.estimate import estimate, health_changed
from soc_monitor.runs.nowcast_inputs import STOCK, last_day
from soc_monitor.runs.paired import real_share
from soc_monitor.runs.scenarios import scenarios
from soc_monitor.runs.untried import untried
from soc_monitor.settings import Settings
from soc_monitor.store import read, read_slices
from soc_monitor.store.members import members_of
from soc_monitor.store.store import Store, open_store
from tests.runs.test_nowcast import FIRST, World, months

NOW = date(2021, 6, 1)


def numbers(world: World, indicator: str, period: date = NOW) -> dict[str, Estimate]:
    return read.read_map(world.store, read.find_release(world.store), indicator, "nowcast", period)


@pytest.fixture(scope="module")
def followed(
    clone: Callable[[str], str], template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Real weather to June 2021, none for July; a sample in each area. For tests that only read."""
    folder = tmp_path_factory.mktemp("followed") / "arrays"
    store = open_store(clone(template), folder, statement_s=60)
    made = World(store)
    made.sample(date(2019, 6, 1), 0.5, 2.5)
    made.weather(FIRST, NOW)
    made.nowcast(date(2021, 7, 1))
    estimate(store, datetime.now(UTC))
    yield made
    store.close()


def test_a_rate_has_the_spread_of_its_members_and_the_error_of_the_model(followed: World) -> None:
    pieces = {p.period: p for p in read_slices.newest_slices(followed.store, product="nowcast")
              if p.cube.variable == STOCK}  # fmt: skip
    every = {
        one: members_of(followed.store, pieces[one].id) for one in months(date(2011, 1, 1), NOW)
    }
    found = numbers(followed, "soc_rate_0_30cm")
    for area in ("WLD", "AAA", "AAA-1"):
        totals = np.array([one[area].totals for one in every.values()])
        # The running mean of twelve months, and the slope through it, of each member on its own.
        means = np.array([totals[k : k + 12].mean(axis=0) for k in range(len(totals) - 11)])
        slopes = np.polyfit(np.arange(len(means)) / 12, means, 1)[0]
        rates = 1000 * slopes / means[0]
        assert found[area].base == (date(2011, 1, 1), date(2011, 12, 31))
        sd = float(np.hypot(rates.std(ddof=1), STRUCTURAL))
        assert found[area].std_error == pytest.approx(sd)
        value, upper = found[area].value, found[area].upper_95
        assert value is not None
        assert upper is not None
        assert upper - value == pytest.approx(student_t(0.95, len(rates) - 1) * sd)
        # The members go together: their rates are closer to each other than their levels are.
        assert rates.std(ddof=1) / 1000 < means[0].std(ddof=1) / means[0].mean()
        assert value == pytest.approx(float(rates.mean()), abs=0.1)


def test_a_rate_is_told_with_the_years_and_the_label_of_its_means(followed: World) -> None:
    settings = Settings(data=followed.store.arrays.parent, mirror="", jobs=())
    api = TestClient(create_api(followed.store, settings))
    asked = {"area": "AAA", "v": "soc_rate_0_30cm", "src": "nowcast"}
    rows = {
        one["period"]: one for one in api.get("/api/v1/series.json", params=asked).json()["data"]
    }
    told = {
        month: [rows[month][name] for name in ("base_period", "window_years", "window_label")]
        for month in ("2012-11", "2012-12", "2016-11", "2016-12", "2021-06")
    }
    assert told == {
        # The origin is a December: a second one is the first month with another of its name.
        "2012-11": ["2011-11", 1.0, "provisional"],
        "2012-12": ["2011", 1.0, "annual"],
        "2016-11": ["2011", 59 / 12, "annual"],
        "2016-12": ["2011", 5.0, "multi_year"],
        "2021-06": ["2011", 9.5, "multi_year"],
    }
    for month, row in rows.items():
        short = row["window_label"] != "multi_year"
        assert row["state_reasons"] == ("short_window" if short else ""), month
        assert (row["state"] == "not_assessable") == short, month
        assert row["std_error"] is not None


def test_every_way_to_write_a_change_has_its_interval(followed: World) -> None:
    rate = numbers(followed, "soc_rate_0_30cm")["AAA"]
    distance = numbers(followed, "soc_distance_0_30cm")["AAA"]
    change = numbers(followed, "soc_change_0_30cm")["AAA"]
    gap = numbers(followed, "soc_aspiration_gap_0_30cm")["AAA"]
    assert None not in (rate.value, distance.value, change.value, gap.value)
    assert distance.value == pytest.approx(rate.value - 4)  # type: ignore[operator]  # not None
    assert distance.std_error == pytest.approx(rate.std_error)
    stock = numbers(followed, "soc_stock_0_30cm", date(2011, 6, 1))["AAA"].value
    assert stock is not None
    assert change.std_error == pytest.approx(stock * rate.std_error / 1000, rel=0.1)  # type: ignore[operator]  # not None
    assert gap.lower_95 is not None
    assert gap.lower_95 >= 0
    # As wide as the change, also where the number is cut at 0.
    assert gap.std_error == pytest.approx(change.std_error, rel=0.1)


def test_a_state_follows_from_the_chances(followed: World) -> None:
    for found in numbers(followed, "soc_rate_0_30cm").values():
        if found.area == "unassigned":
            continue
        assert found.reasons == ()
        assert found.prob_gt_0 is not None
        assert found.prob_ge_4 is not None
        assert found.prob_ge_4 <= found.prob_gt_0
        sure = {
            State.ABOVE_4: found.prob_ge_4 > 0.9,
            State.GAINING: found.prob_gt_0 > 0.9 >= found.prob_ge_4,
            State.LOSING: found.prob_gt_0 < 0.1,
            State.NO_DETECTABLE_CHANGE: 0.1 <= found.prob_gt_0 <= 0.9,
        }
        assert found.state is not None
        assert sure[found.state]


@pytest.mark.parametrize(
    ("filled", "share"),
    [
        (range(113, 114), 11 / 12),  # one month of the last year
        (range(110, 114), 8 / 12),  # a third of it
        (range(24, 72), 66 / 114),  # both ends real, four years between
        (range(1, 7), 6 / 12),  # half of the base
        (range(36, 48), 102 / 114),  # one of ten years
    ],
)
def test_the_share_of_real_months_is_that_of_the_worst_part(filled: range, share: float) -> None:
    known = [(one, last_day(one)) for one in months(date(2011, 1, 1), NOW)]
    real = np.ones((len(known) - 12, 2), bool)
    known = known[12:]
    how = course(known, known[-1])
    assert how is not None
    real[filled, 1] = False
    assert len(real) == len(how.steps) == 114
    assert real_share(real, how).tolist() == pytest.approx([1.0, share])


def test_years_that_are_filled_in_between_two_real_ends_make_no_state(store: Store) -> None:
    world = World(store)
    world.sample(date(2019, 6, 1), 0.5, 2.5)
    world.weather(FIRST, NOW, but=tuple(months(date(2013, 1, 1), date(2016, 12, 1))))
    world.nowcast(NOW)
    estimate(store, datetime.now(UTC))
    for found in numbers(world, "soc_rate_0_30cm").values():
        if found.area != "unassigned":
            assert found.state is State.NOT_ASSESSABLE
            assert found.reasons == (Reason.NO_REAL_DRIVERS,)


def test_one_month_without_its_weather_is_told_and_no_reason_to_doubt_nine_years(
    followed: World,
) -> None:
    for found in numbers(followed, "soc_rate_0_30cm", date(2021, 7, 1)).values():
        if found.area != "unassigned":
            assert found.reasons == ()
            assert found.provisional


def test_a_feed_that_the_model_can_do_without_is_no_reason_to_doubt_a_state(store: Store) -> None:
    world, soon = World(store), date(2012, 12, 1)
    world.sample(date(2011, 6, 1), 0.5, 2.5)
    world.weather(FIRST, soon)
    for month in months(FIRST, soon):
        world.put("satellite", "soil_moisture_0_5cm", month, 0.2, Freq.MONTH, "m3 m-3")
        world.put("ground", "ndvi", month, 0.5, Freq.MONTH, "1")
    world.nowcast(soon)
    today = datetime.now(UTC).date()
    estimate(store, datetime.now(UTC))
    with pytest.raises(FeedUnreachable), world.run("satellite"):
        raise FeedUnreachable("the source is gone")
    assert not health_changed(store, today)
    with pytest.raises(FeedUnreachable), world.run("ground"):
        raise FeedUnreachable("the source is gone")
    assert health_changed(store, today), "growth is followed"


def test_a_feed_that_fails_is_told_by_the_states_of_the_newest_month_until_it_is_well(
    store: Store, tmp_path: Path
) -> None:
    world, now = World(store), date(2017, 1, 1)
    world.sample(date(2015, 6, 1), 0.5, 2.5)
    world.weather(FIRST, now)
    world.nowcast(now)
    today = datetime.now(UTC).date()
    estimate(store, datetime.now(UTC))
    before, made = numbers(world, "soc_rate_0_30cm", now), calculations(world)
    assert before["AAA"].reasons == ()
    assert not health_changed(store, today)

    with pytest.raises(FeedUnreachable), world.run("weather"):
        raise FeedUnreachable("the source is gone")
    assert health_changed(store, today)
    estimate(store, datetime.now(UTC))
    for found in numbers(world, "soc_rate_0_30cm", now).values():
        if found.area != "unassigned":
            assert (found.state, found.reasons) == (State.NOT_ASSESSABLE, (Reason.STALE_INPUT,))
            assert found.value == before[found.area].value
    changed = {key for key, count in calculations(world).items() if count != made[key]}
    changes = {one.id for one in load_indicators().values() if one.of_means is not None}
    assert changed == {(one, now) for one in changes}, "the newest month's changes, nothing else"
    assert not health_changed(store, today), "it was told"
    assert estimate(store, datetime.now(UTC)).state is RunState.NOTHING_NEW

    with world.run("weather"):
        assert not health_changed(store, today), "it is tried again, and not yet well"
    assert health_changed(store, today)
    estimate(store, datetime.now(UTC))
    after = numbers(world, "soc_rate_0_30cm", now)
    assert {a: (one.state, one.reasons, one.value) for a, one in after.items()} == {
        a: (one.state, one.reasons, one.value) for a, one in before.items()
    }

    scenarios(store, datetime.now(UTC))
    estimate(store, datetime.now(UTC))
    with pytest.raises(FeedUnreachable), world.run("weather"):
        raise FeedUnreachable("the source is gone")
    # By the worker, to whom no slice is new and no product is untried.
    assert not read_slices.unpublished(store)
    assert not untried(store, read_slices.newest_slices(store))
    operations.publish_new(Settings(data=tmp_path, mirror="", jobs=()), store)
    assert not health_changed(store, today)


def calculations(world: World) -> dict[tuple[str, date], int]:
    """How often each number of the nowcast was made."""
    query = (
        "SELECT indicator, period, count(*) FROM app.calculations "
        "WHERE product = 'nowcast' GROUP BY 1, 2"
    )
    return {(str(row[0]), row[1]): row[2] for row in world.ask(query)}  # type: ignore[misc]  # a date, a count


def test_without_any_weather_every_area_says_why(store: Store) -> None:
    world = World(store)
    world.nowcast(date(2021, 6, 1))
    estimate(store, datetime.now(UTC))
    (piece,) = (
        p for p in read_slices.newest_slices(store, product="nowcast") if p.cube.variable == STOCK
    )
    found = numbers(world, "soc_rate_0_30cm", piece.period)
    assert {one.value for one in found.values()} == {None}
    assert {one.reasons for one in found.values()} == {(Reason.ONE_DATE, Reason.NO_REAL_DRIVERS)}


def test_months_of_one_year_are_not_compared(followed: World) -> None:
    with pytest.raises(UnknownPeriod):
        numbers(followed, "soc_rate_0_30cm", FIRST)


def test_what_could_be_detected_is_told_of_every_area(followed: World) -> None:
    settings = Settings(data=followed.store.arrays.parent, mirror="", jobs=())
    api = TestClient(create_api(followed.store, settings))
    answer = api.get("/api/v1/areas/AAA/detection", params={"src": "nowcast"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    rate = numbers(followed, "soc_rate_0_30cm", date(2021, 7, 1))["AAA"]
    assert rate.std_error is not None
    assert found["least_rate_permille"] == pytest.approx(2.8016 * rate.std_error, rel=1e-4)
    assert found["least_rate_permille"] > 4, "the model alone cannot show 4 per 1000"
    # Two places in the country and one in each half: 2.8016 of a fifth of the stock, by their root.
    halves = api.get("/api/v1/areas/AAA-1/detection", params={"src": "nowcast"}).json()
    assert (found["places"], halves["places"]) == (2, 1)
    for one in (found, halves):
        least = 2.8016 * 0.2 * one["stock_t_ha"] / one["places"] ** 0.5
        assert one["least_change_t_ha"] == pytest.approx(least, abs=2e-3)
        years = least / (0.004 * one["stock_t_ha"])
        assert one["years_until_detectable"] == pytest.approx(years, abs=0.06)
    sites = {one["years"]: one["paired_sites"] for one in found["surveys"]}
    assert sites == {1: 19623, 5: 785, 10: 197, 20: 50}
    assert api.get("/api/v1/areas/AAA/detection?src=xxx").status_code == 404


def test_the_outline_of_a_country_has_the_numbers_of_the_country(followed: World) -> None:
    settings = Settings(data=followed.store.arrays.parent, mirror="", jobs=())
    api = TestClient(create_api(followed.store, settings))
    outline = shapely.geometry.mapping(shapely.box(0, 40, 4, 44))

    def own(variable: str) -> dict[str, Any]:
        keys = {"v": variable, "src": "nowcast", "t": "2021-06"}
        answer = api.post("/api/v1/aoi/statistics", params=keys, json=outline)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["data"][0]["data"][0]
        return found

    stock, known = own(STOCK), numbers(followed, STOCK)["AAA"]
    assert known.value is not None
    assert stock["mean"] == pytest.approx(known.value, rel=1e-9)
    assert stock["std_error"] == pytest.approx(known.std_error, rel=0.02)
    # Ten and a half years of 2 permille, which no area averages away.
    assert stock["std_error"] > 0.021 * known.value
    change, told = own("soc_rate_0_30cm"), numbers(followed, "soc_rate_0_30cm")["AAA"]
    assert change["mean"] == pytest.approx(told.value, rel=1e-5)
