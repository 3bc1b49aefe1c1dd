"""Soil health: its indicators one by one, each against what is usual; never one score."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from soc_monitor.web import numbers, view
from soc_monitor.web.estimate import Shown, show
from soc_monitor.web.i18n import Language
from soc_monitor.web.state import State


class Verdict(StrEnum):
    """How a number stands to what is usual."""

    NO_NUMBER = "no_number"
    NO_RANGE = "no_range"
    """No limit is known of the indicator."""
    WITHIN = "within"
    BELOW = "below"
    ABOVE = "above"
    UNSURE = "unsure"
    """A limit lies inside of its interval."""


@dataclass(frozen=True, slots=True)
class Health:
    """One indicator of soil health, or of what drives it."""

    title: str
    help: str
    product: str
    """Title of the product that the number is of."""
    line: view.Line
    """Its number, in the colour of its class; its page."""
    verdict: Verdict
    said: str
    """The verdict in words."""
    usual: str
    """The range in words; empty: none is known."""


def gather(rows: Iterable[Mapping[str, Any]], area: str, rel: str, words: Language) -> list[Health]:
    """The indicators of an area, each against its usual range.

    Args:
        rows: newest row of each in ``/series``, with its ``indicator``.
        area: whose numbers they are.
        rel: release of the page.
        words: the language.
    """
    found = []
    for row in rows:
        one = row["indicator"]
        own = State(v=one["v"], d=one["d"], rel=rel)
        shown = show(row, words)
        ends = _ends(one["usual"])
        verdict = judge(shown, ends)
        found.append(
            Health(
                title=words.pick(one["titles"]),
                help=words.pick(one["helps"]),
                product=next(
                    (p["title"] for p in one["products"] if p["product_id"] == shown.product), ""
                ),
                line=view.line(one, shown, "", f"/{words.code}/soc/{area}{own.query()}"),
                verdict=verdict,
                said=_word(verdict, words),
                usual=_range(ends, shown.unit, words),
            )
        )
    return found


Ends = tuple[float | None, float | None]


def judge(shown: Shown, usual: Ends | None) -> Verdict:
    """How a number stands to a range: where its interval is known, all of it has to stand so.

    Args:
        shown: the number.
        usual: lowest and highest that is usual, limits included; None: an open end, or no range.
    """
    if shown.raw is None:
        return Verdict.NO_NUMBER
    if usual is None:
        return Verdict.NO_RANGE
    lowest, highest = usual
    low = shown.raw if shown.low is None else shown.low
    high = shown.raw if shown.high is None else shown.high
    if lowest is not None and high < lowest:
        return Verdict.BELOW
    if highest is not None and low > highest:
        return Verdict.ABOVE
    inside = (lowest is None or low >= lowest) and (highest is None or high <= highest)
    return Verdict.WITHIN if inside else Verdict.UNSURE


def _ends(usual: Mapping[str, float | None] | None) -> Ends | None:
    return None if usual is None else (usual["lowest"], usual["highest"])


def _range(ends: Ends | None, unit: str, words: Language) -> str:
    if ends is None:
        return ""
    low, high = (None if end is None else _limit(end, unit, words) for end in ends)
    if high is None:
        return words.say("from {low} on", low=low)
    if low is None:
        return words.say("up to {high}", high=high)
    return words.say("{low} to {high}", low=low, high=high)


def _limit(value: float, unit: str, words: Language) -> str:
    text = numbers.number(value, words.code, 0 if value == int(value) else 1)
    return text if unit in {"", "1"} else f"{text}{numbers.NBSP}{unit}"


def _word(verdict: Verdict, words: Language) -> str:
    return {
        Verdict.NO_NUMBER: words.say("no number here"),
        Verdict.NO_RANGE: words.say("no usual range is known"),
        Verdict.WITHIN: words.say("within it"),
        Verdict.BELOW: words.say("below it"),
        Verdict.ABOVE: words.say("above it"),
        Verdict.UNSURE: words.say("cannot be told: a limit lies inside the interval"),
    }[verdict]


def finding(health: Iterable[Health], words: Language) -> str:
    """How many stand outside of their usual range; empty: no number has one."""
    verdicts = [one.verdict for one in health]
    outside = sum(one in {Verdict.BELOW, Verdict.ABOVE} for one in verdicts)
    judged = outside + sum(one in {Verdict.WITHIN, Verdict.UNSURE} for one in verdicts)
    if not judged:
        return ""
    said = words.say_n(
        "{n} of {all} with a usual range stands outside of it.",
        "{n} of {all} with a usual range stand outside of it.",
        outside,
        n=numbers.number(outside, words.code, 0),
        all=numbers.number(judged, words.code, 0),
    )
    missing = verdicts.count(Verdict.NO_NUMBER)
    if not missing:
        return said
    without = words.say_n(
        "{n} has no number here: it is not measured, or does not apply.",
        "{n} have no number here: they are not measured, or do not apply.",
        missing,
        n=numbers.number(missing, words.code, 0),
    )
    return f"{said} {without}"
