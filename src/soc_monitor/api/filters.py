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
SHAPE = "S_INTERSECTS(geom, BBOX(-5, 42, 9, 51))"

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

_LITERAL = {"bbox", "coordinates", "geometries"}


def check_filter(asked: str) -> str:
    """Refuse a filter that is none, or that says more than a filter should.

    Args:
        asked: CQL2, as text or as JSON.

    Returns:
        What tipg is given: the same, or JSON with its boxes as polygons, for a box has no reference
        system in the SQL that is made of it.

    Raises:
        BadValue: it is too long, too deep, not CQL2, no comparison, calls a function, or compares
            shapes of the database with each other.

    Example:
        >>> check_filter("level = 'adm0' AND S_INTERSECTS(geom, POINT(1 2))")[:14]
        "level = 'adm0'"
        >>> check_filter("pg_sleep(3) IS NULL")
        Traceback (most recent call last):
        soc_monitor.errors.BadValue: filter: 'pg_sleep' is no operator here
    """
    _check_size(asked)
    try:
        said, rendered, sql = _read(asked)
    except Exception as error:  # the parser raises nothing narrower
        raise BadValue("filter: not CQL2", hint=HINT) from error
    if not isinstance(said, dict) or "op" not in said or rendered != said:
        raise BadValue("filter: it compares nothing", hint=HINT)
    _check_operators(rendered)
    if "\0" in sql:
        raise BadValue("filter: no text has a character of code 0", hint=HINT)
    given = _without_boxes(rendered)
    return asked if given == rendered else json.dumps(given)


def _read(asked: str) -> tuple[Any, Any, str]:
    """What is said, and what is made into SQL: tipg parses what was said once more.

    A text in quotes says a text; parsed again it is CQL2 of its own, that nobody has looked at.
    """
    parse = importlib.import_module("cql2").Expr
    said = parse(asked).to_json()
    if not isinstance(said, dict):
        return said, None, ""
    again = parse(said)
    # A day that is none is seen only here.
    return said, again.to_json(), str(again.to_sql())


def _check_operators(said: Any) -> None:
    shapes = 0
    for one in _calls(said):
        name = str(one["op"])
        if name.lower() not in OPERATORS:
            raise BadValue(f"filter: {name[:40]!r} is no operator here", hint=HINT)
        if name.lower().startswith("s_"):
            shapes += 1
            if not any(isinstance(side, dict) and side.keys() & _LITERAL for side in one["args"]):
                raise BadValue(f"filter: one side of {name} has to be a shape of yours", hint=SHAPE)
    if shapes > MOST_BRACKETS:
        raise BadValue(f"filter: more than {MOST_BRACKETS} comparisons of shapes", hint=HINT)


def _without_boxes(said: Any) -> Any:
    """The same with boxes as polygons; one over the date line has two.

    Raises:
        BadValue: a box has not four or six numbers.
    """
    if isinstance(said, list):
        return [_without_boxes(one) for one in said]
    if not isinstance(said, dict):
        return said
    if "bbox" not in said:
        return {key: _without_boxes(one) for key, one in said.items()}
    ends = said["bbox"]
    if len(ends) not in {4, 6} or not all(isinstance(one, int | float) for one in ends):
        raise BadValue("filter: BBOX has west, south, east, north", hint=SHAPE)
    half = len(ends) // 2
    (west, south), (east, north) = ends[:2], ends[half : half + 2]
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    rings = [[[[w, south], [e, south], [e, north], [w, north], [w, south]]] for w, e in spans]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}


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


def _calls(said: Any) -> Iterator[dict[str, Any]]:
    """Whatever is called, however deep it stands."""
    waiting = [said]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if "op" in one:
                yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
