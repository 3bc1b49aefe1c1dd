"""The whole path with real maps: from nine files to every number, and back again.

What is expected was computed by others from the same files: `04-reference-figures.md` and V9 of
`05-verification.md` in the shared data.
"""

import csv
import hashlib
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from soc_monitor import operations
from soc_monitor.aggregate import row_area
from soc_monitor.indicators import load_indicators
from soc_monitor.model import UNASSIGNED, WORLD, Area, Estimate, Level, Reason, State
from soc_monitor.runs.verify import verify
from soc_monitor.settings import Settings
from soc_monitor.shelves import shelf
from soc_monitor.store import arrays, read, read_areas, read_inputs, read_slices, runs
from soc_monitor.store.store import Store, open_store

GOLDEN = Path(__file__).parents[1] / "golden"
STARTER = shelf("ingest_jobs") / "starter"
PRODUCT, Y2010 = "soil_carbon_debt", date(2010, 1, 1)
RATE = "soc_rate_0_30cm"
STOCKS = ("soc_stock_0_30cm", "soc_total_0_30cm", "soc_stock_0_100cm", "soc_total_0_100cm")
ROUNDING = 0.000005
"""Half of the last digit of the published stocks [Pg]."""

Map = dict[str, Estimate]


def table(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as rows:
        return list(csv.DictReader(rows))


@pytest.fixture(scope="module")
def store(
    clone: Callable[[str], str],
    starter_template: str,
    starter_arrays: Path,
    shared: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Store]:
    """The starter data with the maps of soil carbon debt, which a mirror has brought."""
    folder = tmp_path_factory.mktemp("debt") / "arrays"
    shutil.copytree(starter_arrays, folder)
    settings = Settings(data=folder.parent, mirror=str(shared / "data"), ingest_jobs=None, jobs=())
    opened = open_store(clone(starter_template), folder, statement_s=0)
    before = len(runs.list_runs(opened))
    assert operations.set_up(settings, opened) == []
    # The new job, the default maps, the nowcast, the benchmark and the estimates: nothing else ran
    # again.
    assert len(runs.list_runs(opened)) == before + 8
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def areas(store: Store) -> dict[str, Area]:
    release = read.find_release(store)
    return {area.code: area for area in read_areas.list_areas(store, release.boundaries_id)}


@pytest.fixture(scope="module")
def maps(store: Store) -> dict[tuple[str, str, date], Map]:
    """Every number of the release, by indicator, product and period."""
    release = read.find_release(store)
    return {
        (known.indicator, known.product, period): read.read_map(
            store, release, known.indicator, known.product, period
        )
        for known in read.available(store, release)
        for period, _ in known.periods
    }


Maps = dict[tuple[str, str, date], Map]


@pytest.fixture(scope="module")
def published(shared: Path) -> dict[str, dict[str, str]]:
    """The published figures of countries, by our codes."""
    ours = {row["m49"].zfill(3): row["code"] for row in table(STARTER / "countries.csv")}
    rows = table(shared / "science/tables/country_soc_debt_sanderman2017.csv")
    found = {ours[row["iso_n3"].zfill(3)]: row for row in rows}
    assert len(found) == len(rows) == 213
    return found


# --- the world ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indicator", "period", "expected"),
    [
        ("soc_total_0_30cm", Y2010, 868.3634),
        ("soc_total_0_30cm", date(900, 1, 1), 894.70),
        ("soc_total_0_30cm", date(1800, 1, 1), 885.82),
        ("soc_total_0_30cm", date(1910, 1, 1), 871.80),
        ("soc_total_0_30cm", date(1960, 1, 1), 869.92),
        ("soc_total_0_30cm", date(1990, 1, 1), 869.62),
        ("soc_total_0_100cm", Y2010, 1998.067),
        ("soc_debt_total_0_30cm", Y2010, 31.18989),
        ("soc_stock_0_30cm", Y2010, 66.70621),
    ],
)
def test_the_world_has_the_published_number(
    maps: Maps, indicator: str, period: date, expected: float
) -> None:
    found = maps[indicator, PRODUCT, period][WORLD].value
    # The totals of earlier years are published with two digits after the point.
    rounded = period.year != 2010
    assert found == pytest.approx(expected, rel=None if rounded else 1e-6, abs=0.005 * rounded)


