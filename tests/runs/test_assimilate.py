"""A map, its field samples, and what the numbers of areas say of both."""

import uuid
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from sqlalchemy import text

from soc_monitor.errors import BadValue
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
)
from soc_monitor.model.soil_classes import ORGANIC
from soc_monitor.nowcast.assimilation import by_distance
from soc_monitor.nowcast.correction import Map, correct
from soc_monitor.nowcast.sampling import profiles, to_layer
from soc_monitor.runs.assimilate import ERRORS, REACH_KM, assimilate, decay
from soc_monitor.store import arrays, intake, read_slices, runs, tabular
from soc_monitor.store.samples import read_samples
from soc_monitor.store.store import Store

GRID = Grid(nx=8, ny=4, west=0, south=49, east=2, north=50)
"""Cells of 25 km, or a little less."""
STOCK, ERROR = "soc_stock_0_30cm", "soc_stock_0_30cm_sd"
FIELD = (0.1, 49.9)
"""In the cell of the first row and column."""


def item() -> intake.NewItem:
    return intake.NewItem(item=Item(key="f", address="f"), sha256=uuid.uuid4().hex * 2, size=1)


class Land:
    """A map of 50 ± 20 t/ha, all of it cropped but one column, and samples."""

    def __init__(self, store: Store) -> None:
        self.store = store
        for job in ("ipcc_tier1", "land_cover", "field_samples", "soil_classes"):
            title = {"en": job, "fr": job, "es": job}
            runs.register_feed(
                store,
                Computation(
                    id=job, title=title, licence="CC0-1.0", citation="-", link="-", notes={}
                ),
            )
        stock = np.full(GRID.shape, 50.0, np.float32)
        stock[3, 7] = np.nan
        self.put("ipcc_tier1", STOCK, stock)
        self.put("ipcc_tier1", ERROR, np.where(np.isnan(stock), np.nan, 20.0).astype(np.float32))
        cover = np.full(GRID.shape, 10.0, np.float32)
        cover[:, 4] = 70.0
        self.put("land_cover", "land_cover_class", cover)

    def run(self, job: str):  # type: ignore[no-untyped-def]  # a context
        return runs.open_run(self.store, job, datetime.now(UTC), job_version="1", code_version="1")

    def put(self, product: str, variable: str, values: np.ndarray) -> None:
        cube = Cube(
            product=product, variable=variable, unit="1", freq=Freq.YEAR, grid=GRID,
            data_class=DataClass.INFERRED,
        )  # fmt: skip
        path, array = arrays.create(self.store, cube, date(2010, 1, 1))
        array[:] = values
        piece = intake.NewSlice(
            cube=cube, period=date(2010, 1, 1), period_end=date(2010, 12, 31), path=path,
            checksum=arrays.seal(self.store, path), valid_cells=1, median=None,
        )  # fmt: skip
        with self.run(product) as run:
            intake.add_slices(self.store, run, [piece], item())

    def sample(self, *found: Sample) -> None:
        with self.run("field_samples") as run:
            run.taken = tabular.add_samples(self.store, run, item(), found)

    def assimilate(self) -> Run:
        return assimilate(self.store, datetime.now(UTC))

    def map(self, variable: str = STOCK) -> np.ndarray:
        found = read_slices.newest_slices(self.store, product="sampled_baseline")
        (piece,) = (one for one in found if one.cube.variable == variable)
        return arrays.read_window(self.store, piece)


def core(key: str, value: float = 25.0, **more: object) -> Sample:
    usual: dict[str, object] = {
        "lon": FIELD[0], "lat": FIELD[1], "top_cm": 0.0, "bottom_cm": 30.0,
        "variable": "soc_per_volume", "unit": "g dm-3", "sampled_on": date(2012, 5, 1),
        "data_class": DataClass.OBSERVED, "attributes": {},
    }  # fmt: skip
    return Sample(key=key, value=value, **(usual | more))  # type: ignore[arg-type]


@pytest.fixture
def land(store: Store) -> Land:
    return Land(store)


