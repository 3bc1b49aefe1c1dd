"""Maps of the world's soils, laid out as their providers do: the jobs that ship take them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from rasterio.warp import reproject

from soc_monitor.feeds import UrlFeed
from soc_monitor.model import Run, RunState
from soc_monitor.runs.check import Tally, take_block
from soc_monitor.runs.jobs import load_job
from soc_monitor.shelves import shelf
from soc_monitor.store import arrays, read_slices
from soc_monitor.store.store import Store

from ..feeds import conftest as feeds  # noqa: TID252  # folders of tests are no packages
from .made_up import GRID, raster, run

server = feeds.server
AS_DOCUMENTED = "+proj=igh +lat_0=0 +lon_0=0 +datum=WGS84 +units=m +no_defs"
"""Of the provider's own instructions: docs.isric.org, SoilGrids by WebDAV."""
AS_FOUND = (
    'PROJCS["Interrupted_Goode_Homolosine",GEOGCS["GCS_unnamed ellipse",DATUM["D_unknown",'
    'SPHEROID["Unknown",6378137,298.257223563]],PRIMEM["Greenwich",0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Interrupted_Goode_Homolosine"],'
    'UNIT["metre",1,AUTHORITY["EPSG","9001"]],AXIS["Easting",EAST],AXIS["Northing",NORTH]]'
)
"""As programs that read its files quote it."""
CELL_M = 100_000
"""Of the file made here; those of the provider have 5 km."""


def stock_file(file: Path, crs: str) -> bytes:
    """A stock of 50 t/ha and a tonne for each degree north, in whole tonnes, none beyond the lobes.

    As the provider's: 16 bits, tiled, deflated after differencing, -32768 where there is no soil.
    """
    where = Affine(CELL_M, 0, -2e7, 0, -CELL_M, 8.6e6)
    north = np.broadcast_to(np.arange(85, -85, -0.5)[:, None] - 0.25, (340, 720))
    stock = np.full((172, 400), -32768, np.float32)
    reproject(
        (50 + north / 2).astype(np.float32), stock,
        src_crs="EPSG:4326", src_transform=Affine(0.5, 0, -180, 0, -0.5, 85),
        dst_crs=AS_DOCUMENTED, dst_transform=where, dst_nodata=-32768,
    )  # fmt: skip
    values = np.rint(stock).astype(np.int16)
    profile: dict[str, Any] = {
        "driver": "GTiff", "dtype": "int16", "count": 1, "width": 400, "height": 172,
        "crs": crs, "transform": where, "nodata": -32768,
        "tiled": True, "blockxsize": 128, "blockysize": 128, "compress": "deflate", "predictor": 2,
    }  # fmt: skip
    with rasterio.open(file, "w", **profile) as made:
        made.write(values, 1)
    return file.read_bytes()


@pytest.mark.parametrize("crs", [AS_DOCUMENTED, AS_FOUND, "ESRI:54052"])
def test_the_stock_of_soilgrids_is_taken_as_its_provider_lays_it_out(
    store: Store, server: Any, tmp_path: Path, crs: str
) -> None:
    shipped = load_job(shelf("ingest_jobs") / "soilgrids.py").job
    layer = shipped.layers[0]
    small = replace(layer, cube=replace(layer.cube, grid=GRID))
    assert isinstance(shipped.feed, UrlFeed)
    job = replace(shipped, feed=replace(shipped.feed, keys=(layer.item,)), layers=(small,))
    body = stock_file(tmp_path / "a", crs)
    server.on("/soilgrids/ocs_0-30cm_mean_5000.tif", feeds.send(body))
    ended = run(job, store, tmp_path, server.address)
    assert (ended.state, ended.taken) == (RunState.DONE, 1), ended.detail
    (made,) = read_slices.newest_slices(store, product="soilgrids")
    found = arrays.read_window(store, made)
    # Tonnes a hectare, and no tenth of them; a mean of whole tonnes, each within a half.
    middles = np.arange(75.0, -76, -10)
    stock = np.broadcast_to(50 + middles[:, None] / 2, (16, 36))
    np.testing.assert_allclose(found[1:-1], stock, atol=1.0)


