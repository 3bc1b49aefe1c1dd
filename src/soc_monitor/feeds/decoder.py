"""Decoding, in a process of its own, which loads no other file of this package.

What C libraries make of a stranger's file happens here, with bounds on memory, time and file
size, so that a file that crashes or swamps its decoder costs that file and nothing else. The
child writes arrays and rows into an empty folder; the parent opens them lazily.
"""

import csv
import gzip
import io
import json
import math
import resource
import sys
from collections.abc import Iterable
from pathlib import Path

MEMORY, CPU_S, FILE = 1536 * 1024**2, 300, 8 * 1024**3
PIXELS, BLOCK, TEXT = 2**31, 256 * 1024**2, 512 * 1024**2
TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


class Refused(Exception):
    """The file breaks a rule: (rule, what was found)."""


def main(arguments: list[str]) -> int:
    """Decode one file; the last line of standard output says how it went, as JSON."""
    kind, source, folder, *options = arguments
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found = DECODERS[kind](Path(source), Path(folder), options)
    except Refused as refusal:
        rule, what = refusal.args
        found = {"rule": rule, "found": what}
    except MemoryError:
        found = {"rule": "memory", "found": f"decoding needs more than {MEMORY} bytes"}
    print(json.dumps(found))  # noqa: T201  # the parent reads it
    return 0


def geotiff(source: Path, folder: Path, bands: list[str]) -> dict[str, object]:
    """Bands of a GeoTIFF as ``band_N.npy``; returns what the file says of itself."""
    with source.open("rb") as file:
        magic = file.read(4)
    if magic not in TIFF_MAGIC:
        raise Refused("format", f"not a GeoTIFF: begins with {magic!r}")
    import numpy as np  # noqa: PLC0415  # after the limits are set
    import rasterio  # noqa: PLC0415
    from rasterio.enums import Interleaving  # noqa: PLC0415
    from rasterio.errors import RasterioError  # noqa: PLC0415

    try:
        with rasterio.open(source, driver="GTiff") as raster:
            if raster.width * raster.height > PIXELS:
                raise Refused("pixels", f"{raster.width} x {raster.height}")
            rows, columns = raster.block_shapes[0]
            size = np.dtype(raster.dtypes[0]).itemsize
            together = raster.count if raster.interleaving is Interleaving.pixel else 1
            if rows * columns * size * together > BLOCK:
                raise Refused("block", f"{rows} x {columns} cells x {together} bands in one block")
            for band in map(int, bands):
                if band > raster.count:
                    raise Refused("bands", f"{raster.count} bands, band {band} is needed")
                _write_band(raster, band, folder / f"band_{band}.npy")
            return _describe(raster)
    except (RasterioError, ValueError) as error:
        raise Refused("decode", " ".join(str(error).split())[:500]) from error


