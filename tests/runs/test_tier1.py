"""Tier 1: the published tables, the climates, the map, and when it is made anew."""

import csv
import math
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import rasterio

from soc_monitor.errors import ArrayDamaged, NothingToEstimate
from soc_monitor.model import Computation, Cube, DataClass, Freq, Grid, Item, RunState, Slice
from soc_monitor.nowcast import ipcc
from soc_monitor.nowcast.tier1 import (
    CLIMATES,
    GUIDELINES,
    REFINED,
    assumed_soil,
    climate_zone,
    land_use_factor,
    native_stock,
)
from soc_monitor.runs import tier1 as runs_tier1
from soc_monitor.runs.jobs import load_job
from soc_monitor.runs.nowcast_inputs import best_map, sort_out
from soc_monitor.runs.tier1 import OLDER, tier1
from soc_monitor.store import arrays, intake, read_slices, runs
from soc_monitor.store.store import Store

JOBS = Path(__file__).parents[2] / "ingest_jobs"
STARTER = JOBS / "starter"
TABLES = ("ipcc2019_socref.csv", "ipcc_stock_change_factors.csv")


def table(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as rows:
        return list(csv.DictReader(rows))


# --- the published examples (V13: 2019 Refinement, Tables 2.3 and 5.5) --------------------------


def cropped(climate: str, use: str = "cropland") -> float:
    factor = land_use_factor(climate, use)
    assert factor is not None
    return native_stock(climate)[0] * factor[0]


@pytest.mark.parametrize(
    ("climate", "use", "stock"),
    [
        ("cool_temperate_moist", "forest", 81.0),
        ("cool_temperate_moist", "cropland", 56.7),  # 81 x .70, full tillage, medium input
        ("cool_temperate_moist", "cropland_perennial", 58.32),  # 81 x .72
        ("cool_temperate_dry", "cropland", 33.11),  # 43 x .77
        ("warm_temperate_moist", "cropland", 44.16),  # 64 x .69
        ("warm_temperate_dry", "cropland", 18.24),  # 24 x .76
        ("tropical_dry", "cropland", 19.32),  # 21 x .92
        ("tropical_moist", "cropland", 33.2),  # 40 x .83
        ("tropical_wet", "cropland", 43.16),  # low-activity clay: 52 x .83
        ("tropical_moist", "cropland_perennial", 40.4),  # 40 x 1.01
        ("tropical_moist", "paddy", 54.0),  # 40 x 1.35
        ("boreal", "cropland", 44.1),  # 63 x .70: the row of the cool temperate moist zone
    ],
)
def test_a_stock_is_the_product_of_the_published_defaults(
    climate: str, use: str, stock: float
) -> None:
    assert cropped(climate, use) == pytest.approx(stock, abs=1e-9)


def test_the_error_of_the_tables_alone_is_the_published_one() -> None:
    _, percent = ipcc.SOC_REF["cool_temperate_moist"]["HAC"]
    factor = land_use_factor("cool_temperate_moist", "cropland")
    assert factor is not None
    # sqrt((5/1.96)^2 + (12/1.96)^2) = 6.633 %
    assert math.hypot(percent / 196, factor[1]) == pytest.approx(0.06633, abs=5e-6)


def test_without_a_soil_map_the_error_covers_every_mineral_soil() -> None:
    # The soils of the zone are 81, 76, 51, 128, 136 and 128: 37.3452 around the first.
    _, doubt = native_stock("cool_temperate_moist")
    assert doubt == pytest.approx(math.hypot(5 / 196, 37.3452 / 81), rel=1e-5)
    for climate, soils in ipcc.SOC_REF.items():
        stock, doubt = native_stock(climate)
        assert stock == soils[assumed_soil(climate)][0]
        assert doubt >= soils[assumed_soil(climate)][1] / 196


@pytest.mark.parametrize("use", ["bare", "water", "ice", "artificial", "of another planet"])
def test_land_without_soil_is_masked_and_not_zero(use: str) -> None:
    assert [land_use_factor(climate, use) for climate in CLIMATES] == [None] * len(CLIMATES)


# --- the tables against their other copies -------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_the_copy_that_comes_with_the_product_is_the_checked_one(shared: Path, name: str) -> None:
    copy = STARTER / "ipcc" / name
    assert copy.read_bytes() == (shared / "science" / "tables" / name).read_bytes()


def test_every_reference_stock_is_that_of_the_table() -> None:
    expected: dict[str, dict[str, tuple[float, float]]] = {}
    for row in table(STARTER / "ipcc" / TABLES[0]):
        if stock := row["socref_tC_ha_0_30cm"]:
            pair = float(stock), float(row["uncertainty_pct_half_95ci"])
            expected.setdefault(row["climate"], {})[row["soil_class"]] = pair
    assert dict(ipcc.SOC_REF) == expected


def test_every_land_use_factor_is_that_of_the_table() -> None:
    found = {
        (row["level"], row["climate_group"]): (
            float(row["value"]),
            float(row["uncertainty_pct_half_95ci"]),
        )
        for row in table(STARTER / "ipcc" / TABLES[1])
        if (row["edition"], row["land_use"], row["factor"]) == ("2019", "cropland", "FLU")
        and row["uncertainty_pct_half_95ci"]
    }
    groups = {
        "polar": "cool_temperate_and_boreal_moist",
        "boreal": "cool_temperate_and_boreal_moist",
        "cool_temperate_dry": "cool_temperate_and_boreal_dry",
        "cool_temperate_moist": "cool_temperate_and_boreal_moist",
        "tropical_moist": "tropical_moist_wet",
        "tropical_wet": "tropical_moist_wet",
    }
    assert dict(ipcc.LONG_TERM_CULTIVATED) == {
        climate: found["long_term_cultivated", groups.get(climate, climate)]
        for climate in ipcc.SOC_REF
    }
    assert found["perennial_tree_crop", "temperate_and_boreal_all"] == ipcc.PERENNIAL_TEMPERATE
    assert found["perennial_tree_crop", "tropical_all"] == ipcc.PERENNIAL_TROPICAL
    assert found["paddy_rice", "all"] == ipcc.PADDY


def test_every_class_of_the_land_cover_is_read_as_its_legend_says() -> None:
    legend = {int(r["code"]): r["ipcc_land_use"] for r in table(STARTER / "land_cover_classes.csv")}
    ours = {code: use for use, codes in ipcc.LAND_USE.items() for code in codes}
    assert len(ours) == sum(len(codes) for codes in ipcc.LAND_USE.values()), "a class twice"
    assert ours == legend
    (layer,) = load_job(JOBS / "land_cover.py").job.layers
    assert set(layer.cube.classes) == set(ours)


# --- climates -----------------------------------------------------------------------------------


def normals(name: str) -> npt.NDArray[np.float32]:
    """Twelve months on the quarter-degree grid (12, 720, 1440)."""
    with rasterio.open(STARTER / name) as file:
        stored = file.read().astype(np.float32)
        values = np.where(stored == file.nodata, np.nan, stored * np.float32(file.scales[0]))
    step = 1440 / values.shape[2]
    rows, columns = (((np.arange(n) + 0.5) / step).astype(int) for n in (720, 1440))
    return np.asarray(values[:, rows][:, :, columns], np.float32)


LAT = (90 - (np.arange(720) + 0.5) / 4).astype(np.float32)


@pytest.fixture(scope="module")
def zones() -> npt.NDArray[np.int8]:
    temperature, rain = normals("temperature_normals.tif"), normals("rain_normals.tif")
    return climate_zone(temperature, rain, LAT)


@pytest.mark.parametrize(
    ("place", "lon", "lat", "climate"),
    [
        ("Manaus", -60.0, -3.1, "tropical_wet"),
        ("Delhi", 77.2, 28.6, "tropical_dry"),
        ("Atlanta", -84.4, 33.75, "warm_temperate_moist"),
        ("Madrid", -3.7, 40.4, "warm_temperate_dry"),
        ("Toronto", -79.4, 43.7, "cool_temperate_moist"),
        ("Denver", -104.9, 39.7, "cool_temperate_dry"),
        ("Yakutsk", 129.7, 62.0, "boreal"),
    ],
)
def test_the_climate_of_a_known_place_is_known(
    zones: npt.NDArray[np.int8], place: str, lon: float, lat: float, climate: str
) -> None:
    found = zones[int((90 - lat) * 4), int((lon + 180) * 4)]
    assert CLIMATES[found] == climate, place


JRC = {
    1: "warm_temperate_moist", 2: "warm_temperate_dry", 3: "cool_temperate_moist",
    4: "cool_temperate_dry", 5: "polar", 6: "polar", 7: "boreal", 8: "boreal",
    9: "tropical_montane", 10: "tropical_wet", 11: "tropical_moist", 12: "tropical_dry",
}  # fmt: skip


def test_climates_agree_with_the_published_map_over_seven_tenths_of_the_land(
    zones: npt.NDArray[np.int8], shared: Path
) -> None:
    file = shared / "data/ipcc-climate-zones/ipcc_climate_zones.tif"
    with rasterio.open(file) as published:
        # A quarter of a degree is three of its cells: the middle one has the same centre.
        codes = published.read(1)[1::3, 1::3]
    theirs = np.full(codes.shape, -2, np.int8)
    for code, name in JRC.items():
        theirs[codes == code] = CLIMATES.index(name)
    both = (theirs >= 0) & (zones >= 0)
    weight = np.where(both, np.cos(np.radians(LAT))[:, None], 0)
    share = float(weight[zones == theirs].sum() / weight.sum())
    # 0.744. Most of the rest: the normals count rain without snow, which makes a third of the cool
    # temperate moist land dry, and know no elevation, so that nothing is tropical montane.
    assert share > 0.73
    # What differs is neighbours, not a grid upside down or months out of order.
    tropical = np.isin(zones, [k for k, name in enumerate(CLIMATES) if "tropical" in name])
    theirs_tropical = np.isin(theirs, [k for k, n in enumerate(CLIMATES) if "tropical" in n])
    assert weight[tropical == theirs_tropical].sum() / weight.sum() > 0.97


# --- the map ------------------------------------------------------------------------------------

GRID = Grid(nx=4, ny=2, west=0, south=40, east=4, north=42)
# Cropland, forest, bare, unknown; water, ice, towns, grassland.
COVER = np.array([[10, 70, 200, 0], [210, 220, 190, 130]], np.uint8)
NAN = float("nan")


class Inputs:
    """A store with the inputs of the map: a mild and wet year, 8 degrees and 90 mm."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def put(self, product: str, variable: str, month: int | None, values: np.ndarray) -> None:
        runs.register_feed(
            self.store,
            Computation(
                id=product,
                title={"en": product, "fr": product, "es": product},
                licence="CC0-1.0",
                citation="-",
                link="-",
                notes={},
            ),
        )
        kind = values.dtype.name
        cube = Cube(
            product=product, variable=variable, unit="1", freq=Freq.NORMAL, grid=GRID,
            data_class=DataClass.MODELLED, dtype=kind, fill=0 if kind == "uint8" else NAN,
        )  # fmt: skip
        period = date(2010, month or 1, 1)
        path, array = arrays.create(self.store, cube, period)
        array[:] = values
        piece = intake.NewSlice(
            cube=cube, period=period, period_end=period, path=path,
            checksum=arrays.seal(self.store, path), valid_cells=8, median=None,
        )  # fmt: skip
        item = intake.NewItem(item=Item(key="f", address="f"), sha256=uuid.uuid4().hex * 2, size=1)
        with runs.open_run(
            self.store, product, datetime.now(UTC), job_version="1", code_version="1"
        ) as run:
            intake.add_slices(self.store, run, [piece], item)

    def cover(self, values: np.ndarray = COVER) -> None:
        self.put("land_cover", "land_cover_class", None, values)

    def months(self, product: str, variable: str, value: float) -> None:
        for month in range(1, 13):
            values = np.full(GRID.shape, value, np.float32)
            values[1, 3] = NAN if month == 7 else value
            self.put(product, variable, month, values)

    def temperature(self, value: float = 8.0) -> None:
        self.months("temperature_normals", "air_temperature", value)

    def rain(self, value: float = 90.0) -> None:
        self.months("rain_normals", "rain", value)

    def run(self) -> RunState:
        return tier1(self.store, datetime.now(UTC)).state

    def made(self) -> dict[str, Slice]:
        found = read_slices.newest_slices(self.store, product="ipcc_tier1")
        return {piece.cube.variable: piece for piece in found}

    def stock(self) -> np.ndarray:
        return arrays.read_window(self.store, self.made()["soc_stock_0_30cm"])


@pytest.fixture
def inputs(store: Store) -> Inputs:
    made = Inputs(store)
    made.cover()
    made.temperature()
    made.rain()
    return made


def test_the_map_has_a_stock_where_there_is_soil_and_nothing_elsewhere(inputs: Inputs) -> None:
    assert inputs.run() is RunState.DONE
    # Where July is not known, the climate is not known.
    expected = np.array([[56.7, 81.0, NAN, NAN], [NAN, NAN, NAN, NAN]], np.float32)
    np.testing.assert_array_equal(inputs.stock(), expected)
    made = inputs.made()
    doubt = arrays.read_window(inputs.store, made["soc_stock_0_30cm_sd"])
    _, native = native_stock("cool_temperate_moist")
    np.testing.assert_allclose(
        doubt[0, :2], [56.7 * math.hypot(native, 12 / 196), 81 * native], rtol=1e-6
    )
    assert np.isnan(doubt[np.isnan(expected)]).all()
    assert made["soc_stock_0_30cm"].valid_cells == 2
    assert made["soc_stock_0_30cm"].cube.data_class is DataClass.INFERRED


def test_the_older_tables_make_a_map_to_compare_with_and_no_baseline(inputs: Inputs) -> None:
    inputs.run()
    run = tier1(inputs.store, datetime.now(UTC), product=OLDER)
    assert run.state is RunState.DONE
    found = read_slices.newest_slices(inputs.store, product="ipcc_tier1_2006")
    stock, doubt = (arrays.read_window(inputs.store, piece) for piece in found)
    # 2006: 95 t/ha of high-activity clay in the cool temperate moist zone, crops 0.69 of it.
    expected = np.array([[65.55, 95.0, NAN, NAN], [NAN, NAN, NAN, NAN]], np.float32)
    np.testing.assert_allclose(stock, expected, rtol=1e-6)
    soils = np.array([95.0, 85.0, 71.0, 115.0, 130.0, 87.0])
    native = math.hypot(90 / 196, np.sqrt(((soils - 95) ** 2).mean()) / 95)
    told = [65.55 * math.hypot(native, 12 / 196), 95 * native]
    np.testing.assert_allclose(doubt[0, :2], told, rtol=1e-6)
    assert {piece.cube.data_class for piece in found} == {DataClass.INFERRED}
    # Made once; and what is carried forward is the map of the newer tables.
    again = tier1(inputs.store, datetime.now(UTC), product=OLDER)
    assert again.state is RunState.NOTHING_NEW
    best = best_map(sort_out(read_slices.newest_slices(inputs.store)))
    assert best is not None
    assert best[0].cube.product == "ipcc_tier1"


def test_polar_land_has_no_row_in_the_older_tables() -> None:
    assert "polar" in REFINED.stocks
    assert "polar" not in GUIDELINES.stocks
    assert set(GUIDELINES.stocks) == set(GUIDELINES.cultivated) == set(CLIMATES) - {"polar"}


def test_the_map_names_every_slice_that_it_was_made_from(inputs: Inputs) -> None:
    inputs.run()
    parents = {
        p.id for p in read_slices.newest_slices(inputs.store) if p.cube.product != "ipcc_tier1"
    }
    assert len(parents) == 25
    for piece in inputs.made().values():
        assert read_slices.slice_parents(inputs.store, piece.id) == parents


def test_the_map_is_made_once_and_anew_when_an_input_is_newer(inputs: Inputs) -> None:
    assert [inputs.run(), inputs.run()] == [RunState.DONE, RunState.NOTHING_NEW]
    inputs.cover(COVER[:, ::-1])
    assert [inputs.run(), inputs.run()] == [RunState.DONE, RunState.NOTHING_NEW]
    assert {piece.version for piece in inputs.made().values()} == {2}
    # The grassland has gone from where July is not known to where it is.
    expected = [[NAN, NAN, 81.0, 56.7], [81.0, NAN, NAN, NAN]]
    np.testing.assert_array_equal(inputs.stock(), np.array(expected, np.float32))


def test_the_map_is_made_anew_when_the_tables_or_the_computation_change(
    inputs: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs.run()
    other = replace(REFINED, perennial_tropical=(1.10, 25))
    monkeypatch.setitem(runs_tier1.EDITIONS, "ipcc_tier1", other)
    assert inputs.run() is RunState.DONE
    monkeypatch.setattr(runs_tier1, "VERSION", "another")
    assert [inputs.run(), inputs.run()] == [RunState.DONE, RunState.NOTHING_NEW]


def test_other_weather_gives_another_climate(inputs: Inputs) -> None:
    inputs.run()
    inputs.temperature(25.0)
    inputs.rain(20.0)
    inputs.run()
    assert inputs.stock()[0, :2].tolist() == pytest.approx([21 * 0.92, 21.0])


def test_without_an_input_the_map_says_which_is_missing(store: Store) -> None:
    made = Inputs(store)
    made.cover()
    made.temperature()
    with pytest.raises(NothingToEstimate, match=r"not ingested yet: rain_normals\.rain$"):
        made.run()
    assert made.made() == {}


def test_a_damaged_input_makes_no_map(inputs: Inputs) -> None:
    (piece,) = (
        p for p in read_slices.newest_slices(inputs.store) if p.cube.product == "land_cover"
    )
    (file,) = (p for p in (inputs.store.arrays / piece.path).rglob("*") if p.parent.name == "0")
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(ArrayDamaged, match=r"land_cover\.land_cover_class 2010"):
        inputs.run()
    assert inputs.made() == {}
    assert list(inputs.store.arrays.glob("ipcc_tier1.*/*/*")) == []
