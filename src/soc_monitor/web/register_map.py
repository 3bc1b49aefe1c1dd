"""Map of a register: how many of its entries each country has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from soc_monitor.web import numbers, worldmap
from soc_monitor.web.client import Client
from soc_monitor.web.i18n import Language, plain
from soc_monitor.web.outlines import world_shapes
from soc_monitor.web.register_words import country, region

BREAKS = (2, 5, 10, 20)
COLOURS = ("#bfe3d8", "#7cc4b3", "#3f9d8b", "#1f7466", "#0b4a42")
"""One country after the other darker: more entries."""
NONE = "#e9e6df"


@dataclass(frozen=True, slots=True)
class RegisterMap:
    """A drawing, what its colours mean, and the same numbers as a list."""

    drawing: Markup
    legend: list[tuple[str, str]]
    """Colour and words."""
    rows: list[tuple[str, int, str]]
    """Country, entries, address of the list with these alone; the most first."""
    regions: list[tuple[str, int]]
    """Region of the world and its entries, the most first."""
    summary: str


async def draw(
    api: Client, name: str, title: str, meta: Mapping[str, Any], words: Language
) -> RegisterMap:
    """The map of some entries.

    Args:
        name: of the register; its page is the target of the links.
        title: what the map is of.
        meta: of the list: entries by country (alpha-3) and by region.
        words: the language.
    """
    counts: Mapping[str, int] = meta["countries"]
    shapes = await world_shapes(api, "adm0")
    named = {code: country(code, words) for code in (*shapes.paths, *shapes.dots, *counts)}

    def address(code: str) -> str:
        return f"/{words.code}/{name}?{urlencode({'country': code})}"

    marks = [
        worldmap.Mark(
            code,
            COLOURS[sum(counts[code] >= limit for limit in BREAKS)] if code in counts else NONE,
            f"{named[code]}: {_count(counts.get(code, 0), words)}",
            address(code) if code in counts else "",
        )
        for code in sorted((*shapes.paths, *shapes.dots), key=lambda code: code in counts)
    ]
    rows = [
        (named[code], n, address(code))
        for code, n in sorted(counts.items(), key=lambda one: (-one[1], plain(named[one[0]])))
    ]
    return RegisterMap(
        drawing=worldmap.svg(shapes, marks, name=title, summary_id="register-map-about"),
        legend=_legend(words),
        rows=rows,
        regions=[
            (region(code, words), n)
            for code, n in sorted(meta["regions"].items(), key=lambda one: -one[1])
        ],
        summary=words.say(
            "{n} countries have an entry; the most has {country}: {count}.",
            n=numbers.number(len(rows), words.code, 0),
            country=rows[0][0],
            count=_count(rows[0][1], words),
        )
        if rows
        else "",
    )


def _count(n: int, words: Language) -> str:
    return words.say_n("{n} entry", "{n} entries", n, n=numbers.number(n, words.code, 0))


def _legend(words: Language) -> list[tuple[str, str]]:
    made = [(NONE, words.say("none recorded"))]
    for colour, first, after in zip(COLOURS, (1, *BREAKS), (*BREAKS, 0), strict=True):
        if after - first == 1:
            text = str(first)
        else:
            text = f"{first}–{after - 1}" if after else words.say("{n} or more", n=first)
        made.append((colour, text))
    return made
