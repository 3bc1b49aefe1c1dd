"""Warp: a raster in another projection, or on another grid, brought to a regular one of degrees."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.errors import CRSError
from rasterio.transform import Affine
from rasterio.warp import reproject
from rasterio.windows import Window

from soc_monitor.decoding import bands
from soc_monitor.decoding.bounds import Refused

_WAYS = {"average": Resampling.average, "mode": Resampling.mode}
_ROWS = 256
_MEMORY_MB = 256


def write(raster: Any, band: int, target: Path, onto: dict[str, Any]) -> None:
    """A band on the grid ``onto``, as float32 for means and as stored for classes.

    Args:
        raster: open; its CRS must be the declared one.
        band: its number, from 1.
        target: the file to write.
        onto: ``crs`` declared, ``way``, the grid: ``nx, ny, west, south, east, north``; and
            ``nodata``, ``valid``, ``scale``, ``offset``, ``correction``, ``outside_share`` as the
            layer has them: what lies outside is no data before means are made, for a mean would
            hide it.
    """
    try:
        declared = CRS.from_string(onto["crs"])
    except CRSError as error:
        raise Refused("crs", f"{onto['crs']!r} is declared: {error}") from error
    if raster.crs is None or not _same(raster.crs, declared):
        found = "none" if raster.crs is None else raster.crs.to_string()
        raise Refused("crs", f"{found[:300]}, {onto['crs']} is declared")
    kind = np.dtype("float32" if onto["way"] == "average" else raster.dtypes[band - 1])
    nodata = raster.nodatavals[band - 1]
    outside, absent, example = _look(raster, band, onto)
    if outside > onto["outside_share"] * raster.width * raster.height:
        low, high = onto["valid"]
        raise Refused("range", f"{outside} cells outside {low:g}..{high:g}, such as {example:g}")
    with ExitStack() as open_until:
        source = rasterio.band(raster, band)
        if outside or absent:
            nodata = _gap(raster, band, onto)
            copy = target.with_suffix(".tif")
            source = rasterio.band(open_until.enter_context(_masked(raster, band, onto, copy)), 1)
        pieces = _pieces(raster, source, nodata, onto, kind)
        bands.write(target, (onto["ny"], onto["nx"]), kind, pieces)


_NOUGHTS = ("lat_0", "lon_0", "x_0", "y_0")
_SAID_OTHERWISE = ("datum", "ellps", "no_defs", "wktext", "type", "title")


def _same(found: CRS, declared: CRS) -> bool:
    """Whether two ways to write a CRS mean one.

    Providers write the interrupted Goode homolosine with a latitude of origin, which it has not,
    and with a datum of no name: compared as they are written these differ from what is declared.
    """
    return bool(found == declared) or _meant(found) == _meant(declared)


def _meant(crs: CRS) -> dict[str, Any]:
    """The parameters of a CRS, those at their defaults left out; its text where it has none."""
    told = crs.to_dict()
    if told.get("proj") is None:
        return {"wkt": crs.to_wkt()}
    kept = {k: v for k, v in told.items() if k not in _SAID_OTHERWISE and not (
        k in _NOUGHTS and v == 0)}  # fmt: skip
    return {**kept, "on": told.get("datum") or told.get("ellps")}


def physical(stored: Any, raster: Any, band: int, onto: dict[str, Any]) -> Any:
    """Values as the layer means them, by the scale that is declared or else told by the file."""
    factor, addend = onto["correction"]
    scale, offset = onto["scale"], onto["offset"]
    if scale is None:
        scale, offset = raster.scales[band - 1], raster.offsets[band - 1]
    return (stored * np.float64(scale) + offset) * factor + addend


def unfit(stored: Any, raster: Any, band: int, onto: dict[str, Any]) -> Any:
    """Which values are data, and lie outside the valid range of the layer."""
    low, high = onto["valid"]
    values = physical(stored, raster, band, onto)
    return ((values < low) | (values > high)) & ~without(stored, raster, band, onto)


def without(stored: Any, raster: Any, band: int, onto: dict[str, Any]) -> Any:
    """Which values are no data: what the file or the layer says, and what is no number."""
    found = np.zeros(stored.shape, bool)
    if stored.dtype.kind == "f":
        found |= np.isnan(stored)
        with np.errstate(over="ignore"):  # what is beyond single precision is an infinity there
            stored = stored.astype(np.float32)
    told = raster.nodatavals[band - 1]
    for one in (*onto["nodata"], *(() if told is None else (told,))):
        if not np.isnan(one):
            found |= stored == (np.float32(one) if stored.dtype.kind == "f" else one)
    return found


def _windows(raster: Any) -> Iterator[Window]:
    rows = max(_ROWS, raster.block_shapes[0][0])
    for row in range(0, raster.height, rows):
        yield Window(0, row, raster.width, min(rows, raster.height - row))


def _look(raster: Any, band: int, onto: dict[str, Any]) -> tuple[int, int, float]:
    """Cells outside the range; those without data that the file does not tell; one of the first."""
    nodata = raster.nodatavals[band - 1]
    outside, absent, example = 0, 0, float("nan")
    for window in _windows(raster):
        stored = raster.read(band, window=window)
        bad = unfit(stored, raster, band, onto)
        if bad.any():
            outside += int(bad.sum())
            example = float(physical(stored[bad][0], raster, band, onto))
        other = without(stored, raster, band, onto)
        if nodata is not None:
            other &= stored != np.asarray(nodata, stored.dtype)
        absent += int(other.sum())
    return outside, absent, example


def _gap(raster: Any, band: int, onto: dict[str, Any]) -> float:
    """What stands for no data in a copy: by the file, or else by the layer, or else NaN."""
    told = raster.nodatavals[band - 1]
    return float(next(iter(onto["nodata"]), np.nan) if told is None else told)


@contextmanager
def _masked(raster: Any, band: int, onto: dict[str, Any], file: Path) -> Iterator[Any]:
    """A copy in which all that is no data, or lies outside the valid range, is the file's nodata.

    On disk, for a map of the world at 30 arc seconds is larger than what we may hold.
    """
    nodata = _gap(raster, band, onto)
    kind = "float32" if np.isnan(nodata) else raster.dtypes[band - 1]
    profile = {
        "driver": "GTiff", "width": raster.width, "height": raster.height, "count": 1,
        "dtype": kind, "crs": raster.crs, "transform": raster.transform, "bigtiff": "if_safer",
        "tiled": True, "blockxsize": 512, "blockysize": 512,
        "nodata": nodata,
    }  # fmt: skip
    with rasterio.open(file, "w", **profile) as out:
        for window in _windows(raster):
            stored = raster.read(band, window=window)
            gone = unfit(stored, raster, band, onto) | without(stored, raster, band, onto)
            out.write(np.where(gone, nodata, stored).astype(kind), 1, window=window)
    with rasterio.open(file, driver="GTiff") as copy:
        yield copy
    file.unlink()


def _pieces(
    raster: Any, source: Any, nodata: Any, onto: dict[str, Any], kind: Any
) -> Iterator[Any]:
    dx, dy = (
        (onto["east"] - onto["west"]) / onto["nx"],
        (onto["north"] - onto["south"]) / onto["ny"],
    )
    bare = nodata is None or np.isnan(nodata)
    empty = (np.nan if kind.kind == "f" else 0) if bare else nodata
    for row in range(0, onto["ny"], _ROWS):
        piece = np.full((min(_ROWS, onto["ny"] - row), onto["nx"]), empty, kind)
        reproject(
            source,
            piece,
            src_transform=raster.transform,
            src_crs=raster.crs,
            dst_transform=Affine(dx, 0, onto["west"], 0, -dy, onto["north"] - row * dy),
            dst_crs="EPSG:4326",
            src_nodata=nodata,
            dst_nodata=empty,
            resampling=_WAYS[onto["way"]],
            warp_mem_limit=_MEMORY_MB,
        )
        yield piece


def describe(onto: dict[str, Any]) -> dict[str, Any]:
    """Where the cells lie now, in the words of a raster."""
    nx, ny = onto["nx"], onto["ny"]
    dx, dy = (onto["east"] - onto["west"]) / nx, (onto["north"] - onto["south"]) / ny
    return {
        "crs": "EPSG:4326",
        "transform": [dx, 0.0, onto["west"], 0.0, -dy, onto["north"]],
        "width": nx,
        "height": ny,
        "axes": "yx",
    }
