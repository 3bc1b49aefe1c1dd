"""CSV as RFC 4180 has it, safe to open in a spreadsheet."""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from soc_monitor.exports.columns import COLUMNS
from soc_monitor.exports.table import Report, Table, silent

_ROWS_AT_ONCE = 500
_NAMES = tuple(column.name for column in COLUMNS)


def csv_text(
    rows: Iterable[Mapping[str, Any]], *, columns: Sequence[str] = _NAMES, bom: bool = False
) -> Iterator[str]:
    """The tidy table as RFC 4180 has it: a header, CRLF, nothing for what is missing.

    Example:
        >>> "".join(csv_text([])).startswith("area_id,area_name,")
        True
    """
    buffer = io.StringIO("\ufeff" if bom else "", newline="")
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for number, row in enumerate(rows, 1):
        writer.writerow([cell(row[column]) for column in columns])
        if number % _ROWS_AT_ONCE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def cell(value: object) -> object:
    """A cell of a table: text that a spreadsheet would run as a formula gets an apostrophe.

    Example:
        >>> cell("=1+1"), cell(-1.5), cell(None)
        ("'=1+1", -1.5, '')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in _FORMULA else value
    return value


# The wide forms are what a spreadsheet makes of full-width input.
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001


def write_csv(
    table: Table, path: Path, report: Report = silent, *, bom: bool = False
) -> tuple[str, int]:
    """The table as a file.

    Returns:
        Its SHA-256 in hexadecimal, and how many bytes it has.
    """
    digest, size = hashlib.sha256(), 0
    names = [column.name for column in table.columns]
    with path.open("wb") as out:
        for text in csv_text(table.rows(report), columns=names, bom=bom):
            raw = text.encode()
            out.write(raw)
            digest.update(raw)
            size += len(raw)
    return digest.hexdigest(), size
