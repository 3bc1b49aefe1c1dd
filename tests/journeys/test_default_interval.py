"""Intervals of the default map, held against a map of the soil that knows nothing of it."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import rasterio

from soc_monitor.aggregate import row_area
from soc_monitor.model.error_model import TABLES
from soc_monitor.runs.nowcast_inputs import ERROR, STOCK
from soc_monitor.shelves import shelf
from soc_monitor.store import arrays, read, read_slices
from soc_monitor.store.store import Store, open_store

Floats = npt.NDArray[np.float64]
PRODUCT, Y2010 = "ipcc_tier1", date(2010, 1, 1)
RATIO = 0.7
"""Of the two maps over the world; about: published totals of the world lie between them."""
EARTH_KM, DRAWN = 6371.0, 1_000


@pytest.fixture(scope="module")
def store(starter_url: str, starter_arrays: Path) -> Iterator[Store]:
    opened = open_store(starter_url, starter_arrays, statement_s=0)
    yield opened
    opened.close()


def test_intervals_of_countries_hold_the_other_map_as_often_as_the_docs_say(
    store: Store, shared: Path
) -> None:
    with (shelf("ingest_jobs") / "starter" / "countries.csv").open(encoding="utf-8") as rows:
        ours = {row["m49"].zfill(3): row["code"] for row in csv.DictReader(rows)}
    file = shared / "science/tables/country_soc_debt_sanderman2017.csv"
    with file.open(encoding="utf-8") as rows:
        other = {
            ours[row["iso_n3"].zfill(3)]: float(row["mean_tC_ha"]) for row in csv.DictReader(rows)
        }
    release = read.find_release(store)
    told = read.read_map(store, release, "soc_stock_0_30cm", PRODUCT, Y2010)
    found = [
        (one.value, one.std_error, other[code])
        for code, one in told.items()
        if code in other and one.value is not None and one.std_error and one.mapped_ha > 2e6
    ]
    value, error, independent = np.array(found).T
    assert len(found) == 145
    held = [np.mean(abs(ratio * independent - value) < 1.96 * error) for ratio in (1.0, RATIO)]
    assert held == [pytest.approx(0.69, abs=0.02), pytest.approx(0.95, abs=0.02)]


def test_errors_go_together_over_as_much_as_the_difference_of_the_maps(
    store: Store, shared: Path
) -> None:
    stock, error = (_cells(store, name) for name in (STOCK, ERROR))
    with rasterio.open(shared / "data/soil-carbon-debt/SOCS_0_30cm_year_2010AD_10km.tif") as opened:
        fine = opened.read(1, masked=True).astype(float)
    # Nine of its cells are one of the default map.
    thirds = fine.reshape(720, 3, 1440, 3)
    other = np.ma.mean(np.ma.mean(thirds, axis=3), axis=1).filled(np.nan)
    (grid,) = {one.cube.grid for one in read_slices.newest_slices(store, product=PRODUCT)}
    size = row_area(grid)[:, None] * error
    known = np.isfinite(stock) & np.isfinite(other) & (size > 0)
    weight = size[known] / size[known].sum()
    z = ((other - stock) / error)[known]
    z -= np.average(z, weights=weight)
    row, column = np.nonzero(known)
    lat, lon = np.radians(90 - (row + 0.5) / 4), np.radians(-180 + (column + 0.5) / 4)
    place = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    bounds = np.array([30.0, 60, 250, 400, 600, 1000])
    sums, counts = np.zeros(7), np.zeros(7)
    for one in np.random.default_rng(1).choice(len(z), DRAWN, p=weight):
        near = np.linalg.norm(place - place[one], axis=1) / 2
        band = np.digitize(2 * EARTH_KM * np.arcsin(np.minimum(1, near)), bounds)
        sums += np.bincount(band, z[one] * z * weight, 7)
        counts += np.bincount(band, weight, 7)
    found = (sums / counts / np.average(z**2, weights=weight))[[1, 3, 5]]
    assert found == pytest.approx([0.70, 0.49, 0.29], abs=0.06)
    # What the model says there: never less together, for the mean of the difference is set aside.
    middle = np.array([45.0, 325, 800])
    rest = (1 - TABLES.common) * (1 - TABLES.own) * np.exp(-middle / TABLES.scale_km)
    assert (TABLES.common + rest > found - 0.06).all()
    assert (TABLES.common + rest < found + 0.12).all()


def _cells(store: Store, variable: str) -> Floats:
    pieces = read_slices.newest_slices(store, product=PRODUCT)
    (piece,) = [one for one in pieces if one.cube.variable == variable]
    return np.asarray(arrays.open_slice(store, piece).data.compute(), np.float64)
