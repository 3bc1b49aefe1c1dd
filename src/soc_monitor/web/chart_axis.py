"""Axes of a chart: where values and periods stand on them, and what is written there."""

import math
from collections.abc import Callable, Sequence

from soc_monitor.web import numbers
from soc_monitor.web.chart import ChartSpec

BREAK = 0.14
"""Of the rest of a broken axis: how far before it the far past stands."""


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


def value_marks(spec: ChartSpec, about: int = 5) -> list[tuple[float, str]]:
    """Where the axis of the values is marked, and with what: round numbers, or every step."""
    if spec.steps:
        return [(float(n), name) for n, name in enumerate(spec.steps)]
    marks = ticks(*spec.span, about=about)
    return [(mark, tick_text(mark, marks, spec.code)) for mark in marks]


def tick_text(value: float, marks: Sequence[float], code: str) -> str:
    """A number on an axis, with as many decimals as the step needs."""
    step = marks[1] - marks[0] if len(marks) > 1 else abs(value) or 1.0
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step, decimals) != round(step, decimals + 1):
        decimals += 1
    return numbers.number(value, code, decimals)


def time_marks(spec: ChartSpec, about: int) -> list[tuple[float, str]]:
    """Where an axis of time is marked: round years, or the periods themselves where they are few.

    Args:
        spec: a ``time`` chart.
        about: how many marks there may be.
    """
    points = {p.at: p.label for line in spec.tabled for p in line.points}
    if spec.plan:
        first, last = math.floor(min(points) / 10) * 10, math.ceil(max(points))
        return [(year, str(year)) for year in range(first, last + 1, 10) if year >= min(points) - 3]
    if spec.far is not None:
        rest = [at for at in points if at != spec.far]
        marks = _years(min(rest), max(rest), about)
        return [(spec.far, points[spec.far]), *marks]
    ordered = sorted(points)
    if len(ordered) <= about and len(ordered) < 4:
        return [(at, points[at]) for at in ordered]
    if ordered[-1] - ordered[0] < 3:
        # A day is longer to write than a month.
        about -= about // 4 if len(points[ordered[0]]) > len("2026-03") else 0
        every = -(-len(ordered) // about)
        return [(at, points[at]) for at in ordered[::every]]
    return _years(ordered[0], ordered[-1], about)


def _years(first: float, last: float, about: int) -> list[tuple[float, str]]:
    years = ticks(first, last, about)
    inside = [y for y in years if first - 1e-9 <= y <= last + 1e-9 and y == int(y)]
    return [(year, str(int(year))) for year in inside]


def placed(spec: ChartSpec) -> Callable[[float], float]:
    """Where a period stands on the axis of time: at its year, a far past close before the rest.

    Args:
        spec: a ``time`` chart.
    """
    far = spec.far
    if far is None:
        return lambda at: at
    rest = [p.at for line in spec.lines for p in line.points if p.at != far]
    near = min(rest) - BREAK * (max(rest) - min(rest))
    return lambda at: near if at == far else at
