"""Rates, their intervals and states, against closed forms that were worked out elsewhere."""

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_monitor.errors import BadValue
from soc_monitor.model import change, detect, spread
from soc_monitor.model.change import Window, window
from soc_monitor.model.freshness import Freshness
from soc_monitor.model.state import Evidence, Reason, State, judge_change


def year(number: int) -> change.Period:
    return date(number, 1, 1), date(number, 12, 31)


# The official RothC example: the year's residue arrives in August [t/ha].
JULY, AUGUST = 36.737, 37.998


def test_the_august_jump_is_no_rate() -> None:
    july, august = (date(1939, 7, 1), date(1939, 7, 31)), (date(1939, 8, 1), date(1939, 8, 31))
    assert change.linear_rate(AUGUST, JULY, 1) == pytest.approx(34.3, abs=0.05)
    assert window(july, august) is None
    assert window(august, july) is None
    assert change.years_between(july, august) is None
    verdict = judge_change(
        Evidence(
            rate=34.3, sd=1.0, mapped_fraction=1.0, window=window(july, august), real_drivers=True
        )
    )
    assert (verdict.state, verdict.reasons) == (State.NOT_ASSESSABLE, (Reason.SHORT_WINDOW,))
    assert verdict.above_4 is None


@pytest.mark.parametrize(
    ("base", "period", "expected"),
    [
        (year(2020), year(2021), Window.ANNUAL),
        (year(2020), year(2025), Window.MULTI_YEAR),
        (year(2020), year(2020), None),
        (year(2021), year(2020), None),
        (year(2020), (date(2021, 1, 1), date(2021, 1, 31)), None),
        ((date(2020, 7, 1), date(2021, 6, 30)), (date(2021, 7, 1), date(2022, 6, 30)), "annual"),
        ((date(2020, 7, 1), date(2021, 6, 30)), year(2022), None),
        (
            (date(2020, 2, 1), date(2020, 2, 29)),
            (date(2021, 2, 1), date(2021, 2, 28)),
            "provisional",
        ),
        ((date(2020, 1, 1), date(2020, 3, 31)), (date(2021, 1, 1), date(2021, 3, 31)), None),
    ],
)  # fmt: skip
def test_only_the_same_part_of_different_years_is_compared(
    base: change.Period, period: change.Period, expected: str | None
) -> None:
    assert window(base, period) == expected


def test_20_years_of_4_permille_add_8_percent_and_compounded_8_31() -> None:
    assert change.linear_rate(108.0, 100.0, 20) == pytest.approx(4.0, rel=1e-12)
    assert change.compound_rate(100 * 1.004**20, 100.0, 20) == pytest.approx(4.0, rel=1e-9)
    assert pytest.approx(8.31, abs=0.005) == 100 * (1.004**20 - 1)
    assert change.compound_rate(108.0, 100.0, 20) < 4.0


def test_the_chance_to_reach_4_permille_is_that_of_the_normal_error() -> None:
    assert change.chance_above(4.0, 1.5, 2.0) == pytest.approx(0.1056, abs=5e-5)
    # P(degraded) of the land-degradation goal: more than 10 % lost, m = -6 %, s = 5 %.
    assert 1 - change.chance_above(-10.0, -6.0, 5.0) == pytest.approx(0.2119, abs=5e-5)


@given(
    base=st.floats(5, 500),
    rate=st.floats(-20, 20),
    years=st.integers(1, 40),
)
def test_a_straight_line_gives_its_own_slope(base: float, rate: float, years: int) -> None:
    now = base * (1 + rate * years / 1000)
    assert change.linear_rate(now, base, years) == pytest.approx(rate, abs=1e-9)


# Two-sided 95 % points of Student's t, from printed tables.
@pytest.mark.parametrize(
    ("freedom", "point"),
    [(1, 12.7062), (2, 4.3027), (5, 2.5706), (10, 2.2281), (24, 2.0639), (49, 2.0096)],
)
def test_students_t_is_that_of_the_printed_tables(freedom: int, point: float) -> None:
    assert spread.student_t(0.95, freedom) == pytest.approx(point, abs=5e-5)


def test_students_t_tends_to_the_normal() -> None:
    assert spread.student_t(0.95, 100_000) == pytest.approx(1.959964, abs=5e-5)
    assert spread.student_t(0.5, 100_000) == pytest.approx(0.674490, abs=5e-5)


def test_an_interval_of_members_holds_the_truth_as_often_as_it_says() -> None:
    draws = np.random.default_rng(7).normal(0.0, 1.0, (6, 40_000))
    band = spread.band_of_members(draws[:5])
    inside = (band.lower_95 <= draws[5]) & (draws[5] <= band.upper_95)
    # For a new draw the spread of the mean comes on top: sqrt(1 + 1/5) of the width is 95 %.
    assert 0.92 < inside.mean() < 0.95
    wide = spread.student_t(0.95, 4) * band.sd * math.sqrt(1.2)
    assert np.mean(np.abs(draws[5] - band.mean) <= wide) == pytest.approx(0.95, abs=0.005)


