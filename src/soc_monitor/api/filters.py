"""Filters: what a reader's CQL2 filter may say, judged before it is made into SQL.

The library that parses it recurses without end, takes twice as long for each bracket that it has
to give up, and makes a call of any function of the database of a name that it does not know.
"""

import importlib
import json
import re
from collections.abc import Iterator
from typing import Any

from soc_monitor.errors import BadValue

LONGEST = 1000
"""Characters of a filter as text, coordinates not counted."""
MOST_BRACKETS = 8
"""Of it, those around coordinates not counted."""
HINT, MORE = "level = 'adm0'", "As JSON it may be larger: filter-lang=cql2-json."

_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_POSITION = rf"{_NUMBER}(?:\s+{_NUMBER}){{1,2}}"
_COORDINATES = re.compile(rf"\(\s*{_POSITION}(?:\s*,\s*{_POSITION})*\s*\)")

_SPACE = (
    "contains",
    "crosses",
    "disjoint",
    "equals",
    "intersects",
    "overlaps",
    "touches",
    "within",
)
_TIME = (
    "after", "before", "contains", "disjoint", "during", "equals", "finishedby", "finishes",
    "intersects", "meets", "metby", "overlappedby", "overlaps", "startedby", "starts",
)  # fmt: skip
OPERATORS = frozenset({
    "and", "or", "not", "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "^", "div",
    "like", "between", "in", "isnull", "casei",
    *(f"s_{name}" for name in _SPACE), *(f"t_{name}" for name in _TIME),
})  # fmt: skip
"""Those of CQL2 that our views have columns for. Nothing else is one: `set_config` would make a
reader of views the owner of the database."""


def check_filter(asked: str) -> None:
    """Refuse a filter that is none, or that says more than a filter should.

    Args:
        asked: CQL2, as text or as JSON.

    Raises:
        BadValue: it is too long, too deep, not CQL2, no comparison, or calls a function.

    Example:
        >>> check_filter("level = 'adm0' AND S_INTERSECTS(geom, POINT(1 2))")
        >>> check_filter("pg_sleep(3) IS NULL")
        Traceback (most recent call last):
        soc_monitor.errors.BadValue: filter: 'pg_sleep' is no operator here
    """
    _check_size(asked)
    try:
        said, rendered = _both(asked)
    except Exception as error:  # the parser raises nothing narrower
        raise BadValue("filter: not CQL2", hint=HINT) from error
    if not isinstance(said, dict) or "op" not in said or rendered != said:
        raise BadValue("filter: it compares nothing", hint=HINT)
    for name in _operators(rendered):
        if name.lower() not in OPERATORS:
            raise BadValue(f"filter: {name[:40]!r} is no operator here", hint=HINT)


def _both(asked: str) -> tuple[Any, Any]:
    """What is said, and what is made into SQL: tipg parses what was said once more.

    A text in quotes says a text; parsed again it is CQL2 of its own, that nobody has looked at.
    """
    parse = importlib.import_module("cql2").Expr
    said = parse(asked).to_json()
    return said, parse(said).to_json() if isinstance(said, dict) else None


def _check_size(asked: str) -> None:
    if asked.startswith("{"):
        try:
            json.loads(asked)
        except (ValueError, RecursionError) as error:
            raise BadValue("filter: no JSON", hint=HINT) from error
        return  # The depth of JSON is bounded by the parser, its length by that of an address.
    text = _COORDINATES.sub("", asked)
    if len(text) > LONGEST:
        raise BadValue(f"filter: more than {LONGEST} characters beside coordinates", hint=MORE)
    if text.count("(") > MOST_BRACKETS:
        raise BadValue(f"filter: more than {MOST_BRACKETS} brackets", hint=MORE)


def _operators(said: Any) -> Iterator[str]:
    """Whatever is called, however deep it stands."""
    waiting = [said]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if "op" in one:
                yield str(one["op"])
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
