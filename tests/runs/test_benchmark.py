"""The gap to the best tenth of like land: from the maps to the API, against a count by hand."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.model import DataClass, Freq, RunState
from soc_monitor.model.soil_classes import ORGANIC
from soc_monitor.runs.benchmark import ERROR, GAP, benchmark
from soc_monitor.runs.current import current
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.nowcast_inputs import STOCK
from soc_monitor.settings import Settings
from soc_monitor.store import arrays, read, read_inputs, read_slices
from soc_monitor.store.store import Store

from .paper import GRID, band_ha, place
from .test_nowcast import World

CROP, GRASS, CITY = 10, 130, 190
YEAR = date(2010, 1, 1)
NORTH, EAST = np.s_[:9], np.s_[:, 20:]
WHERE = place(1, 41)
"""The cell that the areas of the world lie in: crops of the north."""


def now() -> datetime:
    return datetime.now(UTC)


def land() -> np.ndarray:
    """Four strata: crops in the west, grass in the east, two climates."""
    stock = 20.0 + np.arange(GRID.nx * GRID.ny).reshape(GRID.shape) * 37 % 101
    stock[9:, 20:] = 60.0  # in the south all grass is alike
    stock[0, 0], stock[1, 1], stock[WHERE] = 250.0, np.nan, 60.0
    return stock


def put_maps(world: World, stock: np.ndarray, product: str = "soilgrids") -> None:
    """A map of the soil, and what parts its land."""
    world.put(product, STOCK, YEAR, stock, Freq.YEAR, "t ha-1", GRID)
    warm = np.full(GRID.shape, 25.0)
    warm[NORTH] = 15.0
    for k in range(1, 13):
        month = date(1980, k, 1)
        world.put("all", "air_temperature", month, warm, Freq.NORMAL, "degC", GRID)
        world.put("all", "rain", month, 100.0, Freq.NORMAL, "mm month-1", GRID)
    cover = np.full(GRID.shape, float(CROP))
    cover[EAST], cover[5, 5] = GRASS, CITY
    world.put("cover", "land_cover_class", YEAR, cover, Freq.YEAR, "1", GRID)


def put_clay(world: World) -> np.ndarray:
    """Medium soils, and thirty cells of fine ones: too few to tell of."""
    clay = np.full(GRID.shape, 25.0)
    clay[3, :10] = clay[4, :10] = clay[6, :10] = 50.0
    for layer in ("0_5cm", "5_15cm", "15_30cm"):
        world.put("texture", f"clay_{layer}", YEAR, clay, Freq.YEAR, "%", GRID)
    return clay


def best_of(stock: np.ndarray, cells: np.ndarray) -> float:
    """The least stock up to which nine tenths of the land of some cells lie."""
    area = np.repeat([[band_ha(80 - 10 * k, 90 - 10 * k, 10)] for k in range(18)], 36, axis=1)
    order = np.argsort(stock[cells], kind="stable")
    upto = np.cumsum(area[cells][order]) / area[cells].sum()
    return float(stock[cells][order][np.searchsorted(upto, 0.9)])


def field(store: Store, variable: str = GAP) -> np.ndarray:
    (piece,) = (p for p in read_slices.newest_slices(store) if p.cube.variable == variable)
    return np.asarray(arrays.open_slice(store, piece).data.compute())


def test_a_cell_lacks_what_the_best_tenth_of_its_stratum_has_more(store: Store) -> None:
    world, stock = World(store), land()
    put_maps(world, stock)
    world.put("soilgrids", f"{STOCK}_sd", YEAR, 0.2 * stock, Freq.YEAR, "t ha-1", GRID)
    clay = put_clay(world)
    groups = np.full(GRID.shape, 18.0)
    groups[2, 7] = ORGANIC
    world.put("soil_classes", "soil_class", YEAR, groups, Freq.YEAR, "1", GRID)
    world.commit()
    run = benchmark(store, now())
    assert run is not None
    assert run.detail == "strata: 3, with too few independent cells: 1, with one stock alone: 1"
    again = benchmark(store, now())
    assert again is not None
    assert again.state is RunState.NOTHING_NEW

    crop = np.zeros(GRID.shape, bool)
    crop[NORTH] = True
    crop[EAST] = crop[5, 5] = crop[2, 7] = False
    crop &= (clay < 35) & (stock <= 200)
    best = best_of(stock, crop)
    found = field(store)
    assert found[crop] == pytest.approx(np.maximum(0, best - stock[crop]), abs=1e-4)
    assert 0.05 < (found[crop] == 0).mean() < 0.2, "the best tenth lacks nothing"
    # Peat by its stock and by its class, no stock, a city, a stratum of thirty cells, and one of a
    # single stock.
    left = [found[0, 0], found[2, 7], found[1, 1], found[5, 5], found[3, 4], found[12, 30]]
    assert np.isnan(left).all()
    assert np.isfinite(found[2, 30])
    assert field(store, ERROR)[crop] == pytest.approx(0.2 * stock[crop], rel=1e-6)

    estimate(store, now())
    api = TestClient(create_api(store, Settings(data=store.arrays.parent, mirror="", jobs=())))
    asked = {"area": "AAA-1", "v": "gap-benchmark", "src": "benchmark"}
    answer = api.get("/api/v1/series.json", params=asked)
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["data"]
    assert row["value"] == pytest.approx(best - 60.0, rel=1e-6)
    assert row["data_class"] == DataClass.INFERRED
    assert row["upper_95"] == pytest.approx(best - 60.0 + 1.96 * 12.0, rel=1e-3)
    assert row["lower_95"] == pytest.approx(max(0.0, best - 60.0 - 1.96 * 12.0), abs=0.01)


def test_without_texture_and_errors_the_product_says_what_it_lacks(store: Store) -> None:
    world, stock = World(store), land()
    put_maps(world, stock)
    world.commit()
    run = benchmark(store, now())
    assert run is not None
    assert run.detail == "strata: 3, with one stock alone: 1, no map of texture"
    (told,) = (one for one in read_inputs.inputs_status(store) if one.feed_id == "benchmark")
    assert "No map of texture" in told.notes["en"]
    assert "no interval" in told.notes["en"]
    crop = np.zeros(GRID.shape, bool)
    crop[9:, :20] = True
    assert field(store)[crop] == pytest.approx(
        np.maximum(0, best_of(stock, crop) - stock[crop]), abs=1e-4
    )
    estimate(store, now())
    found = read.read_map(store, read.find_release(store), GAP, "benchmark", YEAR)
    assert found["AAA-1"].value is not None
    assert found["AAA-1"].std_error is None
    # A better map without texture of its own takes its place: what was told of the other is left.
    world.put("soilgrids", STOCK, date(2016, 1, 1), stock, Freq.YEAR, "t ha-1", GRID)
    world.commit()
    shown = [
        p for p in current(store, read_slices.newest_slices(store)) if p.cube.product == "benchmark"
    ]
    assert shown == []


def test_over_tables_there_is_no_gap_and_over_a_map_that_is_one_it_is_not_told(
    store: Store,
) -> None:
    world = World(store)
    put_maps(world, land(), product="ipcc_tier1")
    world.put("sampled_baseline", STOCK, YEAR, land(), Freq.YEAR, "t ha-1", GRID)
    world.commit()
    run = benchmark(store, now())  # over the map of four cells of the world itself
    assert run is not None
    assert "not assessable" in run.detail
    put_maps(world, np.where(np.arange(36) < 20, 40.0, 70.0), product="gsocmap")
    world.commit()
    run = benchmark(store, now())
    assert run is not None
    assert run.detail.startswith("strata: 0, with one stock alone: 4, not assessable")
    products = {piece.cube.product for piece in read_slices.newest_slices(store)}
    assert "benchmark" not in products
