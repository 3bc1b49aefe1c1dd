"""Drawings of the progress pages that are no chart: the bar of a tile."""

from typing import Any

from markupsafe import Markup


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
