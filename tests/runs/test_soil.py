"""Carbon over clay and the saturation of fine particles: from the layers of a soil to the API."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import h5netcdf
import numpy as np
import pytest
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.api.drawing import Drawn, doubtful
from soc_monitor.api.rows import bands
from soc_monitor.indicators import load_indicators
from soc_monitor.model import Freq, Grid, RunState
from soc_monitor.model.series import is_doubtful
from soc_monitor.model.soil_classes import WRB_GROUPS
from soc_monitor.runs.current import current
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.nowcast_inputs import LAYERS, STOCK
from soc_monitor.runs.saturation import GAP, saturation
from soc_monitor.runs.soil_structure import CHANCES, CLASS, RATIO, soil_structure
from soc_monitor.settings import Settings
from soc_monitor.store import arrays, read, read_inputs, read_slices
from soc_monitor.store.store import Store

from .test_nowcast import GRID, World

CROP, GRASS, WOOD, LAKE = 10, 130, 50, 210
BWK, CFB = 4, 14
YEAR = date(2010, 1, 1)
PEAT, SANDY, DRY, ASH, RED, POOR = (0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1)
"""Cells: organic, of too little clay, of a dry climate, volcanic, weathered, of little carbon."""


def now() -> datetime:
    return datetime.now(UTC)


def soil(world: World) -> None:
    """A soil of three layers: 3, 2 and 1 % of carbon, clay 20 %, silt 40 %, lighter on top."""
    for k, layer in enumerate(LAYERS):
        carbon, clay = np.full(GRID.shape, 3.0 - k), np.full(GRID.shape, 20.0)
        carbon[POOR] = 1.0
        clay[SANDY] = 4.0
        for name, values, unit in (
            ("soc_content", carbon, "%"),
            ("clay", clay, "%"),
            ("silt", np.full(GRID.shape, 40.0), "%"),
            ("bulk_density", np.full(GRID.shape, (1.0, 1.2, 1.4)[k]), "g cm-3"),
            ("coarse_fragments", np.full(GRID.shape, 10.0), "%"),
        ):
            world.put("soilgrids", f"{name}_{layer}", YEAR, values, Freq.YEAR, unit)
    stock = np.full(GRID.shape, 60.0)
    stock[PEAT] = 250.0
    world.put("soilgrids", STOCK, YEAR, stock, Freq.YEAR, "t ha-1")


def classes(world: World) -> None:
    climate, groups = np.full(GRID.shape, float(CFB)), np.full(GRID.shape, 18.0)
    climate[DRY] = BWK
    groups[ASH], groups[RED] = WRB_GROUPS.index("Andosols"), WRB_GROUPS.index("Ferralsols")
    cover = np.full(GRID.shape, float(GRASS))
    cover[:, 2], cover[3, :] = CROP, (WOOD, LAKE, WOOD, WOOD)
    for product, variable, values in (
        ("koppen_geiger", "climate_class", climate),
        ("soil_classes", "soil_class", groups),
        ("land_cover", "land_cover_class", cover),
    ):
        world.put(product, variable, YEAR, values, Freq.YEAR, "1")


def field(store: Store, variable: str) -> np.ndarray:
    (piece,) = (p for p in read_slices.newest_slices(store) if p.cube.variable == variable)
    return np.asarray(arrays.open_slice(store, piece).data.compute())


def client(store: Store) -> TestClient:
    return TestClient(create_api(store, Settings(data=store.arrays.parent, mirror="", jobs=())))


MASS = np.array([1.0 * 5, 1.2 * 10, 1.4 * 15])
"""Of the layers [any]."""


def test_carbon_over_clay_is_told_where_its_limits_hold_and_the_rest_is_told_apart(
    store: Store,
) -> None:
    world = World(store)
    soil(world)
    classes(world)
    world.commit()
    run = soil_structure(store, now())
    assert run is not None
    assert (run.taken, run.detail) == (2, "no quantiles of carbon and clay")
    (told,) = (one for one in read_inputs.inputs_status(store) if one.feed_id == "soil_structure")
    assert "No quantiles" in told.notes["en"]
    found, of_class = field(store, RATIO), field(store, CLASS)
    expected = 100 * (MASS * [3, 2, 1]).sum() / MASS.sum() / 20
    assert found[2, 2] == pytest.approx(expected, rel=1e-6)
    assert found[POOR] == pytest.approx(5.0)
    assert np.isnan([found[one] for one in (PEAT, SANDY, DRY, ASH, RED)]).all()
    assert np.isfinite(found).sum() == 16 - 5
    assert [of_class[one] for one in (PEAT, SANDY, DRY, ASH, RED, POOR, (2, 2))] == [
        0, 0, 0, 0, 0, 1, 2,
    ]  # fmt: skip
    again = soil_structure(store, now())
    assert again is not None
    assert again.state is RunState.NOTHING_NEW

    estimate(store, now())
    api = client(store)
    shares = {}
    for v in ("soc-clay-degraded", "soc-clay-excluded"):
        asked = {"area": "AAA-1", "v": v, "src": "soil_structure"}
        (row,) = api.get("/api/v1/series.json", params=asked).json()["data"]
        shares[v] = row["value"]
    # Of the eight western cells three are left out, and one of the other five is poor.
    assert shares["soc-clay-excluded"] == pytest.approx(100 * 3 / 8, abs=1.0)
    assert shares["soc-clay-degraded"] == pytest.approx(100 / 5, abs=1.0)


SPREAD = {"soc_content": 0.3, "clay": 0.2}
"""Standard deviation of the logarithm of each layer."""


ABOVE = {name: np.exp(sd**2 / 2) for name, sd in SPREAD.items()}
"""Mean of each layer over its median."""


def quantiles(world: World) -> None:
    """Of the soil above, as its provider tells them: the maps are means, above the medians."""
    for k, layer in enumerate(LAYERS):
        for name, middle in (("soc_content", 3.0 - k), ("clay", 20.0)):
            for end, away in (("q05", -1.644854), ("q95", 1.644854)):
                quantile = np.exp(away * SPREAD[name]) / ABOVE[name]
                values = np.full(GRID.shape, middle * quantile)
                if name == "soc_content":
                    values[POOR] = 1.0 * quantile
                    values[3, 3] *= end == "q95"  # 0: nothing is known of its spread.
                world.put(
                    "soilgrids_quantiles", f"{name}_{end}_{layer}", YEAR, values, Freq.YEAR, "%"
                )


def drawn(contents: tuple[float, ...], n: int = 200_000) -> np.ndarray:
    """Shares of the four classes among soils whose layers err together by 0.7 [%]."""
    draw = np.random.default_rng(5)
    together = np.linalg.cholesky(np.full((3, 3), 0.7) + 0.3 * np.eye(3))
    carbon, clay = (
        np.array(middle)
        / ABOVE[name]
        * np.exp(SPREAD[name] * (draw.normal(size=(n, 3)) @ together.T))
        for name, middle in (("soc_content", contents), ("clay", (20.0,) * 3))
    )
    ratio = 100 * (carbon @ MASS) / (clay @ MASS)
    number = np.searchsorted([100 / 13, 10.0, 12.5], ratio, side="right")
    return 100 * np.bincount(number, minlength=4) / n


def test_how_likely_each_class_is_follows_from_quantiles_as_in_a_draw(store: Store) -> None:
    world = World(store)
    soil(world)
    classes(world)
    quantiles(world)
    world.commit()
    run = soil_structure(store, now())
    assert run is not None
    assert (run.taken, run.detail) == (2 + 8, "")
    likely = np.array([field(store, name) for name in CHANCES])
    assert likely[:, 2, 2] == pytest.approx(drawn((3.0, 2.0, 1.0)), abs=1.5)
    assert likely[:, 1, 1] == pytest.approx(drawn((1.0, 1.0, 1.0)), abs=1.5)
    assert np.isnan(likely[:, [0, 0, 3], [0, 2, 3]]).all(), "peat, a dry climate, no quantile"
    told = np.isfinite(likely[0])
    assert told.sum() == 16 - 5 - 1
    assert likely.sum(axis=0)[told] == pytest.approx(100, abs=1e-3)

    estimate(store, now())
    api = client(store)
    rows = {}
    for name in ("degraded", "moderate", "good", "very-good"):
        asked = {"area": "AAA-2", "v": f"soc-clay-{name}-expected", "src": "soil_structure"}
        answer = api.get("/api/v1/series.json", params=asked)
        assert answer.status_code == 200, answer.text
        (rows[name],) = answer.json()["data"]
    assert sum(row["value"] for row in rows.values()) == pytest.approx(100, abs=1e-3)
    assert all(0 <= row["lower_95"] <= row["upper_95"] <= 100 for row in rows.values())
    shares = shares_of(np.argwhere(told & (np.arange(4) >= 2)))
    for k, row in enumerate(rows.values()):
        assert row["value"] == pytest.approx(shares[:, k].mean(), abs=1.5)
        # Classes go together no more than errors do: the interval is never too narrow.
        assert 0.95 < row["std_error"] / shares[:, k].std() < 2.0
        inside = (shares[:, k] >= row["lower_95"]) & (shares[:, k] <= row["upper_95"])
        assert inside.mean() > 0.93

    place = {"lon": "2.5", "lat": "41.5", "v": "soc-clay-good-expected", "src": "soil_structure"}
    cell = api.get("/api/v1/point", params=place).json()["cell"]
    assert cell["value"] == pytest.approx(likely[2, 2, 2], rel=1e-6)
    assert cell["std_error"] is None, "a chance says itself how certain it is"
    cut = api.get("/api/v1/grid.nc", params={"area": "AAA-2", **asked})
    with h5netcdf.File(io.BytesIO(cut.content), "r") as file:
        assert {name for name in file.variables if name.startswith("soc")} == {CHANCES[3]}
    offers = {one["indicator"]: one for one in api.get("/api/v1/grids").json()["data"]}
    assert offers[CHANCES[3]]["bytes"] == offers[RATIO]["bytes"] == 4 * 16

    # Of one cell the land is of a class or is not.
    ring = [[2.1, 41.1], [2.9, 41.1], [2.9, 41.9], [2.1, 41.9], [2.1, 41.1]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    del asked["area"]
    own = api.post("/api/v1/aoi/statistics", params=asked, json=shape).json()
    (mine,) = own["data"][0]["data"]
    assert [mine[key] for key in ("lower_95", "upper_95", "lower_50", "upper_50")] == [0, 100] * 2
    assert "0 to 100%" in own["meta"]["interval_note"]

    map_and_page_agree(store)


def map_and_page_agree(store: Store) -> None:
    """A map hatches what the page calls not certain, and nothing else."""
    release = read.find_release(store)
    number = read.read_map(store, release, CHANCES[0], "soil_structure", YEAR)["AAA-2"]
    degraded = load_indicators()[CHANCES[0]]
    shown: dict[str, Any] = {"release": release, "product": "any", "period": YEAR, "unit": "%"}
    for value, error, doubt in ((70.0, 20.0, True), (70.0, 17.0, False), (90.0, 20.0, False)):
        some = {"AAA-2": replace(number, value=value, std_error=error)}
        assert bool(doubtful(Drawn(indicator_id=CHANCES[0], **shown), some)) is doubt
        band = bands(degraded, value, error)
        assert is_doubtful(value, band["lower_95"], band["upper_95"], signed=False) is doubt


def shares_of(cells: np.ndarray, n: int = 20_000) -> np.ndarray:
    """Shares of the four classes among some cells, in many made-up truths (truth, class) [%]."""
    lat, lon = np.radians(43.5 - cells[:, 0]), np.radians(0.5 + cells[:, 1])
    place = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    km = 6371.0088 * np.arccos(np.clip(place @ place.T, -1, 1))
    near = 0.05 + 0.95 * (0.3 * np.eye(len(cells)) + 0.7 * np.exp(-km / 100))
    error = np.random.default_rng(6).normal(size=(n, len(cells))) @ np.linalg.cholesky(near).T
    content = np.array([3.0, 2.0, 1.0]) * MASS
    of_layers = np.sqrt(0.7 + 0.3 * (content**2).sum() / content.sum() ** 2)
    of_clay = np.sqrt(0.7 + 0.3 * (MASS**2).sum() / MASS.sum() ** 2)
    sd = np.hypot(0.3 * of_layers, 0.2 * of_clay)
    ratio = 100 * content.sum() / MASS.sum() / 20 * np.exp(sd * error)
    ratio *= ABOVE["clay"] / ABOVE["soc_content"]
    number = np.searchsorted([100 / 13, 10.0, 12.5], ratio, side="right")
    weight = np.cos(lat) / np.cos(lat).sum()
    return np.stack([100 * (number == k) @ weight for k in range(4)], axis=1)


def test_where_no_class_of_the_climate_is_near_nothing_is_judged(store: Store) -> None:
    world = World(store)
    soil(world)
    east = Grid(nx=8, ny=4, west=0, south=40, east=8, north=44)
    climate = np.full(east.shape, np.nan)
    climate[0, 4:], climate[1:, 4:] = BWK, CFB
    world.put("koppen_geiger", "climate_class", YEAR, climate, Freq.YEAR, "1", east)
    world.commit()
    soil_structure(store, now())
    found = field(store, CLASS)
    assert not found[0].any(), "the nearest class is dry"
    assert found[1:, 1:].all(), "the nearest class is up to three cells away"
    assert not found[:, 0].any(), "it is farther"


def test_the_room_of_fine_particles_is_hassinks_line_by_hand_and_has_a_range(
    store: Store,
) -> None:
    world = World(store)
    soil(world)
    classes(world)
    world.commit()
    run = saturation(store, now())
    assert run is not None
    assert (run.taken, run.detail) == (3, "")
    middle, least, most = (
        field(store, f"soc_gap_saturation_{end}0_30cm") for end in ("", "least_", "most_")
    )
    # Tonnes of fine earth on a hectare, without the tenth that is stones.
    earth = 0.9 * MASS.sum() * 100
    for cell, in_fines in (((2, 1), 0.69), ((2, 2), 0.85), ((3, 0), 0.66)):
        room = (4.09 + 0.37 * 0.8 * 60) / 1000 * earth - in_fines * 60
        assert middle[cell] == pytest.approx(room, rel=1e-5)
        low = (4.09 + 0.37 * 0.7 * 60) / 1000 * earth - (in_fines + 0.1) * 60
        high = (4.09 + 0.37 * 0.9 * 60) / 1000 * earth - (in_fines - 0.1) * 60
        assert (least[cell], most[cell]) == pytest.approx((low, high), rel=1e-5)
    for cell in (PEAT, ASH, (3, 1)):
        assert np.isnan([middle[cell], least[cell], most[cell]]).all(), "peat, ash, a lake"

    estimate(store, now())
    asked = {"area": "AAA-2", "v": "gap-saturation", "src": "saturation"}
    answer = client(store).get("/api/v1/series.json", params=asked).json()
    (row,) = answer["data"]
    assert row["lower_95"] < row["value"] < row["upper_95"]
    assert row["upper_95"] - row["value"] == pytest.approx(6 + 0.037 * 60 / 1000 * earth, rel=1e-5)
    assert row["std_error"] is None
    assert row["data_class"] == "inferred"
    assert answer["meta"]["interval_note"].startswith("A range, and no interval")

    # The same land as a shape of one's own, and a cell of it.
    ring = [[2, 40], [4, 40], [4, 44], [2, 44], [2, 40]]
    asked = {"v": "gap-saturation", "src": "saturation"}
    shape = {"type": "Polygon", "coordinates": [ring]}
    own = client(store).post("/api/v1/aoi/statistics", params=asked, json=shape).json()
    assert own["meta"]["interval_note"] == answer["meta"]["interval_note"]
    (mine,) = own["data"][0]["data"]
    for mean, whole, same in (
        ("mean", "total", "value"),
        ("lower_95", "total_lower_95", "lower_95"),
        ("upper_95", "total_upper_95", "upper_95"),
    ):
        assert mine[mean] == pytest.approx(row[same], rel=1e-6)
        assert mine[whole] == pytest.approx(row[same] * mine["mapped_area_ha"], rel=1e-6)
    assert mine["std_error"] is mine["lower_50"] is None
    place = {"lon": "2.5", "lat": "41.5", **asked}
    cell = client(store).get("/api/v1/point", params=place).json()["cell"]
    assert [cell[key] for key in ("value", "lower_95", "upper_95", "std_error")] == [
        *(pytest.approx(one[2, 2], rel=1e-6) for one in (middle, least, most)),
        None,
    ]

    release = read.find_release(store)
    number = read.read_map(store, release, GAP, "saturation", YEAR)["AAA-2"]
    wide = {"AAA-2": replace(number, lower_95=0.0, upper_95=1000.0)}
    shown: dict[str, Any] = {"release": release, "product": "any", "period": YEAR, "unit": "t ha-1"}
    for one, found in ((GAP, set()), (STOCK, {"AAA-2"})):
        assert doubtful(Drawn(indicator_id=one, **shown), wide) == found, "of a range none"


def test_what_is_not_connected_is_said_and_without_the_layers_nothing_is_made(
    store: Store,
) -> None:
    world = World(store)
    assert soil_structure(store, now()) is None
    assert saturation(store, now()) is None
    soil(world)
    world.commit()
    assert saturation(store, now()) is None, "without land cover"
    run = soil_structure(store, now())
    assert run is not None
    lacks = ("no map of climate classes", "no map of soil classes", "no quantiles")
    assert all(words in run.detail for words in lacks)
    found = field(store, RATIO)
    assert np.isfinite([found[one] for one in (DRY, ASH, RED)]).all()
    (told,) = (one for one in read_inputs.inputs_status(store) if one.feed_id == "soil_structure")
    assert told.notes["en"].count("judged like others") == 2
    assert "Nor to dry climates" not in told.notes["en"]


def test_a_map_is_left_when_something_that_it_is_made_of_is_withdrawn(store: Store) -> None:
    world = World(store)
    soil(world)
    classes(world)
    world.commit()
    saturation(store, now())
    soil_structure(store, now())
    pieces = read_slices.newest_slices(store)
    both = {"saturation", "soil_structure"}

    def left(gone: str) -> set[str]:
        there = [
            one
            for one in pieces
            if one.cube.product in both or not one.cube.variable.startswith(gone)
        ]
        return both - {one.cube.product for one in current(store, there)}

    assert left("nothing") == set()
    for gone in ("bulk_density", "clay", "soc_stock", "soil_class"):
        assert left(gone) == both, gone
    for gone in ("silt", "land_cover_class"):
        assert left(gone) == {"saturation"}, gone
    for gone in ("soc_content", "climate_class"):
        assert left(gone) == {"soil_structure"}, gone
