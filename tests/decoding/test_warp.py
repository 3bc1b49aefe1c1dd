"""Maps on other grids and in other projections, brought to a regular grid of degrees."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from rasterio.warp import transform

from soc_monitor.errors import ItemRejected
from soc_monitor.feeds.decode import decode_raster
from soc_monitor.model import Cube, DataClass, Freq, Grid, Layer
from soc_monitor.runs.check import check_header
from soc_monitor.runs.rasters import onto

GRID = Grid(nx=6, ny=3, west=0, east=60, south=-15, north=15)
HOMOLOSINE = "+proj=igh +lon_0=0 +datum=WGS84 +units=m +no_defs"


def make(file: Path, values: Any, crs: str, where: Affine, nodata: float = -32768) -> Path:
    with rasterio.open(file, "w", driver="GTiff", width=values.shape[1], height=values.shape[0],
                       count=1, dtype=values.dtype, crs=crs, transform=where,
                       nodata=nodata) as out:  # fmt: skip
        out.write(values, 1)
    return file


def brought(file: Path, way: str, crs: str = "EPSG:4326") -> np.ndarray[Any, Any]:
    cube = Cube(product="p", variable="v", unit="1", freq=Freq.STATIC, grid=GRID,
                data_class=DataClass.INFERRED)  # fmt: skip
    layer = Layer(cube=cube, item="a", period=date(2000, 1, 1), period_end=date(2000, 12, 31),
                  unit="1", valid=(-100, 1000), nodata=-32768, resample=way, crs=crs)  # fmt: skip
    scratch = file.parent / f"{file.name}.scratch"
    raster = decode_raster(file, scratch, [layer.pick], "geotiff", onto(layer))
    placed, _ = check_header(raster, layer)
    return placed.rows(slice(0, 3))


def test_a_mean_is_taken_of_the_cells_that_have_data(tmp_path: Path) -> None:
    # Four cells in each of ours; of the first, one is without data.
    values = np.arange(12 * 6).reshape(6, 12).astype(np.int16)
    values[0, 0] = -32768
    file = make(tmp_path / "a", values, "EPSG:4326", Affine(5, 0, 0, 0, -5, 15))
    found = brought(file, "average")
    assert found[0, 0] == pytest.approx((1 + 12 + 13) / 3)
    assert found[2, 5] == pytest.approx((58 + 59 + 70 + 71) / 4)


def test_classes_are_counted_not_averaged(tmp_path: Path) -> None:
    values = np.tile(np.array([[10, 10], [10, 200]], np.int16), (3, 6))
    found = brought(make(tmp_path / "a", values, "EPSG:4326", Affine(5, 0, 0, 0, -5, 15)), "mode")
    assert set(found.ravel().tolist()) == {10}


def test_a_map_in_the_homolosine_projection_lands_where_it_belongs(tmp_path: Path) -> None:
    # 100 km cells that each hold the degrees east of their centre.
    columns = np.arange(-1e6 + 5e4, 8e6, 1e5)
    rows = np.arange(2e6 - 5e4, -2e6, -1e5)
    x, y = np.meshgrid(columns, rows)
    lon, _ = transform(HOMOLOSINE, "EPSG:4326", x.ravel().tolist(), y.ravel().tolist())
    values = np.nan_to_num(np.array(lon).reshape(x.shape), posinf=-32768).round().astype(np.int16)
    file = make(tmp_path / "a", values, HOMOLOSINE, Affine(1e5, 0, -1e6, 0, -1e5, 2e6))
    found = brought(file, "average", HOMOLOSINE)
    np.testing.assert_allclose(found, np.tile(np.arange(5.0, 60, 10), (3, 1)), atol=1)
    with pytest.raises(ItemRejected, match=r"crs: .* EPSG:4326 is declared"):
        brought(file, "average")
    # Written otherwise it is the same; another middle, or another figure of the Earth, is not.
    said = HOMOLOSINE.replace("+lon_0=0", "+lat_0=0 +lon_0=0")
    np.testing.assert_array_equal(brought(file, "average", said), found)
    for other in (HOMOLOSINE.replace("+lon_0=0", "+lon_0=10"),
                  HOMOLOSINE.replace("+datum=WGS84", "+ellps=bessel")):  # fmt: skip
        with pytest.raises(ItemRejected, match=r"crs: .* is declared"):
            brought(file, "average", other)


def test_a_map_larger_than_the_grid_is_cut_to_it(tmp_path: Path) -> None:
    values = np.full((36, 72), 7, np.int16)
    file = make(tmp_path / "a", values, "EPSG:4326", Affine(5, 0, -180, 0, -5, 90))
    assert (brought(file, "average") == 7).all()
