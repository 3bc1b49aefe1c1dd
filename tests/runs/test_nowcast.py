"""The nowcast in a world of 4 by 4 cells: what is made, when it is made anew, and what is not."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from soc_monitor.model import (
    Computation,
    Cube,
    DataClass,
    Freq,
    Grid,
    Item,
    Run,
    RunState,
    Sample,
    soil_classes,
)
from soc_monitor.model.state import Reason
from soc_monitor.nowcast.forecast import Seed
from soc_monitor.runs.boundaries import read_boundaries
from soc_monitor.runs.closing import close_blocks
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.nowcast import nowcast
from soc_monitor.runs.nowcast_inputs import ERROR, STOCK, gather, last_day, next_month
from soc_monitor.runs.nowcast_months import boxes, layers
from soc_monitor.store import arrays, intake, members, read, read_inputs, read_slices, runs, tabular
from soc_monitor.store.store import Store

GRID = Grid(nx=4, ny=4, west=0, south=40, east=4, north=44)
SEED = Seed(members=5)
NAMES = {"name_en": "n", "name_fr": "n", "name_es": "n"}
FIRST = date(2008, 1, 1)


def item() -> intake.NewItem:
    return intake.NewItem(
        item=Item(key="file", address="file"), sha256=uuid.uuid4().hex * 2, size=1
    )


class World:
    """A store with areas, a baseline of 60 t/ha and a mean year."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.waiting: list[intake.NewSlice] = []
        for job in ("map", "areas", "normals", "weather", "ground", "satellite"):
            told = Computation(
                id=job, title=dict.fromkeys(("en", "fr", "es"), job), licence="CC0-1.0",
                citation="-", link="-", notes={},
            )  # fmt: skip
            runs.register_feed(store, told)
        boxes = {"AAA-1": (0, 40, 2, 44), "AAA-2": (2, 40, 4, 44)}
        finest = [
            {"code": c, "country": "AAA", "wkb": shapely.to_wkb(shapely.box(*b), hex=True), **NAMES}
            for c, b in boxes.items()
        ]
        countries = [{"code": "AAA", "parent": "M49-001", **NAMES}]
        regions = [{"code": "WLD", "parent": "", **NAMES},
                   {"code": "M49-001", "parent": "WLD", **NAMES}]  # fmt: skip
        with self.run("areas") as run:
            run.taken = read_boundaries(store, run, (finest, countries, regions), [item()])
        year = date(2010, 1, 1)
        self.stock = np.full(GRID.shape, 60.0)
        self.put("map", STOCK, year, self.stock, Freq.YEAR, "t ha-1")
        self.put("map", ERROR, year, 0.2 * self.stock, Freq.YEAR, "t ha-1")
        for k in range(1, 13):
            month = date(1980, k, 1)
            self.put("normals", "air_temperature", month, warmth(month), Freq.NORMAL, "degC")
            self.put("normals", "rain", month, wet(month), Freq.NORMAL, "mm month-1")

    def run(self, job: str):  # type: ignore[no-untyped-def]  # a context
        return runs.open_run(self.store, job, datetime.now(UTC), job_version="1", code_version="1")

    def put(
        self, product: str, variable: str, period: date, values: object, freq: Freq, unit: str,
        grid: Grid = GRID, dtype: str = "float32",
    ) -> None:  # fmt: skip
        fill = 0 if dtype == "uint8" else float("nan")
        cube = Cube(product=product, variable=variable, unit=unit, freq=freq, grid=grid,
                    data_class=DataClass.MODELLED, dtype=dtype, fill=fill)  # fmt: skip
        path, array = arrays.create(self.store, cube, period)
        array[:] = np.broadcast_to(np.asarray(values, dtype), grid.shape)
        end = period.replace(month=12, day=31) if freq is Freq.YEAR else last_day(period)
        self.waiting.append(
            intake.NewSlice(
                cube=cube, period=period, period_end=end, path=path,
                checksum=arrays.checksum(self.store, path), valid_cells=16, median=None,
            )
        )  # fmt: skip

    def commit(self) -> None:
        """Write the rows of what was put; one run for all of them is quicker than one each."""
        with self.run("map") as run:
            intake.add_slices(self.store, run, self.waiting, item())
            run.taken = 1
        self.waiting.clear()

    def weather(self, first: date, last: date, *, but: tuple[date, ...] = ()) -> None:
        for month in months(first, last):
            if month not in but:
                self.month(month)

    def month(self, month: date, warmer: float = 0.0, rain: object = None) -> None:
        odd = 0.5 * np.sin(month.year * 7 + month.month)
        self.put("weather", "air_temperature", month, warmth(month) + odd + warmer, Freq.MONTH,
                 "degC")  # fmt: skip
        fallen = wet(month) * (1 + odd / 5) if rain is None else rain
        self.put("weather", "rain", month, fallen, Freq.MONTH, "mm month-1")

    def sample(self, day: date, *longitudes: float) -> None:
        """Field samples of the very stock of the map."""
        found = [
            Sample(
                key=f"{lon} {day}", lon=lon, lat=41.0, top_cm=0, bottom_cm=30, variable="soc_stock",
                value=60.0, unit="t ha-1", sampled_on=day, data_class=DataClass.OBSERVED,
                attributes={},
            )
            for lon in longitudes
        ]  # fmt: skip
        with self.run("ground") as run:
            run.taken = tabular.add_samples(self.store, run, item(), found)

    def nowcast(self, to: date) -> Run:
        if self.waiting:
            self.commit()
        return nowcast(self.store, datetime.now(UTC), to=to, seed=SEED)

    def fields(self, variable: str = STOCK) -> dict[date, np.ndarray]:
        return {
            piece.period: np.asarray(arrays.open_slice(self.store, piece).data.compute())
            for piece in read_slices.newest_slices(self.store, product="nowcast")
            if piece.cube.variable == variable
        }

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with self.store.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]