def test_without_land_use_the_world_would_hold_899_pg(maps: Maps) -> None:
    stock = maps["soc_total_0_30cm", PRODUCT, Y2010][WORLD].value
    debt = maps["soc_debt_total_0_30cm", PRODUCT, Y2010][WORLD].value
    assert stock is not None
    assert debt is not None
    assert stock + debt == pytest.approx(899.5533, rel=1e-6)


def test_the_mapped_area_of_the_world_is_the_published_one(maps: Maps) -> None:
    for indicator in ("soc_stock_0_30cm", "soc_total_0_30cm", "soc_total_0_100cm"):
        mapped = maps[indicator, PRODUCT, Y2010][WORLD].mapped_ha / 1e8
        assert mapped == pytest.approx(130.17729, rel=1e-6)


def test_all_seven_maps_are_there_and_no_nodata_was_counted(maps: Maps) -> None:
    periods = {p.year for i, product, p in maps if (i, product) == ("soc_stock_0_30cm", PRODUCT)}
    assert periods == {900, 1800, 1910, 1960, 1990, 2010}
    for (indicator, product, _), numbers in maps.items():
        if product == PRODUCT and indicator in STOCKS:
            # The mean of the raw array would be -25512.
            assert min(e.value for e in numbers.values() if e.value is not None) >= 0


def test_over_a_real_map_the_best_tenth_of_like_land_lacks_nothing(
    store: Store, maps: Maps
) -> None:
    (piece,) = read_slices.newest_slices(store, product="benchmark")
    gap = np.asarray(arrays.open_slice(store, piece).data.compute())
    area = row_area(piece.cube.grid)[:, None] * np.isfinite(gap)
    # Stocks are whole tonnes: some land of each stratum has the very stock of its benchmark.
    assert 0.10 <= (area * (gap == 0)).sum() / area.sum() < 0.11
    world = maps["soc_gap_benchmark_0_30cm", "benchmark", Y2010][WORLD]
    assert world.value == pytest.approx(np.nansum(area * np.nan_to_num(gap)) / area.sum(), rel=1e-6)
    assert world.std_error is None, "its source publishes no interval"


# --- change --------------------------------------------------------------------------------------


def test_the_rate_of_the_world_is_that_of_its_totals(maps: Maps) -> None:
    rates = {p.year: m for (i, made, p), m in maps.items() if (i, made) == (RATE, PRODUCT)}
    assert sorted(rates) == [1800, 1910, 1960, 1990, 2010]
    world = rates[2010][WORLD]
    assert world.base == (date(1990, 1, 1), date(1990, 12, 31))
    # Published totals of 1990 and 2010, two digits after the point.
    assert world.value == pytest.approx(1000 * (868.3634 - 869.62) / 869.62 / 20, abs=4e-4)
    for numbers in rates.values():
        assert {one.state for one in numbers.values()} == {State.NOT_ASSESSABLE}
    # The source gives no error of its epochs: it is said, and no interval is made up.
    assert world.reasons == (Reason.NO_INTERVAL,)
    assert world.std_error is None


def test_a_rate_of_an_area_is_not_the_mean_of_those_of_its_parts(
    maps: Maps, areas: dict[str, Area]
) -> None:
    now, then = (maps["soc_total_0_30cm", PRODUCT, date(y, 1, 1)] for y in (2010, 1990))
    rates = maps[RATE, PRODUCT, Y2010]
    for code in ("FRA", "BRA", "M49-150", "FRA-35"):
        before, after = then[code].value, now[code].value
        assert before is not None
        assert after is not None
        assert rates[code].value == pytest.approx(1000 * (after - before) / before / 20, abs=1e-9)
    parts = [rates[a.code].value for a in areas.values() if a.parent == "BRA"]
    known = [part for part in parts if part is not None]
    assert sum(known) / len(known) != pytest.approx(rates["BRA"].value, rel=0.01)


