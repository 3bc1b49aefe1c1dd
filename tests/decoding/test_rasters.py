"""Rasters as they come: what refers elsewhere, swamps, ends early or lies is refused by name.

Every case is a small file made here; what is declared wrongly is one line in a table.
"""

import os
import struct
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import rasterio
import rasterio.shutil
from rasterio.transform import Affine

from soc_monitor.errors import ItemRejected
from soc_monitor.feeds.decode import decode_raster
from soc_monitor.model import Cube, DataClass, Freq, Grid, Layer, Repair
from soc_monitor.runs.check import Tally, blocks, check_header, check_whole, take_block

CELLS = np.arange(8 * 4, dtype=np.float32).reshape(4, 8) + 1
LAT, LON = np.array([67.5, 22.5, -22.5, -67.5]), np.arange(8) * 45 - 157.5


def netcdf(file: Path, cells: Any = CELLS, lat: Any = LAT, lon: Any = LON, **other: Any) -> None:
    """A NetCDF-4 file as its library lays it out, with two months of a variable ``t``."""
    order, placed = other.pop("order", ("time", "lat", "lon")), other.pop("placed", True)
    with h5py.File(file, "w") as made:
        values = {"time": np.array([0.0, 31.0]), "lat": lat, "lon": lon}
        units = {"time": other.pop("since", "days since 2020-01-01"), "lat": "degrees_north",
                 "lon": "degrees_east"}  # fmt: skip
        both = np.stack([cells, cells * 2])
        if order == ("time", "lon", "lat"):
            both = both.swapaxes(1, 2)
        elif order == ("lat", "lon"):
            both = cells
        data = made.create_dataset("t", data=both, **other.pop("stored", {}))
        for k, name in enumerate(order if placed else order[:1]):
            made[name] = values[name]
            made[name].attrs["units"] = units[name]
            made[name].make_scale(name)
            data.dims[k].attach_scale(made[name])
        for name, value in {"units": "kg m-2", **other}.items():
            data.attrs[name] = value


def layer(**other: Any) -> Layer:
    grid = other.pop("grid", Grid(nx=8, ny=4))
    cube = Cube(product="p", variable="t", unit="kg m-2", freq=Freq.MONTH, grid=grid,
                data_class=DataClass.MODELLED)  # fmt: skip
    values: dict[str, Any] = {
        "cube": cube, "item": "a", "period": date(2020, 1, 1), "period_end": date(2020, 1, 31),
        "unit": "kg m-2", "valid": (0.0, 1000.0), "variable": "t",
    }  # fmt: skip
    return Layer(**{**values, **other})


def take(file: Path, one: Layer) -> np.ndarray[Any, Any]:
    """A file by the way of an ingest, up to what would be stored."""
    kind = "netcdf" if one.variable else "geotiff"
    raster = decode_raster(file, file.parent / f"{file.name}.scratch", [one.pick], kind)
    placed, settled = check_header(raster, one)
    tally = Tally(*settled.valid)
    found = [take_block(placed.rows(rows), settled, tally) for rows in blocks(one.cube.grid, 3)]
    check_whole(settled, tally)
    return np.concatenate(found)


def test_a_slab_of_a_netcdf_file_is_read_as_it_stands(tmp_path: Path) -> None:
    netcdf(tmp_path / "a")
    np.testing.assert_array_equal(take(tmp_path / "a", layer()), CELLS)
    february = layer(band=2, period=date(2020, 2, 1), period_end=date(2020, 2, 29))
    np.testing.assert_array_equal(take(tmp_path / "a", february), CELLS * 2)


