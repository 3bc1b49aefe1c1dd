"""SDG 15.3.1 from land cover, against closed forms and the cases of another program."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_monitor.errors import BadValue
from soc_monitor.nowcast import land_degradation as sdg
from soc_monitor.nowcast.land_degradation import NODATA, Cover


def series(classes: list[int], base: float = 100.0, cropped: float = 0.69) -> np.ndarray:
    cover = np.array(classes).reshape(-1, 1, 1)
    return sdg.land_cover_series(np.array([[base]]), cover, np.array([[cropped]]))[:, 0, 0]


def test_the_factors_are_those_of_the_published_table_cell_by_cell(shared: Path) -> None:
    tables = shared / "science/tables"
    with (tables / "sdg1531_f_by_climate.csv").open() as file:
        climates = {row["climate"]: float(row["f"]) for row in csv.DictReader(file)}
    assert dict(sdg.CROPPED) == climates
    with (tables / "sdg1531_landcover_transition_factors.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 49
    for row in rows:
        before, after = (Cover["OTHER" if row[k] == "other_bare" else row[k].upper()]
                         for k in ("from", "to"))  # fmt: skip
        for f in climates.values():
            above, _, below = row["factor_over_20_years"].partition("/")
            expected = float(f if above == "f" else above) / float(
                {"": 1, "f": f}.get(below, below)
            )
            assert sdg.transition_factor(before, after, f) == pytest.approx(expected), row


def test_forest_that_is_cropped_loses_its_share_in_twenty_years_and_stops() -> None:
    found = series([1, *[3] * 25])
    assert found[[5, 20, 25]] == pytest.approx([92.25, 69.0, 69.0], abs=1e-9)


def test_cropland_that_turns_back_regains_what_it_had_lost() -> None:
    found = series([1, *[3] * 20, *[1] * 25])
    assert found[[20, 40, 45]] == pytest.approx([69.0, 100.0, 100.0], abs=1e-9)


def test_a_transition_that_is_cut_short_starts_from_what_was_reached() -> None:
    found = series([1, *[3] * 10, *[1] * 20])
    reached = 100 - 10 * 31 / 20
    assert found[10] == pytest.approx(reached)
    assert found[30] == pytest.approx(reached / 0.69)


def test_a_year_whose_cover_is_not_known_changes_nothing() -> None:
    assert series([1, 0, 0, 1, 1]) == pytest.approx([100.0] * 5)
    assert series([1, 0, 3])[2] == pytest.approx(100 - 31 / 20)


def test_cells_without_base_or_climate_have_no_series() -> None:
    assert np.isnan(series([1, 3], base=np.nan)).all()
    assert np.isnan(series([1, 3], cropped=np.nan)).all()


def test_a_land_cover_on_another_grid_is_refused() -> None:
    with pytest.raises(BadValue, match="not on the grid"):
        sdg.land_cover_series(np.ones((2, 2)), np.ones((3, 1, 2), int), np.ones((2, 2)))


@given(st.lists(st.integers(0, 7), min_size=2, max_size=30))
def test_a_stock_never_turns_negative(classes: list[int]) -> None:
    assert (series(classes) >= 0).all()


def test_the_classes_are_those_of_the_other_program() -> None:
    found = sdg.classify([-25, -15, -5, 0, 5, 15, -32768])
    assert found.tolist() == [-1, -1, 0, 0, 0, 1, -32768]


def test_a_loss_of_exactly_ten_percent_is_stable_and_inclusively_degraded() -> None:
    assert sdg.classify([-10.0, -10.0001, 10.0, 10.0001]).tolist() == [0, -1, 0, 1]
    assert sdg.classify([-10.0, 10.0], boundary="inclusive").tolist() == [-1, 0]
    assert sdg.classify([np.nan]).tolist() == [NODATA]


def periods(classes: list[int], base: float = 100.0, cropped: float = 0.69) -> sdg.Judged:
    """The classes of one cell, from the cover of every year from 2000 on."""
    cover = np.array(classes).reshape(-1, 1, 1)
    years = range(2000, 2000 + len(classes))
    return sdg.classes_of_periods(np.array([[base]]), cover, np.array([[cropped]]), years)


@pytest.mark.parametrize("base", [0.9, 1.0, 37.3, 60.0, 100.0, 123.4])
def test_a_cell_that_lost_exactly_ten_percent_is_told_apart_by_the_boundary(base: float) -> None:
    # Four fifths in twenty years: 4, 8, 12 and 16 % in the years of the period, 10 in the mean.
    found = periods([1] * 16 + [3] * 4, base, cropped=0.2)
    assert (found.strict.item(), found.inclusive.item()) == (0, -1)
    more, less = (periods([1] * 16 + [3] * 4, base, cropped=f) for f in (0.1999, 0.2001))
    assert (more.strict.item(), less.inclusive.item()) == (-1, 0)


def test_the_status_sets_each_period_against_the_baseline_alone() -> None:
    # Sealed for three years it lost 13.5 %; freed in 2016 it gains 5 % a year, sealed in 2020 it
    # falls back to within 10 % of the mean of 2000-2015.
    fell_back = periods([1, *[5] * 3, *[6] * 12, *[1] * 4, *[5] * 4])
    assert fell_back.strict.ravel().tolist() == [1, 0]
    assert fell_back.status.ravel().tolist() == [1, -1]
    # What was sound in the baseline and degraded in one period is stable once it is back.
    came_back = periods([1] * 16 + [5] * 4 + [1] * 4)
    assert came_back.strict.ravel().tolist() == [-1, 0]
    assert came_back.status.ravel().tolist() == [-1, 0]


def test_water_is_in_no_class() -> None:
    classes = sdg.mask_water(np.array([-1, 0]), np.array([Cover.WATER, Cover.FOREST]))
    assert classes.tolist() == [NODATA, 0]


def test_periods_are_means_over_whole_years() -> None:
    years = list(range(2000, 2020))
    base, report = sdg.period_means(
        np.array([[float(year)] for year in years]), years, (2016, 2019)
    )
    assert (base[0], report[0]) == (2007.5, 2017.5)
    with pytest.raises(BadValue, match="no land cover of 2016"):
        sdg.period_means(np.ones((16, 1)), years[:16], (2016, 2019))


def test_a_baseline_of_zero_has_no_change() -> None:
    assert np.isnan(sdg.change_percent(np.array([0.0]), np.array([1.0])))[0]
