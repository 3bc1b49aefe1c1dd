"""Tables, lines, documents and polygons, as ``rows.jsonl``: one value a line."""

import csv
import gzip
import io
import json
import math
from collections.abc import Iterable
from pathlib import Path

import shapely
import yaml

from soc_monitor.decoding.bounds import TEXT, Refused

csv.field_size_limit(1 << 20)


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


def table(source: Path, folder: Path, options: dict[str, str]) -> dict[str, object]:
    """A CSV with a header as ``rows.jsonl``, every value as text; option: another delimiter."""
    delimiter = options.get("delimiter", ",")
    reader = csv.DictReader(io.StringIO(_text(source)), strict=True, delimiter=delimiter)
    try:
        count = write_rows(folder, map(_complete, reader))
    except csv.Error as error:
        raise Refused("format", f"line {reader.line_num}: {error}") from error
    if reader.fieldnames is None:
        raise Refused("empty", "the table has no header")
    return {"rows": count, "columns": list(reader.fieldnames)}


def lines(source: Path, folder: Path, _options: dict[str, str]) -> dict[str, object]:
    """The lines of a text as ``rows.jsonl``, as they stand, without their ends."""
    return {"rows": write_rows(folder, iter(_text(source).splitlines()))}


def _complete(row: dict[str, str]) -> dict[str, str]:
    if None in row or None in row.values():
        raise Refused("format", f"a row has another number of values: {row}"[:500])
    return row


def write_rows(folder: Path, rows: Iterable[object]) -> int:
    """Write values as ``rows.jsonl``; how many there were."""
    count = 0
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as out:
        for row in rows:
            count += 1  # returned, also where there is no row
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return count


def document(source: Path, folder: Path, _options: dict[str, str]) -> dict[str, object]:
    """A YAML or JSON document as one row of ``rows.jsonl``."""
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


def features(source: Path, folder: Path, _options: dict[str, str]) -> dict[str, object]:
    """GeoJSON polygons as ``rows.jsonl``: properties, and the geometry as WKB in hexadecimal."""
    try:
        collection = json.loads(_text(source))
        rows = (_feature(entry) for entry in collection["features"])
        return {"rows": write_rows(folder, rows)}
    except (ValueError, KeyError, TypeError, RecursionError, shapely.errors.ShapelyError) as error:
        raise Refused("format", f"{type(error).__name__}: {error}"[:500]) from error


def _feature(entry: dict[str, object]) -> dict[str, object]:
    shape = shapely.geometry.shape(entry["geometry"])  # type: ignore[arg-type]  # it says what it cannot take
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