TURNED = np.roll(CELLS, 4, axis=1)
# name: (how the file is made, its repair, what is told without it, what of a file without need)
REPAIRED: dict[str, tuple[dict[str, Any], Repair, str, str]] = {
    "the first row in the south": (
        {"cells": CELLS[::-1], "lat": LAT[::-1]}, Repair.NORTH_DOWN,
        "grid: its first row is not the northern one", "is the northern one, declared otherwise",
    ),
    "longitudes from 0 to 360": (
        {"cells": TURNED, "lon": LON + 180}, Repair.LON_0_360, "grid: edges off by 180",
        "grid: west -180.0, longitudes from 0 to 360 are declared",
    ),
    "rows that are longitudes": (
        {"order": ("time", "lon", "lat")}, Repair.AXES, "axes: its rows are longitudes",
        "axes: its rows are latitudes",
    ),
    "corners told as centres": (
        {"lat": LAT - 22.5, "lon": LON + 22.5}, Repair.HALF_PIXEL, "grid: edges off by 22.5",
        "grid: edges off by 22.5",
    ),
    "no coordinates": (
        {"placed": False}, Repair.GRID, "grid: the file does not tell its grid",
        "grid: the file tells its grid",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REPAIRED)
def test_what_is_wrong_is_refused_unless_its_repair_is_declared(tmp_path: Path, name: str) -> None:
    made, repair, told, told_right = REPAIRED[name]
    netcdf(tmp_path / "wrong", **made)
    netcdf(tmp_path / "right")
    with pytest.raises(ItemRejected, match=told):
        take(tmp_path / "wrong", layer())
    repaired = layer(repairs=frozenset({repair}))
    np.testing.assert_array_equal(take(tmp_path / "wrong", repaired), CELLS)
    with pytest.raises(ItemRejected, match=told_right):
        take(tmp_path / "right", repaired)


def test_rows_at_the_poles_are_left_where_that_is_declared(tmp_path: Path) -> None:
    lat, lon = np.linspace(90, -90, 5), np.arange(8) * 45.0
    netcdf(tmp_path / "a", cells=np.arange(40.0).reshape(5, 8), lat=lat, lon=lon)
    grid = Grid(nx=8, ny=3, north=67.5, south=-67.5, west=-202.5, east=157.5)
    repairs = frozenset({Repair.POLES, Repair.LON_0_360})
    found = take(tmp_path / "a", layer(grid=grid, repairs=repairs))
    np.testing.assert_array_equal(found, np.roll(np.arange(40.0).reshape(5, 8)[1:4], 4, axis=1))


# name: (how the file is made, a grid that would fit, its repair, what is told)
MISTAKEN: dict[str, tuple[dict[str, Any], Grid, Repair, str]] = {
    "no rows at the poles": (
        {}, Grid(nx=8, ny=2, north=45, south=-45), Repair.POLES,
        r"grid: north 90\.0, south -90\.0: no rows at the",
    ),
    "not a whole circle": (
        {"lon": np.arange(8) * 40 + 20.0}, Grid(nx=8, ny=4, west=-160, east=160),
        Repair.LON_0_360, "grid: longitudes from 0 to 360 are",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKEN)
def test_a_repair_that_cannot_be_made_is_told(tmp_path: Path, name: str) -> None:
    made, grid, repair, told = MISTAKEN[name]
    netcdf(tmp_path / "a", **made)
    with pytest.raises(ItemRejected, match=told):
        take(tmp_path / "a", layer(grid=grid, repairs=frozenset({repair})))


@pytest.mark.parametrize(
    ("scale", "offset"), [(0.0, 0.0), (np.nan, 0.0), (np.inf, 0.0), (1.0, np.nan)]
)
def test_a_scale_that_none_can_be_is_refused_where_the_file_says_it(
    tmp_path: Path, scale: float, offset: float
) -> None:
    netcdf(tmp_path / "a", scale_factor=scale, add_offset=offset)
    with pytest.raises(ItemRejected, match=f"scale: scale {scale}, offset {offset}"):
        take(tmp_path / "a", layer(scale=None))


def test_what_begins_like_a_geotiff_is_read_by_no_other_driver(tmp_path: Path) -> None:
    """A library finds the beginning of a GRIB message wherever it lies in the first bytes."""
    (tmp_path / "whole").write_bytes(geotiff())
    rasterio.shutil.copy(tmp_path / "whole", tmp_path / "message", driver="GRIB")
    (tmp_path / "a").mkdir()
    both = tmp_path / "a" / "a"
    both.write_bytes(b"II*\0" + bytes(12) + (tmp_path / "message").read_bytes())
    with rasterio.open(both) as read:
        assert (read.driver, read.shape) == ("GRIB", (4, 8))
    with pytest.raises(ItemRejected, match="decode"):
        decode_raster(both, tmp_path / "scratch", [("", 1)])


def test_swapped_axes_of_a_geotiff_are_repaired_as_declared(tmp_path: Path) -> None:
    with rasterio.open(tmp_path / "a", "w", driver="GTiff", width=4, height=8, count=1,
                       dtype="float32", crs="EPSG:4326",
                       transform=Affine(-45, 0, 90, 0, 45, -180)) as out:  # fmt: skip
        out.write(CELLS.T, 1)
    with pytest.raises(ItemRejected, match="grid"):
        take(tmp_path / "a", layer(variable=""))
    found = take(tmp_path / "a", layer(variable="", repairs=frozenset({Repair.AXES})))
    np.testing.assert_array_equal(found, CELLS)


def test_packed_values_are_unpacked_as_the_file_says(tmp_path: Path) -> None:
    packed = np.arange(32, dtype=np.int16).reshape(4, 8)
    packed[0, 0] = -32767
    netcdf(tmp_path / "a", cells=packed, scale_factor=0.5, add_offset=3.0, units="K",
           _FillValue=np.int16(-32767))  # fmt: skip
    cube = Cube(product="p", variable="t", unit="degC", freq=Freq.MONTH, grid=Grid(nx=8, ny=4),
                data_class=DataClass.MODELLED)  # fmt: skip
    expected = np.arange(32).reshape(4, 8) * 0.5 + 3.0 - 273.15
    for scale in (0.5, None):
        changed = layer(unit="K", nodata=-32767, scale=scale, offset=3.0, cube=cube)
        found = take(tmp_path / "a", changed)
        np.testing.assert_allclose(found[1:], expected[1:], rtol=1e-6)
        assert np.isnan(found[0, 0])
    with pytest.raises(ItemRejected, match=r"scale 0\.5, offset 3\.0; scale 1\.0"):
        take(tmp_path / "a", layer(unit="K", nodata=-32767))


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "another month": ({"since": "days since 2021-01-01"}, {}, "time: 2021-01-01"),
    "a calendar of its own": ({"since": "days since never"}, {}, "time"),
    "no such variable": ({}, {"variable": "u"}, r"variable: 'u' is not among \['lat', 'lon', 't'"),
    "no such slab": ({}, {"band": 3}, "bands: t has 2 slabs, 3 is needed"),
    "uneven latitudes": ({"lat": LAT**3}, {}, "grid: latitudes are not evenly spaced"),
    "another fill value": ({"_FillValue": np.float32(-1)}, {}, "nodata: -1.0, None"),
    "another unit": ({"units": "m"}, {}, "unit: 'm'"),
    "an infinity": ({"cells": np.where(CELLS == 5, np.inf, CELLS)}, {}, "infinity: 1 cells"),
    "a correction forgotten": ({"cells": CELLS * 100}, {}, "range: .* cells outside 0..1000"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_netcdf_file_says_otherwise_is_refused(tmp_path: Path, name: str) -> None:
    made, declared, told = REFUSED[name]
    netcdf(tmp_path / "a", **made)
    with pytest.raises(ItemRejected, match=told):
        take(tmp_path / "a", layer(**declared))


def test_a_few_cells_outside_are_no_data_where_that_is_declared(tmp_path: Path) -> None:
    netcdf(tmp_path / "a", cells=np.where(CELLS == 5, 5000, CELLS))
    with pytest.raises(ItemRejected, match="range"):
        take(tmp_path / "a", layer())
    with pytest.raises(ItemRejected, match="range"):
        take(tmp_path / "a", layer(max_outside_share=0.03))
    found = take(tmp_path / "a", layer(max_outside_share=0.04))
    assert np.isnan(found).sum() == 1


@pytest.mark.parametrize("first", [b"404 Not Found\n", b"II*\0", b"CDF\x04", b"\x89HDF"])
def test_what_is_no_netcdf_is_told_by_its_first_bytes(tmp_path: Path, first: bytes) -> None:
    (tmp_path / "a").write_bytes(first + bytes(60))
    with pytest.raises(ItemRejected, match="format: not NetCDF: begins with b"):
        take(tmp_path / "a", layer())


# --- files that refer to others ----------------------------------------------------------------


def external_link(file: Path, canary: Path) -> None:
    with h5py.File(file, "w") as made:
        made["t"] = h5py.ExternalLink(str(canary), "/t")


def deep_external_link(file: Path, canary: Path) -> None:
    netcdf(file)
    with h5py.File(file, "a") as made:
        made.create_group("a/b/c")["more"] = h5py.ExternalLink(str(canary), "/t")


def external_storage(file: Path, canary: Path) -> None:
    with h5py.File(file, "w") as made:
        made.create_dataset("t", (4, 8), "f4", external=[(str(canary), 0, 128)])


def virtual_dataset(file: Path, canary: Path) -> None:
    layout = h5py.VirtualLayout((4, 8), "f4")
    layout[:] = h5py.VirtualSource(str(canary), "t", (4, 8))
    with h5py.File(file, "w") as made:
        made.create_virtual_dataset("t", layout)


REFERRING = [external_link, deep_external_link, external_storage, virtual_dataset]


@pytest.mark.parametrize("make", REFERRING)
def test_a_file_that_refers_to_another_is_refused_and_the_other_not_read(
    tmp_path: Path, make: Callable[[Path, Path], None]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    canary = tmp_path / "elsewhere" / "canary"
    netcdf(canary)
    make(tmp_path / "a", canary)
    long_ago = time.time_ns() - 10**15
    os.utime(canary, ns=(long_ago, canary.stat().st_mtime_ns))
    seen = canary.stat().st_atime_ns
    with pytest.raises(ItemRejected, match="refers: '"):
        take(tmp_path / "a", layer())
    assert canary.stat().st_atime_ns == seen


def test_links_inside_a_file_are_not_followed(tmp_path: Path) -> None:
    netcdf(tmp_path / "a")
    with h5py.File(tmp_path / "a", "a") as made:
        made["again"] = h5py.SoftLink("/")
        made["nowhere"] = h5py.SoftLink("/not/there")
    np.testing.assert_array_equal(take(tmp_path / "a", layer()), CELLS)


def test_groups_without_end_are_refused(tmp_path: Path) -> None:
    netcdf(tmp_path / "deep")
    with h5py.File(tmp_path / "deep", "a") as made:
        made.create_group("/".join(["g"] * 40))
    with pytest.raises(ItemRejected, match="depth"):
        take(tmp_path / "deep", layer())
    netcdf(tmp_path / "wide")
    with h5py.File(tmp_path / "wide", "a", libver="latest") as made:
        for number in range(10_001):
            made.create_group(f"g{number}")
    with pytest.raises(ItemRejected, match="objects: more than 10000"):
        take(tmp_path / "wide", layer())


# --- bombs -------------------------------------------------------------------------------------


def bomb_tiff(file: Path) -> None:
    """One block of a gibibyte in 33 kB."""
    with rasterio.open(file, "w", driver="GTiff", width=32768, height=32768, count=1,
                       dtype="uint8", crs="EPSG:4326", transform=Affine(1, 0, 5, 0, -1, 5),
                       sparse_ok=True, compress="deflate", tiled=True, blockxsize=32768,
                       blockysize=32768):  # fmt: skip
        pass


def wide_tiff(file: Path) -> None:
    with rasterio.open(file, "w", driver="GTiff", width=2**16, height=2**15 + 512, count=1,
                       dtype="uint8", crs="EPSG:4326", transform=Affine(1, 0, 5, 0, -1, 5),
                       sparse_ok=True, tiled=True, blockxsize=16384, blockysize=16384,
                       compress="deflate"):  # fmt: skip
        pass


def thin_tiff(file: Path) -> None:
    with rasterio.open(file, "w", driver="GTiff", width=16384, height=16384, count=1,
                       dtype="uint8", crs="EPSG:4326", transform=Affine(1, 0, 5, 0, -1, 5),
                       sparse_ok=True, tiled=True, compress="deflate"):  # fmt: skip
        pass


def bomb_netcdf(file: Path) -> None:
    netcdf(file)
    with h5py.File(file, "a") as made:
        del made["t"]
        made.create_dataset("t", (40000, 43200), "f8", chunks=(100, 43200), compression="gzip")


def block_netcdf(file: Path) -> None:
    netcdf(file)
    with h5py.File(file, "a") as made:
        del made["t"]
        made.create_dataset("t", (8192, 8192), "f8", chunks=(8192, 8192), compression="gzip")


@pytest.mark.parametrize(
    ("make", "variable", "rule"),
    [(bomb_tiff, "", "block"), (wide_tiff, "", "pixels"), (thin_tiff, "", "ratio"),
     (bomb_netcdf, "t", "ratio"), (block_netcdf, "t", "block")],
)  # fmt: skip
def test_a_bomb_is_refused_by_its_header(
    tmp_path: Path, make: Callable[[Path], None], variable: str, rule: str
) -> None:
    make(tmp_path / "a")
    assert (tmp_path / "a").stat().st_size < 700_000
    with pytest.raises(ItemRejected) as caught:
        take(tmp_path / "a", layer(variable=variable))
    assert caught.value.rule == rule


# --- the classic format ------------------------------------------------------------------------


def classic(*, records: bool = True, version: int = 1, alone: bool = False) -> bytes:
    """A classic file of two months, written by hand as its specification has it."""
    count = ">q" if version == 5 else ">i"
    at = ">i" if version == 1 else ">q"

    def n(value: int) -> bytes:
        return struct.pack(count, value)

    def name(text: str) -> bytes:
        raw = text.encode()
        return n(len(raw)) + raw + bytes(-len(raw) % 4)

    def attributes(**given: str) -> bytes:
        body = b"".join(name(k) + struct.pack(">i", 2) + name(v) for k, v in given.items())
        return struct.pack(">i", 12 if given else 0) + n(len(given)) + body

    def variable(label: str, axes: list[int], kind: int, unit: str, size: int, begin: int) -> bytes:
        return (name(label) + n(len(axes)) + b"".join(map(n, axes)) + attributes(units=unit)
                + struct.pack(">i", kind) + n(size) + struct.pack(at, begin))  # fmt: skip

    dims = [("time", 0 if records else 2), ("lat", 4), ("lon", 8)]
    parts = [LAT.astype(">f8").tobytes(), LON.astype(">f8").tobytes()]
    times = np.array([0, 31], ">i2")
    cells = [CELLS.astype(">f4").tobytes(), (CELLS * 2).astype(">f4").tobytes()]
    specs = [("lat", [1], 6, "degrees_north", 32), ("lon", [2], 6, "degrees_east", 64)]
    if not alone:
        specs.append(("time", [0], 3, "days since 2020-1-1 00:00:0.0", 4))
    specs.append(("t", [0, 1, 2], 5, "kg m-2", 128))

    def header(begins: list[int]) -> bytes:
        listed = b"".join(variable(*spec, begin=b) for spec, b in zip(specs, begins, strict=True))
        return (b"CDF" + bytes([version]) + n(2 if records else 0)
                + struct.pack(">i", 10) + n(3) + b"".join(name(d) + n(s) for d, s in dims)
                + attributes(title="made by hand") + struct.pack(">i", 11) + n(len(specs))
                + listed)  # fmt: skip

    size = len(header([0] * len(specs)))
    begins = [size, size + 32, size + 96, size + 100]
    if alone:
        begins = [size, size + 32, size + 96]
        return header(begins) + b"".join(parts) + b"".join(cells)
    if records:
        body = b"".join(times[k : k + 1].tobytes() + bytes(2) + cells[k] for k in range(2))
    else:
        body = times.tobytes() + b"".join(cells)
    return header(begins) + b"".join(parts) + body


KINDS: list[dict[str, Any]] = [{}, {"version": 2}, {"version": 5}, {"records": False},
                               {"alone": True}]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_the_classic_format_is_read_where_its_header_says(
    tmp_path: Path, kind: dict[str, Any]
) -> None:
    (tmp_path / "a").write_bytes(classic(**kind))
    np.testing.assert_array_equal(take(tmp_path / "a", layer()), CELLS)
    february = layer(band=2, period=date(2020, 2, 1), period_end=date(2020, 2, 29))
    np.testing.assert_array_equal(take(tmp_path / "a", february), CELLS * 2)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.8, 0.99])
def test_a_classic_file_that_was_cut_is_refused_and_not_read_as_fill(
    tmp_path: Path, share: float
) -> None:
    whole = classic()
    (tmp_path / "a").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ItemRejected, match=r"length|format"):
        take(tmp_path / "a", layer())


@pytest.mark.parametrize(("count", "told"), [(10_001, "10001 entries"), (-1, "a count of -1")])
def test_a_classic_header_that_promises_too_much_is_refused(
    tmp_path: Path, count: int, told: str
) -> None:
    whole = bytearray(classic())
    # The number of dimensions: after the magic, the number of records and the tag.
    whole[12:16] = struct.pack(">i", count)
    (tmp_path / "a").write_bytes(whole)
    with pytest.raises(ItemRejected, match=f"format: {told}"):
        take(tmp_path / "a", layer())


def test_the_classic_file_of_others_is_read_too(shared: Path, tmp_path: Path) -> None:
    real = shared / "data/era5-daily-cities/daily_surface_cancities_1990-1993.nc"
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "real").write_bytes(real.read_bytes())
    with pytest.raises(ItemRejected, match="has no latitude and longitude as its last two"):
        take(tmp_path / "a" / "real", layer(variable="tas"))