def test_one_member_has_no_spread() -> None:
    with pytest.raises(BadValue, match="two or more"):
        spread.band_of_members([1.0])


def test_a_cell_that_a_member_lacks_has_no_band() -> None:
    band = spread.band_of_members([[1.0, 1.0], [2.0, np.nan]])
    assert np.isnan(band.upper_95).tolist() == [False, True]


def test_members_that_go_together_leave_a_narrow_change_and_unpaired_ones_a_wide_one() -> None:
    level = np.random.default_rng(1).normal(60.0, 15.0, 25)
    paired = spread.band_of_members(1000 * ((level * 1.004) - level) / level)
    assert float(paired.sd) < 1e-9
    shuffled = spread.band_of_members(1000 * (np.roll(level, 1) * 1.004 - level) / level)
    assert float(shuffled.sd) > 100


def test_the_structural_error_is_not_reduced() -> None:
    rates = np.random.default_rng(1).normal(1.0, 0.01, 1000)
    assert float(spread.band_of_members(rates, common_sd=spread.STRUCTURAL).sd) >= 2.0


def test_errors_of_two_dates_cancel_as_far_as_they_go_together() -> None:
    assert spread.change_sd(10.0, 12.0, 0.95) == pytest.approx(math.sqrt(100 + 144 - 228))
    assert spread.change_sd(10.0, 10.0, 1.0) == 0.0


def test_detection_is_that_of_two_surveys() -> None:
    assert detect.threshold() == pytest.approx(2.8016, abs=5e-5)
    assert detect.sites_needed(12.0, 1.2) == 785
    assert detect.least_change(12.0, 100, paired=False) == pytest.approx(
        detect.threshold() * 12 * math.sqrt(2 / 100)
    )
    assert math.isinf(detect.least_change(12.0, 0))


def test_a_change_is_detectable_when_it_stands_out_of_its_error() -> None:
    years = detect.years_until_detectable(60.0, 1.5, rate_sd=1.0)
    assert years is not None
    error = math.hypot(1.5, 1.0 / 1000 * 60 * years)
    assert 4 / 1000 * 60 * years == pytest.approx(detect.threshold() * error)
    assert detect.years_until_detectable(60.0, 1.5, rate_sd=spread.STRUCTURAL) is None
    assert detect.years_until_detectable(0.0, 1.5) is None


def seen(**more: object) -> Evidence:
    usual = {"rate": 5.0, "sd": 0.5, "mapped_fraction": 0.9, "window": Window.MULTI_YEAR}
    return Evidence(**(usual | {"real_drivers": True} | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rate", "sd", "state"),
    [
        (5.0, 0.5, "above_4"),
        (4.5, 0.5, "gaining"),
        (1.5, 2.0, "no_detectable_change"),
        (3.0, 2.0, "gaining"),
        (-1.5, 2.0, "no_detectable_change"),
        (-3.0, 2.0, "losing"),
        (0.0, 0.0, "no_detectable_change"),
        # 1.2816 standard deviations are the 90 % that a state needs.
        (1.2817, 1.0, "gaining"),
        (1.2815, 1.0, "no_detectable_change"),
        (-1.2817, 1.0, "losing"),
    ],
)  # fmt: skip
def test_a_state_needs_nine_chances_in_ten(rate: float, sd: float, state: str) -> None:
    assert judge_change(seen(rate=rate, sd=sd)).state == state


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"rate": None}, Reason.NO_ESTIMATE),
        ({"rate": None, "same_land": False}, Reason.LAND_CHANGED),
        ({"sd": None}, Reason.NO_INTERVAL),
        ({"mapped_fraction": 0.49}, Reason.LOW_COVERAGE),
        ({"window": None}, Reason.SHORT_WINDOW),
        ({"window": Window.PROVISIONAL}, Reason.SHORT_WINDOW),
        ({"window": Window.ANNUAL}, Reason.SHORT_WINDOW),
        ({"window": Window.PROVISIONAL, "holed": True}, Reason.MISSING_MONTHS),
        ({"real_drivers": False}, Reason.NO_REAL_DRIVERS),
        ({"freshness": (Freshness.FRESH, Freshness.LATE)}, Reason.STALE_INPUT),
        ({"freshness": (Freshness.BROKEN,)}, Reason.STALE_INPUT),
        ({"years_since_sample": 10.5}, Reason.NO_SAMPLES),
    ],
)
def test_what_cannot_be_assessed_says_why(more: dict[str, object], reason: Reason) -> None:
    verdict = judge_change(seen(**more))
    assert (verdict.state, verdict.reasons) == (State.NOT_ASSESSABLE, (reason,))
    assert verdict.above_0 is None
