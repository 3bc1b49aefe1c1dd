"""Sizes: how long a file would be, from its first rows, before anybody waits for it."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from soc_monitor.api.answers import Stamp, dump_bytes
from soc_monitor.api.desk import AT_ONCE
from soc_monitor.api.files import length_of
from soc_monitor.exports import Column, Row, Table, silent
from soc_monitor.exports.archive import write_zip
from soc_monitor.exports.delimited import write_csv

SAMPLE = 300
"""Rows of the tidy table that are written to see how long they are."""
SIZED = ("csv", "json", "parquet", "xlsx", "zip")
"""Forms whose length follows from their first rows."""
FORMS = ("csv", "json", "parquet", "xlsx", "zip", "nc", "gpkg", "geojson")
_META = 2500
"""About what stands beside rows in JSON [bytes]."""


def size_body(
    stamp: Stamp,
    table: Table,
    form: str,
    *,
    rows: int,
    sample: Callable[[], Sequence[Row]],
    bom: bool = False,
) -> dict[str, Any]:
    """What is told of a file before it is made.

    Args:
        stamp: its address.
        table: the file's, in its layout; not read.
        form: of the file.
        rows: that it has, counted.
        sample: reads the first rows, already in the layout of the table.
        bom: whether a CSV begins with a byte order mark.

    Raises:
        TooLarge: it would have more rows than its form holds.
    """
    length = length_of(table, form)
    size, exact = _bytes(table, form, rows, sample()) if form in SIZED else (None, False)
    if size is not None and form == "csv" and bom:
        size += len("\ufeff".encode())
    return {
        "form": form,
        "name": f"{table.about.name}.{form}",
        "title": table.about.title,
        "rows": rows,
        "columns": [_column(column, table.about.language) for column in table.columns],
        "bytes": size,
        "exact": exact,
        "at_once": length <= AT_ONCE,
        "address": stamp.location,
        "release": table.about.release,
        "licence": table.about.licence,
        "citation": table.about.quote,
    }


def _column(column: Column, language: str) -> dict[str, str]:
    return {
        "name": column.name,
        "type": column.kind,
        "title": column.title(language),
        "about": column.about,
    }


def _bytes(table: Table, form: str, rows: int, sample: Sequence[Row]) -> tuple[int, bool]:
    """How long the file is: what stands in it anyway, and so much for each row."""
    taken = sample[:rows]
    whole = _written(table, form, taken)
    if len(taken) >= rows:
        return whole, form in {"csv", "parquet", "xlsx", "zip"}
    empty = _written(table, form, [])
    return round(empty + (whole - empty) * rows / max(1, len(taken))), False


def _written(table: Table, form: str, rows: Sequence[Row]) -> int:
    if form == "json":
        names = [column.name for column in table.columns]
        return _META + len(dump_bytes([{name: row[name] for name in names} for row in rows]))
    short = replace(table, batches=lambda: [rows], total=len(rows))
    with tempfile.TemporaryDirectory(prefix="soc-size-") as folder:
        path = Path(folder) / f"sample.{form}"
        match form:
            case "csv":
                write_csv(short, path)
            case "zip":
                write_zip(short, path)
            case "xlsx":
                from soc_monitor.exports.workbook import write_xlsx  # noqa: PLC0415  # heavy

                write_xlsx(short, path, silent)
            case _:
                from soc_monitor.exports.parquet import write_parquet  # noqa: PLC0415  # heavy

                write_parquet(short, path)
        return path.stat().st_size
