"""Offline: the questions of a client, answered from a folder of exported files.

What the files cannot tell is refused: a number that is not the one asked for is never given.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from soc_monitor_client import folder
from soc_monitor_client.transport import Problem
from soc_monitor_client.variables import is_of_change, variable_id

Row = dict[str, Any]
Told = tuple[list[Row], dict[str, Any]]
UNITS = "Keep files of one unit in a folder."
KEYS = frozenset({"src", "d", "b"})
"""Keys of the service that files can answer."""


def series(
    tables: Iterable[folder.Found],
    areas: list[str],
    variables: list[str],
    *,
    t: str,
    level: str | None,
    keys: Mapping[str, str | None],
) -> Told:
    """Rows of some areas in the order of the service, and what is told of the first of them.

    Args:
        tables: of one release.
        areas: ids.
        variables: short names or ids.
        t: as the service takes it.
        level: all areas of this level inside of the areas; None: the areas themselves.
        keys: others of the service.

    Raises:
        Problem: a key is none that files can answer, or a number is not in them, or is there
            more than once.
    """
    _refuse_other(keys)
    wanted = [_inside(area, level) for area in areas] if level else None
    ids = [variable_id(one, keys.get("d")) for one in variables]
    _refuse_base(ids, keys)
    held = list(tables)
    found: list[Row] = []
    about: dict[str, Any] = {}
    for name in dict.fromkeys(ids):
        mine: dict[tuple[str, ...], Row] = {}
        for rows, meta in (one for one in held if _is_since(one, name, keys)):
            for row in rows:
                where = (
                    any(one(row) for one in wanted)
                    if wanted is not None
                    else row["area_id"] in areas
                )
                if row["variable"] == name and where and _is_of(row, keys):
                    about = about or meta
                    mine.setdefault(_key(row), row)
        kept = in_span(list(mine.values()), t)
        _one(kept, "unit", f"{name} in several units", UNITS)
        absent = [area for area in areas if all(row["area_id"] != area for row in kept)]
        if not kept or (wanted is None and absent):
            _refuse_untold(held, name, keys)
            since = f" since {keys['b']}" if keys.get("b") and is_of_change(name) else ""
            _miss(f"no {name}{since} of {'~'.join(absent or areas)} for t={t}")
        if wanted is None:
            kept.sort(key=lambda row: (areas.index(row["area_id"]), row["period_start"]))
        found += kept
    _one(found, "product_id", "several products", "Say which one: src=")
    return found, {**about, "unit": " · ".join(dict.fromkeys(row["unit"] for row in found))}


def features(
    path: Path, release: str, variable: str, *, level: str, t: str, keys: Mapping[str, str | None]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The features of a map, and what is told of them, from a GeoJSON file of the folder.

    Raises:
        Problem: it is in no file, or a key is none that files can answer.
    """
    _refuse_other(keys)
    name = variable_id(variable, keys.get("d"))
    _refuse_base([name], keys)
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    about: dict[str, Any] = {}
    for shapes, meta in _collections(path):
        if not _is_since(([], meta), name, keys):
            continue
        for one in shapes:
            row = one["properties"]
            same = (row.get("variable"), row.get("area_level")) == (name, level)
            if same and row["release"] == release and _is_of(row, keys):
                about = about or meta
                found.setdefault(_key(row), one)
    kept = in_span([one["properties"] for one in found.values()], t)
    if not kept:
        _miss(f"no map of {name} of level {level} for t={t}; series have no outlines")
    _one(kept, "product_id", "several products", "Say which one: src=")
    _one(kept, "period_start", "several periods", "A map is of one.")
    _one(kept, "unit", f"{name} in several units", UNITS)
    return [found[_key(row)] for row in kept], about


def document(path: Path, name: str, release: str) -> list[dict[str, Any]]:
    """A list of the service that was kept as it came: ``areas.json``, ``objectives.json``.

    Raises:
        Problem: it is not there, or of another release.
    """
    kept = path / f"{name}.json"
    if not kept.is_file():
        detail = f"{kept} is not there: download({name!r}, {kept.name!r}) of a service makes it"
        raise Problem(404, {"title": "Not in the files", "detail": detail})
    told = json.loads(kept.read_text("utf-8"))
    if told.get("meta", {}).get("release", release) not in {release, None}:
        _miss(f"{kept.name} is of release {told['meta']['release']}")
    if told.get("meta", {}).get("links", {}).get("next"):
        _miss(f"all of {kept.name}: it is the first page alone")
    found: list[dict[str, Any]] = told["data"]
    return found


