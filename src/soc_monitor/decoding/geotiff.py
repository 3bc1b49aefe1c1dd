"""GeoTIFF, by its one driver, from the one file."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.enums import Interleaving
from rasterio.errors import RasterioError
from rasterio.windows import Window

from soc_monitor.decoding import bands, centres, nested, warp
from soc_monitor.decoding.bounds import PIXELS, Refused, check_size
from soc_monitor.decoding.parts import parts

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def geotiff(source: Path, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Bands of a GeoTIFF as ``0.npy``, ``1.npy``, …; returns what the file says of itself.

    Options: ``picks`` of (variable, band); ``onto``: the grid that they are brought to.
    """
    picks, onto = options["picks"], options.get("onto")
    files = parts(source, folder)
    for file in files.values():
        _look(file, (onto or {}).get("most_cells") or PIXELS)
    main = next(iter(files.values()))
    try:
        with rasterio.open(main, driver="GTiff") as raster:
            for variable, band in picks:
                if variable:
                    raise Refused("variable", f"a GeoTIFF has no variable {variable!r}")
                if band > raster.count:
                    raise Refused("bands", f"{raster.count} bands, band {band} is needed")
            told = _describe(raster, [band for _, band in picks])
            for number, (_, band) in enumerate(picks):
                told |= _bring(raster, band, number, folder, onto, files)
            return told
    except (RasterioError, ValueError) as error:
        raise Refused("decode", " ".join(str(error).split())[:500]) from error


def _look(file: Path, most: int) -> None:
    """Refuse by its first bytes and its header what is none, or would swamp us."""
    with file.open("rb") as content:
        magic = content.read(4)
    if magic not in MAGIC:
        raise Refused("format", f"not a GeoTIFF: begins with {magic!r}")
    try:
        with rasterio.open(file, driver="GTiff") as raster:
            _check(raster, file.stat().st_size, most)
    except (RasterioError, ValueError) as error:
        raise Refused("decode", " ".join(str(error).split())[:500]) from error


def _bring(
    raster: Any,
    band: int,
    number: int,
    folder: Path,
    onto: dict[str, Any] | None,
    files: dict[str, Path],
) -> dict[str, Any]:
    """Write a band; what is then said of the file instead of what it says."""
    if not onto:
        _write(raster, band, folder / f"{number}.npy")
        return {}
    if onto["way"] == "centres":
        asset = (onto["quality"] or {}).get("asset", "")
        return centres.write(
            raster, band, number, folder, onto, files.get(asset) if asset else None
        )
    if onto["way"] == "nested":
        step = bands.rows_at_once(raster.width, 1, raster.block_shapes[band - 1][0])

        def read(first: int, end: int) -> Any:
            return raster.read(band, window=Window(0, first, raster.width, end - first))

        return nested.write(read, raster.shape, list(raster.transform)[:6], step,
                            raster.nodatavals[band - 1], folder / f"{number}.npy",
                            onto)  # fmt: skip
    warp.write(raster, band, folder / f"{number}.npy", onto)
    return warp.describe(onto)


def _check(raster: Any, stored: int, most: int) -> None:
    rows, columns = raster.block_shapes[0]
    size = max(np.dtype(kind).itemsize for kind in raster.dtypes)
    together = raster.count if raster.interleaving is Interleaving.pixel else 1
    pixels = raster.width * raster.height
    try:
        whole = pixels * size * raster.count
        check_size(pixels, rows * columns * size * together, whole, stored, most)
    except Refused as refusal:
        rule, what = refusal.args
        told = f"{what} ({rows} x {columns} cells x {together} bands a block)"
        raise Refused(rule, told) from refusal


def _write(raster: Any, band: int, target: Path) -> None:
    kind = np.dtype(raster.dtypes[band - 1])
    step = bands.rows_at_once(raster.width, kind.itemsize, raster.block_shapes[band - 1][0])

    def pieces() -> Any:
        for row in range(0, raster.height, step):
            window = Window(0, row, raster.width, min(step, raster.height - row))
            yield raster.read(band, window=window)

    bands.write(target, (raster.height, raster.width), kind, pieces())


def _describe(raster: Any, picked: list[int]) -> dict[str, Any]:
    epsg = None if raster.crs is None else raster.crs.to_epsg(confidence_threshold=25)
    return {
        "crs": "" if raster.crs is None else (f"EPSG:{epsg}" if epsg else raster.crs.to_wkt()),
        "transform": list(raster.transform)[:6],
        "width": raster.width,
        "height": raster.height,
        "axes": "yx",
        "bands": [
            {
                "nodata": bands.number(raster.nodatavals[band - 1]),
                "scale": raster.scales[band - 1],
                "offset": raster.offsets[band - 1],
                "unit": raster.units[band - 1] or "",
                "time": "",
            }
            for band in picked
        ],
    }
