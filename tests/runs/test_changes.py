"""Changes between two dates: on the land that both cover, and never where none may be told."""

from datetime import date

import pytest

from soc_monitor.errors import UnknownPeriod
from soc_monitor.model import (
    Freq,
    Reason,
    State,
)

from .paper import A0, A1, EARLY, LATE, NAN, STOCK, World, field, near

GAIN = {
    (5, 5): 12.0, (15, 5): 20.0, (5, 15): 42.0, (15, 15): 50.0, (25, 15): NAN, (105, 5): 100.0,
    (25, 5): 77.0,
}  # fmt: skip
"""Twenty years on: one cell is lost, another is new; neither is a change of the soil."""


@pytest.fixture
def changed(world: World) -> World:
    world.put(EARLY, field(STOCK))
    world.put(LATE, field(GAIN))
    world.estimate()
    return world


def test_a_change_is_taken_on_the_land_that_both_dates_cover(changed: World) -> None:
    found = changed.read("soc_change_0_30cm", LATE)
    assert {area: one.value for area, one in found.items()} == {
        "AAA-1": near(0.1),
        "AAA-2": 0.0,
        "AAA": near(0.05),
        "BBB-1": near(0.05),
        "BBB-2": None,
        "BBB": near(0.05),
        "M49-001": near((0.1 * A0 + 0.1 * A1) / (2 * A0 + 2 * A1)),
        "WLD": near((0.1 * A0 + 0.1 * A1) / (3 * A0 + 2 * A1)),
        "unassigned": 0.0,
    }
    assert found["AAA-2"].mapped_ha == near(A0)
    assert {one.base for one in found.values()} == {(EARLY, date(1990, 12, 31))}


def test_a_rate_is_that_of_the_totals_and_not_the_mean_of_the_rates(changed: World) -> None:
    rates = changed.values("soc_rate_0_30cm", LATE)
    assert rates["AAA-1"] == near(10.0)
    assert rates["AAA"] == near(1000 * 2 / 30 / 20)
    assert rates["AAA"] != pytest.approx((10.0 + 0.0) / 2)
    assert rates["WLD"] == near(1000 * (2 * A0 + 2 * A1) / (130 * A0 + 90 * A1) / 20)
    compound = changed.values("soc_rate_compound_0_30cm", LATE)
    assert compound["AAA"] == near(1000 * ((32 / 30) ** (1 / 20) - 1))
    distance = changed.values("soc_distance_0_30cm", LATE)
    assert distance["AAA"] == near(1000 * 2 / 30 / 20 - 4)
    gap = changed.values("soc_aspiration_gap_0_30cm", LATE)
    assert gap["AAA"] == near(0.004 * 15 - 0.05)
    assert gap["AAA-1"] == 0.0


def test_a_change_without_an_interval_says_that_it_is_not_assessable(changed: World) -> None:
    found = changed.read("soc_rate_0_30cm", LATE)
    assert {one.state for one in found.values()} == {State.NOT_ASSESSABLE}
    assert found["AAA-1"].reasons == (Reason.NO_INTERVAL,)
    assert found["BBB-2"].reasons == (Reason.NO_ESTIMATE,)
    assert found["AAA"].reasons == (Reason.NO_INTERVAL,)
    # The middle column of AAA-2 is its own by half: two thirds of the land are lost to the eye.
    assert found["AAA-1"].prob_gt_0 is None


def test_the_first_period_has_no_change_and_its_absence_is_not_zero(changed: World) -> None:
    with pytest.raises(UnknownPeriod):
        changed.read("soc_rate_0_30cm", EARLY)


def test_a_product_with_one_date_says_so_for_every_area(world: World) -> None:
    world.put(EARLY, field(STOCK))
    world.estimate()
    found = world.read("soc_rate_0_30cm", EARLY)
    assert set(found) == set(world.read("soc_stock_0_30cm", EARLY))
    assert {one.value for one in found.values()} == {None}
    assert {one.state for one in found.values()} == {State.NOT_ASSESSABLE}
    assert {one.reasons for one in found.values()} == {(Reason.ONE_DATE, Reason.NO_REAL_DRIVERS)}
    assert found["AAA-1"].base is None


def test_a_second_date_ends_what_was_said_of_the_only_one(world: World) -> None:
    world.put(EARLY, field(STOCK))
    world.estimate()
    world.put(LATE, field(GAIN))
    world.estimate()
    assert world.values("soc_rate_0_30cm", LATE)["AAA-1"] == near(10.0)
    with pytest.raises(UnknownPeriod):
        world.read("soc_rate_0_30cm", EARLY)


def test_the_august_jump_of_the_official_example_is_nowhere_a_rate(world: World) -> None:
    july, august = date(1939, 7, 1), date(1939, 8, 1)
    for period, stock in ((july, 36.737), (august, 37.998)):
        world.put(period, field(dict.fromkeys(STOCK, stock)), freq=Freq.MONTH)
    world.estimate()
    for indicator in ("soc_rate_0_30cm", "soc_change_0_30cm", "soc_rate_compound_0_30cm"):
        for period in (july, august):
            with pytest.raises(UnknownPeriod):
                world.read(indicator, period)
    world.put(date(1940, 8, 1), field(dict.fromkeys(STOCK, 38.1)), freq=Freq.MONTH)
    world.estimate()
    rate = world.read("soc_rate_0_30cm", date(1940, 8, 1))["AAA"]
    assert rate.value == pytest.approx(1000 * (38.1 - 37.998) / 37.998, rel=1e-4)
    assert rate.base is not None
    assert rate.base[0] == august
