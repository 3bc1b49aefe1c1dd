"""Console: how the command prints. Results go to standard output, progress to standard error."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

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
    """Results: a table, or a line of JSON each; nothing for none."""
    if as_json:
        for row in rows:
            emit(row, as_json=True)
        return
    if not rows:
        return
    # Broken where it is too long, and never cut: an id is there to be copied. Names that others
    # have given are text, whatever brackets are in them.
    columns = (Column(name, overflow="fold") for name in rows[0])
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text("" if value is None else str(value)) for value in row.values()))
    out.print(table)


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
