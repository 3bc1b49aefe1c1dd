"""ChartSpec: one description of a chart, from which every drawing of it is made.

Two kinds: ``time`` (values over periods, with bands) and ``compare`` (one period, areas under
each other, each a dot with its interval). The writers are ``chart_svg`` and ``chart_plotly``.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import fmean

from soc_monitor.web import numbers
from soc_monitor.web.estimate import Shown
from soc_monitor.web.i18n import Language

MONTHS = 12
"""Of a year."""
ASPIRATION = 0.004
"""What the '4 per 1000' Initiative aims at, a year."""
LEAST_SPAN = 1 / 3
"""Of the largest value: what the axis of a chart over time spans at least."""
MOST_GAP = 0.5
"""Of an axis of time: what the gap after its first period may take; a wider one is broken."""


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
    interval: str = ""
    """"53.2 to 71.0"; empty where there is none."""
    at: float = 0.0
    """Where it stands on an axis of time [years]."""
    provisional: bool = False
    state: str = ""
    """Of a change: its mark, and what may be said of it."""
    untold: bool = False
    """It is a change that is not assessable: its number is drawn in grey."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A series of a ``time`` chart, or one row of a ``compare`` chart."""

    name: str
    points: tuple[Point, ...]
    strong: bool = False
    """The one that the page is about."""
    href: str = ""
    area: str = ""
    """Id of the area that it is about."""
    data_class: str = ""
    aim: bool = False
    """No estimate: a path to compare with, such as 4 per 1000 a year."""
    told: bool = False
    """An aim whose points are the levels of a plan: readers find them in the table."""


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
    plan: bool = False
    """Values beside the levels of a plan: its ranges are ranges, no intervals."""
    steps: tuple[str, ...] = ()
    """Names of the steps 0, 1, …, where the values are steps and no amounts."""
    within: tuple[float, float] | None = None
    """What the axis of values spans, where several charts share it; None: what is drawn."""
    crosses: tuple[Point, ...] = ()
    """Periods marked at the foot of the axis: something was there that is in no value."""

    @property
    def tabled(self) -> tuple[Line, ...]:
        """The lines that its table has."""
        return tuple(line for line in self.lines if line.told or not line.aim)

    @property
    def estimates(self) -> tuple[Line, ...]:
        """The lines that are numbers of the service."""
        return tuple(line for line in self.lines if not line.aim)

    @property
    def ranged(self) -> bool:
        """Whether its intervals are ranges, of which no inner half is known."""
        points = (p for line in self.lines for p in line.points if p.low is not None)
        return self.plan or (not self.has_states and any(p.low_50 is None for p in points))

    @property
    def has_states(self) -> bool:
        """Whether its numbers are changes, of which something may be said or not."""
        return any(p.state for line in self.lines for p in line.points)

    @property
    def has_values(self) -> bool:
        """Whether there is anything to draw."""
        return any(p.value is not None for line in self.lines for p in line.points)

    @property
    def far(self) -> float | None:
        """The first period of a ``time`` chart, where the axis is broken after it; None: it is not.

        One date in a far past would press all others together at the edge.
        """
        places = sorted({p.at for line in self.lines for p in line.points})
        if self.plan or self.kind is not Kind.TIME or len(places) < 4:
            return None
        gap, whole = places[1] - places[0], places[-1] - places[0]
        return places[0] if gap > MOST_GAP * whole else None

    @property
    def span(self) -> tuple[float, float]:
        """The least and the greatest number drawn, intervals included; 0 when all are positive."""
        if self.within is not None:
            return self.within
        found = [
            number
            for line in self.lines
            for p in line.points
            for number in (p.value, p.low, p.high)
            if number is not None
        ]
        assert found, "a chart without values has no span"
        low, high = min(found), max(found)
        if self.steps:
            return 0.0, len(self.steps) - 1.0
        if self.plan or self.kind is Kind.COMPARE:
            return min(low, 0.0), high
        # A small change must look small: the axis spans a third of the value at least.
        missing = max(0.0, LEAST_SPAN * max(abs(low), abs(high)) - (high - low))
        return low - missing / 2, high + missing / 2