def test_without_samples_there_is_nothing_to_correct(land: Land) -> None:
    ended = land.assimilate()
    assert ended.state is RunState.NOTHING_NEW
    assert "samples are needed" in ended.detail
    assert read_slices.newest_slices(land.store, product="sampled_baseline") == []


def test_a_sampled_cell_moves_by_its_gain_and_neighbours_by_less(land: Land) -> None:
    land.sample(core("a"))
    ended = land.assimilate()
    assert (ended.state, ended.detail) == (RunState.DONE, "1 of 1 samples taken")
    after, sd = land.map(), land.map(ERROR)
    # 75 t/ha of one field: 10 % of the laboratory, 35 % for the cell, 1 % for two years.
    variance = 75**2 * 0.10**2 + 50**2 * (0.35**2 + 0.01**2)
    gain = 400 / (400 + variance)
    assert after[0, 0] == pytest.approx(50 + gain * 25, rel=1e-5)
    assert sd[0, 0] == pytest.approx(20 * np.sqrt(1 - gain), rel=1e-5)
    assert 50 < after[0, 2] < after[0, 1] < after[0, 0]
    # The wood in the fifth column moves half as far as the field beyond it would.
    assert after[0, 4] - 50 < (after[0, 5] - 50) * 0.65
    assert np.isnan(after[3, 7])
    assert np.isnan(sd[3, 7])
    np.testing.assert_array_equal(land.map("soc_stock_0_30cm_sd_prior")[0], 20.0)


def test_a_corrected_map_leads_to_the_files_of_its_samples(land: Land) -> None:
    land.sample(core("a"))
    # Of this file the only sample lies where the map has no value: nothing rests on it.
    land.sample(core("b", lon=1.9, lat=49.1))
    land.assimilate()
    with land.store.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT c.variable, i.feed_id FROM app.slice_grounds g "
                "JOIN app.items i ON i.id = g.item_id JOIN app.slices s ON s.id = g.slice_id "
                "JOIN app.cubes c ON c.id = s.cube_id ORDER BY 1"
            )
        )
        assert [tuple(row) for row in rows] == [
            (STOCK, "field_samples"),
            (ERROR, "field_samples"),
        ]


def test_many_cores_of_one_field_do_not_make_it_the_cell(land: Land) -> None:
    land.sample(*(core(str(k), lon=FIELD[0] + k / 1e4) for k in range(200)))
    land.assimilate()
    common = 50**2 * (0.35**2 + 0.01**2)
    # Nor do they make its laboratory surer than it is: they err together by 0.7.
    cores = 75**2 * 0.10**2 * (0.7 + 0.3 / 200)
    assert land.map(ERROR)[0, 0] == pytest.approx(
        20 * np.sqrt(1 - 400 / (400 + common + cores)), rel=1e-4
    )


def test_what_is_not_taken_is_counted_by_its_reason(land: Land) -> None:
    land.sample(
        core("good"),
        core("stony", 2.0, lat=49.5, variable="soc_content", unit="%", attributes={"sd": "a lot"}),
        core("deep", lat=49.6, top_cm=40.0, bottom_cm=60.0),
        core("bottomless", lat=49.2, bottom_cm=float("nan")),
        core("peat", lat=49.4, variable="soc_content", unit="%", value=30.0),
        core("negative", lat=49.3, value=-1.0),
        core("sea", lon=1.9, lat=49.1),
        core("elsewhere", lon=50.0),
        core("wild", lon=1.1, lat=49.1, value=900.0),
    )
    ended = land.assimilate()
    assert ended.detail.startswith("1 of 9 samples taken; left out: ")
    for reason in (
        "1 a sample with an odd sd",
        "1 layers from 0 cm",
        "1 organic soil",
        "1 a sample without depth",
        "1 a sample without a value, or with one below 0",
        "2 where the map has no value",
        "1 too far from the map to be believed",
        "set aside: field_samples:wild",
    ):
        assert reason in ended.detail
    assert np.isfinite(land.map()).sum() == 31


