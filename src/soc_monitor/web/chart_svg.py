"""Server SVG of a ChartSpec, in two or three widths; colours are the style sheet's tokens."""

import textwrap
from collections.abc import Callable
from itertools import groupby

from markupsafe import Markup, escape

from soc_monitor.web.chart import ChartSpec, Kind, Line, Point
from soc_monitor.web.chart_axis import placed, tick_text, ticks, time_marks, value_marks
from soc_monitor.web.chart_stretches import stretches

FULL, WIDE, NARROW = 1060, 760, 360
"""Widths of the drawings; the style sheet shows the one that fits."""

LONGEST = 26
"""Characters of a name that has room beside its dot."""

MOST_DOTS = 60
"""More points than this, of all lines together, are lines alone."""
MOST_THRICE = 120
"""More points than this, of all lines together, are not drawn a third time."""
LETTER = 7.2
"""Width of a letter of the charts, more or less."""

Scale = Callable[[float], float]


def figure(spec: ChartSpec, ident: str) -> Markup:
    """The drawings of a chart; only one is shown, and only one is read."""
    if not spec.has_values:
        return Markup("")
    sizes = [("wide", WIDE), ("narrow", NARROW)]
    if not spec.plan and sum(len(line.points) for line in spec.lines) <= MOST_THRICE:
        sizes = [("wide mid", WIDE), ("narrow", NARROW), ("full", FULL)]
    return Markup("").join(
        _frame(spec, ident, css, width, *bare(spec, width)) for css, width in sizes
    )


def whisker(point: Point, low: float, high: float) -> Markup:
    """One value with its interval on a bare line, for a key figure."""
    if point.value is None or point.low is None or point.high is None:
        return Markup("")
    x = _linear(low, high, 4, 156)
    return _markup(
        '<svg class="whisker" viewBox="0 0 160 14" aria-hidden="true">'
        '<line class="rail" x1="0" x2="160" y1="7" y2="7"/>'
        f"{_interval(point, x, 7, strong=True)}</svg>"
    )


def bare(spec: ChartSpec, width: int) -> tuple[int, str]:
    """The drawing alone, for a picture that frames it: its height, and its elements."""
    return (_time if spec.kind is Kind.TIME else _compare)(spec, width)


def _frame(spec: ChartSpec, ident: str, css: str, width: int, height: int, body: str) -> Markup:
    # An image hides what is in it: links would be there for the keyboard, and for no reader.
    role = "group" if any(line.href for line in spec.lines) and spec.kind is Kind.COMPARE else "img"
    return _markup(
        f'<svg class="chart {css}" viewBox="0 0 {width} {height}" role="{role}" '
        f'aria-labelledby="{ident}-{width}"><title id="{ident}-{width}">'
        f"{escape(spec.title)}. {escape(spec.summary)}</title>{body}</svg>"
    )


def _markup(text: str) -> Markup:
    return Markup(text)  # noqa: S704  # built in this module from escaped parts


def _linear(low: float, high: float, start: float, end: float) -> Scale:
    span = (high - low) or 1.0

    return lambda value: _tenth(start + (value - low) / span * (end - start))


def _tenth(at: float) -> float:
    """A coordinate as it is written: "10", not "10.0"; a page draws hundreds of them."""
    at = round(float(at), 1)
    return int(at) if at.is_integer() else at


# --- areas beside each other -------------------------------------------------------------------


