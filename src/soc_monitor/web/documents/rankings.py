"""Rankings: only what is certain is ranked.

An area has no place of its own: it has the places that its interval leaves open. Two areas whose
95 % intervals overlap are never put above each other.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.model.state import LEAST_MAPPED
from soc_monitor.web import explorer_view, numbers
from soc_monitor.web.client import Client
from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.estimate import Shown
from soc_monitor.web.explorer_view import MOST_ROWS
from soc_monitor.web.i18n import Language, language, plain
from soc_monitor.web.state import read
from soc_monitor.web.view import Line

MOST_NAMED = 100
"""Names in a list of the page; more are counted."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """An area with the best and the worst place that its interval leaves open."""

    line: Line
    best: int
    worst: int


def rank(lines: Sequence[Line]) -> list[Ranked]:
    """Areas with an interval, those that are certainly above most others first.

    Args:
        lines: of a map; those without an interval cannot be ranked and are left out. A range is no
            interval.

    Returns:
        Place 1 is the largest. ``best`` - 1 areas are certainly larger, and the number of areas
        less ``worst`` are certainly smaller.
    """
    told = [line for line in lines if line.shown.interval and not line.shown.ranged]
    lows = sorted(_low(line.shown) for line in told)
    highs = sorted(_high(line.shown) for line in told)
    ranked = []
    for line in told:
        above = len(told) - bisect_right(lows, _high(line.shown))
        below = bisect_left(highs, _low(line.shown))
        ranked.append(Ranked(line, above + 1, len(told) - below))
    return sorted(ranked, key=lambda r: (r.best + r.worst, plain(r.line.shown.name)))


def stands(line: Line) -> bool:
    """Whether a number can have a place: it stands for its area, and its change is assessed."""
    share = line.shown.mapped_fraction
    return not line.shown.untold and (share is None or share >= LEAST_MAPPED)


def _low(row: Shown) -> float:
    assert row.low is not None
    return row.low


def _high(row: Shown) -> float:
    assert row.high is not None
    return row.high


async def rankings(request: Request) -> Response:
    """``/{lang}/rankings``: what can be said of the order of countries, and no more."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    view = await explorer_view.gather(api, words, read(request.url.query))
    lines = [line for line in view.lines if line.shown.raw is not None]
    firm = [line for line in lines if stands(line)]
    ranked = rank(firm)
    half = len(ranked) // 2
    page = Page(
        template="rankings.html",
        path="/rankings",
        title=words.say("Rankings · soc-monitor"),
        description=words.say("What can be said of the order of countries, and no more."),
    )
    return await respond(
        request,
        words,
        page,
        view=view,
        here=f"/{words.code}/rankings",
        high=_named(r for r in ranked if r.worst <= half),
        low=_named(r for r in ranked if r.best > len(ranked) - half),
        ranked=ranked,
        shown=ranked[:MOST_ROWS],
        most=MOST_NAMED,
        silent=len(firm) - len(ranked),
        loose=len(lines) - len(firm),
        changes=view.settled.indicator["group"] == "change",
        lead=_lead(ranked, firm, len(lines) - len(firm), words),
    )


def _named(found: Iterable[Ranked]) -> list[Ranked]:
    return sorted(found, key=lambda r: plain(r.line.shown.name))


def _lead(ranked: list[Ranked], firm: list[Line], loose: int, words: Language) -> str:
    if any(line.shown.ranged for line in firm):
        return words.say("The source gives a range, and no interval: no area can be ranked.")
    if not ranked and loose:
        return words.say("No area can be ranked: none has a number that stands for it.")
    if not ranked:
        return words.say("The source gives no interval: no area can be ranked.")
    half = len(ranked) // 2
    sure = sum(r.worst <= half or r.best > len(ranked) - half for r in ranked)
    return words.say_n(
        "Of {n} areas, {sure} is certainly in the upper or in the lower half. "
        "The others cannot be told from the middle.",
        "Of {n} areas, {sure} are certainly in the upper or in the lower half. "
        "The others cannot be told from the middle.",
        sure,
        n=numbers.number(len(ranked), words.code, 0),
        sure=numbers.number(sure, words.code, 0),
    )
