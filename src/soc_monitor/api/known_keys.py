"""Known keys: a key that an address does not take is refused, not passed over.

Who writes ``unit=FRA`` for ``area=FRA`` would get the numbers of the world, and not be told.
"""

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import BaseRoute

from soc_monitor.errors import BadValue

Known = dict[Callable[..., Any], tuple[str, ...]]
NOT_OURS = ("utm_", "fbclid", "gclid")
"""What others append to addresses that are passed on means nothing, and harms nothing."""
LOOKS = frozenset({"fill", "ll", "lite", "t2", "theme", "unc", "view", "z"})
"""Keys of pages that say how a page looks: its address becomes that of its data by hand."""
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


def keys_of(ways: Iterable[BaseRoute]) -> Known:
    """The keys that each route takes, by what answers it.

    Args:
        ways: routes of the API.
    """
    return {
        way.endpoint: tuple(sorted(set(_names(way.dependant))))
        for way in ways
        if isinstance(way, APIRoute)
    }


def _names(dependant: Dependant) -> Iterator[str]:
    for one in dependant.query_params:
        kind = one.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            for name, told in kind.model_fields.items():
                yield told.alias or name
        else:
            yield one.alias
    for needed in dependant.dependencies:
        yield from _names(needed)


async def refuse_unknown(request: Request) -> None:
    """Refuse a request with a key that its address does not take.

    Raises:
        BadValue: it has one.
    """
    if not request.query_params:
        return
    known: tuple[str, ...] = request.app.state.known_keys[request.scope["endpoint"]]
    for name in request.query_params:
        if name not in known and name not in LOOKS and not name.startswith(NOT_OURS):
            raise BadValue(
                f"{name}: no key of this address", hint=_hint(name, known), allowed=known
            )


def _hint(name: str, known: tuple[str, ...]) -> str:
    """What may have been meant.

    Example:
        >>> _hint("unit", ("area", "v")), _hint("aera", ("area", "v")), _hint("x", ())
        ('Did you mean area?', 'Did you mean area?', 'It takes none.')
        >>> _hint("unit", ("area", "u"))
        'Did you mean area or u?'
    """
    if not known:
        return "It takes none."
    word = name.lower()
    meant = [one for one in OTHER_WORDS.get(word, "").split() if one in known]
    meant = meant or get_close_matches(word, known, 1)
    return f"Did you mean {' or '.join(meant)}?" if meant else ""
