"""XLSX: true numbers and dates, text that never runs, no macros, no merged cells."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from soc_monitor.errors import TooLarge
from soc_monitor.exports.columns import FLAGS, Column
from soc_monitor.exports.table import Report, Row, Table, silent

MOST_ROWS = 1_048_575
"""A sheet has 1 048 576 rows, and one is the header."""
_WIDTHS = {"text": 14, "integer": 10, "number": 14, "date": 12}
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
FIRST_DAY = date(1900, 3, 1)
"""Days before it stand as text: no workbook has one before 1900, and programs that read one do not
agree on those before a 29 February 1900 that there never was."""
_SAID = 255
"""Longest custom property of a workbook [characters]."""


def write_xlsx(table: Table, path: Path, report: Report = silent) -> None:
    """The table as a workbook: *Read me*, *Data*, *Columns*.

    Raises:
        TooLarge: there are more rows than a sheet has.
    """
    if table.total > MOST_ROWS:
        raise TooLarge(
            f"{table.total:,} rows, a sheet has {MOST_ROWS:,}", hint="Ask for CSV or Parquet."
        )
    about = table.about
    options: dict[str, Any] = {**_OPTIONS, "tmpdir": str(path.parent)}
    with xlsxwriter.Workbook(str(path), options) as book:
        made = about.published_at.replace(tzinfo=None)
        book.set_properties(
            {"title": about.title[:_SAID], "author": "soc-monitor", "created": made}
        )
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "text": book.add_format({"quote_prefix": True}),
        }
        _read_me(book, table, formats)
        _data(book, table, formats, report)
        _columns(book, table, formats)


def _read_me(book: Any, table: Table, formats: dict[str, Any]) -> None:
    about = table.about
    sheet = book.add_worksheet("Read me")
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 100)
    lines = {
        "Title": about.title,
        "What": about.summary,
        "Unit": about.unit,
        "Product": about.product,
        "Good to know": about.notes,
        "Interval": about.interval_note,
        "Release": f"{about.release}, published {about.published_at.date().isoformat()}",
        "Licence": about.licence or "not stated by the source",
        "How to cite": about.quote,
        "Address": about.where,
        "Empty cells": "Not known, never zero.",
        "Flags": FLAGS,
        "Sign": "Plus means that the soil gained carbon.",
        "Manifest": json.dumps(about.manifest, ensure_ascii=False),
    }
    for number, (key, text) in enumerate(lines.items()):
        sheet.write_string(number, 0, key, formats["head"])
        sheet.write_string(number, 1, text, formats["wrap"])


def _data(book: Any, table: Table, formats: dict[str, Any], report: Report) -> None:
    sheet = book.add_worksheet("Data")
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(table.columns):
        sheet.set_column(number, number, _WIDTHS[column.kind])
        sheet.write_string(0, number, column.name, formats["head"])
    last = 0
    for last, row in enumerate(table.rows(report), 1):
        if last > MOST_ROWS:
            raise TooLarge(f"more rows than a sheet has: {MOST_ROWS:,}")
        _write(sheet, last, table.columns, row, formats)
    sheet.autofilter(0, 0, last, len(table.columns) - 1)
    sheet.activate()


def _write(
    sheet: Any, line: int, columns: tuple[Column, ...], row: Row, formats: dict[str, Any]
) -> None:
    for number, column in enumerate(columns):
        value = row[column.name]
        if value is None or value == "":
            continue
        if column.kind == "text":
            sheet.write_string(line, number, value, formats["text"])
        elif column.kind == "date":
            day = date.fromisoformat(value)
            if day >= FIRST_DAY:
                instant = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # a day has no zone
                sheet.write_datetime(line, number, instant, formats["date"])
            else:
                sheet.write_string(line, number, value, formats["text"])
        else:
            sheet.write_number(line, number, value)


def _columns(book: Any, table: Table, formats: dict[str, Any]) -> None:
    sheet = book.add_worksheet("Columns")
    for number, width in enumerate((20, 10, 30, 100)):
        sheet.set_column(number, number, width)
    for number, head in enumerate(("name", "type", "title", "what")):
        sheet.write_string(0, number, head, formats["head"])
    for line, column in enumerate(table.columns, 1):
        told = (column.name, column.kind, column.title(table.about.language), column.about)
        for number, text in enumerate(told):
            sheet.write_string(line, number, text, formats["wrap"])
