"""Controls: what can be chosen on the soil pages, and what is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from soc_monitor.web import numbers
from soc_monitor.web.estimate import level_word
from soc_monitor.web.i18n import Language, language
from soc_monitor.web.state import (
    BASE,
    DOUBTS,
    FILLS,
    LEVELS,
    Settled,
    State,
    bases_of,
    fills_of,
)

FIRST = ("stock", "total", "rate", "debt")
"""Variables that most readers come for, in order."""

CLASSES = tuple(f"soc-clay-{one}-expected" for one in ("degraded", "moderate", "good", "very-good"))
"""Shares that are expected to be of a class, in the order of the classes."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """The selects of the soil pages."""

    variables: dict[str, list[Option]]
    """By heading."""
    depths: list[Option]
    products: list[Option]
    periods: list[Option]
    units: list[Option]
    levels: list[Option]
    fills: list[Option]
    others: list[Option]
    """The period to compare with."""
    doubts: list[Option]
    bases: list[Option]
    """Years that the change is counted from; empty: it is no change, or cannot be chosen."""
    kept: list[tuple[str, str]]
    """Keys without a control of their own."""
    before: str
    """Query of the period before; empty: there is none."""
    after: str


def controls(
    settled: Settled, indicators: Iterable[Mapping[str, Any]], words: Language
) -> Controls:
    """What can be chosen, and what is."""
    state = settled.state
    known = list(indicators)
    depths = [str(i["d"]) for i in known if i["v"] == state.v and i["products"]]
    offers = settled.indicator["products"]
    place = settled.periods.index(settled.period) if settled.period in settled.periods else -1

    def step(to: int) -> str:
        last = len(settled.periods) - 1
        if place < 0 or not 0 <= to <= last:
            return ""
        return state.query(t="latest" if to == last else settled.periods[to]) or "?"

    moving = {
        str(t) for p in offers if p["product_id"] == settled.product for t in p["provisional"]
    }

    def named(period: str) -> str:
        # What may still move carries its sign wherever it stands.
        text = numbers.period(period, words.code)
        return f"{text}{numbers.NBSP}P" if period in moving else text

    units = settled.indicator["unit_keys"]
    bases = _bases(settled, words)
    return Controls(
        variables=_variables(known, state.v, words),
        depths=[Option(d, f"{d.replace('-', '–')} cm", d == state.d) for d in depths],
        products=[
            Option(str(p["product_id"]), str(p["title"]), p["product_id"] == settled.product)
            for p in offers
        ],
        periods=[Option(t, named(t), t == settled.period) for t in reversed(settled.periods)],
        units=[
            Option(str(u), numbers.unit_of_key(str(u)), str(u) == (state.u or units[0]))
            for u in units
        ],
        levels=[Option(key, level_word(key, words), key == state.lvl) for key in LEVELS],
        fills=[
            Option(key, text, key == state.fill)
            for key, text in zip(
                FILLS, (words.say("Average of each area"), words.say("Cells")), strict=True
            )
            if key in fills_of(settled.indicator)
        ],
        others=[
            Option("", words.say("Nothing"), not state.t2),
            *(
                Option(t, named(t), t == state.t2)
                for t in reversed(settled.periods)
                if t != settled.period
            ),
        ],
        doubts=[
            Option(key, text, key == state.unc)
            for key, text in zip(
                DOUBTS,
                (words.say("Hatched"), words.say("Faded"), words.say("As it is")),
                strict=True,
            )
        ],
        bases=bases,
        kept=[
            (key, value)
            for key in ("parent", "area", "sort", "rel", "lite", "b")
            if not (key == "b" and bases)
            if (value := getattr(state, key)) != getattr(State(), key)
        ],
        before=step(place - 1),
        after=step(place + 1),
    )


def _bases(settled: Settled, words: Language) -> list[Option]:
    shown = filter(None, (settled.period, settled.state.t2))
    return since(bases_of(settled.indicator, settled.product, *shown), settled.state.b, words)


def since(years: Sequence[str], chosen: str, words: Language) -> list[Option]:
    """Years that a change can be counted from, the usual one first; empty: there is no choice."""
    if not years:
        return []
    usual = Option(BASE, words.say("2020, or the first year that can be"), chosen == BASE)
    rest = (y for y in reversed(years) if y != BASE)
    return [usual, *(Option(year, year, year == chosen) for year in rest)]


def headings(words: Language) -> dict[str, str]:
    """The groups of variables, in order."""
    return {
        "carbon": words.say("Carbon"),
        "change": words.say("Change"),
        "health": words.say("Soil health"),
        "drivers": words.say("Drivers: weather and plants, not soil carbon"),
        "support": words.say("What stands behind the numbers"),
    }


def place(one: Mapping[str, Any]) -> tuple[int, int, bool, int]:
    """Where an indicator stands in a list: what most readers come for first.

    Carbon, then its change, soil health, drivers; classes from the poorest to the best.

    Example:
        >>> classes = [f"soc-clay-{one}-expected" for one in ("good", "degraded", "very-good")]
        >>> known = [{"v": one, "d": "0-30", "group": "health"} for one in classes]
        >>> [one["v"].split("-")[2] for one in sorted(known, key=place)]
        ['degraded', 'good', 'very']
    """
    groups, group = list(headings(language("en"))), one["group"]
    first = FIRST.index(one["v"]) if one["v"] in FIRST else len(FIRST)
    at = groups.index(group) if group in groups else len(groups)
    return at, first, one["d"] != "0-30", _class(one)


def _class(one: Mapping[str, Any]) -> int:
    """Of an expected share the place of its class, from the poorest on; of all others 0."""
    return CLASSES.index(one["v"]) + 1 if one["v"] in CLASSES else 0


API_ONLY = frozenset({"rate-compound"})
"""Variables that no menu offers."""


def _variables(
    known: Sequence[Mapping[str, Any]], chosen: str, words: Language
) -> dict[str, list[Option]]:
    """The variables under their headings; each once, whatever its depths.

    What is another convention for the same number is in the API only, and here where it is asked.
    """
    said = headings(words)
    found: dict[str, dict[str, Option]] = {}
    for one in sorted(known, key=_class):
        if one["products"]:
            v, title = str(one["v"]), words.pick(one["titles"])
            if v in API_ONLY and v != chosen:
                continue
            heading = said.get(str(one["group"]), str(one["group"]))
            option = Option(v, title.rpartition(",")[0] or title, v == chosen)
            found.setdefault(heading, {}).setdefault(v, option)
    return {heading: list(found[heading].values()) for heading in said.values() if heading in found}
