"""Real series of a vegetation index through the live path, with what is wrong in them told by name.

What is wrong was looked up in the files themselves, apart from our reader.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from sqlalchemy import text

from soc_monitor.feeds import FolderFeed
from soc_monitor.feeds.periods import Step, period_of
from soc_monitor.model import Cube, DataClass, Freq, Grid, IngestJob, Item, Layer, Run, RunState
from soc_monitor.runs.ingest import ingest
from soc_monitor.runs.jobs import ShelvedJob, check_job
from soc_monitor.store import arrays, read_slices
from soc_monitor.store.store import Store

BRABANT = Grid(nx=32, ny=16, west=4.95, south=51.6, east=5.43, north=51.8)
SINOP = Grid(nx=250, ny=150, west=-55.6, south=-11.95, east=-54.98, north=-11.62)
YEARS = (2004, 2005)
CORRUPT, REVISED = (2005, 5), (2004, 8)


def cube(grid: Grid) -> Cube:
    return Cube(product="ndvi", variable="ndvi", unit="1", freq=Freq.MONTH, grid=grid,
                data_class=DataClass.OBSERVED, dtype="int16", scale=0.0001,
                fill=-30000)  # fmt: skip


def job(folder: str, layers_of: Callable[[Item], tuple[Layer, ...]]) -> IngestJob:
    return IngestJob(
        id="ndvi", title={"en": "N", "fr": "N", "es": "N"}, licence="-", citation="-", link="-",
        schedule="0 6 * * *", late_days=9000, layers_of=layers_of,
        feed=FolderFeed(folder=folder,
                        pattern=r"n(?P<year>\d{4})-(?P<month>\d\d)(?:-\d\d)?\.tif"),
        example=Item(key="n2004-01.tif", address="-", period=date(2004, 1, 1),
                     period_end=date(2004, 1, 31)),
    )  # fmt: skip


def run(made: IngestJob, store: Store, mirror: Path) -> Run:
    window = (date(2000, 1, 1), date(2015, 1, 1))
    return ingest(ShelvedJob(made, Path(), "v1"), store, datetime.now(UTC), mirror=str(mirror),
                  window=window)  # fmt: skip


def rejected(store: Store) -> dict[str, tuple[str, str]]:
    query = "SELECT DISTINCT ON (item_key) item_key, rule, found FROM app.rejections"
    with store.engine.connect() as connection:
        return {key: (rule, found) for key, rule, found in connection.execute(text(query))}


# --- ten years of months, of which some are missing ----------------------------------------------


@pytest.fixture
def months(shared: Path) -> dict[tuple[int, int], np.ndarray[Any, Any]]:
    """Two years of the series, by month, as the file has them."""
    with rasterio.open(shared / "data/ndvi-mod13a3-netherlands/ndvi.grd") as series:
        told = [re.search(r"_(\d{4})_(\d\d)_", name) for name in series.descriptions]
        assert len(told) == 113
        return {
            (int(found[1]), int(found[2])): series.read(number)
            for number, found in enumerate(told, 1)
            if found and int(found[1]) in YEARS
        }


def brabant(item: Item) -> tuple[Layer, ...]:
    assert item.period is not None
    assert item.period_end is not None
    return (Layer(cube=cube(BRABANT), item=item.key, period=item.period,
                  period_end=item.period_end, unit="1", valid=(-0.2, 1.0), nodata=-3.4e38,
                  median=(0.3, 0.9), max_shift=0.2, min_valid_share=0.9, crs="EPSG:32631",
                  resample="average"),)  # fmt: skip


def put(file: Path, values: np.ndarray[Any, Any], shared: Path) -> None:
    """A month as its provider gives it: a GeoTIFF in the projection of the series."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(shared / "data/ndvi-mod13a3-netherlands/ndvi.grd") as series:
        profile = {"crs": "EPSG:32631", "transform": series.transform, "nodata": -3.4e38}
    with rasterio.open(file, "w", driver="GTiff", count=1, dtype="float32",
                       height=values.shape[0], width=values.shape[1], compress="deflate",
                       **profile) as out:  # fmt: skip
        out.write(values, 1)


