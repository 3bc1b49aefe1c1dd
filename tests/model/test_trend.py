"""Which periods a change is made from: means of twelve months, and the slope through them."""

import weakref
from collections.abc import Iterator
from datetime import date
from typing import Any

import dask.array
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_monitor.model.change import Period, window
from soc_monitor.model.period import last_day
from soc_monitor.model.trend import Course, base_years, compared, course

da: Any = dask.array  # it ships no types


def month(year: int, number: int) -> Period:
    return date(year, number, 1), last_day(f"{year}-{number:02}")


def months(first: int, count: int) -> list[Period]:
    return [month(first + k // 12, k % 12 + 1) for k in range(count)]


def years(first: int, last: int) -> list[Period]:
    return [(date(one, 1, 1), date(one, 12, 31)) for one in range(first, last + 1)]


def found(known: list[Period], base_year: int | None = None) -> Course:
    how = course(known, known[-1], base_year=base_year)
    assert how is not None
    return how


def gain(stocks: np.ndarray, how: Course, known: list[Period]) -> tuple[float, float]:
    at = {first: k for k, (first, _) in enumerate(known)}
    before, gained = compared([stocks[at[one]] for one in how.steps], how)
    return float(before), float(gained)


def test_months_are_compared_as_the_slope_through_all_means_of_twelve() -> None:
    known = months(2018, 90)
    stocks = 60 + np.random.default_rng(3).normal(0, 1, 90).cumsum()
    how = found(known)
    assert how.base == (date(2020, 1, 1), date(2020, 12, 31))
    assert (how.steps[0], how.years) == (date(2020, 1, 1), 4.5)
    means = np.convolve(stocks, np.ones(12) / 12, "valid")[24:]
    slope = np.polyfit(np.arange(len(means)) / 12, means, 1)[0]
    before, gained = gain(stocks, how, known)
    assert before == pytest.approx(means[0], rel=1e-12)
    assert gained == pytest.approx(slope * 4.5, rel=1e-9)


def test_a_season_is_no_change_whatever_the_month_that_is_told() -> None:
    season = 3 * np.sin(np.arange(120) * 2 * np.pi / 12)
    for count in range(84, 120):
        known = months(2018, count)
        _, gained = gain(60 + season[:count], found(known), known)
        assert gained == pytest.approx(0.0, abs=1e-12)


def test_one_odd_month_at_the_end_does_not_make_the_rate() -> None:
    known = months(2018, 96)
    stocks = np.full(96, 60.0)
    stocks[-1] += 1.26  # the residue of a year, as in the August of the official example
    how = found(known)
    _, gained = gain(stocks, how, known)
    assert how.years == 5
    # Month against month it is 4.2 permille a year.
    assert 0 < 1000 * gained / (60 * how.years) < 0.15


def test_less_than_two_years_apart_two_means_are_compared() -> None:
    known = months(2020, 30)
    stocks = np.arange(30.0) ** 2
    how = found(known)
    assert how.years == 1.5
    before, gained = gain(stocks, how, known)
    assert before == pytest.approx(stocks[:12].mean())
    assert gained == pytest.approx(stocks[-12:].mean() - stocks[:12].mean())
    assert window(how.base, known[-1]) == "annual"


def test_without_two_whole_years_the_same_month_is_provisional() -> None:
    known = months(2020, 20)
    how = found(known)
    assert (how.base, how.steps) == (month(2020, 8), (date(2020, 8, 1), date(2021, 8, 1)))
    assert window(how.base, known[-1]) == "provisional"
    assert course(months(2020, 12), month(2020, 12)) is None


def test_a_month_that_is_not_there_leaves_its_means_out() -> None:
    known = [one for one in months(2020, 84) if one != month(2023, 5)]
    stocks = 50 + np.arange(84) / 12
    how = found(known)
    before, gained = gain(stocks[[k for k in range(84) if k != 40]], how, known)
    assert gained == pytest.approx(6.0)
    assert before == pytest.approx(stocks[:12].mean())


def test_a_month_missing_among_the_last_twelve_is_told_and_is_no_short_record() -> None:
    known = [one for one in months(2018, 106) if one != month(2026, 8)]
    how = found(known)
    assert (len(how.steps), window(how.base, known[-1])) == (2, "provisional")
    assert how.holed
    assert not found(months(2020, 20)).holed
    assert not found(months(2018, 106)).holed


def test_the_base_year_counts_where_it_is_whole_and_else_the_first_year_that_is() -> None:
    assert found(months(2011, 96)).base[0] == date(2011, 1, 1)
    assert found(months(2011, 144)).base[0] == date(2020, 1, 1)
    assert found(months(2011, 144), base_year=2015).base[0] == date(2015, 1, 1)
    # A year that has not begun with its January is none.
    assert found(months(2020, 96)[3:]).base[0] == date(2021, 1, 1)


@pytest.mark.parametrize("first", [2018, 2020])
def test_a_hole_in_the_base_year_moves_no_base(first: int) -> None:
    whole = months(first, 12 * (2027 - first))
    known = [one for one in whole if one != month(2020, 5)]
    how = found(known)
    # The year after it would be whole, and would give another number without a word.
    assert (how.base, window(how.base, known[-1])) == (month(2020, 12), "provisional")
    assert how.holed
    assert not found(whole).holed
    assert found(known, base_year=2021).base[0] == date(2021, 1, 1)


def test_a_year_that_is_asked_for_is_the_base_or_there_is_none() -> None:
    known = months(2011, 100)  # to April 2019
    assert base_years(known) == list(range(2011, 2019))
    for base_year in base_years(known):
        how = found(known, base_year=base_year)
        assert {how.base[0].year, how.base[1].year} == {base_year}
    last = found(known, base_year=2018)
    assert (window(last.base, known[-1]), last.holed) == ("provisional", False)
    assert course(known, known[-1], base_year=2019) is None
    assert course(known, known[-1], base_year=2010) is None
    assert base_years([one for one in known if one != month(2013, 2)]) == [
        2011, 2012, *range(2014, 2019)]  # fmt: skip
    assert base_years([]) == []


def test_an_epoch_is_counted_from_any_earlier_one_that_is_asked_for() -> None:
    known = [*years(1800, 1800), *years(1990, 1990), *years(2010, 2010)]
    how = course(known, known[-1], epochs=True, base_year=1800)
    assert how is not None
    assert ([one.year for one in how.steps], how.years) == ([1800, 2010], 210.0)
    assert course(known, known[-1], epochs=True, base_year=1900) is None
    assert base_years(known) == [1800, 1990]


def test_years_are_compared_by_the_slope_of_three_and_the_difference_of_two() -> None:
    known = years(2020, 2024)
    stocks = np.array([50.0, 51, 49, 52, 60])
    how = found(known)
    _, gained = gain(stocks, how, known)
    assert gained == pytest.approx(4 * np.polyfit(np.arange(5), stocks, 1)[0])
    _, two = gain(stocks[:2], found(known[:2]), known[:2])
    assert two == 1.0
    epochs = course([*years(1800, 1800), *years(1990, 1990), *years(2010, 2010)],
                    years(2010, 2010)[0], epochs=True)  # fmt: skip
    assert epochs is not None
    assert [one.year for one in epochs.steps] == [1990, 2010]


def test_a_cell_that_one_month_lacks_is_in_neither_date() -> None:
    known = months(2020, 36)
    stocks = np.full((36, 3), 60.0)
    stocks[20, 1] = np.nan
    before, gained = compared(list(stocks), found(known))
    assert np.isnan(before).tolist() == np.isnan(gained).tolist() == [False, True, False]
    lazy = compared([da.from_array(one) for one in stocks], found(known))
    assert np.array_equal(lazy[0].compute(), before, equal_nan=True)
    assert gained[0] == 0.0, "what stands still has gained nothing, to the last bit"


def test_two_steps_are_held_at_once_however_many_there_are() -> None:
    known = months(2018, 106)
    how, seen, most = found(known), list[weakref.ref[np.ndarray]](), 0

    def steps() -> Iterator[np.ndarray]:
        nonlocal most
        for k in range(len(how.steps)):
            one = np.full(4, 60.0 + k)
            seen.append(weakref.ref(one))
            most = max(most, sum(ref() is not None for ref in seen))
            yield one

    _, gained = compared(steps(), how)
    assert len(how.steps) == 82
    assert gained[0] == pytest.approx(12 * how.years)
    assert most <= 3, "the first, the one before until it is let go, and the next"


@given(rate=st.floats(-20, 20), base=st.floats(5, 500), count=st.integers(24, 200))
def test_a_straight_line_has_its_own_slope(rate: float, base: float, count: int) -> None:
    known = months(2020, count)
    stocks = base * (1 + rate / 1000 * np.arange(count) / 12)
    how = found(known)
    before, gained = gain(stocks, how, known)
    assert before == pytest.approx(stocks[:12].mean())
    assert gained / how.years == pytest.approx(base * rate / 1000, rel=1e-6, abs=1e-9)
