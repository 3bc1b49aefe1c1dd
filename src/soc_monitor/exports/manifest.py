"""Manifest: found in any file of ours, so that the file itself is enough to make it again."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from soc_monitor.errors import BadManifest

_MOST = 64 << 20
"""Longest JSON text looked into [bytes]."""


def read_manifest(path: Path) -> dict[str, Any]:
    """What makes a file again.

    Args:
        path: a manifest, or an export: JSON and GeoJSON, the metadata of a CSV, zip, XLSX,
            Parquet, NetCDF, GeoPackage or GeoTIFF.

    Raises:
        BadManifest: there is none in it.
    """
    try:
        with path.open("rb") as file:
            first = file.read(16)
        found = _reader(first)(path)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise BadManifest(f"{path.name}: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(found, dict) or found.get("soc_monitor_export") != 1:
        raise BadManifest(f"{path.name} holds no manifest", hint="A CSV has its own beside it.")
    address = found.get("address")
    if not isinstance(address, str) or not address.startswith("/api/v1/"):
        raise BadManifest(f"{path.name}: its address is none of ours")
    return found


def _reader(first: bytes) -> Callable[[Path], Any]:
    if first.startswith(b"PK"):
        return _packed
    if first.startswith(b"PAR1"):
        return _parquet
    if first.startswith(b"\x89HDF"):
        return _netcdf
    if first.startswith(b"SQLite format 3"):
        return _geopackage
    if first[:4] in {b"II*\0", b"MM\0*", b"II+\0"}:
        return _geotiff
    return _json


def _packed(path: Path) -> Any:
    with zipfile.ZipFile(path) as packed:
        if "manifest.json" in packed.namelist():
            return json.loads(packed.read("manifest.json"))
    return _workbook(path)


def _workbook(path: Path) -> Any:
    from python_calamine import CalamineWorkbook  # noqa: PLC0415  # of this form alone

    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Read me")
    lines = {str(row[0]): row[1] for row in sheet.to_python()}
    return json.loads(str(lines["Manifest"]))


def _parquet(path: Path) -> Any:
    from pyarrow import parquet  # noqa: PLC0415  # of this form alone

    return json.loads((parquet.read_schema(path).metadata or {})[b"manifest"])


def _netcdf(path: Path) -> Any:
    import h5netcdf  # noqa: PLC0415  # of this form alone

    with h5netcdf.File(path, "r") as file:
        return json.loads(file.attrs["manifest"])


def _geopackage(path: Path) -> Any:
    import pyogrio  # noqa: PLC0415  # of this form alone

    told = pyogrio.read_info(path, layer="areas")["dataset_metadata"] or {}
    return json.loads(told["manifest"])


def _geotiff(path: Path) -> Any:
    import rasterio  # noqa: PLC0415  # of this form alone

    with rasterio.open(path) as file:
        return json.loads(file.tags()["manifest"])


def _json(path: Path) -> Any:
    if path.stat().st_size > _MOST:
        raise ValueError("too long for a manifest")
    document = json.loads(path.read_bytes())
    for key in ("meta", "metadata"):
        if isinstance(document.get(key), dict) and "manifest" in document[key]:
            return document[key]["manifest"]
    if "soc:manifest" in document:
        return json.loads(document["soc:manifest"])
    return document.get("manifest", document)