def test_the_default_map_has_one_date_and_says_so_of_every_area(maps: Maps) -> None:
    numbers = maps[RATE, "ipcc_tier1", Y2010]
    assert len(numbers) > 4000
    assert {one.value for one in numbers.values()} == {None}
    assert {one.reasons for one in numbers.values()} == {(Reason.ONE_DATE, Reason.NO_REAL_DRIVERS)}


# --- sums ---------------------------------------------------------------------------------------


def extent(numbers: Map, code: str, *, total: bool) -> float:
    """Value times mapped area, which adds up whatever the indicator is; 0 for no value."""
    found = numbers[code]
    return 0.0 if found.value is None else found.value * (1.0 if total else found.mapped_ha)


def adds_up(indicator: str) -> bool:
    """Whether it is of cells; what is told of areas alone is counted in each of them by itself."""
    found = load_indicators()[indicator]
    return found.over_area != "ratio" and found.compute is not None


def test_the_divisions_of_every_country_add_up_to_it(maps: Maps, areas: dict[str, Area]) -> None:
    parts = defaultdict(list)
    for area in areas.values():
        if area.level is Level.ADM1:
            parts[area.parent].append(area.code)
    countries = [a.code for a in areas.values() if a.level is Level.ADM0 and a.code != UNASSIGNED]
    assert len(countries) > 240
    checked = 0
    for (indicator, _, _), numbers in maps.items():
        if not adds_up(indicator):
            continue
        total = "total" in indicator
        for country in countries:
            whole = extent(numbers, country, total=total)
            pieces = [extent(numbers, part, total=total) for part in parts[country]]
            scale = sum(map(abs, pieces))
            assert whole == pytest.approx(sum(pieces), abs=1e-9 * scale), (indicator, country)
            mapped = sum(numbers[part].mapped_ha for part in parts[country])
            assert numbers[country].mapped_ha == pytest.approx(mapped, rel=1e-9)
            checked += bool(scale)
    assert checked > 200 * 18


def test_countries_and_what_is_in_none_add_up_to_the_world(
    maps: Maps, areas: dict[str, Area]
) -> None:
    parts = [a.code for a in areas.values() if a.level is Level.ADM0]
    assert UNASSIGNED in parts
    for (indicator, _, _), numbers in maps.items():
        if not adds_up(indicator):
            continue
        total = "total" in indicator
        whole = extent(numbers, WORLD, total=total)
        assert whole == pytest.approx(
            sum(extent(numbers, part, total=total) for part in parts), rel=1e-9
        )
        mapped = sum(numbers[part].mapped_ha for part in parts)
        assert numbers[WORLD].mapped_ha == pytest.approx(mapped, rel=1e-9)


def test_regions_are_the_sums_of_what_is_in_them(maps: Maps, areas: dict[str, Area]) -> None:
    numbers = maps["soc_total_0_30cm", PRODUCT, Y2010]
    for region in (a for a in areas.values() if a.level is Level.M49):
        parts = [a.code for a in areas.values() if a.parent == region.code]
        assert parts
        expected = sum(extent(numbers, part, total=True) for part in parts)
        assert numbers[region.code].value == pytest.approx(expected, rel=1e-9), region.code


def test_the_remainder_is_small_and_told(maps: Maps) -> None:
    rest = maps["soc_total_0_30cm", PRODUCT, Y2010][UNASSIGNED]
    assert rest.value == pytest.approx(9.0653, abs=0.01)
    assert 0 < rest.mapped_ha < 0.01 * maps["soc_total_0_30cm", PRODUCT, Y2010][WORLD].mapped_ha