def months(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first = next_month(first)


def warmth(month: date) -> float:
    return float(10 - 8 * np.cos(2 * np.pi * (month.month - 1) / 12))


def wet(month: date) -> float:
    return 60.0 + 10 * (month.month % 3)


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def test_without_live_weather_the_stock_is_held_and_nothing_is_claimed(world: World) -> None:
    run = world.nowcast(date(2012, 5, 1))
    assert run.state is RunState.DONE
    assert "0 of 1 with real weather" in run.detail
    np.testing.assert_array_equal(world.fields()[date(2012, 5, 1)], world.stock)
    np.testing.assert_array_equal(world.fields(ERROR)[date(2012, 5, 1)], 12.0)
    found = members.read_members(world.store, None)
    assert {one.area for one in found} == {"AAA-1", "AAA-2", "AAA", "M49-001", "WLD"}
    assert {(one.totals, one.weather_share) for one in found} == {((), 0.0)}
    estimate(world.store, datetime.now(UTC))
    release = read.find_release(world.store)
    (series,) = read.read_series(world.store, release, STOCK, "nowcast", ["AAA"])
    (told,) = series.estimates
    assert told.value == pytest.approx(60)
    assert told.provisional
    assert world.nowcast(date(2012, 5, 1)).state is RunState.NOTHING_NEW


def test_a_nowcast_without_a_baseline_says_what_it_needs(store: Store) -> None:
    run = nowcast(store, datetime.now(UTC))
    assert run.state is RunState.NOTHING_NEW
    assert "a baseline with errors" in run.detail


def test_a_new_month_costs_one_step_and_a_revised_one_redoes_what_follows(world: World) -> None:
    world.weather(FIRST, date(2012, 2, 1))
    assert world.nowcast(date(2012, 2, 1)).taken == 15  # December 2010, and 14 months
    before = world.fields()
    assert world.nowcast(date(2012, 2, 1)).state is RunState.NOTHING_NEW
    world.month(date(2012, 3, 1))
    assert world.nowcast(date(2012, 3, 1)).taken == 1
    world.month(date(2012, 2, 1), warmer=3.0)
    assert world.nowcast(date(2012, 3, 1)).taken == 2
    after = world.fields()
    for month in months(date(2010, 12, 1), date(2012, 1, 1)):
        np.testing.assert_array_equal(after[month], before[month])
    assert (after[date(2012, 2, 1)] < before[date(2012, 2, 1)]).all()
    # The same from nothing: what was kept on the way has changed no number.
    for folder in ("nowcast_months", "member_estimates"):
        with world.store.engine.begin() as connection:
            connection.execute(text(f"DELETE FROM app.{folder}"))  # noqa: S608  # two names
    arrays.discard(world.store, "ensembles")
    assert world.nowcast(date(2012, 3, 1)).taken == 16
    for month, field in world.fields().items():
        np.testing.assert_array_equal(field, after[month])


def test_a_missing_month_is_filled_marked_and_made_anew(world: World) -> None:
    gap = date(2011, 8, 1)
    world.weather(FIRST, date(2011, 10, 1), but=(gap,))
    world.nowcast(date(2011, 12, 1))
    marked = "SELECT period FROM app.slices s JOIN app.cubes c ON c.id = s.cube_id WHERE "
    marked += f"c.id = 'nowcast.{STOCK}' AND s.provisional ORDER BY 1"
    filled = [gap, date(2011, 11, 1), date(2011, 12, 1)]
    # September and October have weather of their own, and go on from August.
    chained = list(months(gap, date(2011, 12, 1)))
    assert [row[0] for row in world.ask(marked)] == chained
    estimate(world.store, datetime.now(UTC))
    release = read.find_release(world.store)
    (series,) = read.read_series(world.store, release, STOCK, "nowcast", ["AAA"])
    assert [one.period for one in series.estimates if one.provisional] == chained
    found = {m.period: m.weather_share for m in members.read_members(world.store, None, "AAA")}
    assert [month for month, share in found.items() if share == 0] == [
        date(2010, 12, 1), *filled,
    ]  # fmt: skip
    before = world.fields()
    world.month(gap, warmer=4.0)
    assert world.nowcast(date(2011, 12, 1)).taken == 5
    assert (world.fields()[gap] != before[gap]).all()
    newest = {
        p.period: p.provisional for p in read_slices.newest_slices(world.store, product="nowcast")
    }
    # All are made anew, and are final up to the next gap.
    assert [one for one in sorted(newest) if newest[one]] == filled[1:]


def unsettled(world: World) -> list[date]:
    """Months whose newest version is provisional."""
    pieces = read_slices.newest_slices(world.store, product="nowcast")
    return sorted(one.period for one in pieces if one.provisional and one.cube.variable == STOCK)


def test_what_came_before_a_record_began_is_not_waited_for(world: World) -> None:
    first, last = date(2012, 1, 1), date(2014, 12, 1)
    world.weather(FIRST, next_month(last))
    for month in months(first, last):
        world.put("satellite", "soil_moisture_0_5cm", month, 0.2, Freq.MONTH, "m3 m-3")
        world.put("weather", "ndvi", month, 0.5, Freq.MONTH, "1")
    world.nowcast(last)
    assert unsettled(world) == []
    world.nowcast(next_month(last))
    assert unsettled(world) == [next_month(last)], "moisture and vegetation of it may still come"
    with world.run("map") as run:
        newest = read_slices.newest_slices(world.store, product="nowcast")
        assert close_blocks(world.store, run, newest, date(2015, 1, 1)) > 0


def test_vegetation_that_leads_does_not_wait_for_weather(world: World) -> None:
    for month in months(FIRST, date(2011, 3, 1)):
        world.put("satellite", "ndvi", month, 0.5, Freq.MONTH, "1")
    world.nowcast(date(2011, 4, 1))
    assert unsettled(world) == [date(2011, 4, 1)]
    seen = members.read_members(world.store, None, "AAA")
    assert {one.weather_share for one in seen} == {0.0}


def test_a_month_that_never_comes_is_final_after_a_year_and_a_record_that_ended_is_given_up(
    world: World,
) -> None:
    gap, ended = date(2011, 2, 1), date(2011, 3, 1)
    world.weather(FIRST, date(2012, 2, 1), but=(gap,))
    for month in months(FIRST, ended):
        world.put("demand", "potential_evaporation", month, 60.0, Freq.MONTH, "mm month-1")
    world.nowcast(date(2012, 2, 1))
    before = world.fields()
    assert unsettled(world) == list(months(gap, date(2012, 2, 1)))
    # A year after the gap it is final; evaporation, which ended a month later, is waited for.
    world.month(date(2012, 3, 1))
    assert world.nowcast(date(2012, 3, 1)).taken == 14
    assert unsettled(world) == list(months(next_month(ended), date(2012, 3, 1)))
    world.month(date(2012, 4, 1))
    world.nowcast(date(2012, 4, 1))
    assert unsettled(world) == []
    after = world.fields()
    for month, field in before.items():
        np.testing.assert_array_equal(after[month], field)
    assert world.nowcast(date(2012, 4, 1)).state is RunState.NOTHING_NEW
    world.month(date(2012, 5, 1))
    assert world.nowcast(date(2012, 5, 1)).taken == 1
    assert unsettled(world) == []
    # It comes all the same: made anew, with all that follow.
    world.month(gap, warmer=4.0)
    assert world.nowcast(date(2012, 5, 1)).taken == 16
    assert (world.fields()[gap] != after[gap]).all()


def test_the_error_of_the_model_itself_grows_and_no_area_averages_it_away(world: World) -> None:
    world.waiting = [one for one in world.waiting if one.cube.variable != ERROR]
    world.put("map", ERROR, date(2010, 1, 1), 0.06, Freq.YEAR, "t ha-1")
    world.weather(FIRST, date(2012, 12, 1))
    world.nowcast(date(2012, 12, 1))
    estimate(world.store, datetime.now(UTC))
    release = read.find_release(world.store)
    (series,) = read.read_series(world.store, release, STOCK, "nowcast", ["AAA"])
    stocks, errors = world.fields(), world.fields(ERROR)
    cells = np.cos(np.radians(43.5 - np.arange(4)))[:, None] * np.ones(4)
    told = {one.period: one.std_error for one in series.estimates}

    def mean(field: np.ndarray) -> float:
        return float(np.average(field, weights=cells))

    first, last = min(stocks), max(stocks)
    together = told[first] / mean(errors[first])  # type: ignore[operator]  # has an error
    assert together < 0.98
    structure = 0.004 * stocks[last]
    members = np.sqrt(errors[last] ** 2 - structure**2)
    assert told[last] == pytest.approx(
        np.hypot(together * mean(members), mean(structure)), rel=2e-3
    )


def test_every_slice_leads_back_to_its_drivers_and_to_the_baseline(world: World) -> None:
    world.weather(FIRST, date(2011, 2, 1))
    world.nowcast(date(2011, 2, 1))
    estimate(world.store, datetime.now(UTC))
    query = "SELECT id FROM app.calculations WHERE product = 'nowcast' ORDER BY period DESC LIMIT 1"
    ((calculation,),) = world.ask(query)
    assert isinstance(calculation, uuid.UUID)
    origin = read_inputs.origin(world.store, calculation)
    assert {row["cube_id"] for row in origin} >= {
        f"map.{STOCK}", "weather.rain", "weather.air_temperature", "normals.rain",
    }  # fmt: skip
    assert date(2011, 1, 1) in {row["period"] for row in origin}


def test_members_are_the_same_at_every_date_and_their_mean_is_the_number(world: World) -> None:
    world.weather(FIRST, date(2012, 12, 1))
    world.nowcast(date(2012, 12, 1))
    found = members.read_members(world.store, None, "AAA")
    totals = np.array([one.totals for one in found])
    assert totals.shape == (25, SEED.members)
    levels = totals.mean(axis=0)
    # A member's level differs by tens of per cent, its change by far less: they are paired.
    assert np.std(totals[-1] - totals[0]) < 0.15 * np.std(levels)
    estimate(world.store, datetime.now(UTC))
    release = read.find_release(world.store)
    (series,) = read.read_series(world.store, release, STOCK, "nowcast", ["AAA"])
    means = [e.value for e in series.estimates]
    assert means == pytest.approx(list(totals.mean(axis=1) / found[0].mapped_ha), rel=1e-6)
    assert series.estimates[0].data_class is DataClass.MODELLED
    assert means[0] == pytest.approx(60.0, rel=1e-6)  # in equilibrium at the baseline


def test_what_cannot_be_modelled_is_named_masked_and_never_in_a_total(world: World) -> None:
    stock = world.stock.copy()
    stock[0, 0], stock[0, 1], stock[0, 2] = 250.0, 0.0, np.nan
    clay = np.full(GRID.shape, 20.0)
    clay[1, :3] = 0.0, 100.0, np.nan
    groups = np.full(GRID.shape, 18.0)
    groups[1, 3], groups[2, 2] = soil_classes.ORGANIC, np.nan
    world.put("soil_classes", "soil_class", date(1905, 1, 1), groups, Freq.STATIC, "1")
    world.put("map", STOCK, date(2010, 1, 1), stock, Freq.YEAR, "t ha-1")
    world.put("ground", "clay", date(2000, 1, 1), clay, Freq.STATIC, "%")
    far = Grid(nx=4, ny=4, west=100, south=-44, east=104, north=-40)
    for month in months(FIRST, date(2011, 3, 1)):
        world.month(month)
        world.put("weather", "npp", month, 0.05, Freq.MONTH, "kg m-2 month-1", grid=far)
    bad = np.full(GRID.shape, wet(date(2011, 2, 1)))
    bad[3, 3] = -5.0
    world.month(date(2011, 2, 1), rain=bad)
    run = world.nowcast(date(2011, 3, 1))
    named = ("organic: 2", "no carbon: 1", "no texture: 3", "impossible values: 1", "weather.npp")
    for told in named:
        assert told in run.detail, (told, run.detail)
    masked = np.zeros(GRID.shape, bool)
    masked[0, :3] = masked[1] = True
    for field in (*world.fields().values(), *world.fields(ERROR).values()):
        np.testing.assert_array_equal(np.isnan(field), masked)
    for one in members.read_members(world.store, None):
        assert np.isfinite(one.totals).all()
        if one.area == "AAA" and one.period == date(2011, 2, 1):
            assert 0.8 < one.weather_share < 1
            assert one.masked_ha["organic"] > 0


def test_wet_land_is_not_modelled_and_counted_apart_with_its_area(world: World) -> None:
    stock = world.stock.copy()
    stock[0, 0], stock[0, 1] = 250.0, np.nan
    error = 0.2 * world.stock
    error[3, 3] = np.nan
    # A peat swamp counts as peat; no stock over water is water; then mangroves, flooded woods,
    # paddies, and a mosaic of herbs and trees that is modelled.
    cover = np.full(GRID.shape, 130.0)
    cover[0, :4], cover[1, :3] = (160, 210, 170, 160), (20, 110, 190)
    day = date(2010, 1, 1)
    world.put("map", STOCK, day, stock, Freq.YEAR, "t ha-1")
    world.put("map", ERROR, day, error, Freq.YEAR, "t ha-1")
    world.put("ground", "land_cover", day, cover, Freq.YEAR, "1")
    masked = np.zeros(GRID.shape, bool)
    masked[0], masked[1, [0, 2]], masked[3, 3] = True, True, True

    def areas() -> dict[str, dict[str, float]]:
        (cell,) = {round(m.masked_ha["water"]) for m in found() if m.area == "AAA-1"}
        return {m.area: {k: round(v / cell, 1) for k, v in m.masked_ha.items()} for m in found()}

    def found() -> list[members.MemberEstimate]:
        newest = world.ask("SELECT max(period) FROM app.slices JOIN app.nowcast_months"
                           " ON slice_id = id")[0][0]  # fmt: skip
        return [m for m in members.read_members(world.store, None) if m.period == newest]

    told = {"organic": 1.0, "water": 1.0, "wetland": 2.0, "paddy": 1.0, "artificial": 1.0,
            "no_error": 1.0}  # fmt: skip
    for make in ("held", "followed"):
        if make == "followed":
            world.weather(FIRST, date(2011, 2, 1))
        run = world.nowcast(date(2011, 2, 1))
        for words in ("organic: 1", "wetland: 2", "paddy: 1", "artificial: 1", "no error: 1"):
            assert words in run.detail, (make, run.detail)
        assert "water" not in run.detail  # the map has no stock there: nothing was left out of it
        for field in world.fields().values():
            np.testing.assert_array_equal(np.isnan(field), masked)
        ha = areas()
        assert ha["AAA"] == pytest.approx(told, abs=0.1), make
        assert set(ha["AAA-1"]) == {"organic", "water", "paddy"}
        assert ha["WLD"] == ha["AAA"]
    # A month later nothing is planted anew, and the areas stay.
    world.month(date(2011, 3, 1))
    world.nowcast(date(2011, 3, 1))
    assert areas()["AAA"] == pytest.approx(told, abs=0.1)


def test_clay_is_that_of_thirty_centimetres_by_the_thickness_of_its_layers(world: World) -> None:
    parts = {"clay_0_5cm": 10.0, "clay_5_15cm": 20.0, "clay_15_30cm": 40.0}
    for name, percent in parts.items():
        values = np.full(GRID.shape, percent)
        values[0, 0] = np.nan if name == "clay_15_30cm" else percent
        world.put("ground", name, date(2000, 1, 1), values, Freq.STATIC, "%")
    world.commit()
    inputs = gather(read_slices.newest_slices(world.store))
    assert inputs is not None
    (box,) = boxes(GRID)
    clay = layers(world.store, inputs, box)["clay"]
    assert np.isnan(clay[0, 0])  # half of a profile stands for no cell
    np.testing.assert_allclose(clay.ravel()[1:], 85 / 3, rtol=1e-6)
    assert "no texture: 1" in world.nowcast(date(2011, 1, 1)).detail


def test_what_is_odd_or_held_is_counted_in_the_record(world: World) -> None:
    stock, cover = world.stock.copy(), np.full(GRID.shape, 130.0)
    stock[3, 3], cover[1, 1] = 0.5, 0.0
    world.put("map", STOCK, date(2010, 1, 1), stock, Freq.YEAR, "t ha-1")
    world.put("map", ERROR, date(2010, 1, 1), 0.2 * stock, Freq.YEAR, "t ha-1")
    world.put("ground", "land_cover", date(2010, 1, 1), cover, Freq.YEAR, "1")
    cold = np.zeros(GRID.shape)
    cold[2, 2] = -60.0
    for month in months(FIRST, date(2011, 2, 1)):
        world.put("weather", "air_temperature", month, warmth(month) + cold, Freq.MONTH, "degC")
        world.put("weather", "rain", month, wet(month), Freq.MONTH, "mm month-1")
        grown = 0.05 if month.year < 2011 else 0.5
        world.put("weather", "npp", month, grown, Freq.MONTH, "kg m-2 month-1")
    run = world.nowcast(date(2011, 2, 1))
    # Half a tonne takes next to no input; nothing decays in the frost; growth is held in the
    # fourteen other cells, in two months.
    for told in ("odd input: 1", "no equilibrium: 1", "no use: 1", "growth clipped: 28"):
        assert told in run.detail, (told, run.detail)
    field = world.fields()[date(2011, 2, 1)]
    assert np.isnan(field[[1, 2], [1, 2]]).all()
    assert np.isfinite(field).sum() == 14


def test_a_short_record_is_not_followed_and_that_is_told(world: World) -> None:
    world.weather(date(2011, 1, 1), date(2011, 6, 1))
    run = world.nowcast(date(2011, 6, 1))
    assert "36 are needed for a mean year" in run.detail
    assert "0 of 1 with real weather" in run.detail


def test_vegetation_moves_the_stock_as_the_drivers_say(world: World) -> None:
    for month in months(FIRST, date(2012, 6, 1)):
        world.month(month)
        green = 0.5 if month.year < 2011 else np.array([[0.7, 0.7, 0.35, 0.35]] * 4)
        world.put("weather", "ndvi", month, green, Freq.MONTH, "1")
    world.nowcast(date(2012, 6, 1))
    found = {
        m.area: m for m in members.read_members(world.store, None) if m.period == date(2012, 6, 1)
    }
    first = {m.area: m for m in members.read_members(world.store, None) if m.period.year == 2010}
    more, less = (np.array(found[a].totals) - first[a].totals for a in ("AAA-1", "AAA-2"))
    assert (more > less).all()
    assert found["AAA"].vegetation_share == 1


def test_a_nowcast_has_the_measured_share_of_its_baseline_and_ten_years_are_too_long(
    world: World,
) -> None:
    early = date(1998, 1, 1)
    world.waiting = [one for one in world.waiting if one.cube.product != "map"]
    world.put("map", STOCK, early, world.stock, Freq.YEAR, "t ha-1")
    world.put("map", ERROR, early, 12.0, Freq.YEAR, "t ha-1")
    before = np.array([[24.0, 24.0, 12.0, 12.0]] * 4)
    world.put("map", f"{ERROR}_prior", early, before, Freq.YEAR, "t ha-1")
    world.weather(date(2005, 1, 1), date(2009, 1, 1))
    world.nowcast(date(2009, 1, 1))
    world.sample(date(2005, 6, 1), 0.5)
    estimate(world.store, datetime.now(UTC))
    release = read.find_release(world.store)
    found = read.read_series(world.store, release, STOCK, "nowcast", ["AAA-1", "AAA-2", "AAA"])
    shares = {one.area: one.estimates[-1].observation_weight for one in found}
    assert shares["AAA-1"] == pytest.approx(0.75)
    assert shares["AAA-2"] == pytest.approx(0.0)
    assert 0 < (shares["AAA"] or 0) < 0.75
    # Eleven years after the map nothing is said of change but where a sample has checked it.
    rates = read.read_series(
        world.store, release, "soc_rate_0_30cm", "nowcast", ["AAA-1", "AAA-2", "AAA"]
    )
    told = {one.area: one.estimates[-1] for one in rates}
    assert told["AAA-2"].period == date(2009, 1, 1)
    assert Reason.NO_SAMPLES in told["AAA-2"].reasons
    assert Reason.NO_SAMPLES not in told["AAA-1"].reasons
    assert Reason.NO_SAMPLES not in told["AAA"].reasons
    assert told["AAA-2"].prob_ge_4 is None


def test_observed_soil_moisture_counts_where_it_reaches_and_is_told_of_each_area(
    world: World,
) -> None:
    last = date(2012, 6, 1)
    west = Grid(nx=2, ny=4, west=0, south=40, east=2, north=44)
    for month in months(FIRST, last):
        world.month(month)
        water = 0.24 if month <= date(2010, 12, 1) else 0.14
        world.put("satellite", "soil_moisture_0_5cm", month, water, Freq.MONTH, "m3 m-3", grid=west)
    run = world.nowcast(last)
    assert run.state is RunState.DONE
    # Where the soil is seen to be drier than it was, it loses less; the rest has its own balance.
    grown = world.fields()[last] - world.fields()[date(2010, 12, 1)]
    assert grown[:, :2].min() > grown[:, 2:].max()
    shares = {m.area: m.moisture_share for m in members.read_members(world.store, None)
              if m.period == last}  # fmt: skip
    assert shares["AAA-1"] == pytest.approx(1.0)
    assert shares["AAA-2"] == 0.0
    estimate(world.store, datetime.now(UTC))
    query = "SELECT id FROM app.calculations WHERE product = 'nowcast' ORDER BY period DESC LIMIT 1"
    ((calculation,),) = world.ask(query)
    assert isinstance(calculation, uuid.UUID)
    origin = read_inputs.origin(world.store, calculation)
    assert "satellite.soil_moisture_0_5cm" in {row["cube_id"] for row in origin}
    release = read.find_release(world.store)
    seen = {one.period: one for one in members.months_seen(world.store, release, "AAA-1")}
    assert seen[last].moisture_share == pytest.approx(1.0)
    assert seen[date(2010, 12, 1)].moisture_share == 0.0


def test_weather_on_another_grid_is_read_where_it_lies_and_masked_where_it_does_not(
    world: World,
) -> None:
    # Half the map, in cells of a third of a degree, shifted: no cell of one is a cell of the other.
    shifted = Grid(nx=7, ny=13, west=-0.1, south=39.9, east=2.2333333, north=44.2333333)
    for month in months(FIRST, date(2011, 2, 1)):
        odd = 0.5 * np.sin(month.year * 7 + month.month)
        world.put("weather", "air_temperature", month, warmth(month) + odd, Freq.MONTH, "degC",
                  grid=shifted)  # fmt: skip
        world.put("weather", "rain", month, wet(month), Freq.MONTH, "mm month-1", grid=shifted)
    world.nowcast(date(2011, 2, 1))
    shares = {
        one.area: one.weather_share
        for one in members.read_members(world.store, None)
        if one.period == date(2011, 2, 1)
    }
    assert shares["AAA-1"] == pytest.approx(1.0)
    assert shares["AAA-2"] == 0.0
    assert np.isfinite(world.fields()[date(2011, 2, 1)]).all()
