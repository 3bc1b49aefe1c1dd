"""Maps of classes that nest in the cells of a coarser grid, counted band by band."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from soc_monitor.decoding import nested
from soc_monitor.errors import ItemRejected
from soc_monitor.feeds.decode import WALL_S, decode_raster
from soc_monitor.model import Item
from soc_monitor.runs.jobs import load_job
from soc_monitor.runs.rasters import onto
from soc_monitor.shelves import shelf

CODES = (10, 11, 130, 210)
ONTO: dict[str, Any] = {
    "way": "nested", "nx": 12, "ny": 6, "west": -180.0, "east": 180.0, "south": -90.0,
    "north": 90.0, "classes": CODES, "outside_share": 0.0, "most_cells": None, "quality": None,
}  # fmt: skip
WHERE = Affine(10, 0, -180, 0, -10, 90)
CELLS = np.random.default_rng(7).choice(np.array([0, *CODES], np.uint8), (18, 36))
"""Three by three in each of ours."""
CELLS[:3, :3] = 0


def most_frequent() -> Any:
    """By looking at each cell of ours; the lowest of several codes, 0 where there is none."""
    found = np.zeros((6, 12), np.uint8)
    for row, column in np.ndindex(found.shape):
        inside = CELLS[row * 3 : row * 3 + 3, column * 3 : column * 3 + 3]
        codes, counts = np.unique(inside[inside > 0], return_counts=True)
        found[row, column] = codes[counts.argmax()] if codes.size else 0
    return found


@pytest.mark.parametrize("step", [2, 5, 7, 18])
def test_whatever_the_bands_that_it_is_read_by_the_most_frequent_class_is_told(
    tmp_path: Path, step: int
) -> None:
    nested.write(lambda first, end: CELLS[first:end], CELLS.shape, list(WHERE)[:6], step, 0,
                 tmp_path / "0.npy", ONTO)  # fmt: skip
    np.testing.assert_array_equal(np.load(tmp_path / "0.npy"), most_frequent())


def tiff(file: Path, values: Any = CELLS, where: Affine = WHERE) -> Path:
    with rasterio.open(file, "w", driver="GTiff", width=values.shape[1], height=values.shape[0],
                       count=1, dtype="uint8", crs="EPSG:4326", transform=where,
                       nodata=0) as out:  # fmt: skip
        out.write(values, 1)
    return file


def netcdf(file: Path) -> Path:
    """As the provider's: a byte that is meant without its sign."""
    with h5py.File(file, "w") as made:
        for name, values in (
            ("lat", 85 - 10.0 * np.arange(18)),
            ("lon", -175 + 10.0 * np.arange(36)),
        ):
            made[name] = values
            made[name].make_scale(name)
        data = made.create_dataset("lccs_class", data=CELLS[None].view(np.int8), chunks=(1, 5, 36))
        data.attrs["_FillValue"], data.attrs["_Unsigned"] = np.int8(0), "true"
        data.dims[1].attach_scale(made["lat"])
        data.dims[2].attach_scale(made["lon"])
    return file


def test_both_formats_of_the_provider_are_brought_to_the_grid(tmp_path: Path) -> None:
    for kind, pick, file in (("geotiff", ("", 1), tiff(tmp_path / "a")),
                             ("netcdf", ("lccs_class", 1), netcdf(tmp_path / "b"))):  # fmt: skip
        found = decode_raster(file, tmp_path / kind, [pick], kind, ONTO)
        np.testing.assert_array_equal(found.values(pick), most_frequent())
        assert (found.width, found.height, found.bands[pick].nodata) == (12, 6, 0)


def test_what_does_not_nest_or_is_no_class_is_refused(tmp_path: Path) -> None:
    def refused(rule: str, file: Path, **other: Any) -> None:
        scratch = tmp_path / f"{file.name}.scratch"
        with pytest.raises(ItemRejected, match=rf"^{rule}"):
            decode_raster(file, scratch, [("", 1)], "geotiff", {**ONTO, **other})

    refused("grid: 36 x 18 cells", tiff(tmp_path / "a"), nx=24)
    refused("grid: west -170", tiff(tmp_path / "b", where=Affine(10, 0, -170, 0, -10, 90)))
    odd = CELLS.copy()
    odd[9, 9] = 99
    refused("range: 1 cells of no class", tiff(tmp_path / "c", odd))


def test_the_map_of_the_world_passes_the_bound_of_its_job_and_no_other(tmp_path: Path) -> None:
    job = load_job(shelf("ingest_jobs") / "land_cover_yearly.py").job
    assert job.example is not None
    assert job.decode_s > WALL_S, "a machine in use takes longer over it than over any other"
    item = Item(key="ESACCI-LC-L4-LCCS-Map-300m-P1Y-2015-v2.0.7.tif", address="-",
                period=job.example.period, period_end=job.example.period_end)  # fmt: skip
    (layer,) = job.layers_for(item)
    file = tmp_path / "world"
    with rasterio.open(file, "w", driver="GTiff", width=129_600, height=64_800, count=1,
                       dtype="uint8", sparse_ok=True, tiled=True, blockxsize=2048,
                       blockysize=2048, crs="EPSG:4326", nodata=0,
                       transform=Affine(1 / 360, 0, -180, 0, -1 / 360, 90)):  # fmt: skip
        pass
    # What is in it is refused as no more than a promise; without its word, so are its cells.
    for rule, told in (("ratio", onto(layer)), ("pixels", None)):
        with pytest.raises(ItemRejected, match=rf"^{rule}"):
            decode_raster(file, tmp_path / rule, [layer.pick], "geotiff", told)
