"""Layouts: how a table is asked for, and which forms take it so."""

from collections.abc import Sequence
from typing import Any, Protocol

from soc_monitor.api.answers import UNLAID
from soc_monitor.api.periods import Period
from soc_monitor.errors import BadValue
from soc_monitor.exports import Layout, Table, arrange, lay_out
from soc_monitor.exports.layout import PLAIN, Shape
from soc_monitor.model.period import period_label

LAID = ("csv", "json", "parquet", "xlsx", "zip")
"""Forms that take a layout."""


class Laying(Protocol):
    """Keys that say how a table is laid out."""

    shape: Shape
    columns: str | None
    sort: str | None


def layout_of(asked: Laying, form: str) -> Layout:
    """The layout that is asked for, in one spelling; its columns are not looked at yet.

    Args:
        asked: the keys of an address.
        form: of the file.

    Raises:
        BadValue: the form has a layout of its own.
    """
    names = dict.fromkeys(name.strip() for name in (asked.columns or "").split(","))
    names.pop("", None)
    found = Layout(shape=asked.shape, columns=tuple(names), sort=(asked.sort or "").strip())
    if form in UNLAID and found != PLAIN:
        raise BadValue(f"{form} has a layout of its own: no shape, columns or sort", allowed=LAID)
    return found


def layout_keys(layout: Layout) -> dict[str, str]:
    """The layout as it stands in an address: nothing for the plain one."""
    return {
        "shape": "" if layout.shape == "tidy" else layout.shape,
        "columns": ",".join(layout.columns),
        "sort": layout.sort,
    }


def lay_rows(
    rows: list[dict[str, Any]], layout: Layout, periods: Sequence[Period]
) -> list[dict[str, Any]]:
    """All rows of an answer in JSON, laid out."""
    return rows if layout == PLAIN else arrange(layout, labels_of(periods)).rows(rows)


def lay_table(
    table: Table, layout: Layout, periods: Sequence[Period], *, areas: int, variables: int
) -> Table:
    """A table of a file, with so many areas and variables, laid out."""
    return lay_out(table, layout, labels_of(periods), areas=areas, variables=variables)


def labels_of(periods: Sequence[Period]) -> list[str]:
    """The periods as they stand in the column ``period``."""
    return [period_label(*period) for period in periods]