# --- mutations ---------------------------------------------------------------------------------


def geotiff() -> bytes:
    with rasterio.MemoryFile() as memory:
        with memory.open(driver="GTiff", width=8, height=4, count=1, dtype="float32",
                         crs="EPSG:4326", transform=Affine(45, 0, -180, 0, -45, 90),
                         compress="deflate") as out:  # fmt: skip
            out.write(CELLS, 1)
        return bytes(memory.read())


def hdf() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        netcdf(Path(folder) / "a")
        return (Path(folder) / "a").read_bytes()


FORMATS: dict[str, tuple[Callable[[], bytes], str]] = {
    "GeoTIFF": (geotiff, ""), "classic NetCDF": (classic, "t"), "NetCDF-4": (hdf, "t"),
}  # fmt: skip


def mutate(whole: bytes, chance: np.random.Generator) -> bytes:
    """A few bytes changed, cut out, or put in."""
    raw = bytearray(whole)
    for _ in range(int(chance.integers(1, 6))):
        place = int(chance.integers(0, len(raw)))
        match int(chance.integers(0, 4)):
            case 0:
                raw[place] ^= 1 << int(chance.integers(0, 8))
            case 1:
                raw[place : place + 4] = chance.bytes(4)
            case 2:
                raw[place : place + 4] = b"\xff\xff\xff\x7f"
            case _:
                del raw[place : place + int(chance.integers(1, 9))]
    return bytes(raw)


@pytest.mark.parametrize("name", FORMATS)
def test_mutated_files_are_refused_or_hold_plausible_values(name: str, tmp_path: Path) -> None:
    make, variable = FORMATS[name]
    chance = np.random.default_rng(7)
    whole = make()
    refused, threads = 0, threading.active_count()
    for number in range(12):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "a").write_bytes(mutate(whole, chance))
        try:
            found = take(folder / "a", layer(variable=variable))
        except ItemRejected:
            refused += 1
        else:
            assert found.shape == (4, 8)
            assert np.nanmin(found) >= 0
            assert np.nanmax(found) <= 1000
    assert refused
    assert threading.active_count() <= threads + 2
