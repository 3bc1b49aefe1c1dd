"""Console: how the command prints. Results go to standard output, progress to standard error."""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.text import Text

from soc_monitor.runs import progress as reporting

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, highlight=False)

Row = Mapping[str, Any]


def emit(record: Row, *, as_json: bool) -> None:
    """One result: a line of JSON, or ``key: value`` lines."""
    if as_json:
        sys.stdout.write(json.dumps(record, default=str, ensure_ascii=False) + "\n")
        return
    for key, value in record.items():
        out.print(f"{key}: {value}", markup=False)


def emit_line(record: Row, *, as_json: bool) -> None:
    """One event: a line of JSON, or its first three values and the rest by name."""
    if as_json:
        emit(record, as_json=True)
        return
    first = [str(value) for value in list(record.values())[:3]]
    rest = [f"{key}={value}" for key, value in list(record.items())[3:]]
    out.print("  ".join([*first, *rest]), markup=False)


def emit_table(rows: Sequence[Row], *, as_json: bool) -> None:
    """Results: a table, or a line of JSON each; nothing for none.

    What is one word, such as an id, is never broken: it is there to be copied. Where a table with
    whole words does not fit into the terminal, each row is a paragraph of ``key: value`` lines.
    """
    if as_json:
        for row in rows:
            emit(row, as_json=True)
        return
    if not rows:
        return
    # Names that others have given are text, whatever brackets are in them.
    cells = [{key: _told(value) for key, value in row.items()} for row in rows]
    if not out.is_terminal:
        # A line a row, whatever is in it.
        cells = [{key: _BREAKS.sub(" ", cell) for key, cell in row.items()} for row in cells]
    least = {key: max(_least(row[key]) for row in [*cells, {key: key}]) for key in cells[0]}
    room = (out.width if out.is_terminal else _WIDE) - sum(least.values()) - 2 * (len(least) - 1)
    if room < 0:
        for number, row in enumerate(cells):
            if number:
                out.print()
            emit(row, as_json=False)
        return
    whole = {key: max(cell_len(row[key]) for row in [*cells, {key: key}]) for key in least}
    widths = _grown(least, whole, room)
    columns = (Column(name, width=width, overflow="fold") for name, width in widths.items())
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in cells:
        table.add_row(*map(Text, row.values()))
    # What is piped has no edge to be broken at.
    wide = Console(file=out.file, soft_wrap=True, highlight=False, width=_WIDE)
    (out if out.is_terminal else wide).print(table)


_WIDE, _PROSE = 10_000, 24
"""Columns of a pipe; columns below which prose is not squeezed."""
_BREAKS = re.compile(r"[^\S \xa0\u202f]+")
"""Tabs and line breaks of every kind: white space that is no space of a word."""


def _grown(least: Mapping[str, int], whole: Mapping[str, int], room: int) -> dict[str, int]:
    """Widths of columns when what room is left is shared by those that want it.

    Example:
        >>> _grown({"id": 8, "why": 4, "what": 4}, {"id": 8, "why": 5, "what": 20}, 7)
        {'id': 8, 'why': 5, 'what': 10}
    """
    widths = dict(least)
    while room and (wanting := [key for key in widths if widths[key] < whole[key]]):
        share = max(1, room // len(wanting))
        for key in wanting:
            more = min(share, whole[key] - widths[key], room)
            widths[key] += more
            room -= more
    return widths


def _told(value: object) -> str:
    """A cell: instants in UTC to the second, as one word that can be copied."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return "" if value is None else str(value)


def _least(cell: str) -> int:
    """Columns that a cell needs: of its longest word, or of some words beside each other.

    Example:
        >>> _least("b108370"), _least("of some twenty words, more or less")
        (7, 24)
    """
    return max(max(map(cell_len, cell.split()), default=0), min(cell_len(cell), _PROSE))


@contextmanager
def bars() -> Iterator[reporting.Progress]:
    """Progress on standard error: bars on a terminal, a line a step elsewhere."""
    if not err.is_terminal:
        seen: set[str] = set()

        def line(step: str, done: int, total: int) -> None:
            if step not in seen and done < total:
                seen.add(step)
                err.print(f"  {step}", markup=False)

        yield line
        return
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=err) as shown:
        tasks: dict[str, Any] = {}

        def bar(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = shown.add_task(step, total=total)
            shown.update(tasks[step], completed=done, total=total)

        yield bar
