"""Anomalies: each month against the same month of the other years, all from one reading."""

import sys
from collections import Counter
from datetime import date

import numpy as np
import pytest
from starlette.testclient import TestClient

from soc_monitor import server
from soc_monitor.errors import ArrayDamaged
from soc_monitor.model import Freq, RunState
from soc_monitor.settings import Settings
from soc_monitor.store import read, read_slices

from .paper import GRID, World, place

LAND = {"AAA-1": (5, 5), "AAA-2": (15, 5), "BBB-1": (5, 15), "BBB-2": (25, 15)}
FIRST, YEARS = 2005, 13
NAME = "soil_moisture_0_7cm"
OF_MOISTURE = ("moisture_anomaly_0_7cm", "moisture_percentile_0_7cm")


def january(year: int) -> np.ndarray:
    """Moisture that changes from year to year, in another way in each cell."""
    values = np.full(GRID.shape, np.nan, np.float32)
    for number, (lon, lat) in enumerate(LAND.values()):
        values[place(lon, lat)] = 0.4 + 0.03 * np.sin(year * (number + 1))
    return values


def expected(years: list[int], year: int, area: str) -> float:
    """(x - mean) / sd over the other years, on paper."""
    others = [float(january(one)[place(*LAND[area])]) for one in years if one != year]
    now = float(january(year)[place(*LAND[area])])
    return (now - float(np.mean(others))) / float(np.std(others, ddof=1))


@pytest.fixture
def moist(world: World) -> World:
    for year in range(FIRST, FIRST + YEARS):
        world.put(date(year, 1, 1), january(year), NAME, Freq.MONTH, unit="m3 m-3")
    assert world.estimate().state is RunState.DONE
    return world


def anomalies(world: World, year: int) -> dict[str, float | None]:
    return world.values("moisture_anomaly_0_7cm", date(year, 1, 1))


def test_every_year_stands_against_all_the_others(moist: World) -> None:
    years = list(range(FIRST, FIRST + YEARS))
    for year in years:
        found = anomalies(moist, year)
        places = moist.values("moisture_percentile_0_7cm", date(year, 1, 1))
        for area in LAND:
            assert found[area] == pytest.approx(expected(years, year, area), rel=1e-4)
            every = [float(january(one)[place(*LAND[area])]) for one in years]
            rank = sorted(every).index(every[year - FIRST]) + 1
            assert places[area] == pytest.approx(100 * rank / (YEARS + 1), rel=1e-6)


def test_an_anomaly_says_among_how_many_years_it_stands(moist: World) -> None:
    settings = Settings(data=moist.store.arrays.parent, mirror="", jobs=())
    with TestClient(server.build(moist.store, settings)) as site:
        for v in ("moisture", "moisture-percentile"):
            asked = {"v": v, "d": "0-7", "area": "AAA"}
            meta = site.get("/api/v1/series.json", params=asked).json()["meta"]
            ends = {"first": f"{FIRST}-01", "last": f"{FIRST + YEARS - 2}-01"}
            assert meta["record"] == {"years": YEARS - 1, **ends}
            html = site.get(f"/en/soc/AAA?v={v}&d=0-7&lite=1").text
            assert f"among {YEARS - 1} other years, {FIRST} to {FIRST + YEARS - 2}." in html


def test_a_month_that_arrives_makes_every_year_anew_and_is_read_once_as_all_others(
    moist: World,
) -> None:
    opened: Counter[str] = Counter()
    listening = [True]

    def note(event: str, args: tuple[object, ...]) -> None:
        if listening and event == "open" and args and "/c/" in str(args[0]):
            opened[str(args[0])] += 1

    years = list(range(FIRST, FIRST + YEARS + 1))
    moist.put(date(years[-1], 1, 1), january(years[-1]), NAME, Freq.MONTH, unit="m3 m-3")
    sys.addaudithook(note)
    assert moist.estimate().state is RunState.DONE
    listening.clear()

    months = [file for file in opened if "made_up.soil_moisture" in file]
    assert len(months) == len(years), "each of them lies in one chunk"
    assert {opened[file] for file in months} == {1}, opened
    assert moist.calculations() == {
        (name, year): 2 if year < years[-1] else 1 for year in years for name in OF_MOISTURE
    }
    for year in years:
        assert anomalies(moist, year)["AAA-1"] == pytest.approx(
            expected(years, year, "AAA-1"), rel=1e-4
        )


