"""Importing: the file behind a proposal, read with limits; nothing is published by it."""

import csv
import io
import shutil
import tempfile
from itertools import islice
from pathlib import Path

from soc_monitor.errors import BadValue, ItemRejected
from soc_monitor.feeds.decode import decode_rows
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
        if size > LARGEST:
            raise BadValue(f"{file.name}: {size} bytes, {LARGEST} are allowed")
        body = file.read_bytes()
    except OSError as error:
        raise BadValue(f"{file}: {error.strerror}") from error
    rows = _workbook(file, sheet) if body[:2] == b"PK" else _csv(file.name, body)
    if len(rows) > MOST_ROWS:
        raise BadValue(f"{file.name}: too many rows, {MOST_ROWS} are allowed")
    return [row[:MOST_COLUMNS] for row in rows]


def _workbook(file: Path, sheet: str) -> list[list[Cell]]:
    """Unpacked by the process that unpacks what feeds bring: behind locks, with bounded memory."""
    with tempfile.TemporaryDirectory(prefix="soc-import-") as place:
        alone = Path(place) / "book" / "book.xlsx"
        alone.parent.mkdir()
        shutil.copyfile(file, alone)
        try:
            bounds = {"most_rows": str(MOST_ROWS), "most_columns": str(MOST_COLUMNS)}
            return list(
                decode_rows("workbook", alone, Path(place) / "scratch", sheet=sheet, **bounds)
            )
        except ItemRejected as error:
            raise BadValue(f"{file.name}: {error.found}") from error


def _csv(name: str, body: bytes) -> list[list[Cell]]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadValue(f"{name}: neither XLSX nor text in UTF-8") from error
    first = text[:4096]
    delimiter = max(",;\t", key=first.count)
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        # One more than may be: enough to see that there are too many.
        return [list(row) for row in islice(lines, MOST_ROWS + 1)]
    except csv.Error as error:  # a lone CR, or a quote that is not closed
        raise BadValue(f"{name}: line {lines.line_num + 1}: {error}") from error
