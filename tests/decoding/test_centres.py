"""Tiles of the sinusoidal grid, brought to a regular one by the centres of their cells."""

import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from rasterio.warp import transform

from soc_monitor.errors import ItemRejected
from soc_monitor.feeds.bundle import bundled
from soc_monitor.feeds.decode import Raster, decode_raster

RADIUS = 6371007.181
SINUSOIDAL = f"+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R={RADIUS} +units=m +no_defs"
SIDE = math.pi * RADIUS / 18
ONTO = {
    "crs": SINUSOIDAL, "way": "centres", "nx": 720, "ny": 360, "west": -180.0, "east": 180.0,
    "south": -90.0, "north": 90.0, "valid": (-0.2, 1.0), "nodata": [-3000], "scale": 0.0001,
    "offset": 0.0, "correction": (1.0, 0.0), "outside_share": 0.0, "quality": None,
}  # fmt: skip
FLAGS = {"asset": "flags", "keep": (0, 1), "bits": (0, 2), "band": 1}


def corner(column: int, row: int, cells: int) -> Affine:
    """Where a tile of so many cells a side lies."""
    cell = SIDE / cells
    return Affine(cell, 0, SIDE * (column - 18), 0, -cell, SIDE * (9 - row))


def tile(file: Path, values: Any, where: Affine, crs: str = SINUSOIDAL, **other: Any) -> Path:
    with rasterio.open(file, "w", driver="GTiff", width=values.shape[1], height=values.shape[0],
                       count=1, dtype=values.dtype, crs=crs, transform=where,
                       **{"nodata": -3000, **other}) as out:  # fmt: skip
        out.write(values, 1)
    return file


def brought(file: Path, **other: Any) -> Raster:
    scratch = file.parent / f"{file.name}.scratch"
    return decode_raster(file, scratch, [("", 1)], "geotiff", {**ONTO, **other})


def degrees(where: Affine, cells: int) -> tuple[Any, Any]:
    """Longitudes and latitudes of the centres of a tile, as PROJ has them."""
    columns, rows = np.meshgrid(np.arange(cells) + 0.5, np.arange(cells) + 0.5)
    x, y = where.c + where.a * columns, where.f + where.e * rows
    lon, lat = transform(SINUSOIDAL, "EPSG:4326", x.ravel().tolist(), y.ravel().tolist())[:2]
    return np.array(lon), np.array(lat)


def test_each_cell_counts_once_in_the_one_of_ours_that_its_centre_lies_in(tmp_path: Path) -> None:
    # Far from the middle meridian, where a cell leans over several of ours.
    cells = 120
    where = corner(12, 2, cells)
    lon, lat = degrees(where, cells)
    values = (np.sin(np.radians(lon * 20)) * 5000 + 5000).round().astype(np.int16)
    values[::7] = -3000
    found = brought(tile(tmp_path / "a", values.reshape(cells, cells), where))
    dx, _, west, _, _, north = found.transform
    rows = np.floor((north - lat) / dx).astype(int)
    columns = np.floor((lon - west) / dx).astype(int)
    means, counts = found.values(("", 1)), found.cells(("", 1))
    assert counts.sum() == (values != -3000).sum(), "none is lost, none counts twice"
    place = np.flatnonzero(counts.ravel() > 2)[::97]
    for row, column in zip(*np.unravel_index(place, counts.shape), strict=True):
        inside = (rows == row) & (columns == column) & (values != -3000)
        assert means[row, column] == pytest.approx(values[inside].mean())
    assert np.isnan(means[counts == 0]).all()


def test_what_the_flags_do_not_keep_is_no_data_whatever_its_value(tmp_path: Path) -> None:
    values = np.full((6, 6), 3000, np.int16)
    values[2] = 9999
    flags = np.full((6, 6), 0b1100, np.uint16)  # the third and fourth bits are of no matter
    flags[2] = 0b0011
    where = corner(18, 8, 6)

    def both(name: str) -> Path:
        main = tile(tmp_path / "a", values, where)
        beside = tile(tmp_path / "b", flags, where, nodata=65535)
        return bundled({"index": main, "flags": beside}, tmp_path / name)

    found = brought(both("one"), quality=FLAGS)
    assert found.cells(("", 1)).sum() == 30
    assert np.nanmax(found.values(("", 1))) == 3000
    same = both("other").read_bytes() == (tmp_path / "one").read_bytes()
    assert same, "the same parts are the same bytes"


def test_what_cannot_be_counted_is_refused_by_its_rule(tmp_path: Path) -> None:
    values, where = np.full((6, 6), 3000, np.int16), corner(18, 8, 6)

    def refused(rule: str, file: Path, **other: Any) -> None:
        with pytest.raises(ItemRejected, match=rf"^{rule}"):
            brought(file, **other)

    refused("crs", tile(tmp_path / "a", values, where, SINUSOIDAL.replace("6371007", "6371000")))
    refused("crs", tile(tmp_path / "b", values, where), crs="EPSG:4326")
    refused("quality", tile(tmp_path / "c", values, where), quality=FLAGS)
    refused("range", tile(tmp_path / "d", values + 8000, where))
    small = {"west": -60.0, "east": -50.0, "nx": 20}
    refused("grid: .* beyond the grid", tile(tmp_path / "e", values, where), **small)
    refused("grid: .* beyond the poles", tile(tmp_path / "f", values, corner(18, -1, 6)))
    parts = {n: tile(tmp_path / n, v, where) for n, v in (("g", values), ("h", values[:5]))}
    both = bundled({"index": parts["g"], "flags": parts["h"]}, tmp_path / "both")
    refused("quality: .* other ones", both, quality=FLAGS)
    with zipfile.ZipFile(tmp_path / "packed", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("index", bytes(1000))
    refused("bundle: .* is packed", tmp_path / "packed")
