"""Charts of the plan: what was measured, beside the way from the plan's reference to its levels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from soc_monitor.web import numbers
from soc_monitor.web.chart import ChartSpec, Kind, Line, Point
from soc_monitor.web.i18n import Language
from soc_monitor.web.progress_words import HORIZONS, amount, level_text, reached, start_text, when

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Scale:
    """How the amounts of a kpi stand on an axis."""

    steps: tuple[str, ...]
    codes: tuple[str, ...]
    divisor: float

    def of(self, value: float | None, stage: str | None) -> float | None:
        """A value, or the number of a step; None: neither."""
        if self.codes:
            return float(self.codes.index(stage)) if stage in self.codes else None
        return None if value is None else value / self.divisor


def at(period: str) -> float:
    """Where a period stands on an axis of time, a year at its own number [years].

    Example:
        >>> at("2020"), at("2030-12-31"), at("2026-07-02")
        (2020.0, 2030.5, 2026.0)
    """
    parts = [int(one) for one in period.split("-")]
    day = date(*[*parts, 7, 1][:3]) if len(parts) == 1 else date(*[*parts, 15][:3])
    if len(parts) == 1:
        return float(day.year)
    return round(day.year + (day.timetuple().tm_yday - 1) / 365.25 - 0.5, 1)


def spec(kpi: Row, values: Sequence[Row], words: Language) -> ChartSpec:
    """The chart of a kpi; without anything to draw where nothing of it is a number or a step.

    Args:
        kpi: as ``/kpis`` has it.
        values: its lines of ``/values``, the oldest first.
        words: the language.
    """
    staged = kpi["kind"] in {"stage", "milestone"}
    scale = _Scale(
        steps=tuple(one["label"] for one in kpi["stages"]) if staged else (),
        codes=tuple(one["code"] for one in kpi["stages"]) if staged else (),
        divisor=1e6 if kpi["unit"] == "EUR" else 1.0,
    )
    found = tuple(_value(one, kpi, scale, words) for one in values)
    lines = []
    if any(one.value is not None for one in found):
        kind = str(values[-1]["data_class"])
        name = words.say("Values")
        lines.append(Line(name=name, points=found, strong=True, data_class=kind))
    levels = _way(kpi, values, scale, words)
    if not levels and len(found) < 2:
        # One value and nothing to compare it with: the table says it.
        lines = []
    if len(levels) > 1 or (levels and lines):
        name = words.say("The plan’s way to its levels")
        lines.append(Line(name=name, points=levels, aim=True, told=True))
    return ChartSpec(
        kind=Kind.TIME,
        title=kpi["label"],
        unit=words.say("Step") if staged else unit_word(kpi["unit"], words),
        lines=tuple(lines),
        summary=_summary(kpi, found, words),
        code=words.code,
        plan=True,
        steps=scale.steps,
    )


def _value(row: Row, kpi: Row, scale: _Scale, words: Language) -> Point:
    labels = {one["code"]: one["label"] for one in kpi["stages"]}
    told = {**row, "stage_label": labels.get(row["stage"] or "", row["stage"])}
    text = reached(told, kpi, words)
    return Point(
        label=when(row["period"], words),
        value=scale.of(row["value"], row["stage"]),
        text=text,
        short=text,
        at=at(row["period"]),
    )


def _way(kpi: Row, values: Sequence[Row], scale: _Scale, words: Language) -> tuple[Point, ...]:
    """The reference and every level that has a number or a step, in order of their dates."""
    base = kpi["baseline"]
    points = []
    start = scale.of(base["value"], base["stage"])
    first = next((one for one in values if scale.of(one["value"], one["stage"]) is not None), None)
    if start is not None:
        as_of = str(base["as_of"] or "2020")
        points.append(
            Point(
                label=words.say("Reference, {year}", year=as_of[:4]),
                value=start,
                high=None if base["upper"] is None else scale.of(base["upper"], None),
                text=start_text(kpi, words),
                interval=_range(base, kpi, words),
                at=at(as_of[:4]),
            )
        )
    elif first is not None and not scale.codes:
        # The first value is the start where the plan has no number.
        points.append(
            Point(
                label=words.say("Start: the first value"),
                value=scale.of(first["value"], None),
                text=reached(first, kpi, words),
                at=at(first["period"]),
            )
        )
    levels = []
    for level in (*kpi["interim"], *(kpi["levels"][year] for year in HORIZONS)):
        value = scale.of(level["value"], level["stage"])
        if value is not None:
            levels.append(_level(level, value, kpi, scale, words))
    return tuple(sorted([*points, *levels], key=lambda p: p.at)) if levels else ()


def _level(level: Row, value: float, kpi: Row, scale: _Scale, words: Language) -> Point:
    text = level_text(level, kpi, words)
    return Point(
        label=words.say("Level, {year}", year=level["due"][:4]),
        value=value,
        high=None if level["upper"] is None else scale.of(level["upper"], None),
        text=text,
        # On a chart of steps the axis names them.
        short="" if scale.codes else _short(level, text, kpi, scale, words),
        interval=_range(level, kpi, words),
        at=at(level["due"]),
    )


def _short(level: Row, text: str, kpi: Row, scale: _Scale, words: Language) -> str:
    """A level where there is little room: in the unit of the axis."""
    if kpi["unit"] != "EUR":
        return text
    both = [level[key] / scale.divisor for key in ("value", "upper") if level[key] is not None]
    return "–".join(numbers.number(one, words.code, 0 if one == int(one) else 1) for one in both)


def _range(level: Row, kpi: Row, words: Language) -> str:
    if level["upper"] is None:
        return ""
    low, high = (amount(level[key], kpi["unit"], words) for key in ("value", "upper"))
    return words.say("{low} to {high}", low=low, high=high).replace(" ", numbers.NBSP)


def unit_word(unit: str, words: Language) -> str:
    """A unit of a kpi, as the axis names it."""
    return {
        "percent": "%",
        "EUR": words.say("million €"),
        "projects": words.say("projects"),
        "per year": words.say("per year"),
        "schemes": words.say("schemes"),
        "continents": words.say("continents"),
        "countries": words.say("countries"),
        "regions": words.say("regions"),
        "objectives": words.say("objectives"),
        "bodies": words.say("bodies"),
        "NDC": words.say("national contributions (NDC)"),
        "companies": words.say("companies"),
        "institutions": words.say("institutions"),
        "partnerships": words.say("partnerships"),
        "actors": words.say("actors"),
        "developers": words.say("developers"),
        "municipalities": words.say("municipalities"),
    }.get(unit, unit)


def _summary(kpi: Row, found: Sequence[Point], words: Language) -> str:
    levels = [
        words.say("{year}: {level}", year=year, level=level_text(kpi["levels"][year], kpi, words))
        for year in HORIZONS
    ]
    plan = words.say("The plan’s levels: {levels}.", levels="; ".join(levels))
    if not found:
        return words.say("Line chart without a value yet. {plan}", plan=plan)
    last = found[-1]
    return words.say(
        "Line chart with {n} values, the newest from {period}: {value}. {plan}",
        n=len(found),
        period=last.label,
        value=last.text,
        plan=plan,
    )