def test_cores_side_by_side_count_each_and_a_wild_one_alone_is_set_aside(land: Land) -> None:
    # Two cores of two layers, in one place and on one day; one more that cannot be.
    land.sample(
        *(
            core(f"{core_id}-{top}", value, top_cm=top, bottom_cm=top + 15)
            for core_id, value in (("a", 20.0), ("b", 30.0), ("c", 900.0))
            for top in (0.0, 15.0)
        )
    )
    ended = land.assimilate()
    assert "set aside: field_samples:c-0.0, field_samples:c-15.0" in ended.detail
    after = land.map()[0, 0]
    both = [("field_samples", core(f"{k}-{top}", value, top_cm=top, bottom_cm=top + 15))
            for k, value in (("a", 20.0), ("b", 30.0)) for top in (0.0, 15.0)]  # fmt: skip
    left_out: Counter[str] = Counter()
    found = profiles([*both, both[0]], left_out)
    assert [round(one.stock.value, 6) for one in found] == [60.0, 90.0]
    assert dict(left_out) == {"twice under one id": 1}
    sd = float(np.mean([one.stock.sd**2 for one in found])) ** 0.5
    variance = sd**2 * (0.7 + 0.3 / 2) + 50**2 * (0.35**2 + 0.01**2)
    # Weighted by their errors alike: 75 t/ha.
    assert after == pytest.approx(50 + 400 / (400 + variance) * 25, rel=1e-4)


def test_what_a_source_says_of_its_own_sample_is_taken() -> None:
    layer = core("a", 2.0, variable="soc_content", unit="%")
    assumed = to_layer(layer)
    told = {"bulk_density_g_cm3": "1.6", "coarse_fragments_pct": "25", "sd": "0.02"}
    own = to_layer(replace(layer, attributes=told))
    assert own.stock == pytest.approx(2.0 * 1.6 * 30 * 0.75)
    # 1 % of the value, 5 % of the density, 0.03 of three quarters of fine earth.
    assert own.sd == pytest.approx(own.stock * np.sqrt(0.01**2 + 0.05**2 + (0.03 / 0.75) ** 2))
    assert own.sd / own.stock < assumed.sd / assumed.stock
    with pytest.raises(BadValue, match="odd coarse_fragments_pct"):
        to_layer(replace(layer, attributes={"coarse_fragments_pct": "100"}))


def test_a_second_run_has_nothing_to_do_and_a_new_sample_makes_the_map_anew(land: Land) -> None:
    land.sample(core("a"))
    land.assimilate()
    first = land.map()
    assert land.assimilate().state is RunState.NOTHING_NEW
    land.sample(core("b", value=10.0, lat=49.4))
    assert land.assimilate().state is RunState.DONE
    assert not np.array_equal(land.map(), first, equal_nan=True)


def test_organic_soils_are_not_moved_by_mineral_ones_nor_tell_of_them(land: Land) -> None:
    land.sample(core("a"), core("bog", lon=0.35))
    land.assimilate()
    assert land.map()[0, 1] > 55
    groups = np.full(GRID.shape, 18.0, np.float32)
    groups[0, 1] = ORGANIC
    land.put("soil_classes", "soil_class", groups)
    ended = land.assimilate()
    assert ended.detail.startswith("1 of 2 samples taken; left out: 1 where the soil is organic")
    assert land.map()[0, 1] == 50
    assert land.map()[0, 0] > 55
    # A stock as high as that of peat is what a sample of mineral soil corrects.
    stock = np.full(GRID.shape, 50.0, np.float32)
    stock[0, 0] = 210.0
    land.put("ipcc_tier1", STOCK, stock)
    land.put("ipcc_tier1", ERROR, 0.4 * stock)
    land.assimilate()
    assert land.map()[0, 0] < 160