def year_of(row: Shown) -> float:
    """Where a period stands in time: a year at its number, all else at its middle [years]."""
    if row.period.isdigit() or row.start is None or row.end is None:
        return float(row.period) if row.period.isdigit() else 0.0
    middle = row.start + (row.end - row.start) / 2
    return round(middle.year + (middle.timetuple().tm_yday - 1) / 365.25, 3)


def point(row: Shown, label: str) -> Point:
    """A row of the API as a point."""
    return Point(
        label=label,
        value=row.raw,
        low=row.low,
        high=row.high,
        low_50=row.low_50,
        high_50=row.high_50,
        text=row.whole,
        short=row.value,
        interval=row.interval,
        at=year_of(row),
        provisional=row.provisional,
        state=f"{row.mark} {row.word}".strip(),
        untold=row.untold,
    )


def over_time(
    series: dict[str, list[Shown]], title: str, words: Language, *, base: str = "", href: str = ""
) -> ChartSpec:
    """A chart of series, one line a product or an area.

    Args:
        series: name of the line to its rows, oldest first.
        title: what is drawn.
        words: the language.
        base: year from which 4 per 1000 a year is drawn for the first line; empty: not drawn.
        href: page of an area, with a place for its id; empty: none.
    """
    lines = tuple(
        Line(
            name=name,
            points=tuple(point(row, row.period) for row in rows),
            strong=index == 0,
            href=href.format(area=rows[0].area) if href and rows else "",
            area=rows[0].area if rows else "",
            data_class=rows[0].data_class if rows else "",
        )
        for index, (name, rows) in enumerate(series.items())
    )
    lines += aspiration(lines[0], base, words) if base and lines else ()
    filled = [row for rows in series.values() for row in rows if row.raw is not None]
    unit = filled[0].unit if filled else ""
    summary = ""
    if filled:
        own = [row for row in next(iter(series.values())) if row.raw is not None] or filled
        first, last = own[0], own[-1]
        summary = words.say(
            "Line chart: {title}, from {first} ({first_value}) to {last} ({last_value}). "
            "The table has every value.",
            title=title,
            first=first.period,
            first_value=first.full,
            last=last.period,
            last_value=last.full,
        )
    spec = ChartSpec(
        kind=Kind.TIME, title=title, unit=unit, lines=lines, summary=summary, code=words.code
    )
    if spec.far is None:
        return spec
    broken = words.say("The axis is broken after {year}.", year=f"{spec.far:g}")
    return replace(spec, summary=f"{summary} {broken}")


