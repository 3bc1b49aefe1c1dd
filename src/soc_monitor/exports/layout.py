"""Layout: which columns a table has, whether a row is a period or an area, and in what order.

``tidy`` is a row for each area, variable and period. ``wide`` is a row for each area and variable:
what is the same in all periods stands at the left, and each period has a column of its own for
everything else, such as ``value_2010``. Rows are sorted without being held: what does not fit waits
on disk.
"""

import heapq
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from typing import IO, Any, Literal

import orjson

from soc_monitor.errors import BadValue, TooLarge
from soc_monitor.exports.columns import COLUMNS, Column
from soc_monitor.exports.table import KEY, Row, Table

Shape = Literal["tidy", "wide"]

HELD = 20_000
"""Rows in memory at a time."""
MOST_COLUMNS = 4_000
"""Of a wide table."""
FIXED = (
    "area_id", "area_name", "area_level", "variable", "depth_top_cm", "depth_bottom_cm",
    "land_cover", "statistic", "unit", "product_id", "release", "source_ids",
)  # fmt: skip
"""The same in all periods of an area and variable."""
_WHEN = ("period", "period_start", "period_end")
"""What the name of a wide column says instead."""
_SPREAD = ("value", "lower_95", "upper_95", "data_class", "status")
"""Of each period, where no columns are asked for: never a number without its doubt."""
_NAMED = 200
"""Names in a refusal: a wide table has thousands."""
_KNOWN = {column.name: column for column in COLUMNS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a table is wanted."""

    shape: Shape = "tidy"
    columns: tuple[str, ...] = ()
    """Names, in the order wanted; empty: all of a tidy table, what matters of a wide one."""
    sort: str = ""
    """A column, with a minus in front for the largest first; empty: as the table comes."""


PLAIN = Layout()


def spread_name(name: str, period: str) -> str:
    """The column of a wide table: letters, digits and underscores alone, for R and for SQL.

    Example:
        >>> spread_name("value", "2010-06")
        'value_2010_06'
    """
    return f"{name}_{re.sub(r'[^0-9A-Za-z]+', '_', period)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A layout of a table whose periods are known: checked, and ready to be used."""

    layout: Layout
    columns: tuple[Column, ...]
    """Those that are shown, in order."""
    _spread: tuple[str, ...]
    _blank: Mapping[str, None]

    def lay(self, rows: Iterable[Row]) -> Iterable[Row]:
        """Tidy rows, all periods of an area and variable together, as rows of the layout."""
        return rows if self.layout.shape == "tidy" else self._widen(rows).values()

    def _widen(self, rows: Iterable[Row]) -> dict[tuple[str, str], dict[str, Any]]:
        made: dict[tuple[str, str], dict[str, Any]] = {}
        for row in rows:
            key = (row["area_id"], row["variable"])
            line = made.get(key)
            if line is None:
                line = {**{name: row[name] for name in FIXED}, **self._blank}
                made[key] = line
            for name in self._spread:
                line[spread_name(name, row["period"])] = row[name]
        return made

    def rows(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """All rows of a short table, laid out, sorted, with the columns that are shown."""
        found = list(self.lay(rows))
        if self.layout.sort:
            found.sort(key=_key(self.layout.sort), reverse=_turned(self.layout.sort))
        return [{column.name: row[column.name] for column in self.columns} for row in found]


def arrange(layout: Layout, periods: Sequence[str]) -> Laid:
    """Check a layout against the periods of a table.

    Args:
        layout: as it is asked for.
        periods: the labels of all periods of the table, oldest first.

    Raises:
        BadValue: a column is not there; ``allowed`` has those that are.
        TooLarge: a wide table would have too many columns.

    Example:
        >>> laid = arrange(Layout(shape="wide", columns=("area_id", "value")), ["2000", "2010"])
        >>> [column.name for column in laid.columns]
        ['area_id', 'value_2000', 'value_2010']
    """
    wide = layout.shape == "wide"
    allowed = [name for name in _KNOWN if not (wide and name in _WHEN)]
    for name in layout.columns:
        _check("columns", name, allowed)
    if not wide:
        columns = tuple(_KNOWN[name] for name in layout.columns or _KNOWN)
        spread: tuple[str, ...] = ()
        sortable = allowed
    else:
        wanted = layout.columns or (*FIXED, *_SPREAD)
        spread = tuple(name for name in wanted if name not in FIXED)
        fixed = [_KNOWN[name] for name in wanted if name in FIXED]
        if len(fixed) + len(spread) * len(periods) > MOST_COLUMNS:
            raise TooLarge(
                f"{len(spread)} columns for each of {len(periods)} periods: more than "
                f"{MOST_COLUMNS:,} in all",
                hint="Ask for fewer periods (t), for fewer columns, or for shape=tidy.",
            )
        made = [_of_period(_KNOWN[name], period) for period in periods for name in spread]
        columns = (*fixed, *made)
        sortable = [*FIXED, *(column.name for column in made)]
    if layout.sort:
        _check("sort", layout.sort.removeprefix("-"), sortable)
    blank = dict.fromkeys(column.name for column in columns if column.name not in _KNOWN)
    return Laid(layout=layout, columns=columns, _spread=spread, _blank=blank)


def _check(key: str, name: str, allowed: Sequence[str]) -> None:
    if name not in allowed:
        raise BadValue(
            f"{key}: there is no column {name!r} in this table", allowed=tuple(allowed[:_NAMED])
        )


def _of_period(column: Column, period: str) -> Column:
    """A column of a wide table."""
    en, fr, es = (f"{title}, {period}" for title in column.titles)
    return Column(
        spread_name(column.name, period),
        column.kind,
        (en, fr, es),
        f"{period}: {column.about}",
        column.allowed,
    )


def lay_out(
    table: Table, layout: Layout, periods: Sequence[str], *, areas: int, variables: int
) -> Table:
    """A tidy table in a layout.

    Args:
        table: its batches hold all periods of each of their areas and variables.
        layout: as it is asked for.
        periods: the labels of all periods of the table, oldest first.
        areas, variables: how many it has.

    Raises:
        BadValue, TooLarge: as :func:`arrange` says.
    """
    if layout == PLAIN:
        return table
    laid = arrange(layout, periods)
    names = {column.name for column in laid.columns}
    wide = layout.shape == "wide"
    key = KEY if not wide else ("area_id",) if variables == 1 else ("area_id", "variable")

    def batches() -> Iterator[Sequence[Row]]:
        if not layout.sort:
            for batch in table.batches():
                yield list(laid.lay(batch))
            return
        rows = (row for batch in table.batches() for row in laid.lay(batch))
        kept = sorted(names | {layout.sort.removeprefix("-")})
        yield from _pieces(in_order(rows, kept, layout.sort), HELD)

    return replace(
        table,
        batches=batches,
        total=areas * variables if wide else table.total,
        tidy=table.total,
        columns=laid.columns,
        key=key if names.issuperset(key) else (),
        shape=layout.shape,
    )


def in_order(
    rows: Iterable[Row], names: Sequence[str], sort: str, *, held: int = HELD
) -> Iterator[Row]:
    """Rows by a column; equal ones as they came, those without a value last either way.

    Text goes by its code points, as programs sort it. More rows than are held at a time wait on
    disk in sorted pieces, and are merged from there.

    Args:
        rows: any number of them.
        names: the columns that are kept.
        sort: one of them; a minus in front for the largest first.
        held: rows in memory at a time.

    Example:
        >>> rows = [{"a": 2}, {"a": None}, {"a": 1}]
        >>> [row["a"] for row in in_order(rows, ["a"], "-a", held=2)]
        [2, 1, None]
    """
    key, turned = _key(sort), _turned(sort)
    with ExitStack() as files:
        pieces: list[Iterable[Row]] = []
        for piece in _pieces(rows, held):
            piece.sort(key=key, reverse=turned)
            if not pieces and len(piece) < held:
                yield from piece
                return
            file = files.enter_context(tempfile.TemporaryFile(prefix="soc-sort-"))
            pieces.append(_set_down(file, names, piece))
        yield from heapq.merge(*pieces, key=key, reverse=turned)


def _set_down(file: IO[bytes], names: Sequence[str], rows: Iterable[Row]) -> Iterator[Row]:
    """Write rows to a file, and read them from it one by one."""
    for row in rows:
        file.write(orjson.dumps([row[name] for name in names]) + b"\n")
    file.seek(0)
    return (dict(zip(names, orjson.loads(line), strict=True)) for line in file)


def _pieces(rows: Iterable[Row], most: int) -> Iterator[list[Row]]:
    waiting = iter(rows)
    while piece := list(islice(waiting, most)):
        yield piece


def _turned(sort: str) -> bool:
    return sort.startswith("-")


def _key(sort: str) -> Callable[[Row], tuple[bool, Any]]:
    """What to compare; turned round, what is empty must come last all the same."""
    name, empty = sort.removeprefix("-"), not _turned(sort)

    def key(row: Row) -> tuple[bool, Any]:
        value = row[name]
        if value is None or value == "":
            return empty, 0
        return not empty, value

    return key
