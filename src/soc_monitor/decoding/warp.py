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
        onto: ``crs`` declared, ``way``, and the grid: ``nx, ny, west, south, east, north``.
    """
    try:
        declared = CRS.from_string(onto["crs"])
    except CRSError as error:
        raise Refused("crs", f"{onto['crs']!r} is declared: {error}") from error
    if raster.crs != declared:
        found = "none" if raster.crs is None else raster.crs.to_string()
        raise Refused("crs", f"{found[:300]}, {onto['crs']} is declared")
    kind = np.dtype("float32" if onto["way"] == "average" else raster.dtypes[band - 1])
    pieces = _pieces(raster, band, onto, kind)
    bands.write(target, (onto["ny"], onto["nx"]), kind, pieces)


def _pieces(raster: Any, band: int, onto: dict[str, Any], kind: Any) -> Iterator[Any]:
    dx, dy = (
        (onto["east"] - onto["west"]) / onto["nx"],
        (onto["north"] - onto["south"]) / onto["ny"],
    )
    nodata = raster.nodatavals[band - 1]
    empty = np.nan if nodata is None and kind.kind == "f" else (nodata or 0)
    for row in range(0, onto["ny"], _ROWS):
        piece = np.full((min(_ROWS, onto["ny"] - row), onto["nx"]), empty, kind)
        reproject(
            rasterio.band(raster, band),
            piece,
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