def test_quantiles_of_soilgrids_are_taken_from_the_mirror_in_per_cent(
    store: Store, tmp_path: Path
) -> None:
    shipped = load_job(shelf("ingest_jobs") / "soilgrids_quantiles.py").job
    assert len({layer.item for layer in shipped.layers}) == 12
    layer = shipped.layers[0]
    assert isinstance(shipped.feed, UrlFeed)
    small = replace(layer, cube=replace(layer.cube, grid=GRID))
    job = replace(shipped, feed=replace(shipped.feed, keys=(layer.item,)), layers=(small,))
    folder = tmp_path / "soilgrids-quantiles"
    folder.mkdir()
    stock_file(folder / layer.item, AS_DOCUMENTED)
    ended = run(job, store, tmp_path, str(tmp_path))
    assert (ended.state, ended.taken) == (RunState.DONE, 1), ended.detail
    (made,) = read_slices.newest_slices(store, product="soilgrids_quantiles")
    middle = np.nanmedian(arrays.read_window(store, made))
    # From 12.5 to 87.5 dg/kg.
    assert 0.125 < middle < 0.875


LOWEST = float(np.finfo(np.float32).min)


@pytest.mark.parametrize(
    ("told", "held"), [(-3.4e38, LOWEST), (LOWEST, -3.4e38), (-3.4e38, np.nan), (LOWEST, LOWEST)]
)
def test_no_data_of_gsocmap_is_none_whichever_way_it_is_told_and_held(
    store: Store, tmp_path: Path, told: float, held: float
) -> None:
    shipped = load_job(shelf("ingest_jobs") / "gsocmap.py").job
    (layer,) = shipped.layers
    job = replace(shipped, layers=(replace(layer, cube=replace(layer.cube, grid=GRID)),))
    values = np.full((36, 72), 50, np.float32)
    values[:, ::2] = 70
    values[4:8, 10:20], values[0] = held, told
    (tmp_path / "gsocmap").mkdir()
    raster(tmp_path / "gsocmap" / "GSOCmap1.5.0.tif", values, nodata=told,
           transform=Affine(5, 0, -180, 0, -5, 90))  # fmt: skip
    ended = run(job, store, tmp_path, str(tmp_path))
    assert (ended.state, ended.taken) == (RunState.DONE, 1), ended.detail
    found = arrays.read_window(store, read_slices.newest_slices(store, product="gsocmap")[0])
    assert np.isnan(found[2:4, 5:10]).all()
    assert np.isnan(found).sum() == 10
    np.testing.assert_allclose(found[~np.isnan(found)], 60)


def test_soil_classes_are_taken_in_degrees_alone(store: Store, tmp_path: Path) -> None:
    shipped = load_job(shelf("ingest_jobs") / "soil_classes.py").job
    (layer,) = shipped.layers
    job = replace(shipped, layers=(replace(layer, cube=replace(layer.cube, grid=GRID)),))
    groups = np.full((36, 72), 14, np.uint8)
    groups[:, 1::2], groups[1::2, 1::2], groups[:, 40:] = 3, 14, 255
    (tmp_path / "soil-classes").mkdir()
    file = tmp_path / "soil-classes" / "MostProbable.tif"

    def offer(values: Any, **told: Any) -> Run:
        raster(file, values, nodata=255, **told)
        return run(job, store, tmp_path, str(tmp_path))

    where = Affine(CELL_M, 0, -2e7, 0, -CELL_M, 8.6e6)
    refused = offer(np.full((172, 400), 14, np.uint8), crs=AS_DOCUMENTED, transform=where)
    assert "EPSG:4326 is declared" in refused.detail
    ended = offer(groups, transform=Affine(5, 0, -180, 0, -5, 90))
    assert (ended.state, ended.taken) == (RunState.DONE, 1), ended.detail
    found = arrays.read_window(store, read_slices.newest_slices(store, product="soil_classes")[0])
    assert (found[:, :20] == 14).all(), "three in four of each cell"
    assert (found[:, 20:] == 255).all()


def test_no_data_is_compared_at_single_precision_and_counts_exactly() -> None:
    layer = load_job(shelf("ingest_jobs") / "gsocmap.py").job.layers[0]
    twice = np.array([[-3.4e38, LOWEST, float(np.float32(-3.4e38)), 5.0]])
    for stored in (twice, twice.astype(np.float32)):
        tally = Tally(*layer.valid)
        found = take_block(stored, layer, tally)
        np.testing.assert_array_equal(np.isnan(found), [[True, True, True, False]])
        assert (tally.valid, tally.outside) == (1, 0)
