"""Change: what may be said of an area's change, in words, with its chance and its reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from soc_monitor.web import numbers
from soc_monitor.web.change_words import MARKS, UNTOLD, reasons, state_word
from soc_monitor.web.estimate import Shown, show
from soc_monitor.web.i18n import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The rate of an area, and what may be said of it."""

    shown: Shown | None
    """The rate; None: there is none."""
    state: str
    mark: str
    word: str
    base: str
    """Period that it is counted from."""
    chance: str
    """Of reaching 4 per 1000 a year; empty where it is not known."""
    reasons: list[str]
    """Why it is not assessable."""
    sentence: str


def of_row(row: Mapping[str, Any] | None, name: str, words: Language, *, dates: int = 1) -> Change:
    """The change that a row of ``/series`` with the rate tells.

    Args:
        row: of the API; None: the product has no rate.
        name: of the area.
        words: the language.
        dates: how many periods the product has.
    """
    shown = show(row, words) if row else None
    state = str((row or {}).get("state") or UNTOLD)
    why = list(shown.reasons) if shown else []
    if state == UNTOLD and not why:
        why = [reasons(words)["one_date" if dates < 2 else "no_interval"]]
    base = numbers.period(str((row or {}).get("base_period") or ""), words.code)
    chance = chance_of((row or {}).get("prob_ge_4"), words)
    return Change(
        shown=shown,
        state=state,
        mark=MARKS.get(state, "–"),
        word=state_word(state, words),
        base=base,
        chance=chance,
        reasons=why if state == UNTOLD else [],
        sentence=_sentence(state, name, shown, base, chance, words),
    )


def chance_of(probability: float | None, words: Language) -> str:
    """A probability as people say it.

    Example:
        >>> from soc_monitor.web.i18n import language
        >>> chance_of(0.071, language("en")), chance_of(0.93, language("en"))
        ('about 1 in 14', '93 in 100')
    """
    if probability is None:
        return ""
    if probability < 0.01:
        return words.say("under 1 in 100")
    if probability > 0.99:
        return words.say("over 99 in 100")
    if probability < 0.5:
        return words.say("about 1 in {n}", n=numbers.number(1 / probability, words.code, 0))
    return words.say("{n} in 100", n=numbers.number(100 * probability, words.code, 0))


def _sentence(
    state: str, name: str, shown: Shown | None, base: str, chance: str, words: Language
) -> str:
    """One whole sentence for each state; empty where nothing can be said."""
    if shown is None or shown.raw is None or state == UNTOLD:
        return ""
    said = {
        "area": name,
        "base": base or "–",
        "value": shown.full,
        "interval": shown.interval or "–",
        "chance": chance or "–",
    }
    template = {
        "above_4": words.say(
            "Since {base}: {value} (95% interval {interval}), above the aspiration of 4‰ a year "
            "(chance {chance}).",
            **said,
        ),
        "gaining": words.say(
            "Since {base}: {value} (95% interval {interval}), gaining; the aspiration is +4‰ a "
            "year (chance {chance}).",
            **said,
        ),
        "no_detectable_change": words.say(
            "Since {base}: {value} (95% interval {interval}), no detectable change; the "
            "aspiration is +4‰ a year (chance {chance}).",
            **said,
        ),
        "losing": words.say(
            "Since {base}: {value} (95% interval {interval}), losing; the aspiration is +4‰ a "
            "year (chance {chance}).",
            **said,
        ),
    }
    return template.get(state, "")