def test_a_sample_whose_own_stock_is_that_of_peat_moves_no_mineral_soil(land: Land) -> None:
    stock = np.full(GRID.shape, 150.0, np.float32)
    land.put("ipcc_tier1", STOCK, stock)
    land.put("ipcc_tier1", ERROR, 0.3 * stock)
    land.sample(
        core("a", 260.0, variable="soc_stock", unit="t ha-1"),
        core("b", 86.7, lon=0.35),
        core("c", 11.9, lon=0.6, variable="soc_content", unit="%"),
        core("mineral", 50.0, lon=1.6),
    )
    ended = land.assimilate()
    assert ended.detail.startswith("1 of 4 samples taken; left out: 3 organic soil")
    assert land.map().max() < 151


@pytest.mark.parametrize(
    ("stock", "reason"),
    [(260.0, "1 organic soil"), (700.0, "1 too far from the map to be believed")],
)
def test_peat_in_a_mineral_cell_is_told_as_peat_and_what_no_soil_holds_as_a_mistake(
    land: Land, stock: float, reason: str
) -> None:
    land.sample(core("a", stock, variable="soc_stock", unit="t ha-1"), core("b", lon=1.6))
    ended = land.assimilate()
    assert ended.detail.startswith(f"1 of 2 samples taken; left out: {reason}")
    assert ("set aside" in ended.detail) == (stock > 600)


def test_what_a_soil_map_says_is_no_observation(land: Land) -> None:
    land.sample(core("map", data_class=DataClass.INFERRED), core("lost", lon=None, lat=None))
    assert read_samples(land.store, ["soc_per_volume"]) == ([], {})
    assert land.assimilate().state is RunState.NOTHING_NEW


def test_over_many_truths_the_intervals_are_as_wide_as_they_say() -> None:
    """Twenty maps of 400 cells of one degree, each with thirty fields of five cores."""
    grid = Grid(nx=20, ny=20, west=0, south=30, east=20, north=50)
    lat = np.repeat(49.5 - np.arange(20), 20)
    lon = np.tile(np.arange(20) + 0.5, 20)
    cells = np.arange(400)
    near = by_distance(lon, lat, np.zeros(400, int), decay)(cells, cells)
    errors = np.linalg.cholesky(np.where(np.eye(400, dtype=bool), 1.0, ERRORS.common + near))
    covered, better, better_sampled = [], [], []
    for seed in range(20):
        draw = np.random.default_rng(seed)
        truth = draw.uniform(35, 110, 400)
        drawn = truth * np.exp(np.sqrt(np.log1p(0.25**2)) * (errors @ draw.normal(size=400)))
        stock = drawn.reshape(grid.shape)
        chosen = draw.choice(400, 30, replace=False)
        taken = [
            ("fields", core(f"{cell}-{k}", max(value, 1.0), lon=lon[cell] + k / 1000,
                            lat=lat[cell], variable="soc_stock", unit="t ha-1"))
            for cell in chosen
            for field in [truth[cell] * (1 + 0.35 * draw.normal())]
            for k, value in enumerate(field * (1 + 0.10 * draw.normal(size=5)))
        ]  # fmt: skip
        stratum = np.full(grid.shape, 130.0)
        before = Map(stock=stock, sd=0.25 * stock, stratum=stratum, grid=grid, year=2010)
        after = correct(before, taken, decay, REACH_KM, Counter())
        wrong = [np.abs(one.ravel() - truth) for one in (stock, after.stock)]
        covered.append((wrong[1] <= 1.96 * after.sd.ravel()).mean())
        rmse = [np.sqrt((one**2).mean()) for one in wrong]
        sampled = [np.sqrt((one[chosen] ** 2).mean()) for one in wrong]
        better.append(rmse[1] - rmse[0])
        better_sampled.append(sampled[1] / sampled[0])
    assert 0.93 <= np.mean(covered) <= 0.97
    assert np.mean(better) < 0
    assert np.mean(better_sampled) < 0.9


def test_samples_leave_the_rest_of_a_wide_map_as_it_was(land: Land) -> None:
    land.sample(core("a"))
    land.assimilate()
    reach = land.map(ERROR)[:, :7]
    assert (reach < 20).all()
    assert (np.diff(reach[0, :4]) > 0).all()
