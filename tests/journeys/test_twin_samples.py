"""Twin experiment with field samples: what thirty of them do to the level, and not to the change.

The made-up truth of ``test_twin``, its map with errors that go together from cell to cell and a
quarter too much carbon everywhere, which nothing but samples can tell. A map of
land cover and thirty fields are ingested by job files, and taken by the ordinary verbs; what is
asked is asked of the API. What is true is known, so that "the interval holds it" can be counted.
"""

import csv
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from soc_monitor.api.app import create_api
from soc_monitor.runs.assimilate import assimilate
from soc_monitor.runs.nowcast_inputs import ERROR, STOCK
from soc_monitor.settings import Settings
from soc_monitor.store.store import Store
from tests.journeys.test_twin import LAST, SIDE, START, T90, Field, Truth, Twin, write

SAMPLED = date(2015, 6, 1)
BIAS = 0.25
FIELDS, CORES, AREAS = 30, 5, 16
GRASS, SHRUB = 130, 120
"""Land covers that the model feeds alike, so that the truth need not know them."""
FIELD_CV, LABORATORY_CV = 0.35, 0.10
"""How a field stands to its cell, and a core to its field."""

COVER = """
from datetime import date
from soc_monitor.feeds import UrlFeed
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Layer

job = IngestJob(
    id="land_cover", title=dict.fromkeys(("en", "fr", "es"), "land cover"),
    feed=UrlFeed(base="https://twin.invalid", folder="twin", keys=("land_cover.tif",)),
    layers=(
        Layer(cube=Cube(product="land_cover", variable="land_cover_class", unit="1", freq=Freq.YEAR,
                        grid=Grid(nx=20, ny=20, west=0, south=30, east=20, north=50),
                        data_class=DataClass.INFERRED),
              item="land_cover.tif", band=1, period=date(2010, 1, 1), period_end=date(2010, 12, 31),
              unit="1", valid=(0.0, 220.0)),
    ),
    licence="CC0-1.0", citation="made up", link="https://twin.invalid",
)
"""
FIELDS_JOB = """
from datetime import date
from soc_monitor.feeds import UrlFeed
from soc_monitor.model import DataClass, IngestJob, Sample, Samples

def sample(row):
    return Sample(
        key=row["key"], lon=float(row["lon"]), lat=float(row["lat"]), top_cm=0.0, bottom_cm=30.0,
        variable="soc_stock", value=float(row["stock"]), unit="t ha-1",
        sampled_on=date.fromisoformat(row["day"]), data_class=DataClass.OBSERVED, attributes={},
    )

job = IngestJob(
    id="twin_fields", title=dict.fromkeys(("en", "fr", "es"), "fields"),
    feed=UrlFeed(base="https://twin.invalid", folder="twin", keys=("fields.csv",)),
    into=Samples(item="fields.csv", sample_of=sample),
    licence="CC0-1.0", citation="made up", link="https://twin.invalid",
)
"""


def sample_fields(truth: Truth, path: Path) -> np.ndarray:
    """Write the cores of thirty fields, each in a cell of its own; the cells."""
    cells = truth.random.choice(SIDE * SIDE, FIELDS, replace=False)
    rows = []
    for cell in cells:
        here = truth.stock[SAMPLED][cell]
        field = here * (1 + FIELD_CV * truth.random.normal())
        for core in range(CORES):
            stock = max(field * (1 + LABORATORY_CV * truth.random.normal()), 1.0)
            lon, lat = truth.lon[cell] + core / 1000, truth.lat[cell]
            rows.append((f"{cell}-{core}", lon, lat, stock, SAMPLED.isoformat()))
    with path.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("key", "lon", "lat", "stock", "day"))
        lines.writerows(rows)
    return cells


class Seen:
    """What cells and areas say in one release."""

    def __init__(self, twin: Twin) -> None:
        self.mean, self.sd = twin.field(STOCK, LAST), twin.field(ERROR, LAST)
        self.start = twin.field(STOCK, START)
        settings = Settings(data=twin.store.arrays.parent, mirror="", jobs=())
        self.api = TestClient(create_api(twin.store, settings))
        self.level = self.rows(STOCK)
        self.rate = self.rows("soc_rate_0_30cm")

    def rows(self, variable: str) -> dict[str, dict[str, Any]]:
        """Numbers of the areas, from the API."""
        keys = {"v": variable, "src": "nowcast", "lvl": "adm1", "t": "2020-12"}
        answer = self.api.get("/api/v1/map.json", params=keys)
        assert answer.status_code == 200, answer.text
        return {row["area_id"]: row for row in answer.json()["data"]}

    def covered(self, truth: Field) -> float:
        """Share of the modelled cells whose 90 % interval holds the truth."""
        known = np.isfinite(self.mean)
        return float((np.abs(truth - self.mean) <= T90 * self.sd)[known].mean())

    def rmse(self, truth: Field, cells: np.ndarray) -> float:
        """Of some cells, where they are modelled [t ha-1]."""
        return float(np.sqrt(np.nanmean((self.mean - truth)[cells] ** 2)))