def _compare(spec: ChartSpec, width: int) -> tuple[int, str]:
    """Areas or products under each other: name, dot with its interval, the number in words."""
    # Long names stand above their dots, as they do where there is no room beside them.
    beside = width >= WIDE and all(len(line.name) <= LONGEST for line in spec.lines)
    marks = ticks(*spec.span, about=6 if width >= WIDE else 4)
    column = LETTER * max(len(_number(line.points[0])) for line in spec.lines) + 24
    left, right = (214, width - column) if beside else (10, width - 14)
    names = [[line.name] if beside else _rows(line.name, width, column) for line in spec.lines]
    step, top = 34 if beside else 32 + 16 * max(len(rows) for rows in names), 34
    x = _linear(marks[0], marks[-1], left, right)
    bottom = top + step * len(spec.lines)
    parts = [_unit(spec, left, 14)]
    for mark in marks:
        at = x(mark)
        parts.append(
            f'<line class="grid" x1="{at}" x2="{at}" y1="{top - 6}" y2="{bottom}"/>'
            f'<text class="tick" text-anchor="middle" x="{at}" y="{bottom + 16}">'
            f"{tick_text(mark, marks, spec.code)}</text>"
        )
    for index, (line, rows) in enumerate(zip(spec.lines, names, strict=True)):
        y = top + step * index + (step // 2 if beside else step - 14)
        parts.append(_row(line, rows, x, y, width=width, beside=beside))
    return bottom + 26, "".join(parts)


def _number(point: Point) -> str:
    """A number with its interval, as it stands at the end of its row; before it, its state."""
    number = f"{point.short} ({point.interval})" if point.interval else point.short
    return f"{point.state.partition(' ')[0]} {number}" if point.state else number


def _rows(name: str, width: int, column: float) -> list[str]:
    """A name above its dot, in three rows at most; the last one has room for the number."""
    rows = textwrap.wrap(name, int((width - 20) / LETTER), max_lines=3, placeholder="…")
    fits = len(rows[-1]) * LETTER + column <= width
    return rows if fits else [*rows, ""]


def _row(line: Line, rows: list[str], x: Scale, y: float, *, width: int, beside: bool) -> str:
    """One area or product: its name beside its dot or above it, its number at the right."""
    point = line.points[0]
    css = " strong" if line.strong else ""
    base = y + 4.5 if beside else y - 13
    place = 'text-anchor="end" x="200"' if beside else 'x="10"'
    label = "".join(
        f'<text class="name{css}" {place} y="{base - 16 * above}">{escape(text)}</text>'
        for above, text in enumerate(reversed(rows))
        if text
    )
    number = (
        f'<text class="value{css}" text-anchor="end" x="{width - 4}" y="{base}">'
        f"{escape(_number(point))}</text>"
    )
    drawn = _interval(point, x, y, strong=line.strong)
    # The name stands beside it: what the number leaves out is its unit, and what may still move.
    body = f"<g>{label}{number}{drawn}<title>{escape(point.text)}</title></g>"
    return f'<a href="{escape(line.href)}">{body}</a>' if line.href else body


def _interval(point: Point, x: Scale, y: float, *, strong: bool) -> str:
    css = "untold" if point.untold else "own" if strong else "other"
    parts = []
    if point.low is not None and point.high is not None:
        parts.append(
            f'<line class="i95 {css}" x1="{x(point.low)}" x2="{x(point.high)}" y1="{y}" y2="{y}"/>'
        )
    if point.low_50 is not None and point.high_50 is not None:
        parts.append(
            f'<line class="i50 {css}" x1="{x(point.low_50)}" x2="{x(point.high_50)}" '
            f'y1="{y}" y2="{y}"/>'
        )
    assert point.value is not None
    parts.append(
        f'<circle class="dot {css}" cx="{x(point.value)}" cy="{y}" r="{5 if strong else 4}"/>'
    )
    return "".join(parts)


# --- values over time --------------------------------------------------------------------------


def _time(spec: ChartSpec, width: int) -> tuple[int, str]:
    wide = width >= WIDE
    height = 330 if wide else 270
    place = placed(spec)
    marks = value_marks(spec)
    named = wide and len(spec.lines) > 1 and not spec.plan
    left, right, top, bottom = 52, width - (170 if named else 16), 30, height - 30
    if spec.steps:
        left = 10
    y = _linear(marks[0][0], marks[-1][0], bottom, top)
    places = [p.at for line in spec.lines for p in line.points]
    scale = _linear(place(min(places)), max(places), left + 14, right - 14)

    def x(at: float) -> float:
        one_place = min(places) == max(places)
        return _tenth((left + right) / 2) if one_place else scale(place(at))

    parts = [] if spec.steps else [_unit(spec, 4, 14)]
    # The names of steps are long: they stand on their lines, where no number would have room.
    side = f'x="{left}" dy="-5"' if spec.steps else f'x="{left - 8}" dy="4" text-anchor="end"'
    parts += [
        f'<line class="grid" x1="{left}" x2="{right}" y1="{y(mark)}" y2="{y(mark)}"/>'
        f'<text class="tick" {side} y="{y(mark)}">{_short(text, 84 if wide else 46)}</text>'
        for mark, text in marks
    ]
    parts += [
        f'<text class="tick" text-anchor="middle" x="{x(at)}" y="{height - 10}">'
        f"{escape(label)}</text>"
        for at, label in time_marks(spec, 8 if wide else 4)
    ]
    if spec.far is not None:
        parts.append(
            _break((x(spec.far) + x(min(at for at in places if at != spec.far))) / 2, bottom)
        )
    dotted = sum(len(line.points) for line in spec.lines) <= MOST_DOTS
    for index, line in enumerate(spec.lines):
        parts.append(_curve(line, x, y, index % 6 + 1, spec.far, dotted=dotted))
    parts += [_cross(p, x(p.at), bottom) for p in spec.crosses]
    if named:
        parts.append(_ends(spec, x, y))
    return height, "".join(parts)


def _cross(point: Point, x: float, y: float) -> str:
    """A mark at the foot of the axis, with what it stands for."""
    drawn = f"M{_tenth(x - 3.5)} {_tenth(y - 3.5)}l7 7m0 -7l-7 7"
    title = f"<title>{escape(point.label)}: {escape(point.text)}</title>"
    return f'<path class="cross" d="{drawn}">{title}</path>'


def _break(x: float, y: float) -> str:
    """Two strokes across an axis of time: years are left out here."""
    return "".join(
        f'<line class="break" x1="{_tenth(x + away - 4)}" x2="{_tenth(x + away + 4)}" '
        f'y1="{y + 8}" y2="{y - 8}"/>'
        for away in (-3, 3)
    )


def _short(text: str, most: int) -> str:
    return str(escape(text if len(text) <= most else text[: most - 1] + "…"))


def _ends(spec: ChartSpec, x: Scale, y: Scale) -> str:
    """The name of each line at its end, moved apart where they would cover each other."""
    ends = []
    for index, line in enumerate(spec.lines):
        filled = [p for p in line.points if p.value is not None]
        if filled and filled[-1].value is not None:
            ends.append((y(filled[-1].value), x(filled[-1].at), index, line.name))
    drawn, lowest = [], -100.0
    for height, at, index, name in sorted(ends):
        lowest = _tenth(max(height, lowest + 15))
        text = name if len(name) <= 20 else name[:19] + "…"
        drawn.append(
            f'<g class="s{index % 6 + 1}">'
            f'<text class="end" x="{_tenth(at + 12)}" y="{_tenth(lowest + 4)}">'
            f"{escape(text)}</text></g>"
        )
    return "".join(drawn)


def _curve(line: Line, x: Scale, y: Scale, index: int, far: float | None, *, dotted: bool) -> str:
    """Band, line and dots of one series; a gap is left where there is no value, or no axis."""
    if line.told:
        return _levels(line, x, y)
    if line.aim:
        drawn = " ".join(f"{x(p.at)},{y(p.value)}" for p in line.points if p.value is not None)
        return (
            f'<polyline class="aim" points="{drawn}"><title>{escape(line.name)}</title></polyline>'
        )
    parts = [f'<g class="s{index}">']
    for run in _runs(line.points, far):
        for untold, same in groupby(run, lambda p: p.untold):
            if not untold:
                parts += _bands(list(same), x, y)
        parts += [
            _stretch(part, x, y, untold=untold, provisional=provisional)
            for part, untold, provisional in stretches(run)
        ]
        if dotted or len(run) == 1:
            parts += [_dot(p, x(p.at), y, single=len(run) == 1) for p in run]
    return "".join(parts) + "</g>"


def _bands(run: list[Point], x: Scale, y: Scale) -> list[str]:
    """Intervals of points that are joined; none where one of them has none."""
    bands = []
    for css, low, high in (("b95", "low", "high"), ("b50", "low_50", "high_50")):
        edge = [(x(p.at), getattr(p, low), getattr(p, high)) for p in run]
        if len(run) > 1 and all(a is not None and b is not None for _, a, b in edge):
            points = [f"{at},{y(b)}" for at, _, b in edge]
            points += [f"{at},{y(a)}" for at, a, _ in reversed(edge)]
            bands.append(f'<polygon class="{css}" points="{" ".join(points)}"/>')
    return bands


def _levels(line: Line, x: Scale, y: Scale) -> str:
    """The way of a plan from its reference to its levels, with their ranges."""
    points = [p for p in line.points if p.value is not None]
    drawn = " ".join(f"{x(p.at)},{y(p.value)}" for p in points if p.value is not None)
    parts = [f'<polyline class="aim" points="{drawn}"/>']
    if any(p.high is not None for p in points):
        edge = [f"{x(p.at)},{y(_top(p))}" for p in reversed(points)]
        parts.insert(0, f'<polygon class="range" points="{drawn} {" ".join(edge)}"/>')
    for p in points:
        at, height = x(p.at), y(p.value or 0.0)
        parts.append(
            f'<line class="goal" x1="{_tenth(at - 8)}" x2="{_tenth(at + 8)}" '
            f'y1="{height}" y2="{height}">'
            f"<title>{escape(p.label)}: {escape(p.text)}</title></line>"
        )
        if p.short:
            parts.append(
                f'<text class="level" x="{_tenth(at + 8)}" y="{_tenth(height - 9)}" '
                'text-anchor="end">'
                f"{escape(p.short)}</text>"
            )
    return "".join(parts)


def _top(point: Point) -> float:
    assert point.value is not None
    return point.value if point.high is None else point.high


def _stretch(part: list[Point], x: Scale, y: Scale, *, untold: bool, provisional: bool) -> str:
    drawn = " ".join(f"{x(p.at)},{y(p.value)}" for p in part if p.value is not None)
    css = "curve provisional" if provisional else "curve"
    css += " untold" if untold else ""
    return f'<polyline class="{css}" points="{drawn}"/>'


def _dot(point: Point, x: float, y: Scale, *, single: bool) -> str:
    assert point.value is not None
    bar = ""
    if single and point.low is not None and point.high is not None:
        css = "bar untold" if point.untold else "bar"
        bar = f'<line class="{css}" x1="{x}" x2="{x}" y1="{y(point.low)}" y2="{y(point.high)}"/>'
    title = f"<title>{escape(point.label)}: {escape(point.text)}</title>"
    css = "dot provisional" if point.provisional else "dot"
    css += " untold" if point.untold else ""
    return f'{bar}<circle class="{css}" cx="{x}" cy="{y(point.value)}" r="4">{title}</circle>'


def _runs(points: tuple[Point, ...], far: float | None) -> list[list[Point]]:
    """The points cut where a value is missing, and after the far past: a gap is never joined."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append(point)
        if point.at == far:
            runs.append([])
    return [run for run in runs if run]


def _unit(spec: ChartSpec, x: float, y: float) -> str:
    return f'<text class="unit" x="{x}" y="{y}">{escape(spec.unit)}</text>'
