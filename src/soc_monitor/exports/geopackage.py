"""GeoPackage: shapes of areas, and the table beside them, related by ``area_id``.

Source:
    OGC 12-128r19. Written by GDAL, which is told the time: the file does not know when it was made.
"""

import json
import threading
from collections.abc import Mapping
from datetime import UTC, date
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio

from soc_monitor.errors import TooLarge
from soc_monitor.exports.columns import Column
from soc_monitor.exports.table import Report, Row, Table, silent

MOST_ROWS = 500_000
_KEYS = ("area_id", "area_name", "area_level")
_GDAL = threading.Lock()
"""The time is told to all of GDAL: one file after the other."""

Columns = tuple[list[np.ndarray[Any, Any]], list[np.ndarray[Any, Any]]]
"""Values, and where there are none."""


def write_geopackage(
    table: Table, path: Path, shapes: Mapping[str, bytes], report: Report = silent
) -> None:
    """The layers ``areas`` and ``values``.

    Args:
        table: the numbers.
        path: of a file that is not there yet.
        shapes: area to its outline as WKB [degrees]; the world and what is unassigned have none.
        report: told how far it is.

    Raises:
        TooLarge: there are too many rows.
    """
    if table.total > MOST_ROWS:
        raise TooLarge(
            f"{table.total:,} rows, a GeoPackage holds {MOST_ROWS:,}", hint="Ask for Parquet."
        )
    about, rows = table.about, list(table.rows(report))
    places = list({row["area_id"]: row for row in rows}.values())
    told = {
        "title": about.title,
        "description": about.summary,
        "citation": about.quote,
        "licence": about.licence,
        "release": about.release,
        "manifest": json.dumps(about.manifest, ensure_ascii=False),
    }
    keys = tuple(column for column in table.columns if column.name in _KEYS)
    geometry = np.array([shapes.get(row["area_id"]) for row in places], object)
    with _GDAL:
        instant = about.published_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": instant})
        try:
            _write(path, "areas", keys, places, geometry=geometry, dataset_metadata=told)
            _write(path, "values", table.columns, rows, append=True)
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _write(
    path: Path, layer: str, columns: tuple[Column, ...], rows: list[Row], **more: Any
) -> None:
    values, empty = _columns(columns, rows)
    shaped = "geometry" in more
    pyogrio.raw.write(
        path,
        **{"geometry": None, **more},
        field_data=values,
        fields=np.array([column.name for column in columns]),
        field_mask=empty,
        crs="EPSG:4326" if shaped else None,
        geometry_type="MultiPolygon" if shaped else None,
        promote_to_multi=shaped,
        layer=layer,
        driver="GPKG",
    )


def _columns(columns: tuple[Column, ...], rows: list[Row]) -> Columns:
    values, empty = [], []
    for column in columns:
        found = [row[column.name] for row in rows]
        none = np.array([value is None or value == "" for value in found], bool)
        values.append(_array(column, found))
        empty.append(none)
    return values, empty


def _array(column: Column, found: list[Any]) -> np.ndarray[Any, Any]:
    match column.kind:
        case "text":
            return np.array([value or "" for value in found], object)
        case "date":
            blank = date(1970, 1, 1).isoformat()
            return np.array([value or blank for value in found], "datetime64[D]")
        case "integer":
            return np.array([0 if value is None else value for value in found], np.int32)
        case _:
            return np.array([np.nan if value is None else value for value in found], np.float64)
