"""From slices to the numbers of every area, in a world small enough for paper.

Cells of 10 by 10 degrees. Two countries of two areas each lie in one region:

    20 N  | BBB-1 40 | BBB-1 50 | BBB-2 half of 60 |
    10 N  | AAA-1 10 | AAA-2 20 | AAA-2 no data    |          | nobody's 100 |
     0    0          10         20                 30        100            110 E
"""

import logging
import math
import sys
import uuid
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from soc_monitor.aggregate import build_weights
from soc_monitor.errors import ArrayDamaged, NothingToEstimate, UnknownPeriod
from soc_monitor.indicators import load_indicators
from soc_monitor.model import (
    Computation,
    Cube,
    DataClass,
    Estimate,
    Freq,
    Grid,
    Item,
    Level,
    Reason,
    Run,
    RunState,
    State,
)
from soc_monitor.runs.boundaries import read_boundaries
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.weights import load_weights
from soc_monitor.store import arrays, intake, read, read_areas, read_inputs, read_slices, runs
from soc_monitor.store.store import Store

GRID = Grid(nx=36, ny=18)
EARLY, LATE = date(1990, 1, 1), date(2010, 1, 1)
NAN = float("nan")
HA_PER_PG = 1e-9


def band_ha(south: float, north: float, width: float) -> float:
    """Area between two parallels on WGS 84 [ha], by the closed formula."""
    a, f = 6378137.0, 1 / 298.257223563
    e = math.sqrt(f * (2 - f))
    b2 = (a * (1 - f)) ** 2

    def q(lat: float) -> float:
        s = math.sin(math.radians(lat))
        return s / (2 * (1 - (e * s) ** 2)) + math.atanh(e * s) / (2 * e)

    return math.radians(width) * b2 * (q(north) - q(south)) / 1e4


A0, A1 = band_ha(0, 10, 10), band_ha(10, 20, 10)


def test_the_ruler_of_this_file_is_the_published_one() -> None:
    # wgs84_cell_area_reference.csv: one degree at 45-46 N, and the whole ellipsoid [km2].
    assert band_ha(45, 46, 1) / 100 == pytest.approx(8686.494957, rel=1e-8)
    assert band_ha(-90, 90, 360) / 100 == pytest.approx(510065621.724089, rel=1e-8)


