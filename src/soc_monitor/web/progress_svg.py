"""Drawings of the progress pages: the bar of a tile, and the way of a kpi to its levels."""

from datetime import date
from typing import Any

from markupsafe import Markup

from soc_monitor.web.i18n import Language
from soc_monitor.web.progress_words import amount

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 616, 18, 206
FIRST, LAST = date(2018, 1, 1), date(2051, 1, 1)


def bar(kpi: dict[str, Any], horizon: str) -> Markup:
    """Reference, value and level on one line; nothing where numbers are missing."""
    level, verdict = kpi["levels"][horizon], kpi["verdicts"][horizon]
    value = (kpi["newest"] or {}).get("value")
    if level["value"] is None or value is None:
        return Markup("")
    start: float = kpi["baseline"]["value"] or 0.0
    top: float = level["upper"] or level["value"]
    low = float(min(start, value, level["value"]))
    high = float(max(start, value, top))
    reach = (high - low) or 1.0

    def x(number: float) -> float:
        return 6 + 188 * (number - low) / reach

    parts = ['<line class="rail" x1="6" x2="194" y1="12" y2="12"/>']
    if level["upper"]:
        parts.append(
            f'<rect class="band" x="{x(level["value"]):.1f}" y="6"'
            f' width="{x(top) - x(level["value"]):.1f}" height="12"/>'
        )
    parts.append(f'<line class="done" x1="{x(start):.1f}" x2="{x(value):.1f}" y1="12" y2="12"/>')
    for number, name in ((start, "from"), (level["value"], "goal")):
        parts.append(
            f'<line class="{name}" x1="{x(number):.1f}" x2="{x(number):.1f}" y1="5" y2="19"/>'
        )
    if verdict and verdict["expected"] is not None:
        at = x(max(low, min(high, verdict["expected"])))
        parts.append(f'<path class="notch" d="M{at:.1f} 3l4-3h-8z"/>')
    parts.append(f'<circle class="now" cx="{x(value):.1f}" cy="12" r="5"/>')
    inside = "".join(parts)
    return Markup(  # noqa: S704  # numbers and our own words
        f'<svg class="bar" viewBox="0 0 200 24" aria-hidden="true">{inside}</svg>'
    )


def way(kpi: dict[str, Any], values: list[dict[str, Any]], words: Language) -> Markup:
    """The values of a kpi and the straight way to its levels; nothing without any number."""
    points = _path(kpi, values)
    shown = [(_middle(v["period"]), v["value"]) for v in values if v["value"] is not None]
    tops = [one["upper"] for one in kpi["levels"].values() if one["upper"]]
    numbers = [y for _, y in (*points, *shown)] + tops
    if not shown and len(points) < 2:
        return Markup("")
    high = max(*numbers, 1.0) * 1.08
    low = min(0.0, *numbers)

    def at(day: date, number: float) -> tuple[float, float]:
        part = (day - FIRST).days / (LAST - FIRST).days
        return (
            LEFT + (RIGHT - LEFT) * min(1.0, max(0.0, part)),
            BOTTOM - (BOTTOM - TOP) * (number - low) / (high - low),
        )

    parts = [_axes(at, low, high, kpi["unit"], words)]
    for level in kpi["levels"].values():
        if level["value"] is None:
            continue
        x, y = at(date.fromisoformat(level["due"]), level["value"])
        if level["upper"]:
            _, upper = at(LAST, level["upper"])
            parts.append(
                f'<rect class="band" x="{x - 7:.1f}" y="{upper:.1f}" width="14"'
                f' height="{y - upper:.1f}"/>'
            )
        parts.append(
            f'<line class="goal" x1="{x - 9:.1f}" x2="{x + 9:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        label = amount(level["value"], kpi["unit"], words)
        parts.append(
            f'<text class="value" x="{x - 11:.1f}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
        )
    line = " ".join("{:.1f},{:.1f}".format(*at(*one)) for one in points)
    parts.append(f'<polyline class="path" points="{line}"/>')
    for one in shown:
        x, y = at(*one)
        parts.append(
            f'<rect class="now" x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9"/>'
        )
    inside = "".join(parts)
    return Markup(  # noqa: S704  # numbers and our own words
        f'<svg class="chart way" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{inside}</svg>'
    )


def _axes(at: Any, low: float, high: float, unit: str, words: Language) -> str:
    parts = []
    for year in (2020, 2030, 2040, 2050):
        x, _ = at(date(year, 1, 1), low)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{BOTTOM}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="226" text-anchor="middle">{year}</text>')
    for number in (low, (low + high / 1.08) / 2, high / 1.08):
        _, y = at(FIRST, number)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        label = amount(round(number, 1), unit, words)
        parts.append(
            f'<text class="tick" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
        )
    return "".join(parts)


def _path(kpi: dict[str, Any], values: list[dict[str, Any]]) -> list[tuple[date, float]]:
    """Start and levels with a number, in order of their days."""
    base = kpi["baseline"]
    points = []
    if base["value"] is not None:
        points.append((date(int((base["as_of"] or "2020")[:4]), 7, 1), base["value"]))
    elif numbers := [v for v in values if v["value"] is not None]:
        points.append((_middle(numbers[0]["period"]), numbers[0]["value"]))
    levels = [one for one in kpi["levels"].values() if one["value"] is not None]
    points += [(date.fromisoformat(one["due"]), one["value"]) for one in levels]
    return sorted(points)


def _middle(period: str) -> date:
    """The day that a value is drawn at: 1 July of a year, the 15th of a month."""
    parts = [int(one) for one in period.split("-")]
    return date(parts[0], 7, 1) if len(parts) == 1 else date(*[*parts, 15][:3])
