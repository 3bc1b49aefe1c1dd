"""Cut-outs: the cells of a map inside of an area or a box, and no others."""

from pathlib import Path

import h5netcdf
import pytest
import rasterio
from starlette.testclient import TestClient

from .conftest import stock
from .exported import save


def test_a_cut_out_has_the_cells_of_the_map_and_none_outside(
    client: TestClient, tmp_path: Path
) -> None:
    path = save(client, "/api/v1/grid.tif?area=AAA&t=2000&src=ipcc_tier1", tmp_path)
    with rasterio.open(path) as file:
        assert file.driver == "GTiff"
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.crs.to_epsg() == 4326
        assert file.nodata == -9999
        assert tuple(file.bounds) == (0.0, 40.0, 40.0, 70.0)
        assert file.descriptions[0] == "soc_stock_0_30cm"
        assert file.units[0] == "t C ha-1"
        values = file.read(1)
    expected = [[stock(row, col, 2000) for col in range(18, 22)] for row in range(2, 5)]
    assert values.tolist() == expected


def test_a_cut_out_across_the_antimeridian_is_one_piece(client: TestClient, tmp_path: Path) -> None:
    path = save(client, "/api/v1/grid.tif?area=BBB&t=2000", tmp_path)
    with rasterio.open(path) as file:
        assert tuple(file.bounds) == (170.0, 50.0, 200.0, 70.0)
        values = file.read(1)
    columns = (35, 0, 1)
    assert values.tolist() == [[stock(row, col, 2000) for col in columns] for row in (2, 3)]
    told = client.get("/api/v1/grid.tif?area=BBB&t=2000")
    assert told.headers["content-bbox"] == "170,50,200,70"
    assert "Content-Bbox" in told.headers["access-control-expose-headers"]
    boxed = save(client, "/api/v1/grid.tif?bbox=170,50,-160,70&t=2000", tmp_path)
    with rasterio.open(boxed) as file:
        assert file.read(1).tolist() == values.tolist()


def test_cells_that_an_area_does_not_reach_are_empty(client: TestClient, tmp_path: Path) -> None:
    whole = save(client, "/api/v1/grid.nc?t=2010", tmp_path)
    with h5netcdf.File(whole, "r") as file:
        values = file["soc_stock_0_30cm"][0]
        assert values.shape == (18, 36)
        assert values[17, 0] == -9999
        assert file["lat"][0] == 85
        assert file["soc_stock_0_30cm"].attrs["_FillValue"] == -9999
        # UDUNITS knows tonnes, but not of what: the name says it.
        assert file["soc_stock_0_30cm"].attrs["units"] == "t ha-1"
        assert file["soc_stock_0_30cm"].attrs["long_name"].endswith("[t C ha-1]")


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("bbox=1,2,3", "bad-value"),
        ("bbox=0,50,10,40", "bad-value"),
        ("bbox=0,0,nan,1", "bad-value"),
        ("bbox=0,0,999,1", "bad-value"),
        ("bbox=1_0,0,30,40", "bad-value"),
        ("bbox=0,%2B2,30,40", "bad-value"),
        ("bbox=0,0,30,%2040", "bad-value"),
        ("bbox=0,0,1,1&area=AAA", "bad-value"),
        ("area=XXX", "unknown-area"),
        ("t=1999", "unknown-period"),
    ],
)
def test_a_cut_out_that_cannot_be_is_told_why(client: TestClient, query: str, kind: str) -> None:
    answer = client.get(f"/api/v1/grid.tif?{query}")
    assert answer.status_code in {404, 422}
    assert answer.json()["type"] == f"/api/problems/{kind}"