# --- countries ----------------------------------------------------------------------------------


def test_the_stock_of_every_country_is_the_published_one_or_explained(
    maps: Maps, published: dict[str, dict[str, str]]
) -> None:
    explained = {row["country"]: row for row in table(GOLDEN / "country_exceptions.csv")}
    numbers = maps["soc_total_0_30cm", PRODUCT, Y2010]
    differ = {}
    for code, row in published.items():
        ours, theirs = numbers[code].value or 0.0, float(row["soc_0_30_PgC"])
        if abs(ours - theirs) > 0.02 * theirs + ROUNDING:
            differ[code] = f"{100 * (ours / theirs - 1):.2f}"
    assert differ == {code: row["difference_pct"] for code, row in explained.items()}
    assert all(len(row["reason"]) > 40 for row in explained.values())


def test_large_countries_agree_to_half_a_per_cent(
    maps: Maps, published: dict[str, dict[str, str]]
) -> None:
    explained = {row["country"] for row in table(GOLDEN / "country_exceptions.csv")}
    explained |= {row["country"] for row in table(STARTER / "areas_explained.csv")}
    stock, debt = (maps[f"soc_{k}_0_30cm", PRODUCT, Y2010] for k in ("total", "debt_total"))
    compared = 0
    for code, row in published.items():
        if float(row["geodesic_area_km2"]) > 20_000 and code not in explained:
            compared += 1
            theirs = float(row["soc_0_30_PgC"])
            assert stock[code].value == pytest.approx(theirs, rel=5e-3), code
            mean = stock[code].value * 1e9 / stock[code].mapped_ha  # type: ignore[operator]
            assert mean == pytest.approx(float(row["mean_tC_ha"]), rel=5e-3), code
            # A debt is a small difference of large stocks: a thousandth of those at most.
            lost = float(row["debt_0_30_PgC"])
            assert debt[code].value == pytest.approx(lost, rel=5e-3, abs=1e-3 * theirs), code
    assert compared > 145


def test_what_was_taken_out_by_hand_explains_the_large_exceptions(
    maps: Maps, published: dict[str, dict[str, str]]
) -> None:
    numbers = maps["soc_total_0_30cm", PRODUCT, Y2010]
    for country, parts in (("UKR", ("UKR-43", "UKR-40")), ("SOM", ("SOM-N1159315525",))):
        rest = extent(numbers, country, total=True)
        rest -= sum(extent(numbers, part, total=True) for part in parts)
        assert rest == pytest.approx(float(published[country]["soc_0_30_PgC"]), rel=2e-4)


def test_the_size_of_every_country_is_the_published_one_or_explained(
    areas: dict[str, Area], published: dict[str, dict[str, str]]
) -> None:
    explained = {row["country"] for row in table(STARTER / "areas_explained.csv")}
    differ = {
        code
        for code, row in published.items()
        if areas[code].area_km2 != pytest.approx(float(row["geodesic_area_km2"]), rel=5e-3)
    }
    assert differ == explained & set(published)
    assert areas["RUS"].area_km2 < 17.1e6


@pytest.mark.parametrize("code", ["FJI", "RUS", "USA", "NZL", "KIR", "ATA"])
def test_no_polygon_of_a_country_at_the_antimeridian_spans_the_globe(
    store: Store, areas: dict[str, Area], code: str
) -> None:
    release = read.find_release(store)
    shapes = dict(read_areas.geometries(store, release.boundaries_id, Level.ADM0))
    parts = shapely.get_parts(shapely.from_wkb(shapes[code]))
    west, _, east, _ = shapely.bounds(parts).T
    assert (east - west).max() < 180
    box = areas[code].bbox
    assert box is not None
    if code in {"FJI", "RUS", "USA", "NZL", "KIR"}:
        assert box[0] > box[2], "its box goes across the antimeridian"
        assert box[2] + 360 - box[0] < 200