def _write_band(raster, band: int, target: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    import numpy as np  # noqa: PLC0415
    from rasterio.windows import Window  # noqa: PLC0415

    shape = (raster.height, raster.width)
    kind = np.dtype(raster.dtypes[band - 1])
    header = {"descr": kind.str, "fortran_order": False, "shape": shape}
    step = max(1, raster.block_shapes[band - 1][0])
    step *= max(1, 256 // step)
    # Written row by row, not mapped: a map would count against the memory bound.
    with target.open("wb") as out:
        np.lib.format.write_array_header_2_0(out, header)
        for row in range(0, raster.height, step):
            height = min(step, raster.height - row)
            window = Window(0, row, raster.width, height)
            out.write(np.ascontiguousarray(raster.read(band, window=window)).tobytes())


def _describe(raster) -> dict[str, object]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    epsg = None if raster.crs is None else raster.crs.to_epsg(confidence_threshold=25)
    return {
        "crs": "" if raster.crs is None else (f"EPSG:{epsg}" if epsg else raster.crs.to_wkt()),
        "transform": list(raster.transform)[:6],
        "width": raster.width,
        "height": raster.height,
        "dtypes": list(raster.dtypes),
        "nodata": [None if v is None else repr(float(v)) for v in raster.nodatavals],
        "scales": list(raster.scales),
        "offsets": list(raster.offsets),
        "units": [unit or "" for unit in raster.units],
    }


def _text(source: Path) -> str:
    raw = source.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        with gzip.open(io.BytesIO(raw)) as file:
            raw = file.read(TEXT + 1)
        if len(raw) > TEXT:
            raise Refused("size", f"more than {TEXT} bytes when unpacked")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("encoding", f"not UTF-8: {error}") from error


def table(source: Path, folder: Path, _options: list[str]) -> dict[str, object]:
    """A CSV with a header as ``rows.jsonl``, every value as text."""
    reader = csv.DictReader(io.StringIO(_text(source)), strict=True)
    try:
        count = _write_rows(folder, map(_complete, reader))
    except csv.Error as error:
        raise Refused("format", f"line {reader.line_num}: {error}") from error
    if reader.fieldnames is None:
        raise Refused("empty", "the table has no header")
    return {"rows": count, "columns": list(reader.fieldnames)}


def _complete(row: dict[str, str]) -> dict[str, str]:
    if None in row or None in row.values():
        raise Refused("format", f"a row has another number of values: {row}"[:500])
    return row


def _write_rows(folder: Path, rows: Iterable[object]) -> int:
    count = 0
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as out:
        for row in rows:
            count += 1  # returned, also where there is no row
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return count


def document(source: Path, folder: Path, _options: list[str]) -> dict[str, object]:
    """A YAML or JSON document as one row of ``rows.jsonl``."""
    import yaml  # noqa: PLC0415  # after the limits are set

    raw = _text(source)
    try:
        # A value that is named again and again would grow without bound when it is written out.
        if any(isinstance(x, yaml.AliasEvent) for x in yaml.parse(raw, Loader=yaml.CSafeLoader)):
            raise Refused("alias", "a value refers to another")
        content = yaml.load(raw, Loader=yaml.CSafeLoader)
        text = json.dumps(content, ensure_ascii=False, default=str)
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        raise Refused("format", " ".join(str(error).split())[:500]) from error
    (folder / "rows.jsonl").write_text(text + "\n", encoding="utf-8")
    return {"rows": 1}


def features(source: Path, folder: Path, _options: list[str]) -> dict[str, object]:
    """GeoJSON polygons as ``rows.jsonl``: properties, and the geometry as WKB in hexadecimal."""
    import shapely  # noqa: PLC0415  # after the limits are set

    try:
        collection = json.loads(_text(source))
        rows = (_feature(shapely, entry) for entry in collection["features"])
        return {"rows": _write_rows(folder, rows)}
    except (ValueError, KeyError, TypeError, RecursionError, shapely.errors.ShapelyError) as error:
        raise Refused("format", f"{type(error).__name__}: {error}"[:500]) from error


def _feature(shapely, entry: dict[str, object]) -> dict[str, object]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    shape = shapely.geometry.shape(entry["geometry"])
    properties = entry["properties"]
    assert isinstance(properties, dict)
    if shape.geom_type not in {"Polygon", "MultiPolygon"} or not shape.is_valid or shape.is_empty:
        reason = shapely.is_valid_reason(shape)
        raise Refused("geometry", f"{properties}: {shape.geom_type}, {reason}")
    west, south, east, north = shape.bounds
    if west < -180 or east > 180 or south < -90 or north > 90 or not math.isfinite(west):
        raise Refused("geometry", f"{properties}: outside the globe")
    for part in getattr(shape, "geoms", [shape]):
        if part.bounds[2] - part.bounds[0] >= 180 and part.bounds[1] > -80:
            raise Refused("geometry", f"{properties}: a band across the map")
    return {**properties, "wkb": shapely.to_wkb(shape, hex=True)}


DECODERS = {"geotiff": geotiff, "table": table, "document": document, "features": features}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