def test_two_real_years_arrive_shuffled_with_a_revision_a_corrupt_month_and_gaps(
    store: Store, shared: Path, months: dict[tuple[int, int], np.ndarray[Any, Any]], tmp_path: Path
) -> None:
    made = job("brabant", brabant)
    assert list(check_job(made, Path("ndvi.py"))) == []
    missing = [(y, m) for y in YEARS for m in range(1, 13) if (y, m) not in months]
    assert missing == [(2004, 11), (2005, 10)], "what the source itself has not"

    chance = np.random.default_rng(7)
    order = [list(months)[k] for k in chance.permutation(len(months))]
    place = tmp_path / "brabant"
    for portion in (order[:11], order[11:]):
        for year, month in portion:
            file = place / f"n{year}-{month:02d}.tif"
            first = months[year, month] - (0.01 if (year, month) == REVISED else 0)
            put(file, first, shared)
            if (year, month) == CORRUPT:
                file.write_bytes(file.read_bytes()[:900])
        run(made, store, tmp_path)
    put(place / f"n{REVISED[0]}-{REVISED[1]:02d}.tif", months[REVISED], shared)
    ended = run(made, store, tmp_path)
    assert (ended.taken, ended.rejected) == (1, 1), "the revised one, and the corrupt one again"
    again = run(made, store, tmp_path)
    assert (again.taken, again.state) == (0, RunState.REFUSED), "the corrupt one is still corrupt"

    found = {(one.period.year, one.period.month): one for one in read_slices.newest_slices(store)}
    assert list(found) == sorted(set(months) - {CORRUPT})
    assert {key: one.version for key, one in found.items() if one.version > 1} == {REVISED: 2}
    assert {name: rule for name, (rule, _) in rejected(store).items()} == {"n2005-05.tif": "decode"}
    for key, piece in found.items():
        # On the grid of degrees cells are others: middle and spread stay.
        values, source = arrays.open_slice(store, piece).values, months[key]
        assert np.isfinite(values).all(), "the grid lies inside"
        assert abs(float(np.median(values)) - float(np.median(source))) < 0.03, key
        assert source.min() - 1e-3 <= values.min() <= values.max() <= source.max() + 1e-3


# --- a year of scenes that were packed with loss -------------------------------------------------


def sinop(crs: str, **other: Any) -> Callable[[Item], tuple[Layer, ...]]:
    def layers_of(item: Item) -> tuple[Layer, ...]:
        day = date.fromisoformat(item.key[1:11]) if "-" in item.key[6:] else item.period
        assert day is not None
        period = period_of(day, Step.MONTH)
        return (Layer(cube=cube(SINOP), item=item.key, period=period.first,
                      period_end=period.last, unit="1", valid=(-0.2, 1.0), nodata=None,
                      correction=(0.0001, 0.0), median=(0.2, 0.95), crs=crs,
                      resample="average", **other),)  # fmt: skip

    return layers_of


def test_scenes_that_lossy_packing_has_spoilt_are_refused_by_the_cells_that_show_it(
    store: Store, shared: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "sinop"
    folder.mkdir()
    spoilt: dict[str, int] = {}
    scenes = sorted((shared / "data/ndvi-mod13q1-sinop").glob("*.jp2"))
    assert len(scenes) == 12
    crs = ""
    for scene in scenes:
        name = f"n{scene.stem[-10:]}.tif"
        with rasterio.open(scene) as packed:
            values, crs = packed.read(1), packed.crs.to_wkt()
            profile = packed.profile | {"driver": "GTiff", "compress": "deflate"}
        with rasterio.open(folder / name, "w", **profile) as out:
            out.write(values, 1)
        # Fill is -3000: packed with loss it has run into its surroundings, and rings beyond 1.
        spoilt[name] = int(((values < -2000) | (values > 10000)).sum())
    clean = {name for name, cells in spoilt.items() if not cells}
    assert sorted(clean) == ["n2013-09-14.tif", "n2014-08-29.tif"]

    made = job("sinop", sinop(crs))
    ended = run(made, store, tmp_path)
    assert ended.state is RunState.PARTLY
    refused = rejected(store)
    assert {rule for rule, _ in refused.values()} == {"range"}
    assert not clean & refused.keys(), "what is whole is taken"
    assert set(refused) == set(spoilt) - clean, "though a mean over cells would hide the faint ones"
    assert {name: found.split()[0] for name, (_, found) in refused.items()} == {
        name: str(cells) for name, cells in spoilt.items() if cells
    }
    assert ended.taken + len(refused) == len(scenes)

    # Declared as known of the source: the spoilt cells are no data, and no mean is made of them.
    tolerant = replace(made, layers_of=sinop(crs, max_outside_share=0.02))
    again = run(tolerant, store, tmp_path)
    assert (again.taken, again.rejected) == (len(spoilt) - len(clean), 0)
    for piece in read_slices.newest_slices(store):
        values = arrays.open_slice(store, piece).values
        assert np.nanmin(values) >= -0.2
        assert np.nanmax(values) <= 1.0


def test_a_scene_in_a_form_that_is_not_read_is_refused_by_its_first_bytes(
    store: Store, shared: Path, tmp_path: Path
) -> None:
    (tmp_path / "sinop").mkdir()
    scene = next((shared / "data/ndvi-mod13q1-sinop").glob("*.jp2"))
    (tmp_path / "sinop" / "n2013-09-14.tif").write_bytes(scene.read_bytes())
    ended = run(job("sinop", sinop("EPSG:4326")), store, tmp_path)
    assert ended.state is RunState.REFUSED
    ((rule, found),) = rejected(store).values()
    assert (rule, "not a GeoTIFF" in found) == ("format", True)