def in_span(rows: list[Row], t: str) -> list[Row]:
    """The rows whose periods begin in a span, as the service reads it.

    Example:
        >>> rows = [{"period_start": "2009-12-01"}, {"period_start": "2010-06-01"}]
        >>> in_span(rows, "2010") == in_span(rows, "latest") == in_span(rows, "2010-02..") == rows[
        ...     1:
        ... ]
        True
    """
    low, dots, high = t.partition("..")
    if low == "latest" and high in {"", "latest"}:
        newest = max((row["period_start"] for row in rows), default="")
        return [row for row in rows if row["period_start"] == newest]
    if not dots:
        low = high = t.partition("/")[0]
    if high == "latest":
        high = ""
    return [
        row
        for row in rows
        if row["period_start"][: len(low)] >= low
        and (not high or row["period_start"][: len(high)] <= high)
    ]


def _collections(path: Path) -> Iterator[tuple[list[dict[str, Any]], dict[str, Any]]]:
    for file in sorted(path.glob("*.geojson")):
        read = json.loads(file.read_text("utf-8"))
        if isinstance(read, dict) and "product" in read.get("metadata", {}):
            yield read["features"], read["metadata"]


def _inside(area: str, level: str) -> Callable[[Row], bool]:
    """Whether a row is of a level inside of an area: the ids tell it of divisions alone."""
    if area == "WLD":
        return lambda row: row["area_level"] == level
    if level == "adm1":
        return lambda row: row["area_level"] == level and row["area_id"].startswith(f"{area}-")
    detail = f"files do not tell which areas of level {level} are inside of {area}"
    raise Problem(422, {"title": "Not in the files", "detail": detail, "hint": "Name the areas."})


def _refuse_other(keys: Mapping[str, str | None]) -> None:
    other = sorted(name for name, value in keys.items() if value and name not in KEYS)
    if other:
        detail = f"{', '.join(other)}: a folder of files has its numbers as they were exported"
        raise Problem(422, {"title": "Not for files", "detail": detail})


def _refuse_base(ids: list[str], keys: Mapping[str, str | None]) -> None:
    """As the service does it."""
    if keys.get("b") and not any(map(is_of_change, ids)):
        told = {"title": "A parameter has a value that cannot be used", "hint": "Ask for v=rate."}
        raise Problem(422, {**told, "detail": "b: only a change is counted from a year"})


def _refuse_untold(held: list[folder.Found], name: str, keys: Mapping[str, str | None]) -> None:
    """Where a change is not found: say of a table that has it that its base is not told."""
    for rows, meta in held if is_of_change(name) else ():
        has = any(row["variable"] == name and _is_of(row, keys) for row in rows)
        if has and folder.base_year((rows, meta)) is None:
            told = {
                "title": "Not told in the files",
                "detail": f"since when {name} is counted: a table of it has no column "
                f"{' or '.join(folder.BASE)}",
                "hint": "Keep the columns, or its csv-metadata.json beside it.",
            }
            raise Problem(422, told)


def _is_since(table: folder.Found, name: str, keys: Mapping[str, str | None]) -> bool:
    """Whether a table has a variable as it is asked for: of one of change, from that year."""
    return not is_of_change(name) or folder.base_year(table) == (keys.get("b") or "")


def _is_of(row: Row, keys: Mapping[str, str | None]) -> bool:
    return keys.get("src") in {None, "", row["product_id"]}


def _key(row: Row) -> tuple[str, ...]:
    """What tells a number from all others; in another unit it is there twice."""
    names = ("area_id", "period_start", "period_end", "variable", "product_id", "unit")
    return tuple(str(row[name]) for name in names)


def _one(rows: list[Row], column: str, what: str, hint: str) -> None:
    found = sorted({str(row[column]) for row in rows})
    if len(found) > 1:
        told = {"title": "Not one answer", "detail": f"{what}: {', '.join(found)}", "hint": hint}
        raise Problem(422, told)


def _miss(detail: str) -> None:
    raise Problem(404, {"title": "Not in the files", "detail": detail})