def place(lon: float, lat: float) -> tuple[int, int]:
    return int((90 - lat) // 10), int((lon + 180) // 10)


def field(cells: Mapping[tuple[int, int], float]) -> np.ndarray:
    """A field without data but in some cells, given by a point in each."""
    values = np.full(GRID.shape, NAN, np.float32)
    for (lon, lat), value in cells.items():
        values[place(lon, lat)] = value
    return values


STOCK = {
    (5, 5): 10.0, (15, 5): 20.0, (5, 15): 40.0, (15, 15): 50.0, (25, 15): 60.0, (105, 5): 100.0,
}  # fmt: skip
BOXES = {"AAA-1": (0, 0, 10, 10), "AAA-2": (10, 0, 30, 10), "BBB-1": (0, 10, 20, 20)}
BOXES["BBB-2"] = (20, 10, 25, 20)


def last_day(period: date, freq: Freq) -> date:
    month = period.month if freq is Freq.MONTH else 12
    return period.replace(month=month, day=monthrange(period.year, month)[1])


class World:
    """A store that is filled step by step."""

    def __init__(self, store: Store) -> None:
        self.store = store
        for job in ("made_up", "areas"):
            runs.register_feed(
                store,
                Computation(
                    id=job,
                    title={"en": job, "fr": job, "es": job},
                    licence="CC0-1.0",
                    citation="-",
                    link="-",
                    notes={},
                ),
            )

    def areas(self, boxes: Mapping[str, tuple[int, int, int, int]] = BOXES) -> None:
        names = {"name_en": "n", "name_fr": "n", "name_es": "n"}
        finest = [
            {"code": c, "country": c[:3], "wkb": shapely.to_wkb(shapely.box(*b), hex=True), **names}
            for c, b in boxes.items()
        ]
        countries = [{"code": c, "parent": "M49-001", **names} for c in ("AAA", "BBB")]
        regions = [
            {"code": "WLD", "parent": "", **names},
            {"code": "M49-001", "parent": "WLD", **names},
        ]
        with self.run("areas") as run:
            run.taken = read_boundaries(self.store, run, (finest, countries, regions), [item()])

    def run(self, job: str = "made_up"):  # type: ignore[no-untyped-def]  # a context
        return runs.open_run(self.store, job, datetime.now(UTC), job_version="1", code_version="1")

    def put(
        self,
        period: date,
        values: np.ndarray,
        variable: str = "soc_stock_0_30cm",
        freq: Freq = Freq.EPOCH,
    ) -> None:
        cube = Cube(
            product="made_up",
            variable=variable,
            unit="t ha-1",
            freq=freq,
            grid=GRID,
            data_class=DataClass.MODELLED,
        )
        path, array = arrays.create(self.store, cube, period)
        array[:] = values
        piece = intake.NewSlice(
            cube=cube,
            period=period,
            period_end=last_day(period, freq),
            path=path,
            checksum=arrays.seal(self.store, path),
            valid_cells=int(np.isfinite(values).sum()),
            median=None,
        )
        with self.run() as run:
            intake.add_slices(self.store, run, [piece], item())
            run.taken = 1

    def estimate(self) -> Run:
        return estimate(self.store, datetime.now(UTC))

    def read(self, indicator: str, period: date = EARLY) -> dict[str, Estimate]:
        return read.read_map(
            self.store, read.find_release(self.store), indicator, "made_up", period
        )

    def values(self, indicator: str, period: date = EARLY) -> dict[str, float | None]:
        return {area: found.value for area, found in self.read(indicator, period).items()}

    def calculations(self) -> dict[tuple[str, int], int]:
        """How often each indicator was computed for each year."""
        query = text(
            "SELECT indicator, extract(year FROM period)::int, count(*) FROM app.calculations "
            "GROUP BY 1, 2"
        )
        with self.store.engine.connect() as connection:
            return {(name, year): n for name, year, n in connection.execute(query)}


def item() -> intake.NewItem:
    return intake.NewItem(
        item=Item(key="file", address="file"), sha256=uuid.uuid4().hex * 2, size=1
    )


@pytest.fixture
def world(store: Store) -> World:
    made = World(store)
    made.areas()
    return made


def near(expected: float) -> object:
    return pytest.approx(expected, rel=1e-12)


def test_means_are_weighted_by_area_as_on_paper(world: World) -> None:
    world.put(EARLY, field(STOCK))
    assert world.estimate().state is RunState.DONE
    assert world.values("soc_stock_0_30cm") == {
        "AAA-1": near(10.0),
        "AAA-2": near(20.0),
        "AAA": near(15.0),
        "BBB-1": near(45.0),
        "BBB-2": near(60.0),
        "BBB": near((40 + 50 + 60 / 2) / 2.5),
        "M49-001": near((30 * A0 + 120 * A1) / (2 * A0 + 2.5 * A1)),
        "WLD": near((130 * A0 + 150 * A1) / (3 * A0 + 3 * A1)),
        "unassigned": near((100 * A0 + 30 * A1) / (A0 + A1 / 2)),
    }


def test_totals_are_sums_over_the_mapped_area(world: World) -> None:
    world.put(EARLY, field(STOCK))
    world.estimate()
    expected = {
        "AAA-1": 10 * A0,
        "AAA-2": 20 * A0,
        "AAA": 30 * A0,
        "BBB-1": 90 * A1,
        "BBB-2": 30 * A1,
        "BBB": 120 * A1,
        "M49-001": 30 * A0 + 120 * A1,
        "WLD": 130 * A0 + 150 * A1,
        "unassigned": 100 * A0 + 30 * A1,
    }
    found = world.values("soc_total_0_30cm")
    assert found == {area: near(tonnes * HA_PER_PG) for area, tonnes in expected.items()}
    parts = found["AAA"] + found["BBB"] + found["unassigned"]  # type: ignore[operator]
    assert found["WLD"] == near(parts)


def test_the_mapped_share_of_each_area_is_told(world: World) -> None:
    world.put(EARLY, field(STOCK))
    world.estimate()
    found = world.read("soc_stock_0_30cm")
    shares = {area: e.mapped_fraction for area, e in found.items()}
    assert shares == {
        "AAA-1": near(1.0),
        "AAA-2": near(1 / 2),
        "AAA": near(2 / 3),
        "BBB-1": near(1.0),
        "BBB-2": near(1.0),
        "BBB": near(1.0),
        "M49-001": near((2 * A0 + 2.5 * A1) / (3 * A0 + 2.5 * A1)),
        # Land of the world: the polygons, and the mapped cells outside of them.
        "WLD": near((3 * A0 + 3 * A1) / (4 * A0 + 3 * A1)),
        "unassigned": near(1.0),
    }
    assert found["AAA-2"].mapped_ha == near(A0)
    assert found["AAA-2"].land_ha == near(2 * A0)


def test_a_plain_mean_of_pixels_cannot_come_out(store: Store) -> None:
    world = World(store)
    # One area from the equator to 70 N; a cell there is half as large as one here.
    world.areas({"AAA-1": (0, 0, 10, 70), "BBB-1": (50, 0, 60, 10)})
    world.put(EARLY, field({(5, 5): 10.0, (5, 65): 90.0}))
    world.estimate()
    found = world.values("soc_stock_0_30cm")["AAA"]
    north = band_ha(60, 70, 10)
    assert found == near((10 * A0 + 90 * north) / (A0 + north))
    assert found != pytest.approx(50.0, rel=0.2)


def test_an_area_without_data_has_no_number_and_not_zero(world: World) -> None:
    world.put(EARLY, field({(105, 5): 100.0}))
    world.estimate()
    for indicator in ("soc_stock_0_30cm", "soc_total_0_30cm"):
        found = world.read(indicator)
        assert found["AAA"].value is None
        assert (found["AAA"].mapped_ha, found["AAA"].mapped_fraction) == (0.0, 0.0)
        assert found["WLD"].value == found["unassigned"].value


def test_where_every_cell_is_in_a_country_nothing_is_unassigned(world: World) -> None:
    world.put(EARLY, field({(5, 5): 10.0}))
    world.estimate()
    rest = world.read("soc_total_0_30cm")["unassigned"]
    assert (rest.value, rest.mapped_ha, rest.land_ha) == (None, 0.0, 0.0)


def test_standard_errors_of_cells_become_those_of_areas(world: World) -> None:
    world.put(EARLY, field(STOCK))
    world.put(
        EARLY, field({cell: value / 10 for cell, value in STOCK.items()}), "soc_stock_0_30cm_sd"
    )
    world.estimate()
    means, totals = world.read("soc_stock_0_30cm"), world.read("soc_total_0_30cm")
    # Of scattered cells the errors are one error: the mean of the cells'.
    assert means["unassigned"].std_error == near((10 * A0 + 3 * A1) / (A0 + A1 / 2))
    for area, mean in means.items():
        total = totals[area]
        assert mean.value is not None
        assert mean.std_error is not None
        assert total.std_error is not None
        # Never above the case of one common error, and never nothing.
        assert 0 < mean.std_error <= mean.value / 10 * (1 + 1e-12)
        assert total.std_error == near(mean.std_error * mean.mapped_ha * HA_PER_PG)
    value, error = means["WLD"].value, means["WLD"].std_error
    assert value is not None
    assert error is not None
    assert error < 0.75 * value / 10, "errors far apart must cancel in part"


def test_a_product_without_errors_has_no_interval(world: World) -> None:
    world.put(EARLY, field(STOCK))
    world.estimate()
    assert {e.std_error for e in world.read("soc_stock_0_30cm").values()} == {None}


NATIVE = {(5, 5): 13.0, (15, 5): NAN, (25, 5): 70.0, (5, 15): 41.0, (15, 15): 45.0}


def test_the_debt_is_taken_where_both_maps_have_a_value(world: World) -> None:
    world.put(EARLY, field(STOCK))
    world.put(LATE, field(NATIVE), "soc_stock_no_land_use_0_30cm", Freq.STATIC)
    world.estimate()
    # AAA-2 has a stock in one cell and a native stock in the other: nothing to compare.
    assert world.values("soc_debt_0_30cm") == {
        "AAA-1": near(3.0),
        "AAA-2": None,
        "AAA": near(3.0),
        "BBB-1": near((1 - 5) / 2),
        "BBB-2": None,
        "BBB": near(-2.0),
        "M49-001": near((3 * A0 - 4 * A1) / (A0 + 2 * A1)),
        "WLD": near((3 * A0 - 4 * A1) / (A0 + 2 * A1)),
        "unassigned": None,
    }
    assert world.values("soc_debt_total_0_30cm")["BBB"] == near(-4 * A1 * HA_PER_PG)


def test_a_static_cube_holds_for_every_period(world: World) -> None:
    world.put(EARLY, field({(5, 5): 10.0}))
    world.put(LATE, field({(5, 5): 11.0}))
    world.put(LATE, field({(5, 5): 14.0}), "soc_stock_no_land_use_0_30cm", Freq.STATIC)
    world.estimate()
    assert world.values("soc_debt_0_30cm", EARLY)["AAA-1"] == near(4.0)
    assert world.values("soc_debt_0_30cm", LATE)["AAA-1"] == near(3.0)


CHANGES = tuple(one.id for one in load_indicators().values() if one.of_means is not None)
"""What compares two dates: the first period has none."""


@pytest.fixture
def published(world: World) -> World:
    """Two periods and a static cube, published."""
    for period in (EARLY, LATE):
        world.put(period, field(STOCK))
    world.put(EARLY, field(NATIVE), "soc_stock_no_land_use_0_30cm", Freq.STATIC)
    world.estimate()
    names = ("soc_stock_0_30cm", "soc_total_0_30cm", "soc_debt_0_30cm", "soc_debt_total_0_30cm")
    levels = {(n, year): 1 for n in names for year in (1990, 2010)}
    assert world.calculations() == levels | {(n, 2010): 1 for n in CHANGES}
    return world


def test_a_second_estimate_has_nothing_to_do(published: World) -> None:
    before = published.calculations()
    assert published.estimate().state is RunState.NOTHING_NEW
    assert published.calculations() == before
    assert len(read.list_releases(published.store)) == 1


def test_a_new_slice_makes_its_own_period_anew_and_no_other(published: World) -> None:
    before = published.calculations()
    published.put(LATE, field({**STOCK, (5, 5): 11.0}))
    assert published.estimate().state is RunState.DONE
    after = published.calculations()
    assert {key for key in after if after[key] > before[key]} == {k for k in before if k[1] == 2010}
    assert published.values("soc_stock_0_30cm", LATE)["AAA-1"] == near(11.0)
    assert published.values("soc_stock_0_30cm", EARLY)["AAA-1"] == near(10.0)
    # AAA-1 and what it is a part of: the rows of every other area stay those of the first release.
    found = published.read("soc_total_0_30cm", LATE)
    newest = found["AAA-1"].calculation_id
    changed = {area for area, e in found.items() if e.calculation_id == newest}
    assert changed == {"AAA-1", "AAA", "M49-001", "WLD"}


def test_a_new_static_slice_makes_every_period_of_what_rests_on_it_anew(published: World) -> None:
    before = published.calculations()
    published.put(
        EARLY, field({**NATIVE, (5, 5): 20.0}), "soc_stock_no_land_use_0_30cm", Freq.STATIC
    )
    published.estimate()
    after = published.calculations()
    assert {k for k in after if after[k] > before[k]} == {k for k in before if "debt" in k[0]}
    assert published.values("soc_debt_0_30cm", LATE)["AAA-1"] == near(10.0)


def test_a_rerun_opens_no_chunk(published: World) -> None:
    opened: list[str] = []

    def note(event: str, args: tuple[object, ...]) -> None:
        if event == "open" and args and "/c/" in str(args[0]):
            opened.append(str(args[0]))

    sys.addaudithook(note)
    assert published.estimate().state is RunState.NOTHING_NEW
    assert opened == []
    published.put(date(2020, 1, 1), field(STOCK))
    assert published.estimate().state is RunState.DONE
    assert opened != []


def test_a_new_period_leaves_the_others_alone(published: World) -> None:
    published.put(date(2020, 1, 1), field(STOCK))
    published.estimate()
    assert set(published.calculations().values()) == {1}
    names = {name for name, year in published.calculations() if year == 2010}
    assert set(published.calculations()) == {
        (name, year)
        for name in names
        for year in (1990, 2010, 2020)
        if name not in CHANGES or year != 1990
    }


def test_revised_boundaries_make_a_release_with_every_number_anew(published: World) -> None:
    first = read.find_release(published.store)
    published.areas({**BOXES, "BBB-2": (20, 10, 30, 20)})
    assert published.estimate().state is RunState.DONE
    second = read.find_release(published.store)
    assert second.boundaries_id != first.boundaries_id
    assert set(published.calculations().values()) == {2}
    assert published.values("soc_total_0_30cm")["BBB-2"] == near(60 * A1 * HA_PER_PG)
    old = read.read_map(published.store, first, "soc_total_0_30cm", "made_up", EARLY)
    assert old["BBB-2"].value == near(30 * A1 * HA_PER_PG)


def test_revised_boundaries_cost_the_areas_that_changed(
    published: World, caplog: pytest.LogCaptureFixture
) -> None:
    published.areas({**BOXES, "BBB-2": (20, 10, 30, 20)})
    boundaries_id = read_areas.newest_boundaries(published.store)
    assert boundaries_id is not None
    with caplog.at_level(logging.INFO):
        found = load_weights(published.store, boundaries_id, GRID)
    (told,) = (r for r in caplog.records if r.message == "weights are rebuilt")
    assert told.__dict__["areas"] == 1
    shapes = read_areas.geometries(published.store, boundaries_id, Level.ADM1)
    anew = build_weights([shapely.from_wkb(wkb) for _, wkb in shapes], GRID).with_whole_grid()
    assert found.token == anew.token


def test_a_damaged_slice_publishes_nothing_and_is_named(published: World) -> None:
    published.put(LATE, field({**STOCK, (5, 5): 11.0}))
    (piece,) = (s for s in read_slices.newest_slices(published.store) if s.version == 2)
    (file,) = (p for p in (published.store.arrays / piece.path).rglob("*") if p.parent.name == "0")
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(ArrayDamaged, match=r"made_up\.soc_stock_0_30cm 2010-01-01"):
        published.estimate()
    assert len(read.list_releases(published.store)) == 1
    assert runs.list_runs(published.store, job_id="estimate")[0].state is RunState.FAILED
    assert published.values("soc_stock_0_30cm", LATE)["AAA-1"] == near(10.0)


def test_damaged_weights_are_built_anew(published: World) -> None:
    (folder,) = (published.store.arrays / "weights").iterdir()
    chunks = [p for p in folder.rglob("*") if p.is_file() and p.suffix != ".json"]
    for chunk in chunks:
        chunk.write_bytes(chunk.read_bytes()[:-1] + b"x")
    published.put(date(2020, 1, 1), field(STOCK))
    assert published.estimate().state is RunState.DONE
    assert published.values("soc_stock_0_30cm", date(2020, 1, 1))["WLD"] == near(
        (130 * A0 + 150 * A1) / (3 * A0 + 3 * A1)
    )


def test_without_areas_there_is_nothing_to_estimate(store: Store) -> None:
    World(store).put(EARLY, field(STOCK))
    with pytest.raises(NothingToEstimate, match="no areas") as caught:
        estimate(store, datetime.now(UTC))
    assert caught.value.hint == "jobs run areas"
    assert read_slices.unpublished(store)


def test_what_each_number_rests_on_can_be_walked_back(published: World) -> None:
    made = published.read("soc_debt_0_30cm", LATE)["AAA"].calculation_id
    found = {
        (row["cube_id"], row["period"], row["item"])
        for row in read_inputs.origin(published.store, made)
    }
    assert found == {
        ("made_up.soc_stock_0_30cm", LATE, "file"),
        ("made_up.soc_stock_no_land_use_0_30cm", EARLY, "file"),
    }


def test_a_year_that_is_over_is_summed_as_one_block(world: World) -> None:
    months = [date(2000, month, 1) for month in range(1, 13)]
    for month in months:
        world.put(month, field(STOCK) + month.month, freq=Freq.MONTH)
    world.estimate()
    pieces = [p for p in read_slices.newest_slices(world.store) if p.period in months]
    assert [piece.step for piece in pieces] == list(range(12))
    assert len({piece.path for piece in pieces}) == 1
    for month in months:
        found = world.values("soc_stock_0_30cm", month)
        assert found["AAA"] == near(15.0 + month.month)
        assert found["BBB-2"] == near(60.0 + month.month)
    # A month that is revised costs that month, and leaves the block as it is.
    world.put(months[4], field(STOCK), freq=Freq.MONTH)
    world.estimate()
    assert world.values("soc_stock_0_30cm", months[4])["AAA"] == near(15.0)
    made = world.calculations()
    assert made[("soc_stock_0_30cm", 2000)] == 13


# --- change ------------------------------------------------------------------------------------

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
