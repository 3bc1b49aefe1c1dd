"""ChartSpec: one description of a chart, from which every drawing of it is made.

Two kinds: ``time`` (values over periods, with bands) and ``compare`` (one period, areas under
each other, each a dot with its interval). The writers are ``chart_svg`` and ``chart_plotly``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from soc_monitor.web import numbers
from soc_monitor.web.estimate import Shown
from soc_monitor.web.i18n import Language

LEAST_SPAN = 1 / 3
"""Of the largest value: what the axis of a chart over time spans at least."""


class Kind(StrEnum):
    """What a chart compares."""

    TIME = "time"
    COMPARE = "compare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One estimate on a chart."""

    label: str
    """Period, or area."""
    value: float | None
    low: float | None = None
    high: float | None = None
    low_50: float | None = None
    high_50: float | None = None
    text: str = ""
    """The number in words: "62.4 t C/ha (53.2 to 71.0)"."""
    short: str = ""
    """The number alone."""
    provisional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A series of a ``time`` chart, or one row of a ``compare`` chart."""

    name: str
    points: tuple[Point, ...]
    strong: bool = False
    """The one that the page is about."""
    href: str = ""
    data_class: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSpec:
    """What a chart shows, in one language."""

    kind: Kind
    title: str
    unit: str
    """As people write it."""
    lines: tuple[Line, ...]
    summary: str
    """Two sentences for those who do not see it."""
    code: str
    """Language, for the numbers on the axes."""

    @property
    def has_values(self) -> bool:
        """Whether there is anything to draw."""
        return any(p.value is not None for line in self.lines for p in line.points)

    @property
    def span(self) -> tuple[float, float]:
        """The least and the greatest number drawn, intervals included; 0 when all are positive."""
        found = [
            number
            for line in self.lines
            for p in line.points
            for number in (p.value, p.low, p.high)
            if number is not None
        ]
        assert found, "a chart without values has no span"
        low, high = min(found), max(found)
        if self.kind is Kind.COMPARE:
            return min(low, 0.0), high
        # A small change must look small: the axis spans a third of the value at least.
        missing = max(0.0, LEAST_SPAN * max(abs(low), abs(high)) - (high - low))
        return low - missing / 2, high + missing / 2


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from at most ``low`` to at least ``high``.

    Example:
        >>> ticks(0, 95)
        [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
    """
    span = (high - low) or abs(high) or 1.0
    rough = span / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.9), 10 * power)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def tick_text(value: float, marks: Sequence[float], code: str) -> str:
    """A number on an axis, with as many decimals as the step needs."""
    step = marks[1] - marks[0] if len(marks) > 1 else abs(value) or 1.0
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step, decimals) != round(step, decimals + 1):
        decimals += 1
    return numbers.number(value, code, decimals)


def point(row: Shown, label: str) -> Point:
    """A row of the API as a point."""
    text = f"{row.full} ({row.interval})" if row.interval else row.full
    return Point(
        label=label,
        value=row.raw,
        low=row.low,
        high=row.high,
        low_50=row.low_50,
        high_50=row.high_50,
        text=text,
        short=row.value,
        provisional=row.provisional,
    )


def over_time(series: dict[str, list[Shown]], title: str, words: Language) -> ChartSpec:
    """A chart of one area's series, one line a product.

    Args:
        series: product's title to its rows, oldest first.
        title: what is drawn.
        words: the language.
    """
    lines = tuple(
        Line(
            name=name,
            points=tuple(point(row, row.period) for row in rows),
            strong=index == 0,
            data_class=rows[0].data_class if rows else "",
        )
        for index, (name, rows) in enumerate(series.items())
    )
    filled = [row for rows in series.values() for row in rows if row.raw is not None]
    unit = filled[0].unit if filled else ""
    summary = ""
    if filled:
        first, last = filled[0], filled[-1]
        summary = words.say(
            "Line chart: {title}, from {first} ({first_value}) to {last} ({last_value}). "
            "The table has every value.",
            title=title,
            first=first.period,
            first_value=first.full,
            last=last.period,
            last_value=last.full,
        )
    return ChartSpec(
        kind=Kind.TIME, title=title, unit=unit, lines=lines, summary=summary, code=words.code
    )


def side_by_side(
    rows: list[tuple[Shown, str]], chosen: str, title: str, words: Language
) -> ChartSpec:
    """A chart of areas for one period, each a dot with its interval.

    Args:
        rows: (estimate, address of its page), in the order drawn.
        chosen: area that the page is about.
        title: what is drawn.
        words: the language.
    """
    lines = tuple(
        Line(
            name=row.name,
            points=(point(row, row.name),),
            strong=row.area == chosen,
            href="" if row.area == chosen else href,
            data_class=row.data_class,
        )
        for row, href in rows
        if row.raw is not None
    )
    own = next((row for row, _ in rows if row.area == chosen), None)
    unit = rows[0][0].unit if rows else ""
    summary = ""
    if own is not None:
        summary = words.say(
            "Dots with 95% intervals for {n} areas: {title}. {area}: {value}. "
            "The table has every value.",
            n=len(lines),
            title=title,
            area=own.name,
            value=f"{own.full} ({own.interval})" if own.interval else own.full,
        )
    return ChartSpec(
        kind=Kind.COMPARE, title=title, unit=unit, lines=lines, summary=summary, code=words.code
    )
