"""Server SVG of a ChartSpec, in two widths; colours are those of the style sheet's tokens."""

from collections.abc import Callable

from markupsafe import Markup, escape

from soc_monitor.web.chart import ChartSpec, Kind, Line, Point, tick_text, ticks

WIDE, NARROW = 760, 360
"""Widths of the two drawings; the style sheet shows the one that fits."""

Scale = Callable[[float], float]


def figure(spec: ChartSpec, ident: str) -> Markup:
    """Both drawings of a chart; only one is shown, and only one is read."""
    if not spec.has_values:
        return Markup("")
    drawn = _time if spec.kind is Kind.TIME else _compare
    return Markup("").join(
        _frame(spec, ident, css, width, *drawn(spec, width))
        for css, width in (("wide", WIDE), ("narrow", NARROW))
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


def _frame(spec: ChartSpec, ident: str, css: str, width: int, height: int, body: str) -> Markup:
    return _markup(
        f'<svg class="chart {css}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="{ident}-{css}"><title id="{ident}-{css}">'
        f"{escape(spec.title)}. {escape(spec.summary)}</title>{body}</svg>"
    )


def _markup(text: str) -> Markup:
    return Markup(text)  # noqa: S704  # built in this module from escaped parts


def _linear(low: float, high: float, start: float, end: float) -> Scale:
    span = (high - low) or 1.0
    return lambda value: round(start + (value - low) / span * (end - start), 1)


# --- areas beside each other -------------------------------------------------------------------


def _compare(spec: ChartSpec, width: int) -> tuple[int, str]:
    wide = width == WIDE
    marks = ticks(*spec.span, about=6 if wide else 4)
    left, right = (214, width - 20) if wide else (10, width - 14)
    step, top = (34, 34) if wide else (48, 34)
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
    for index, line in enumerate(spec.lines):
        y = top + step * index + (step / 2 if wide else step - 14)
        parts.append(_row(line, x, y, wide=wide))
    return bottom + 26, "".join(parts)


def _row(line: Line, x: Scale, y: float, *, wide: bool) -> str:
    point = line.points[0]
    css = " strong" if line.strong else ""
    name = line.name if len(line.name) <= 26 else line.name[:25] + "…"
    if wide:
        label = (
            f'<text class="name{css}" text-anchor="end" x="200" y="{y + 4.5}">{escape(name)}</text>'
        )
    else:
        label = f'<text class="name{css}" x="10" y="{y - 13}">{escape(name)}</text>'
    number = (
        f'<text class="value{css}" text-anchor="end" x="{NARROW - 14}" y="{y - 13}">'
        f"{escape(point.short)}</text>"
        if not wide
        else ""
    )
    drawn = _interval(point, x, y, strong=line.strong)
    body = f"<g>{label}{number}{drawn}<title>{escape(line.name)}: {escape(point.text)}</title></g>"
    return f'<a href="{escape(line.href)}">{body}</a>' if line.href else body


def _interval(point: Point, x: Scale, y: float, *, strong: bool) -> str:
    css = "own" if strong else "other"
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
    height = 320 if width == WIDE else 270
    marks = ticks(*spec.span)
    labels = sorted({p.label for line in spec.lines for p in line.points})
    left, right, top, bottom = 52, width - 16, 30, height - 30
    y = _linear(marks[0], marks[-1], bottom, top)
    at = dict(zip(labels, _spread(labels, left, right), strict=True))
    parts = [_unit(spec, 4, 14)]
    parts += [
        f'<line class="grid" x1="{left}" x2="{right}" y1="{y(mark)}" y2="{y(mark)}"/>'
        f'<text class="tick" text-anchor="end" x="{left - 8}" y="{y(mark) + 4}">'
        f"{tick_text(mark, marks, spec.code)}</text>"
        for mark in marks
    ]
    every = max(1, -(-len(labels) // (8 if width == WIDE else 5)))
    parts += [
        f'<text class="tick" text-anchor="middle" x="{at[label]}" y="{height - 10}">'
        f"{escape(label)}</text>"
        for label in labels[::every]
    ]
    for index, line in enumerate(spec.lines):
        parts.append(_curve(line, at, y, index % 6 + 1))
    return height, "".join(parts)


def _spread(labels: list[str], left: float, right: float) -> list[float]:
    """Where periods stand: by year where all are years, else evenly."""
    inner = 26
    if len(labels) == 1:
        return [(left + right) / 2]
    if all(label.isdigit() for label in labels):
        years = [int(label) for label in labels]
        x = _linear(years[0], years[-1], left + inner, right - inner)
        return [x(year) for year in years]
    x = _linear(0, len(labels) - 1, left + inner, right - inner)
    return [x(index) for index in range(len(labels))]


def _curve(line: Line, at: dict[str, float], y: Scale, index: int) -> str:
    """Band, line and dots of one series; a gap is left where there is no value."""
    parts = [f'<g class="s{index}">']
    for run in _runs(line.points):
        for css, low, high in (("b95", "low", "high"), ("b50", "low_50", "high_50")):
            edge = [(at[p.label], getattr(p, low), getattr(p, high)) for p in run]
            if len(run) > 1 and all(a is not None and b is not None for _, a, b in edge):
                points = [f"{x},{y(b)}" for x, _, b in edge]
                points += [f"{x},{y(a)}" for x, a, _ in reversed(edge)]
                parts.append(f'<polygon class="{css}" points="{" ".join(points)}"/>')
        drawn = " ".join(f"{at[p.label]},{y(p.value)}" for p in run if p.value is not None)
        parts.append(f'<polyline class="curve" points="{drawn}"/>')
        parts += [_dot(p, at[p.label], y, single=len(run) == 1) for p in run]
    return "".join(parts) + "</g>"


def _dot(point: Point, x: float, y: Scale, *, single: bool) -> str:
    assert point.value is not None
    bar = ""
    if single and point.low is not None and point.high is not None:
        bar = f'<line class="bar" x1="{x}" x2="{x}" y1="{y(point.low)}" y2="{y(point.high)}"/>'
    title = f"<title>{escape(point.label)}: {escape(point.text)}</title>"
    return f'{bar}<circle class="dot" cx="{x}" cy="{y(point.value)}" r="4">{title}</circle>'


def _runs(points: tuple[Point, ...]) -> list[list[Point]]:
    """The points cut where a value is missing: a gap is never joined."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _unit(spec: ChartSpec, x: float, y: float) -> str:
    return f'<text class="unit" x="{x}" y="{y}">{escape(spec.unit)}</text>'
