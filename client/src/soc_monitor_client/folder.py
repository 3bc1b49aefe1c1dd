"""Folder: files that were exported, read without a service: CSV, JSON and zip."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

from soc_monitor_client.transport import Problem

_FIGURES = (
    "value",
    "lower_95",
    "upper_95",
    "lower_50",
    "upper_50",
    "std_error",
    "mapped_fraction",
    "mapped_area_ha",
    "land_area_ha",
    "observation_weight",
    "prob_gt_0",
    "prob_ge_4",
    "window_years",
    "distance_to_4",
    "min_detectable_change",
    "gap_t_per_year",
    "freshness_days",
    "sample_support",
)
NEEDED = frozenset(
    {
        "area_id",
        "area_name",
        "area_level",
        "period_start",
        "period_end",
        "variable",
        "product_id",
        "release",
        "unit",
        "status",
        "value",
    }
)
"""Columns without which it cannot be told what a number is of: such a table is left out."""
BASE = ("base_period", "calculation_id")
"""Columns without which the year that a change is counted from cannot be told."""
_OR_NOTHING = ("state", "base_period", "window_label", "window_start", "window_end", "method")
"""Text that is null, not empty, where there is none."""
_WHOLE = ("depth_top_cm", "depth_bottom_cm", "n_samples", "newest_input_days")
Found = tuple[list[dict[str, Any]], dict[str, Any]]


def tables(folder: Path) -> Iterator[Found]:
    """The rows of every file of a folder, and what is told of them; newest release first.

    Raises:
        Problem: the folder holds no export, or a part of one.
    """
    if not folder.is_dir():
        raise Problem(404, {"title": "No such folder", "detail": str(folder)})
    found = [table for path in sorted(folder.iterdir()) if (table := _read(path)) is not None]
    if not found:
        detail = f"{folder} holds no CSV, JSON or zip of soc-monitor"
        raise Problem(404, {"title": "Nothing exported here", "detail": detail})
    yield from sorted(found, key=lambda table: release_key(_release(table)), reverse=True)


def release_key(name: str) -> tuple[int, ...]:
    """A release's name as something to be put in order.

    Example:
        >>> release_key("2026.11.10") > release_key("2026.11.9")
        True
    """
    return tuple(int(part) if part.isdigit() else -1 for part in name.split("."))


def base_year(table: Found) -> str | None:
    """The year that the changes of a table are counted from; empty: as they are published.

    None: it does not tell.

    The address that made it tells; where that is not beside it, its numbers do: what was counted
    anew is of no calculation.

    Example:
        >>> base_year(([], {"manifest": {"address": "/api/v1/series.csv?v=rate&b=2015"}}))
        '2015'
        >>> base_year(([{"base_period": "2015-04", "calculation_id": ""}], {}))
        '2015'
        >>> base_year(([{"value": 9.9}], {})) is None
        True
    """
    rows, meta = table
    if meta.get("manifest"):
        address = str(meta["manifest"]["address"])
        return parse_qs(urlparse(address).query).get("b", [""])[0]
    if rows and not rows[0].keys() >= set(BASE):
        return None
    anew = (row for row in rows if row["base_period"] and not row["calculation_id"])
    return next((str(row["base_period"])[:4] for row in anew), "")


def _release(table: Found) -> str:
    rows, meta = table
    return str(meta.get("release") or (rows[0]["release"] if rows else ""))


def _read(path: Path) -> Found | None:
    if path.suffix == ".csv":
        beside = path.with_name(f"{path.name}-metadata.json")
        told = json.loads(beside.read_text("utf-8")) if beside.is_file() else {}
        return _table(path.read_text("utf-8-sig"), _of_csvw(told))
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as packed:
            if "datapackage.json" not in packed.namelist():
                return None
            told = json.loads(packed.read("datapackage.json"))
            return _table(packed.read("data.csv").decode("utf-8-sig"), _of_package(told))
    if path.suffix == ".json" and not path.name.endswith("-metadata.json"):
        document = json.loads(path.read_text("utf-8"))
        if isinstance(document, dict) and "meta" in document and "data" in document:
            rows = document["data"]
            tidy = isinstance(rows, list) and all(row.keys() >= NEEDED for row in rows)
            if not rows or not tidy:
                return None
            if document["meta"].get("links", {}).get("next"):
                told = {
                    "title": "A part of a table",
                    "detail": f"{path} is the first page alone",
                    "hint": "Ask for it as CSV, which is whole.",
                }
                raise Problem(422, told)
            return rows, document["meta"]
    return None


def _table(text: str, meta: dict[str, Any]) -> Found | None:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if not set(reader.fieldnames or ()) >= NEEDED:
        return None
    rows = [_row(row) for row in reader]
    if rows:
        meta = {"release": rows[0]["release"], "unit": rows[0]["unit"], **meta}
    return rows, meta


def _row(row: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = dict(row)
    for name in _FIGURES:
        if name in made:
            made[name] = float(made[name]) if made[name] else None
    for name in _WHOLE:
        if name in made:
            made[name] = int(made[name]) if made[name] else None
    for name in _OR_NOTHING:
        if name in made:
            made[name] = made[name] or None
    # The apostrophe is there for spreadsheets, and no part of the name.
    if made["area_name"][:2] in {"'=", "'+", "'-", "'@"}:
        made["area_name"] = made["area_name"][1:]
    return made


def _of_package(told: dict[str, Any]) -> dict[str, Any]:
    licences = told.get("licenses") or [{}]
    sources = told.get("sources") or [{}]
    return {
        "title": told.get("title", ""),
        "release": told.get("version", ""),
        "address": told.get("id", ""),
        "manifest": told.get("manifest", {}),
        "product": {
            "licence": licences[0].get("name", ""),
            "citation": sources[0].get("title", ""),
        },
    }


def _of_csvw(told: dict[str, Any]) -> dict[str, Any]:
    if not told:
        return {}
    licence = told.get("dc:license", "")
    return {
        "title": told.get("dc:title", ""),
        "release": told.get("schema:version", ""),
        "address": told.get("dc:identifier", ""),
        "manifest": json.loads(told.get("soc:manifest", "{}")),
        "product": {
            "licence": licence.get("@id", "") if isinstance(licence, dict) else licence,
            "citation": told.get("dc:source", ""),
        },
    }
