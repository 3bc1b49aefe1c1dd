"""Home, states: what can be told of the change of each country, or why nothing can.

The five states are drawn only where at least one country can be assessed: a world in one grey
says less than the sentence with the reason.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from soc_monitor.model.scale import NO_DATA
from soc_monitor.web import change_view
from soc_monitor.web.change_words import MARKS, UNTOLD, state_word
from soc_monitor.web.client import Client
from soc_monitor.web.i18n import Language, plain
from soc_monitor.web.view import Entry
from soc_monitor.web.worldmap import Mark

RATE = "rate"
COLOURS = {
    "losing": "#c87c51",
    "no_detectable_change": "#ebe6e2",
    "gaining": "#9dc4d6",
    "above_4": "#05528a",
    "not_assessable": NO_DATA,
}
"""State to its colour, in the order of the legend."""
MOST_NAMED = 12
"""Countries named under a state; more are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """The states of the countries in one product."""

    world: change_view.Change
    counts: list[tuple[str, str, int]]
    """(mark, word, countries), losing first."""
    marks: list[Mark]
    legend: list[Entry]
    named: list[tuple[str, list[tuple[str, str]], int]]
    """(state in a word, [(country, address)] by name, how many more there are)."""
    assessed: int
    total: int
    reasons: list[str]
    """Why most countries cannot be assessed; empty where they can."""
    product: str
    release: str
    query: str
    """Of the map of the rate."""


async def gather(api: Client, words: Language) -> States | None:
    """The states in the product that tells most of them; None: no product has a rate.

    Raises:
        ApiProblem: the API cannot answer.
    """
    listed = (await api.get("/indicators", labels=words.code))["data"]
    rate = next((one for one in listed if one["v"] == RATE and one["products"]), None)
    if rate is None:
        return None
    asked = [
        api.get("/map.json", lvl="adm0", v=RATE, src=one["product_id"], labels=words.code)
        for one in rate["products"]
    ]
    built = [build(answer, words) for answer in await asyncio.gather(*asked)]
    return max(built, key=lambda one: one.assessed)


def build(answer: Mapping[str, Any], words: Language) -> States:
    """The states of a map of the rate.

    Args:
        answer: of ``/map.json``.
        words: the language.
    """
    rows: Sequence[Mapping[str, Any]] = answer["data"]
    named = sorted(rows, key=lambda row: plain(str(row["area_name"])))
    found = {str(row["area_id"]): change_view.of_row(row, row["area_name"], words) for row in named}
    counted = Counter(change.state for change in found.values())
    src = str(answer["meta"]["product"]["id"])
    return States(
        world=change_view.of_row(answer.get("world"), words.say("World"), words),
        counts=[(MARKS[state], state_word(state, words), counted[state]) for state in COLOURS],
        marks=[
            Mark(code, COLOURS[change.state], _told(change, row, words), _href(code, src, words))
            for (code, change), row in zip(found.items(), named, strict=True)
        ],
        legend=[
            Entry(hue, f"{MARKS[state]} {state_word(state, words)}")
            for state, hue in COLOURS.items()
        ],
        named=[
            _named(state, found, named, src, words)
            for state in ("losing", "gaining", "above_4")
            if counted[state]
        ],
        assessed=len(found) - counted[UNTOLD],
        total=len(found),
        reasons=_reasons(list(found.values())),
        product=str(answer["meta"]["product"]["title"]),
        release=str(answer["meta"]["release"]),
        query=f"?v={RATE}&src={src}",
    )


def _href(code: str, src: str, words: Language) -> str:
    return f"/{words.code}/soc/{code}?src={src}"


def _told(change: change_view.Change, row: Mapping[str, Any], words: Language) -> str:
    name = str(row["area_name"])
    if change.shown is None or change.shown.raw is None or change.state == UNTOLD:
        return words.say("{area}: {value}", area=name, value=f"{change.mark} {change.word}")
    return words.say("{area}: {value}", area=name, value=change.shown.brief)


def _named(
    state: str,
    found: Mapping[str, change_view.Change],
    rows: Sequence[Mapping[str, Any]],
    src: str,
    words: Language,
) -> tuple[str, list[tuple[str, str]], int]:
    """Countries in a state by name: those whose intervals overlap have no order of their own."""
    inside = [
        (str(row["area_name"]), _href(str(row["area_id"]), src, words))
        for row in rows
        if found[str(row["area_id"])].state == state
    ]
    return state_word(state, words), inside[:MOST_NAMED], len(inside[MOST_NAMED:])


def _reasons(changes: Sequence[change_view.Change]) -> list[str]:
    """The reasons that hold in at least half of the countries, the commonest first."""
    counted = Counter(reason for change in changes for reason in change.reasons)
    return [reason for reason, n in counted.most_common() if 2 * n >= len(changes)]