@pytest.mark.timeout(1200)
def test_samples_correct_the_level_and_are_no_change(store: Store, tmp_path: Path) -> None:
    truth = Truth(2, together=True, bias=BIAS)
    twin = Twin(store, tmp_path, truth)
    cover = np.where(np.arange(SIDE) < SIDE // 2, GRASS, SHRUB)[None] * np.ones((SIDE, 1))
    write(twin.mirror / "land_cover.tif", cover[None])
    twin.take("land_cover", COVER)
    assert assimilate(store, datetime.now(UTC)).state == "nothing_new"
    twin.publish()
    before = Seen(twin)

    cells = sample_fields(truth, twin.mirror / "fields.csv")
    twin.take("twin_fields", FIELDS_JOB)
    run = assimilate(store, datetime.now(UTC))
    # Fields err by a third: of 150 cores one or two lie too far from the map to be believed.
    taken = re.match(rf"(\d+) of {FIELDS * CORES} samples taken", run.detail)
    assert taken is not None, run.detail
    assert int(taken[1]) >= 0.98 * FIELDS * CORES, run.detail
    twin.publish()
    after = Seen(twin)

    # The level comes closer to the truth, most of all where it was sampled, and is as sure as it
    # says.
    true, everywhere = truth.stock[LAST], np.arange(SIDE * SIDE)
    assert after.rmse(true, everywhere) < before.rmse(true, everywhere)
    assert after.rmse(true, cells) < 0.9 * before.rmse(true, cells)
    assert before.covered(true) < after.covered(true)
    assert 0.80 <= after.covered(true) <= 0.98
    assert np.nanmedian(after.sd[cells] / before.sd[cells]) < 0.9

    # As readers get it: how much of it was measured, and intervals of areas that hold the truth.
    told = [row["observation_weight"] for row in after.level.values()]
    assert len(told) == AREAS
    assert all(0 <= share < 0.5 for share in told)
    assert np.mean(told) > 0.01
    assert {row["observation_weight"] for row in before.level.values()} == {None}
    assert {row["data_class"] for row in after.level.values()} == {"modelled"}

    # The whole history moves with it: what was measured once is no gain and no loss.
    assert np.nanmax(np.abs(after.mean / before.mean - 1)) > 0.1
    grown = (after.mean / after.start) / (before.mean / before.start)
    assert np.nanmax(np.abs(grown - 1)) < 0.01
    held, off, same = [], [], 0
    for area, row in after.rate.items():
        was = before.rate[area]
        assert row["base_period"] == was["base_period"]
        assert (row["base_period"], row["window_years"]) == ("2011", 9)
        level = after.level[area]["value"] / before.level[area]["value"] - 1
        as_change = 1000 * abs(level) / 10
        # A cell that a quarter too much makes peat is modelled once samples have corrected it.
        if row["mapped_area_ha"] == was["mapped_area_ha"]:
            assert abs(row["value"] - was["value"]) < 0.05 + 0.1 * as_change
            same += 1
        held.append(row["lower_95"] <= truth_of(truth, area) <= row["upper_95"])
        off.append(abs(row["value"] - truth_of(truth, area)))
    assert same >= AREAS / 2
    assert np.mean(held) >= 0.9
    assert np.mean(off) < 1.0, "a quarter too much is no change"


def truth_of(truth: Truth, area: str) -> float:
    """The true rate of an area: the slope of its means of twelve months [permille yr-1]."""
    column, row = box_of(int(area.partition("-")[2]))
    inside = np.s_[row : row + 5, column : column + 5]
    weight = np.cos(np.radians(truth.lat)).reshape(SIDE, SIDE)
    totals = [
        (truth.stock[month].reshape(SIDE, SIDE) * weight)[inside].sum()
        for month in sorted(truth.stock)
        if month > START
    ]
    means = np.convolve(totals, np.ones(12) / 12, "valid")
    slope = np.polyfit(np.arange(len(means)) / 12, means, 1)[0]
    return float(1000 * slope / means[0])


def box_of(number: int) -> tuple[int, int]:
    """First column and row of an area of the twin, of five by five cells."""
    return 5 * (number % 4), SIDE - 5 - 5 * (number // 4)
