"""Places: the areas of a boundary set, held in memory: a set never changes."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from soc_monitor.api.endonyms import endonyms
from soc_monitor.errors import UnknownArea
from soc_monitor.model import UNASSIGNED, WORLD, Area, Level
from soc_monitor.store import read_areas
from soc_monitor.store.store import Store

EVERY = frozenset({"all", "*", "world", "countries"})
"""Words for all areas, which are asked for by their level."""
_ORDER = {level: place for place, level in enumerate(Level)}


@dataclass(frozen=True, slots=True)
class Places:
    """The areas of a boundary set, by code and by parent."""

    by_code: dict[str, Area]
    children: dict[str, list[Area]]
    words: dict[str, tuple[str, ...]]
    """Code to its names, plain: what a search compares."""


def load_places(store: Store, boundaries_id: str) -> Places:
    """The areas of a boundary set."""
    return make_places(read_areas.list_areas(store, boundaries_id))


def make_places(areas: Iterable[Area]) -> Places:
    """Areas, from the whole to the parts and then by code, ready to be looked up."""
    ordered = sorted(areas, key=lambda area: (_ORDER[area.level], area.code))
    children: dict[str, list[Area]] = {}
    for area in ordered:
        if area.parent is not None and area.code != UNASSIGNED:
            children.setdefault(area.parent, []).append(area)
    words = {
        a.code: tuple(
            {plain(n): 0 for n in (a.name_en, a.name_fr, a.name_es, *endonyms().get(a.code, ()))}
        )
        for a in ordered
    }
    return Places({area.code: area for area in ordered}, children, words)


def get(
    places: Places,
    codes: Sequence[str],
    *,
    every: str = f"{WORLD} is the world",
    several: bool = False,
) -> list[Area]:
    """Areas by their codes, in the order asked.

    Args:
        places: to look in.
        codes: of areas.
        every: what to tell who asks for all areas: not every address takes a level.
        several: the key takes more than one.

    Raises:
        UnknownArea: one of them does not exist.
    """
    missing = next((code for code in codes if code not in places.by_code), None)
    if missing is not None and missing.lower() in EVERY:
        raise UnknownArea(f"no area {missing!r}", hint=every, allowed=(WORLD,))
    if missing is not None:
        parts = [part for part in re.split(r"[,;|\s]+", missing) if part]
        if several and len(parts) > 1 and all(part in places.by_code for part in parts):
            raise UnknownArea(
                f"no area {missing!r}", hint=f"Several are joined by ~: {'~'.join(parts)}"
            )
        raise UnknownArea(
            f"no area {missing!r}",
            hint="GET /api/v1/areas?q=… finds areas by name",
            allowed=tuple(area.code for area in search(places, missing)[:5]),
        )
    return [places.by_code[code] for code in codes]


def ancestors(places: Places, area: Area) -> list[Area]:
    """The areas that an area is a part of, the world first; without itself."""
    found: list[Area] = []
    parent = area.parent
    while parent is not None:
        found.insert(0, places.by_code[parent])
        parent = found[0].parent
    return found


def descendants(places: Places, code: str) -> list[Area]:
    """Everything below an area, from the whole to the parts."""
    found: list[Area] = []
    for child in places.children.get(code, []):
        found += [child, *descendants(places, child.code)]
    return sorted(found, key=lambda area: (_ORDER[area.level], area.code))


def pick(places: Places, level: Level | None, parent: str | None) -> list[Area]:
    """Areas of a level, of a parent, or of a level below a parent; never what is unassigned.

    Raises:
        UnknownArea: there is no such parent.
    """
    if parent:
        get(places, [parent], every="Without parent it is every area of the level")
        if level is None:
            return places.children.get(parent, [])
        return [area for area in descendants(places, parent) if area.level is level]
    every = (area for area in places.by_code.values() if area.code != UNASSIGNED)
    return [area for area in every if level is None or area.level is level]


def count_below(places: Places, code: str) -> dict[str, int]:
    """How many areas there are below an area, by level."""
    return dict(Counter(area.level.value for area in descendants(places, code)))


def plain(name: str) -> str:
    """A name without accents, marks and capitals.

    Example:
        >>> plain("Côte-d’Ivoire")
        'cote d ivoire'
    """
    letters = unicodedata.normalize("NFKD", name)
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", bare.casefold()))


def search(places: Places, asked: str) -> list[Area]:
    """Areas whose code or name, in three languages or their own, fits; the best first."""
    wanted = plain(asked)
    if not wanted:
        return []
    found = []
    for place, area in enumerate(places.by_code.values()):
        rank = min((_rank(word, wanted) for word in places.words[area.code]), default=_NOT)
        code = plain(area.code)
        if code == wanted:
            rank = -1
        elif code.startswith(wanted):
            rank = min(rank, 3)
        if rank < _NOT:
            found.append((rank, _ORDER[area.level], len(area.name_en), place, area))
    return [area for *_, area in sorted(found, key=lambda entry: entry[:4])]


_NOT = 9


def _rank(name: str, wanted: str) -> int:
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    if f" {wanted}" in f" {name}":
        return 2
    return 4 if wanted in name else _NOT
