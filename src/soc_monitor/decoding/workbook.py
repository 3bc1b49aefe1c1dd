"""A sheet of a workbook, as ``rows.jsonl``: one list of cells a line."""

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from soc_monitor.decoding.bounds import Refused
from soc_monitor.decoding.rows import write_rows

Cell = str | float | int | bool
"""What JSON has; days and instants are written as ISO 8601 has them."""


def workbook(source: Path, folder: Path, options: dict[str, str]) -> dict[str, object]:
    """The cells of a sheet as they stand; of a formula, the value that was last computed.

    Options: ``sheet``, its name, the first one if not given; ``most_rows``, ``most_columns``.
    """
    try:
        book = CalamineWorkbook.from_path(str(source))
        name = options.get("sheet") or book.sheet_names[0]
        if name not in book.sheet_names:
            raise Refused("sheet", f"no sheet {name!r}; there are: {', '.join(book.sheet_names)}")
        count = write_rows(folder, _rows(book.get_sheet_by_name(name), options))
    except CalamineError as error:
        raise Refused("format", str(error)[:500]) from error
    return {"rows": count}


def _rows(sheet: CalamineSheet, options: dict[str, str]) -> Iterator[list[Cell]]:
    most_rows, most_columns = int(options["most_rows"]), int(options["most_columns"])
    # The size is told before the cells between its corners are laid out.
    if sheet.total_height > most_rows:
        raise Refused("size", f"{sheet.total_height} rows, {most_rows} are allowed")
    for row in sheet.to_python(skip_empty_area=False):
        yield [_cell(one) for one in row[:most_columns]]


def _cell(found: object) -> Cell:
    if isinstance(found, str | float | int):
        return found
    if isinstance(found, datetime):
        return (found.date() if found.time() == time.min else found).isoformat()
    return found.isoformat() if isinstance(found, date) else str(found)