def test_fiji_holds_its_own_soil_and_nobody_elses(maps: Maps) -> None:
    fiji = maps["soc_stock_0_30cm", PRODUCT, Y2010]["FJI"]
    assert fiji.land_ha / 100 == pytest.approx(18_500, rel=0.05)
    assert fiji.mapped_ha <= fiji.land_ha


# --- the way back -------------------------------------------------------------------------------

WALK = """
SELECT s.cube_id, s.period, i.key, i.sha256, i.version, i.address, r.job_id, r.job_version, r.state
FROM app.pointers p
JOIN app.releases l ON l.seq = p.release
JOIN app.estimates e ON e.from_release <= l.seq
     AND (e.until_release IS NULL OR e.until_release > l.seq)
JOIN app.calculations c ON c.id = e.calculation_id
JOIN app.calculation_slices cs ON cs.calculation_id = c.id
JOIN app.slices s ON s.id = cs.slice_id
JOIN app.slice_items si ON si.slice_id = s.id
JOIN app.items i ON i.id = si.item_id
JOIN app.runs r ON r.id = s.run_id AND r.id = i.run_id
WHERE p.name = 'latest' AND e.area = 'FRA-35' AND c.indicator = 'soc_debt_0_30cm'
  AND c.product = 'soil_carbon_debt' AND c.period = '2010-01-01'
ORDER BY s.cube_id
"""


def test_a_number_leads_back_to_the_bytes_that_it_came_from(store: Store, shared: Path) -> None:
    with store.engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(text(WALK)).mappings()]
    assert [(row["cube_id"], row["key"]) for row in rows] == [
        ("soil_carbon_debt.soc_stock_0_30cm", "SOCS_0_30cm_year_2010AD_10km.tif"),
        ("soil_carbon_debt.soc_stock_no_land_use_0_30cm", "SOCS_0_30cm_year_NoLU_10km.tif"),
    ]
    job = (shelf("ingest_jobs") / "soil_carbon_debt.py").read_bytes()
    for row in rows:
        file = shared / "data" / "soil-carbon-debt" / row["key"]
        assert row["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert row["version"] == "14919ed435886cccbe473c79b2d39063f84c532e"
        assert row["address"].endswith(f"/SOCS/{row['key']}")
        assert str(shared) not in row["address"]
        assert (row["job_id"], row["state"]) == ("soil_carbon_debt", "done")
        assert row["job_version"] == hashlib.sha256(job).hexdigest()


def test_the_default_map_leads_back_through_its_inputs_to_their_files(store: Store) -> None:
    made = read.read_map(store, read.find_release(store), "soc_stock_0_30cm", "ipcc_tier1", Y2010)
    found = read_inputs.origin(store, made["FRA"].calculation_id)
    files = {str(row["item"]): row["sha256"] for row in found if row["item"]}
    assert set(files) == {"land_cover_2010.tif", "temperature_normals.tif", "rain_normals.tif"}
    for name, sha256 in files.items():
        assert hashlib.sha256((STARTER / name).read_bytes()).hexdigest() == sha256


def test_the_starter_release_is_still_what_it_was(store: Store, starter_store: Store) -> None:
    first, second = read.list_releases(store)[::-1]
    assert (first.seq, second.seq) == (1, 2)
    for indicator in ("soc_stock_0_30cm", "soc_total_0_30cm"):
        numbers = [
            read.read_map(opened, release, indicator, "ipcc_tier1", Y2010)
            for opened, release in ((store, first), (store, second), (starter_store, first))
        ]
        assert numbers[0] == numbers[1] == numbers[2]
    assert {known.product for known in read.available(store, first)} == {
        "ipcc_tier1",
        "ipcc_tier1_2006",
        "nowcast",
        "sampled_baseline",
        "scenarios",
    }


def test_every_array_is_as_it_was_written(store: Store) -> None:
    assert list(verify(store)) == []
    assert not list((store.arrays / ".scratch").iterdir())
