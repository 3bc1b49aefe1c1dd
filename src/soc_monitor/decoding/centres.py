"""Centres: a tile of the sinusoidal grid, cell by cell into a regular grid of degrees.

Each cell counts whole in the one of ours that its centre lies in. The projection keeps areas, so
that a mean of cells is one by area, and parts of a cell of ours that come from two tiles, or from
two looks at one place, are joined by their numbers. A warp takes the cells of a box around each of
ours instead: far from the middle meridian, where the grid leans, that box is several cells wide.

Source:
    Snyder 1987, USGS Professional Paper 1395, equations 30-5 and 30-6 (sphere).
"""

import math
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.windows import Window

from soc_monitor.decoding import bands, warp
from soc_monitor.decoding.bounds import Refused

_ROWS = 256
Corner = tuple[int, int, int, int]
"""First row and column of the target, and those after its last."""


def write(
    raster: Any, band: int, number: int, folder: Path, onto: dict[str, Any], quality: Path | None
) -> dict[str, Any]:
    """Means ``N.npy`` (float64, as stored, NaN where no cell is) and their numbers ``N.cells.npy``.

    Args:
        raster: open.
        band: its number, from 1.
        number: of the files to write.
        folder: where.
        onto: the grid and what the layer declares, as ``warp.write`` has it; ``quality`` too.
        quality: the file that says which cells hold.

    Returns:
        Where the part of the target that was written lies, in the words of a raster, and
        ``extent``: what the tile covers in its own projection (west, south, east, north) [m].
    """
    radius = _radius(raster, onto)
    dx = (onto["east"] - onto["west"]) / onto["nx"]
    dy = (onto["north"] - onto["south"]) / onto["ny"]
    top, left, bottom, right = place = _place(raster, onto, radius, dx, dy)
    shape = (bottom - top, right - left)
    sums, cells = np.zeros(shape[0] * shape[1]), np.zeros(shape[0] * shape[1], np.uint32)
    for row, stored, kept in _rows(raster, band, onto, quality):
        lat, lon = _centres(raster, row, len(stored), radius)
        rows = np.floor((onto["north"] - lat) / dy).astype(np.int64)[:, None] - top
        columns = np.floor((lon - onto["west"]) / dx).astype(np.int64) - left
        holds = kept & (np.abs(lon) <= 180) & (columns >= 0) & (columns < shape[1])
        holds &= (rows >= 0) & (rows < shape[0])
        where = (rows * shape[1] + columns)[holds]
        sums += np.bincount(where, stored[holds].astype(np.float64), sums.size)
        cells += np.bincount(where, minlength=sums.size).astype(np.uint32)
    means = np.where(cells > 0, sums / np.maximum(cells, 1), np.nan).reshape(shape)
    bands.write(folder / f"{number}.npy", shape, means.dtype, [means])
    bands.write(folder / f"{number}.cells.npy", shape, cells.dtype, [cells.reshape(shape)])
    return _told(onto, place, dx, dy) | {"extent": list(raster.bounds)}


def _told(onto: dict[str, Any], place: Corner, dx: float, dy: float) -> dict[str, Any]:
    top, left, bottom, right = place
    transform = [dx, 0.0, onto["west"] + left * dx, 0.0, -dy, onto["north"] - top * dy]
    return {"crs": "EPSG:4326", "transform": transform, "axes": "yx",
            "width": right - left, "height": bottom - top}  # fmt: skip


def _radius(raster: Any, onto: dict[str, Any]) -> float:
    """Of the sphere that both the file and its declaration lie on [m]."""
    try:
        declared = CRS.from_string(onto["crs"])
    except CRSError as error:
        raise Refused("crs", f"{onto['crs']!r} is declared: {error}") from error
    wanted, found = (_sphere(one) for one in (declared, raster.crs))
    if wanted is None:
        raise Refused("crs", f"{onto['crs']} is declared, and is not sinusoidal on a sphere")
    if found is None or not math.isclose(found, wanted, rel_tol=1e-9):
        told = "none" if raster.crs is None else raster.crs.to_string()
        raise Refused("crs", f"{told[:300]}, {onto['crs']} is declared")
    if raster.transform.b or raster.transform.d or raster.transform.e >= 0:
        raise Refused("grid", "rotated, or its first row is not the northern one")
    return wanted


