"""Scenarios of areas: made from the map and the mean year, kept, and read from the API."""

from datetime import UTC, date, datetime
from itertools import pairwise

import numpy as np
import pytest
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.model import Freq, RunState
from soc_monitor.model.soil_classes import ORGANIC
from soc_monitor.nowcast.drivers import evaporation
from soc_monitor.nowcast.forecast import CLAY, DEPTH
from soc_monitor.nowcast.land import NAMES, UNKNOWN, USES, seasons, usual_cover
from soc_monitor.nowcast.rothc import Month, Soil, cover_modifier, inert
from soc_monitor.nowcast.scenarios import project
from soc_monitor.runs.estimate import estimate
from soc_monitor.runs.nowcast_inputs import ERROR, STOCK
from soc_monitor.runs.scenarios import GAP, scenarios
from soc_monitor.settings import Settings
from soc_monitor.store import arrays, read_slices
from soc_monitor.store.store import Store

from .test_nowcast import World, warmth, wet

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def by_hand(stock: float, lat: float, increase: float) -> np.ndarray:
    """The stock of one grassland cell through the years, without any of the run's code."""
    one, use = np.ones(1), np.array([UNKNOWN], np.int8)
    year = np.array([[warmth(date(1980, k, 1))] for k in range(1, 13)], np.float32)
    plants, shares = usual_cover(use, year), seasons(use, year)
    months = [
        Month(
            temperature=year[k], rain=wet(date(1980, k + 1, 1)) * one,
            evaporation=evaporation(year[k], year, np.full(1, lat, np.float32), k + 1),
            cover=cover_modifier(plants[k]), plant=shares[k],
            share=USES[NAMES[UNKNOWN]].share * one, manure=0 * one,
        )
        for k in range(12)
    ]  # fmt: skip
    soil = Soil(clay=CLAY * one, depth=DEPTH)
    found: np.ndarray = project(stock * one, inert(stock * one), months, soil, increase).stock[:, 0]
    return found


def test_areas_have_curves_that_fade_and_the_map_is_their_end(store: Store) -> None:
    world = World(store)
    stock = world.stock.copy()
    stock[0, 0], stock[0, 1] = 250.0, np.nan
    world.put("map", STOCK, date(2010, 1, 1), stock, Freq.YEAR, "t ha-1")
    world.put("map", ERROR, date(2010, 1, 1), 0.2 * stock, Freq.YEAR, "t ha-1")
    world.commit()
    run = scenarios(store, NOW)
    assert run.state is RunState.DONE
    assert "organic: 1" in run.detail
    assert scenarios(store, NOW.replace(day=2)).state is RunState.NOTHING_NEW
    groups = np.full(stock.shape, 18.0)
    groups[0, 3] = ORGANIC
    world.put("soil_classes", "soil_class", date(1905, 1, 1), groups, Freq.STATIC, "1")
    world.commit()
    assert "organic: 2" in scenarios(store, NOW.replace(day=3)).detail
    estimate(store, NOW)

    (piece,) = read_slices.newest_slices(store, product="scenarios")
    field = np.asarray(arrays.open_slice(store, piece).data.compute())
    assert (piece.cube.variable, piece.period) == (GAP, date(2030, 1, 1))
    assert np.isnan(field[0, [0, 1, 3]]).all()
    assert np.isfinite(field).sum() == 13
    expected = by_hand(60.0, 40.5, 0.10)
    assert field[3, 2] == pytest.approx(expected[-1] - 60.0, rel=1e-4)

    api = TestClient(create_api(store, Settings(data=store.arrays.parent, mirror="", jobs=())))
    answer = api.get("/api/v1/areas/AAA-2/scenarios")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["meta"]["start_year"], body["meta"]["end_year"]) == (2010, 2030)
    usual, five, ten, twenty = body["data"]
    assert [one["increase_percent"] for one in body["data"]] == [0, 5, 10, 20]
    assert all(p["gain_t_ha"] == 0 and p["rate_permille"] == 0 for p in usual["points"])
    assert twenty["gap_t_ha"] == pytest.approx(4 * five["gap_t_ha"], rel=1e-9)
    assert len(ten["points"]) == 21
    # Cells of one stock and climate, of four rows: the area's curve lies between theirs.
    south, north = (by_hand(60.0, lat, 0.10) for lat in (40.5, 43.5))
    for k, point in enumerate(ten["points"]):
        low, high = sorted((south[k], north[k]))
        assert low - 1e-3 <= point["stock_t_ha"] <= high + 1e-3
    rates = [point["rate_permille"] for point in ten["points"][1:]]
    assert all(a > b > 0 for a, b in pairwise(rates)), "it fades"
    row = api.get("/api/v1/series.json", params={"area": "AAA-2", "v": "soc_gap_0_30cm"}).json()
    assert row["data"][0]["value"] == pytest.approx(ten["gap_t_ha"], rel=1e-5)
    assert row["data"][0]["data_class"] == "inferred"
    assert api.get("/api/v1/areas/XXX/scenarios").status_code == 404


def test_without_a_baseline_there_is_nothing_to_project(store: Store) -> None:
    run = scenarios(store, NOW)
    assert run.state is RunState.NOTHING_NEW
    assert "a baseline with errors" in run.detail
