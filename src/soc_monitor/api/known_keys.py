"""Known keys: a key that an address does not take is refused, and so is one that is told twice.

Who writes ``unit=FRA`` for ``area=FRA`` would get the numbers of the world, and who writes
``area=FRA&area=DEU`` those of one of the two; neither would be told.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import BaseRoute

from soc_monitor.errors import BadValue

NOT_OURS = frozenset({"_", "dclid", "fbclid", "gbraid", "gclid", "igshid", "msclkid", "wbraid"})
"""What others append to addresses that are passed on means nothing, and harms nothing."""
NOT_OURS_BEGIN = ("utm_", "mc_", "_ga")
OF_A_FORM = frozenset({"bom"})
"""Taken by some forms of an answer alone, and passed over by the others: the ending may change."""
PAGES = frozenset({"cursor", "limit"})
AREA_WORDS = frozenset({"area", "country", "iso", "sel"})
LOOKS = frozenset({"fill", "labels", "ll", "lite", "t2", "theme", "unc", "view", "z"})
"""Keys that say how a page looks, for its address becomes that of its data by hand; and the
language of names, which may be asked for where there are none."""
JOINED = "joined by `~`"
"""What the description of a key that takes several says."""
SHOWN = 100
"""Characters of what was asked that are said back."""
OTHER_WORDS = {
    "unit": "area u",
    "units": "u",
    "country": "area",
    "iso": "area",
    "sel": "area",
    "indicator": "v",
    "var": "v",
    "variable": "v",
    "depth": "d",
    "year": "t",
    "time": "t",
    "period": "t",
    "date": "t",
    "product": "src",
    "source": "src",
    "level": "lvl",
    "lang": "labels",
    "release": "rel",
    "version": "rel",
    "base_year": "b",
}
"""What a key that goes by another word elsewhere is called here; where it is two things, both."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What an address takes."""

    taken: tuple[str, ...]
    others: frozenset[str] = frozenset()
    """What the other forms of the same answer take."""
    several: frozenset[str] = frozenset()
    """Those of ``taken`` that may have several values, joined by ``~``."""

    def pass_over(self, name: str) -> bool:
        """Whether a key that is not taken means nothing here, and no reader is misled.

        Example:
            >>> keys = Keys(("area",), frozenset({"bom", "limit"}))
            >>> [keys.pass_over(one) for one in ("UTM_source", "bom", "limit", "_gap")]
            [True, True, False, True]
        """
        plain = name.lower()
        if plain in NOT_OURS or plain.startswith(NOT_OURS_BEGIN):
            return True
        return name in LOOKS or name in OF_A_FORM & self.others


Known = dict[Callable[..., Any], Keys]


def keys_of(ways: Iterable[BaseRoute]) -> Known:
    """The keys that each route takes, by what answers it.

    Args:
        ways: routes of the API.
    """
    routes = [way for way in ways if isinstance(way, APIRoute)]
    fields = {way.endpoint: dict(_fields(way.dependant)) for way in routes}
    taken = {endpoint: tuple(sorted(told)) for endpoint, told in fields.items()}
    forms: dict[str, set[str]] = {}
    for way in routes:
        forms.setdefault(_without_form(way.path), set()).update(taken[way.endpoint])
    return {
        way.endpoint: Keys(
            taken[way.endpoint],
            frozenset(forms[_without_form(way.path)]),
            frozenset(
                name for name, about in fields[way.endpoint].items() if JOINED in (about or "")
            ),
        )
        for way in routes
    }


def _without_form(path: str) -> str:
    """The path of an answer, whatever its form.

    Example:
        >>> _without_form("/map.csv-metadata.json"), _without_form("/stations/{station}")
        ('/map', '/stations/{station}')
    """
    folder, _, name = path.rpartition("/")
    return f"{folder}/{name.partition('.')[0]}"


def _fields(dependant: Dependant) -> Iterator[tuple[str, str | None]]:
    """The keys of a route, each with its description."""
    for one in dependant.query_params:
        kind = one.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            for name, told in kind.model_fields.items():
                yield told.alias or name, told.description
        else:
            yield one.alias, one.field_info.description
    for needed in dependant.dependencies:
        yield from _fields(needed)


async def refuse_unknown(request: Request) -> None:
    """Refuse a request with a key that its address does not take, or that is told twice.

    Raises:
        BadValue: it has one.
    """
    if not request.query_params:
        return
    keys: Keys = request.app.state.known_keys[request.scope["endpoint"]]
    for name in request.query_params:
        if name not in keys.taken and not keys.pass_over(name):
            raise BadValue(
                f"{name}: no key of this address", hint=_hint(name, keys), allowed=keys.taken
            )
        told = request.query_params.getlist(name)
        if len(told) > 1 and name in keys.taken:
            raise BadValue(f"{name}: told {len(told)} times", hint=_once(name, told, keys))


def _once(name: str, told: Sequence[str], keys: Keys) -> str:
    """How a key that was told several times is to be told.

    Example:
        >>> _once("area", ["FRA", "DEU"], Keys(("area",), several=frozenset({"area"})))
        'Once, its values joined by ~: area=FRA~DEU'
        >>> _once("area", ["FRA", "DEU"], Keys(("area",)))
        'It has one value here.'
    """
    if name not in keys.several:
        return "It has one value here."
    joined = "~".join(dict.fromkeys(told))
    return "Once, its values joined by ~" + (f": {name}={joined}" if len(joined) < SHOWN else ".")


def _hint(name: str, keys: Keys) -> str:
    """What may have been meant.

    Example:
        >>> _hint("unit", Keys(("area", "v"))), _hint("aera", Keys(("area", "v")))
        ('Did you mean area?', 'Did you mean area?')
        >>> _hint("unit", Keys(("area", "u"))), _hint("x", Keys(()))
        ('Did you mean area or u?', 'It takes none.')
        >>> _hint("limit", Keys(("area",), frozenset({"area", "limit"})))
        'A file is whole; pages are of JSON.'
    """
    known, word = keys.taken, name.lower()
    if not known:
        return "It takes none."
    if word in PAGES & keys.others:
        return "A file is whole; pages are of JSON."
    if word in AREA_WORDS and {"lvl", "parent", "v"} <= set(known):
        return "A map is of every area of a level; series has one area, in the same forms."
    meant = [one for one in OTHER_WORDS.get(word, "").split() if one in known]
    meant = meant or get_close_matches(word, known, 1)
    return f"Did you mean {' or '.join(meant)}?" if meant else ""
