"""Importing: the file behind a proposal, read with limits; nothing is published by it."""

import csv
import io
from datetime import date, datetime, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from soc_monitor.errors import BadValue
from soc_monitor.progress.cells import Cell

LARGEST = 20 << 20
"""Bytes of a file."""
MOST_ROWS, MOST_COLUMNS = 20_000, 200


def read_table(file: Path, sheet: str = "") -> list[list[Cell]]:
    """The rows of a CSV or XLSX file, merged cells and titles as they stand.

    Of a formula, the value that the spreadsheet last computed is read; a formula is never run.

    Raises:
        BadValue: neither of both, too large, or no sheet of that name.
    """
    try:
        size = file.stat().st_size
    except OSError as error:
        raise BadValue(f"{file}: {error.strerror}") from error
    if size > LARGEST:
        raise BadValue(f"{file.name}: {size} bytes, {LARGEST} are allowed")
    body = file.read_bytes()
    rows = _workbook(file.name, body, sheet) if body[:2] == b"PK" else _csv(file.name, body)
    if len(rows) > MOST_ROWS:
        raise BadValue(f"{file.name}: {len(rows)} rows, {MOST_ROWS} are allowed")
    return [row[:MOST_COLUMNS] for row in rows]


def _workbook(name: str, body: bytes, sheet: str) -> list[list[Cell]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        if sheet and sheet not in book.sheet_names:
            raise BadValue(f"{name}: no sheet {sheet!r}", allowed=tuple(book.sheet_names))
        found = book.get_sheet_by_name(sheet or book.sheet_names[0])
        rows = [[_cell(one) for one in row] for row in found.to_python(skip_empty_area=False)]
    except CalamineError as error:
        raise BadValue(f"{name}: {error}") from error
    return rows


def _cell(found: object) -> Cell:
    if isinstance(found, str | float | int | bool | date | datetime | timedelta):
        return found
    return str(found)


def _csv(name: str, body: bytes) -> list[list[Cell]]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadValue(f"{name}: neither XLSX nor text in UTF-8") from error
    first = text[:4096]
    delimiter = max(",;\t", key=first.count)
    return [list(row) for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
