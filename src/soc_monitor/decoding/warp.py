"""Warp: a raster in another projection, or on another grid, brought to a regular one of degrees."""

from collections.abc import Iterator
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
            ``valid``, ``scale``, ``offset``, ``correction``, ``outside_share`` as the layer has
            them: what lies outside is no data before means are made, for a mean would hide it.
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
    outside, example = _outside(raster, band, onto, nodata)
    if outside > onto["outside_share"] * raster.width * raster.height:
        low, high = onto["valid"]
        raise Refused("range", f"{outside} cells outside {low:g}..{high:g}, such as {example:g}")
    source = _masked(raster, band, onto, nodata) if outside else rasterio.band(raster, band)
    if outside and nodata is None:
        nodata = float("nan")
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
    """Which values lie outside the valid range of the layer."""
    low, high = onto["valid"]
    values = physical(stored, raster, band, onto)
    return (values < low) | (values > high)


def _unfit(stored: Any, raster: Any, band: int, onto: dict[str, Any], nodata: Any) -> Any:
    found = unfit(stored, raster, band, onto)
    if nodata is not None:
        found &= stored != np.asarray(nodata, stored.dtype)
    return found


def _outside(raster: Any, band: int, onto: dict[str, Any], nodata: Any) -> tuple[int, float]:
    """How many cells of a file lie outside the valid range, and one of them."""
    count, example = 0, float("nan")
    for row in range(0, raster.height, _ROWS):
        window = Window(0, row, raster.width, min(_ROWS, raster.height - row))
        stored = raster.read(band, window=window)
        bad = _unfit(stored, raster, band, onto, nodata)
        if bad.any():
            count += int(bad.sum())
            example = float(physical(stored[bad][0], raster, band, onto))
    return count, example


def _masked(raster: Any, band: int, onto: dict[str, Any], nodata: Any) -> Any:
    """A band in which what lies outside the valid range is no data."""
    stored = raster.read(band)
    bad = _unfit(stored, raster, band, onto, nodata)
    if nodata is None:
        stored = stored.astype(np.float32)
    stored[bad] = np.nan if nodata is None else nodata
    return stored


def _pieces(
    raster: Any, source: Any, nodata: Any, onto: dict[str, Any], kind: Any
) -> Iterator[Any]:
    dx, dy = (
        (onto["east"] - onto["west"]) / onto["nx"],
        (onto["north"] - onto["south"]) / onto["ny"],
    )
    empty = np.nan if nodata is None and kind.kind == "f" else (nodata or 0)
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