def test_a_cell_that_one_year_has_not_seen_stands_against_the_others(moist: World) -> None:
    frozen = january(FIRST + YEARS)
    frozen[place(*LAND["BBB-1"])] = np.nan
    moist.put(date(FIRST + YEARS, 1, 1), frozen, NAME, Freq.MONTH, unit="m3 m-3")
    moist.estimate()
    for year in range(FIRST, FIRST + YEARS + 1):
        found = anomalies(moist, year)
        if year == FIRST + YEARS:
            assert found["BBB-1"] is None
        else:
            known = list(range(FIRST, FIRST + YEARS))
            assert found["BBB-1"] == pytest.approx(expected(known, year, "BBB-1"), rel=1e-4)
        assert found["AAA-1"] is not None


def test_years_that_are_closed_are_read_where_they_lie(moist: World) -> None:
    years = list(range(FIRST, FIRST + YEARS))
    for year in years[:2]:
        for month in range(2, 13):
            moist.put(date(year, month, 1), january(year), NAME, Freq.MONTH, unit="m3 m-3")
    moist.estimate()
    pieces = {piece.period: piece for piece in read_slices.newest_slices(moist.store)}
    assert pieces[date(years[0], 1, 1)].step == pieces[date(years[1], 1, 1)].step == 0
    # A new month beside two blocks of twelve.
    moist.put(date(years[-1] + 1, 1, 1), january(years[-1] + 1), NAME, Freq.MONTH, unit="m3 m-3")
    moist.estimate()
    years.append(years[-1] + 1)
    for year in (years[0], years[5], years[-1]):
        assert anomalies(moist, year)["AAA-2"] == pytest.approx(
            expected(years, year, "AAA-2"), rel=1e-4
        )


def test_a_damaged_month_of_the_record_is_named(moist: World) -> None:
    moist.put(date(2020, 1, 1), january(2020), NAME, Freq.MONTH, unit="m3 m-3")
    (piece,) = (p for p in read_slices.newest_slices(moist.store) if p.period.year == FIRST + 2)
    (file,) = (p for p in (moist.store.arrays / piece.path).rglob("*") if p.parent.name == "0")
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(ArrayDamaged, match=rf"made_up\.soil_moisture_0_7cm {FIRST + 2}-01-01"):
        moist.estimate()
    assert len(read.list_releases(moist.store)) == 1


def test_a_month_is_compared_with_the_thirty_years_of_the_climatology_and_blank_where_frozen(
    world: World,
) -> None:
    years = [1990, *range(1991, 2004), 2021]
    for year in years:
        # The years outside of 1991-2020 are far off: they would be seen in every mean.
        far = 1.0 if year in {1990, 2021} else 0.0
        world.put(date(year, 1, 1), january(year) + far, NAME, Freq.MONTH, unit="m3 m-3")
    warmth = np.full(GRID.shape, 5.0, np.float32)
    warmth[place(*LAND["AAA-1"])] = -5.0
    world.put(date(2000, 1, 1), warmth, "air_temperature", Freq.MONTH, unit="degC")
    assert world.estimate().state is RunState.DONE
    inside = list(range(1991, 2004))
    for area in LAND:
        assert anomalies(world, 1999)[area] == pytest.approx(expected(inside, 1999, area), rel=1e-4)
    frozen = anomalies(world, 2000)
    assert frozen["AAA-1"] is None
    assert frozen["BBB-2"] == pytest.approx(expected(inside, 2000, "BBB-2"), rel=1e-4)