def aspiration(line: Line, base: str, words: Language) -> tuple[Line, ...]:
    """4 per 1000 a year from a base year on, ``S(t0) × (1 + 0.004 × (t - t0))``.

    Nothing where the line has no value in the base year, or none after it. Of months it begins at
    the mean of the twelve of the base year, in its middle, and is not drawn where one of them is
    missing: the mean of a season is no stock of a year.

    Source:
        The '4 per 1000' Initiative; linear on the stock of the base year.
    """
    filled = [p for p in line.points if p.value is not None]
    year = [p for p in filled if p.label[-4:] == base or int(p.at) == int(base)]
    if not year or filled[-1].at <= year[-1].at:
        return ()
    if "-" in year[0].label and len(year) < MONTHS:
        return ()
    # Of months the mean of the year, in its middle: a line between two seasons is no aspiration.
    start, stock = year[len(year) // 2], fmean(float(p.value or 0.0) for p in year)
    end = stock * (1 + ASPIRATION * (filled[-1].at - start.at))
    path = (
        Point(label=start.label, value=stock, at=start.at),
        Point(label=filled[-1].label, value=end, at=filled[-1].at),
    )
    return (Line(name=words.say("+4‰ a year from {year}", year=base), points=path, aim=True),)


def indexed(spec: ChartSpec, base: str, words: Language) -> ChartSpec:
    """A chart over time with every line at 100 in a base year; without intervals.

    The error of the base year is in every other year too, so that no band can be drawn from
    those of single years.

    Args:
        spec: the chart in its unit.
        base: label of the period that becomes 100.
        words: the language.
    """
    lines = []
    for line in spec.estimates:
        start = next((p.value for p in line.points if p.label == base and p.value), None)
        if start is None:
            continue
        points = tuple(_indexed(p, start, words) for p in line.points)
        lines.append(replace(line, points=points))
    return replace(spec, lines=tuple(lines), unit=words.say("{year} = 100", year=base))


def _indexed(one: Point, start: float, words: Language) -> Point:
    value = None if one.value is None else 100 * one.value / start
    text = numbers.number(value, words.code, 1)
    return Point(
        label=one.label,
        value=value,
        text=text,
        short=text,
        at=one.at,
        provisional=one.provisional,
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
            area=row.area,
            data_class=row.data_class,
        )
        for row, href in rows
        if row.raw is not None
    )
    own = next((row for row, _ in rows if row.area == chosen), None)
    unit = rows[0][0].unit if rows else ""
    if any(row.ranged for row, _ in rows):
        said = words.say("Dots with ranges for {n} areas: {title}.", n=len(lines), title=title)
    else:
        said = words.say(
            "Dots with 95% intervals for {n} areas: {title}.", n=len(lines), title=title
        )
    found = [said, words.say("The table has every value.")]
    if own is not None:
        found.insert(1, words.say("{area}: {value}.", area=own.name, value=own.whole))
    summary = " ".join(found)
    return ChartSpec(
        kind=Kind.COMPARE, title=title, unit=unit, lines=lines, summary=summary, code=words.code
    )


def products(series: dict[str, list[Shown]], title: str, words: Language, href: str) -> ChartSpec:
    """The newest number of each product for one area, each a dot with its interval.

    Products differ in method and period: they stand beside each other, and are never joined.

    Args:
        series: title of the product to its rows, oldest first; the one shown stands first.
        title: what is drawn.
        words: the language.
        href: page of the area, with a place for the id of the product.
    """
    newest = {
        name: filled[-1]
        for name, rows in series.items()
        if (filled := [row for row in rows if row.raw is not None])
    }
    lines = tuple(
        Line(
            name=_named(row, name, words),
            points=(point(row, name),),
            strong=name == next(iter(series)),
            href="" if name == next(iter(series)) else href.format(product=row.product),
            area=row.area,
            data_class=row.data_class,
        )
        for name, row in newest.items()
    )
    first = next(iter(newest.values()), None)
    if any(row.ranged for row in newest.values()):
        said = words.say("Dots with ranges for {n} products: {title}.", n=len(lines), title=title)
    else:
        said = words.say(
            "Dots with 95% intervals for {n} products: {title}.", n=len(lines), title=title
        )
    return ChartSpec(
        kind=Kind.COMPARE,
        title=title,
        unit=first.unit if first else "",
        lines=lines,
        summary=f"{said} {words.say('The table has every value.')}",
        code=words.code,
    )


def _named(row: Shown, product: str, words: Language) -> str:
    """A product with its period, and of a change since when it counts: not all have one year."""
    if row.base:
        return words.say(
            "{period}: {product}, since {base}", period=row.period, product=product, base=row.base
        )
    return words.say("{period}: {product}", period=row.period, product=product)


def small(spec: ChartSpec) -> list[ChartSpec]:
    """A chart over time as one chart a line, all on one axis of values.

    Args:
        spec: a ``time`` chart with values.
    """
    shared = spec.span
    filled = [line for line in spec.estimates if any(p.value is not None for p in line.points)]
    return [
        replace(spec, title=f"{line.name}. {spec.title}", lines=(line,), within=shared)
        for line in filled
    ]
