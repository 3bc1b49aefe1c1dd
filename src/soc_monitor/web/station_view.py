"""Station view: the days or months of a station's sensors, a chart and a table a quantity."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from soc_monitor.web import numbers
from soc_monitor.web.chart import ChartSpec, Kind, Line, Point
from soc_monitor.web.i18n import Language
from soc_monitor.web.station_words import reading_count, unit_word, variable_word, why_word

FEW = 0.5
"""Of the days of a month, or of the hours of a day with a gap: fewer are drawn dashed."""
SHOWN = 200
"""Rows of a table on the page; the newest."""

Rows = Sequence[Mapping[str, Any]]
Aside = dict[tuple[date, str | None], Counter[str]]
"""First day of a period, sensor -> reason -> readings; None: which sensor is not known."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a station measures of one kind, with one sensor or several."""

    variable: str
    word: str
    title: str
    """The word with its unit."""
    spec: ChartSpec
    rows: list["Shown"]
    """The newest first."""
    more: int
    """Rows that are not shown."""
    files: list[tuple[str, str, str]]
    """Name of the sensor, addresses of its periods as CSV and as JSON."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A period of a sensor, as a row of a table."""

    period: str
    sensor: str
    mean: str
    low: str
    high: str
    readings: str
    share: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which sensors, and in what steps."""

    step: str
    """``day`` or ``month``."""
    first: date
    last: date


def periods(asked: Asked) -> Iterator[date]:
    """Every period from the first to the last, by its first day.

    Example:
        >>> months = Asked("month", date(2025, 12, 1), date(2026, 2, 1))
        >>> [f"{one:%Y-%m}" for one in periods(months)]
        ['2025-12', '2026-01', '2026-02']
    """
    at = asked.first
    while at <= asked.last:
        yield at
        at = _after(at, asked.step)


def _after(at: date, step: str) -> date:
    if step == "day":
        return at + timedelta(days=1)
    return (at.replace(day=1) + timedelta(days=32)).replace(day=1)


def quantity(
    sensors: Sequence[tuple[Mapping[str, Any], Rows]],
    left_out: Rows,
    asked: Asked,
    words: Language,
) -> Quantity:
    """One quantity of a station, from what the API says of its sensors.

    Args:
        sensors: each with its rows of ``/observations``.
        left_out: of ``not_taken``, those of the quantity.
        asked: what is shown.
        words: the language.
    """
    first = sensors[0][0]
    variable, unit = first["variable"], unit_word(first["unit"], words)
    aside = _aside(left_out, asked, first["datastream"] if len(sensors) == 1 else None)
    lines = tuple(
        Line(
            name=sensor_name(sensor, words),
            points=tuple(_points(rows, asked, unit, words)),
            strong=n == 0,
            data_class="observed",
        )
        for n, (sensor, rows) in enumerate(sensors)
    )
    word = variable_word(variable, words)
    spec = ChartSpec(
        kind=Kind.TIME,
        title=word[:1].upper() + word[1:],
        unit=unit,
        lines=lines,
        summary=_summary(lines, words),
        code=words.code,
        crosses=_crosses(aside, asked, words),
    )
    rows = _table(sensors, aside, asked, words)
    return Quantity(
        variable=variable,
        word=spec.title,
        title=f"{spec.title}, {unit}" if unit else spec.title,
        spec=spec,
        rows=rows[:SHOWN],
        more=max(0, len(rows) - SHOWN),
        files=[
            (
                line.name,
                f"{sensor['links']['csv']}&step={asked.step}",
                f"{sensor['links']['json']}&step={asked.step}",
            )
            for line, (sensor, _) in zip(lines, sensors, strict=True)
        ],
    )


def sensor_name(sensor: Mapping[str, Any], words: Language) -> str:
    """The name of a sensor within its station: its own, else what it measures."""
    own, variable = sensor["datastream"], sensor["variable"]
    return variable_word(variable, words) if own in {"", variable} else str(own)


def not_taken_text(whys: Mapping[str, int], words: Language) -> str:
    """How many readings were not taken, by reason: "not taken: 3 readings, no number"."""
    return "; ".join(
        words.say(
            "not taken: {readings}, {reason}",
            readings=reading_count(n, words),
            reason=why_word(why, words),
        )
        for why, n in sorted(whys.items())
    )


def _aside(left_out: Rows, asked: Asked, only: str | None) -> Aside:
    """How many readings were not taken, by period, sensor and reason; others are told elsewhere.

    Args:
        left_out: of ``not_taken``.
        asked: what is shown.
        only: name of the sensor where there is one alone: what is of none is its own.
    """
    found: Aside = {}
    for one in left_out:
        if one["day"] is None:
            continue
        at = date.fromisoformat(one["day"])
        at = at.replace(day=1) if asked.step == "month" else at
        if asked.first <= at <= asked.last:
            whose = only if one["datastream"] is None else one["datastream"]
            found.setdefault((at, whose), Counter())[one["why"]] += one["readings"]
    return found


def _crosses(aside: Aside, asked: Asked, words: Language) -> tuple[Point, ...]:
    """A mark a period, whichever sensors it is of."""
    whole: dict[date, Counter[str]] = {}
    for (at, _), whys in aside.items():
        whole.setdefault(at, Counter()).update(whys)
    return tuple(
        Point(
            label=_label(at, asked.step),
            value=None,
            at=_place(at, asked.step),
            text=not_taken_text(whys, words),
        )
        for at, whys in sorted(whole.items())
    )


def _points(rows: Rows, asked: Asked, unit: str, words: Language) -> Iterator[Point]:
    """A point a period, without a value where nothing was taken: a gap is never joined."""
    known = {date.fromisoformat(row["period_start"]): row for row in rows}
    for at in periods(asked):
        row, place = known.get(at), _place(at, asked.step)
        if row is None:
            yield Point(label=_label(at, asked.step), value=None, at=place)
            continue
        mean, low, high = _numbers(row, words)
        yield Point(
            label=_label(at, asked.step),
            value=row["mean"],
            low=row["low"],
            high=row["high"],
            text=words.say(
                "{mean} ({low} to {high}), {readings}",
                mean=f"{mean}{numbers.NBSP}{unit}" if unit else mean,
                low=low,
                high=high,
                readings=reading_count(row["readings"], words),
            ),
            short=mean,
            interval=f"{low} – {high}",
            at=place,
            provisional=_thin(row, asked.step),
        )


def _thin(row: Mapping[str, Any], step: str) -> bool:
    """Whether a mean stands on few: too little of a month, or a day with a gap."""
    return bool(row["gap"]) if step == "day" else bool(row["share_of_days"] < FEW)


def _label(at: date, step: str) -> str:
    return at.isoformat() if step == "day" else f"{at:%Y-%m}"


def _place(at: date, step: str) -> float:
    """The middle of a period on the axis of time [years]."""
    middle = at + (_after(at, step) - at) / 2
    days = (middle - date(middle.year, 1, 1)).days
    return round(middle.year + days / 365.25, 5)


def _numbers(row: Mapping[str, Any], words: Language) -> tuple[str, str, str]:
    """Mean, least and greatest, all with the decimals that their span deserves."""
    mean, low, high = row["mean"], row["low"], row["high"]
    decimals = numbers.places(mean, low, high) if high > low else numbers.places(mean)
    return (
        numbers.number(mean, words.code, decimals),
        numbers.number(low, words.code, decimals),
        numbers.number(high, words.code, decimals),
    )


def _summary(lines: Sequence[Line], words: Language) -> str:
    filled = [p for line in lines for p in line.points if p.value is not None]
    if not filled:
        return words.say("There is no number to be drawn.")
    own = [p for p in lines[0].points if p.value is not None] or filled
    return words.say(
        "Line chart of means with least and greatest, from {first} ({first_value}) to {last} "
        "({last_value}). The table has the numbers.",
        first=own[0].label,
        first_value=own[0].text,
        last=own[-1].label,
        last_value=own[-1].text,
    )


def _table(
    sensors: Sequence[tuple[Mapping[str, Any], Rows]], aside: Aside, asked: Asked, words: Language
) -> list[Shown]:
    """A row a period and sensor, the newest first; periods of which nothing was taken, too."""
    whose = dict.fromkeys(
        [*(s["datastream"] for s, _ in sensors), *(own for _, own in aside if own is not None)]
    )
    variable = sensors[0][0]["variable"]
    # Of one sensor alone the name says nothing; others are those of which nothing was taken.
    names = {
        own: sensor_name({"datastream": own, "variable": variable}, words) if len(whose) > 1 else ""
        for own in whose
    }
    made: list[tuple[date, Shown]] = []
    rest = dict(aside)
    for sensor, rows in sensors:
        own = sensor["datastream"]
        for row in rows:
            at = date.fromisoformat(row["period_start"])
            whys = rest.pop((at, own), Counter())
            made.append((at, _row(row, names[own], whys, asked, words)))
    for (at, of), whys in rest.items():
        name = "" if of is None else names[of]
        told = (not_taken_text(whys, words),)
        made.append((at, Shown(_label(at, asked.step), name, "–", "–", "–", "0", "–", told)))
    made.sort(key=lambda one: one[0], reverse=True)
    return [one for _, one in made]


def _row(
    row: Mapping[str, Any], name: str, whys: Mapping[str, int], asked: Asked, words: Language
) -> Shown:
    mean, low, high = _numbers(row, words)
    notes = []
    if row["gap"]:
        notes.append(words.say("gap"))
    if row["flat"]:
        notes.append(words.say("stands still"))
    if whys:
        notes.append(not_taken_text(whys, words))
    share = row["share_of_hours" if asked.step == "day" else "share_of_days"]
    return Shown(
        period=row["period"],
        sensor=name,
        mean=mean,
        low=low,
        high=high,
        readings=numbers.number(row["readings"], words.code, 0),
        share=numbers.percent(share, words.code),
        notes=tuple(notes),
    )