def _sphere(crs: CRS | None) -> float | None:
    """Radius of a sinusoidal CRS about the meridian of Greenwich [m]; None: it is another."""
    told = {} if crs is None else crs.to_dict()
    shifted = any(told.get(key, 0) for key in ("lon_0", "x_0", "y_0"))
    radius = told.get("R") or (told.get("a") if told.get("a") == told.get("b") else None)
    if told.get("proj") != "sinu" or told.get("units") != "m" or shifted or not radius:
        return None
    return float(radius)


def _place(raster: Any, onto: dict[str, Any], radius: float, dx: float, dy: float) -> Corner:
    """The part of the target that the centres of a tile lie in."""
    found = []
    for row in range(0, raster.height, _ROWS):
        lat, lon = _centres(raster, row, min(_ROWS, raster.height - row), radius, ends=True)
        on = np.abs(lon) <= 180
        # Of a row that begins or ends beyond the globe, the globe's own edge is the end.
        lon = np.where(on, lon, np.clip(lon, -180, 180))
        found.append((lat.max(), lat.min(), lon.min(), lon.max()))
    north, south, west, east = (
        pick(column) for pick, column in zip((max, min, min, max), zip(*found, strict=True),
                                             strict=True)
    )  # fmt: skip
    top = max(0, math.floor((onto["north"] - north) / dy))
    left = max(0, math.floor((west - onto["west"]) / dx))
    bottom = min(onto["ny"], math.floor((onto["north"] - south) / dy) + 1)
    right = min(onto["nx"], math.floor((east - onto["west"]) / dx) + 1)
    if top >= bottom or left >= right:
        raise Refused("grid", f"{list(raster.bounds)} lies beyond the grid")
    return top, left, bottom, right


def _centres(raster: Any, row: int, count: int, radius: float, *, ends: bool = False) -> Any:
    """Latitudes (row) and longitudes (row, column) of the centres of some rows [degrees]."""
    where = raster.transform
    columns = np.array([0, raster.width - 1]) if ends else np.arange(raster.width)
    lat = (where.f + where.e * (row + np.arange(count) + 0.5)) / radius
    x = where.c + where.a * (columns + 0.5)
    if np.abs(lat).max() > math.pi / 2:
        raise Refused("grid", f"{list(raster.bounds)} lies beyond the poles")
    return np.degrees(lat), np.degrees(x[None, :] / (radius * np.cos(lat))[:, None])


def _rows(
    raster: Any, band: int, onto: dict[str, Any], quality: Path | None
) -> Iterator[tuple[int, Any, Any]]:
    """(first row, values as stored, which of them hold), some rows at a time."""
    told = onto.get("quality")
    if told and quality is None:
        raise Refused("quality", f"{told['asset']!r} did not come with it")
    outside, example = 0, float("nan")
    opened = rasterio.open(quality, driver="GTiff") if quality else nullcontext()
    with opened as beside:
        if beside is not None and (beside.shape, beside.transform) != (
            raster.shape, raster.transform):  # fmt: skip
            raise Refused("quality", f"{beside.shape} cells at {list(beside.bounds)}: other ones")
        if beside is not None and told and told["band"] > beside.count:
            raise Refused("quality", f"{beside.count} bands, band {told['band']} is needed")
        for row in range(0, raster.height, _ROWS):
            window = Window(0, row, raster.width, min(_ROWS, raster.height - row))
            stored = raster.read(band, window=window)
            holds = ~warp.without(stored, raster, band, onto)
            if beside is not None and told:
                holds &= _kept(beside.read(told["band"], window=window), told)
            unfit = holds & warp.unfit(stored, raster, band, onto)
            if unfit.any():
                outside += int(unfit.sum())
                example = float(warp.physical(stored[unfit][0], raster, band, onto))
                holds &= ~unfit
            yield row, stored, holds
    if outside > onto["outside_share"] * raster.width * raster.height:
        low, high = onto["valid"]
        raise Refused("range", f"{outside} cells outside {low:g}..{high:g}, such as {example:g}")


def _kept(flags: Any, told: dict[str, Any]) -> Any:
    if flags.dtype.kind not in "iu":
        raise Refused("quality", f"{flags.dtype} holds no bits")
    first, mask = told["bits"][0], (1 << told["bits"][1]) - 1
    return np.isin(flags.astype(np.int64) >> first & mask, told["keep"])
