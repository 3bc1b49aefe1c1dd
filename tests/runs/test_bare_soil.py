"""Bare soil: what was seen of a year, what may have been, and what is snow."""

from datetime import date
from io import BytesIO
from zipfile import ZipFile

import numpy as np
import pytest
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.model import Freq
from soc_monitor.settings import Settings

from .paper import GRID, World, place

MONTHS = [date(2020, k, 1) for k in range(1, 13)] + [date(2021, 1, 1)]
WHOLE, GAPPY, SNOWY, DARK = (5, 5), (15, 5), (5, 15), (25, 15)
"""In AAA-1, AAA-2, BBB-1 and BBB-2."""


@pytest.fixture
def green(world: World) -> World:
    """Bare until April and green after it; a month not seen, snow in winter, half a year dark."""
    for number, month in enumerate(MONTHS):
        values = np.full(GRID.shape, np.nan, np.float32)
        for at in (WHOLE, GAPPY, SNOWY, DARK):
            values[place(*at)] = 0.1 if number < 4 else 0.8
        if number == 8:
            values[place(*GAPPY)] = np.nan
        if number < 4:
            values[place(*SNOWY)] = -0.05
        if 4 <= number < 10:
            values[place(*DARK)] = np.nan
        world.put(month, values, "ndvi", Freq.MONTH, unit="1")
    world.estimate()
    return world


def test_days_that_nothing_was_seen_of_are_the_width_of_the_range(green: World) -> None:
    found = green.read("bare_soil_days", MONTHS[-1])
    seen = green.values("bare_soil_observed", MONTHS[-1])
    ends = {area: (found[area].lower_95, found[area].upper_95) for area in found}
    # 91 days, and three tenths of April.
    assert found["AAA-1"].value == pytest.approx(100.0, abs=0.05)
    assert ends["AAA-1"] == pytest.approx((100.0, 100.0), abs=0.05)
    assert seen["AAA-1"] == pytest.approx(100.0)
    # August and September are not bridged: bare or not, who knows.
    assert ends["AAA-2"] == pytest.approx((100.0, 161.0), abs=0.05)
    assert seen["AAA-2"] == pytest.approx(100 * 305 / 366)
    # Of snow a day and a half of the thaw remain, and what is left until it is green.
    assert found["BBB-1"].value == pytest.approx(9.0 - 30 * 0.10 / 0.85, abs=0.05)
    # Two fifths of the year are too few for a number, and are told.
    assert found["BBB-2"].value is None
    assert seen["BBB-2"] == pytest.approx(100 * 152 / 366)


def test_a_shape_and_a_cell_of_ones_own_have_the_range_too(green: World) -> None:
    settings = Settings(data=green.store.arrays.parent, mirror="", jobs=())
    api = TestClient(create_api(green.store, settings))
    row = api.get("/api/v1/series.json", params={"area": "AAA-2", "v": "bare"}).json()["data"][-1]
    box = api.get("/api/v1/areas/AAA-2").json()["bbox"]
    west, south, east, north = box
    asked = {"v": "bare", "t": "latest"}
    shape = {"type": "Polygon", "coordinates": [
        [[west, south], [east, south], [east, north], [west, north], [west, south]]
    ]}  # fmt: skip
    answer = api.post("/api/v1/aoi/statistics", params=asked, json=shape)
    (mine,) = answer.json()["data"][0]["data"]
    assert (mine["mean"], mine["lower_95"], mine["upper_95"]) == pytest.approx(
        (row["value"], row["lower_95"], row["upper_95"])
    )
    assert mine["upper_95"] - mine["mean"] == pytest.approx(61.0, abs=0.05)
    place = {"lon": str(GAPPY[0]), "lat": str(GAPPY[1]), **asked}
    cell = api.get("/api/v1/point", params=place).json()["cell"]
    assert cell["lower_95"] == cell["value"]
    assert cell["upper_95"] - cell["value"] == pytest.approx(61.0, abs=0.05)


def test_its_bounds_are_told_as_what_they_are(green: World) -> None:
    settings = Settings(data=green.store.arrays.parent, mirror="", jobs=())
    api = TestClient(create_api(green.store, settings))
    asked = {"area": "AAA", "v": "bare_soil_days"}
    told = api.get("/api/v1/series.json", params=asked).json()["meta"]["interval_note"]
    assert told.startswith("From the least to the most")
    with ZipFile(BytesIO(api.get("/api/v1/series.zip", params=asked).content)) as whole:
        assert told in whole.read("README.md").decode()
