"""Shapes that a reader uploads, as ``rows.jsonl``: GeoPackage, zipped Shapefile, GeoJSON."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import rasterio.crs
import rasterio.warp
import shapely

from soc_monitor.decoding.bounds import Refused

MOST_FEATURES = 10_000
MOST_UNPACKED = 256 << 20
"""Bytes of a zip when it is unpacked."""
RATIO = 200
_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_NAMES = ("name", "nom", "nombre", "label", "id")


def shapes(source: Path, folder: Path, _options: dict[str, str]) -> dict[str, object]:
    """The polygons of a file, in longitude and latitude; one GeoJSON feature a row."""
    with source.open("rb") as file:
        first = file.read(16)
    if first.startswith(b"PK\x03\x04"):
        path = _unpacked(source, folder)
    elif first.startswith(b"SQLite format 3\0"):
        path = folder / "shapes.gpkg"
        path.write_bytes(source.read_bytes())
    else:
        raise Refused("format", "neither a GeoPackage nor a zip")
    count = 0
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as out:
        for row in _features(path):
            count += 1
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    if not count:
        raise Refused("empty", "the file has no feature")
    return {"rows": count}


def _unpacked(source: Path, folder: Path) -> Path:
    """The one Shapefile of a zip; its parts alone, and never more bytes than are told."""
    try:
        with zipfile.ZipFile(source) as packed:
            entries = [
                one for one in packed.infolist() if Path(one.filename).suffix.lower() in _PARTS
            ]
            _check(entries)
            stems = {one.filename.rpartition(".")[0] for one in entries if _ends(one, ".shp")}
            if len(stems) != 1:
                raise Refused("format", f"{len(stems)} Shapefiles (.shp) in the zip, not one")
            (stem,) = stems
            for one in entries:
                if one.filename.rpartition(".")[0] == stem:
                    part = folder / f"shapes{Path(one.filename).suffix.lower()}"
                    with packed.open(one) as reading:
                        part.write_bytes(reading.read(MOST_UNPACKED))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Refused("format", f"the zip cannot be read: {error}"[:200]) from error
    return folder / "shapes.shp"


def _ends(entry: zipfile.ZipInfo, ending: str) -> bool:
    return entry.filename.lower().endswith(ending)


def _check(entries: list[zipfile.ZipInfo]) -> None:
    size, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if size > MOST_UNPACKED or (size > 1 << 20 and size > RATIO * max(packed, 1)):
        raise Refused("size", f"{packed:,} bytes would be {size:,} when unpacked")


def _features(path: Path) -> Iterator[dict[str, Any]]:
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(path) if "Polygon" in str(kind)]
        if not layers:
            raise Refused("format", "no layer of polygons")
        meta, _, geometry, fields = pyogrio.raw.read(
            path, layer=layers[0], max_features=MOST_FEATURES + 1, force_2d=True
        )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise Refused("format", " ".join(str(error).split())[:200]) from error
    if len(geometry) > MOST_FEATURES:
        raise Refused("size", f"more than {MOST_FEATURES:,} features")
    crs = _crs(meta["crs"])
    names = _names([str(name) for name in meta["fields"]], fields)
    for number, wkb in enumerate(geometry):
        if wkb is None:
            continue
        shape = shapely.from_wkb(wkb)
        if shape.is_empty or shape.geom_type not in {"Polygon", "MultiPolygon"}:
            continue
        shape = shape if crs is None else shapely.transform(shape, lambda xy: _to_degrees(xy, crs))
        yield {
            "type": "Feature",
            "id": number + 1,
            "properties": {"name": names[number]} if names else {},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }


def _crs(text: str | None) -> rasterio.crs.CRS | None:
    """What coordinates are in; None: longitude and latitude already."""
    if not text:
        raise Refused("crs", "the file does not say its coordinate system (a Shapefile: .prj)")
    try:
        crs = rasterio.crs.CRS.from_user_input(text)
    except rasterio.errors.CRSError as error:
        raise Refused("crs", f"unknown coordinate system: {error}"[:200]) from error
    return None if crs.to_epsg() == 4326 else crs


def _to_degrees(places: np.ndarray[Any, Any], crs: rasterio.crs.CRS) -> np.ndarray[Any, Any]:
    xs, ys = rasterio.warp.transform(crs, "EPSG:4326", places[:, 0], places[:, 1])[:2]
    found = np.column_stack([xs, ys])
    if not np.isfinite(found).all():
        raise Refused("crs", "a coordinate lies outside of its coordinate system")
    return found


def _names(columns: list[str], fields: list[np.ndarray[Any, Any]]) -> list[str]:
    lower = [column.lower() for column in columns]
    chosen = next((lower.index(name) for name in _NAMES if name in lower), None)
    return [] if chosen is None else [str(value)[:200] for value in fields[chosen]]
