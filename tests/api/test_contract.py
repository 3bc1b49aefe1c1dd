"""The API is promised: what ``docs/openapi.json`` says goes on being true.

A new path, key or field is no break; ``soc-monitor openapi > docs/openapi.json`` writes it down.
"""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import World

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
PLAIN = ("type", "format", "const", "pattern")


def promised() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DOCUMENT.read_text("utf-8"))
    return found


def current(world: World) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(world.app.openapi()))
    return found


def breaks(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """What a program written for the older document would stumble over."""
    for path, item in old["paths"].items():
        for method, operation in item.items():
            other = new["paths"].get(path, {}).get(method)
            where = f"{method.upper()} {path}"
            if other is None:
                yield f"{where} is gone"
                continue
            yield from asked(where, old, operation, new, other)
            yield from answered(where, old, operation, new, other)


def asked(
    where: str, old: Any, operation: dict[str, Any], new: Any, other: dict[str, Any]
) -> Iterator[str]:
    keys = {(p["in"], p["name"]): p for p in other.get("parameters", [])}
    known = {(p["in"], p["name"]): p for p in operation.get("parameters", [])}
    for key, parameter in known.items():
        if key not in keys:
            yield f"{where}: key {key[1]} is gone"
            continue
        yield from narrower(
            f"{where}: {key[1]}", old, parameter["schema"], new, keys[key]["schema"]
        )
    for key, parameter in keys.items():
        if parameter.get("required") and not known.get(key, {}).get("required"):
            yield f"{where}: key {key[1]} is needed now"


def narrower(where: str, old: Any, was: Any, new: Any, now: Any) -> Iterator[str]:
    """What was taken, and is no more."""
    was, now = deref(old, was), deref(new, now)
    lost = set(was.get("enum", [])) - set(now.get("enum", was.get("enum", [])))
    if lost:
        yield f"{where}: {sorted(map(str, lost))} are refused now"
    if was.get("default") != now.get("default"):
        yield f"{where}: another default"
    for bound, worse in (
        ("maximum", min),
        ("maxLength", min),
        ("minimum", max),
        ("minLength", max),
    ):
        if bound in now and (bound not in was or worse(was[bound], now[bound]) != was[bound]):
            yield f"{where}: {bound} is narrower"


def answered(
    where: str, old: Any, operation: dict[str, Any], new: Any, other: dict[str, Any]
) -> Iterator[str]:
    for status, response in operation["responses"].items():
        if status not in other["responses"]:
            yield f"{where}: status {status} is gone"
            continue
        for kind, content in response.get("content", {}).items():
            there = other["responses"][status].get("content", {})
            if kind not in there:
                yield f"{where}: {status} is no longer {kind}"
            elif "schema" in content and "schema" in there[kind]:
                yield from poorer(
                    f"{where} {status}", old, content["schema"], new, there[kind]["schema"], ()
                )


def poorer(
    where: str, old: Any, was: Any, new: Any, now: Any, seen: tuple[str, ...]
) -> Iterator[str]:
    """What was promised of an answer, and is no more."""
    if "$ref" in was:
        if was["$ref"] in seen:
            return
        seen = (*seen, was["$ref"])
    was, now = deref(old, was), deref(new, now)
    for word in PLAIN:
        if word in was and was[word] != now.get(word):
            yield f"{where}: {word} was {was[word]}, is {now.get(word)}"
    if "enum" in was and set(map(str, now.get("enum", []))) - set(map(str, was["enum"])):
        yield f"{where}: new values that nobody knows"
    for name, schema in was.get("properties", {}).items():
        if name not in now.get("properties", {}):
            yield f"{where}.{name} is gone"
            continue
        yield from poorer(f"{where}.{name}", old, schema, new, now["properties"][name], seen)
    if "items" in was:
        yield from poorer(f"{where}[]", old, was["items"], new, now.get("items", {}), seen)
    yield from missing(where, was, now)


def missing(where: str, was: Any, now: Any) -> Iterator[str]:
    """What was always there, and may be left out or null."""
    gone = set(was.get("required", [])) - set(now.get("required", []))
    if gone:
        yield f"{where}: {sorted(gone)} may be missing now"
    nullable = {"type": "null"}
    if nullable in now.get("anyOf", []) and nullable not in was.get("anyOf", [nullable]):
        yield f"{where} may be null now"


def deref(document: Any, schema: Any) -> Any:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def test_nothing_that_is_promised_is_broken(world: World) -> None:
    assert list(breaks(promised(), current(world))) == []


def test_every_path_is_written_down(world: World) -> None:
    missing = current(world)["paths"].keys() - promised()["paths"].keys()

    assert missing == set(), "soc-monitor openapi > docs/openapi.json"


def _drop_path(document: Any) -> None:
    del document["paths"]["/api/v1/series.json"]


def _drop_key(document: Any) -> None:
    keys = document["paths"]["/api/v1/series.json"]["get"]["parameters"]
    keys[:] = [key for key in keys if key["name"] != "u"]


def _need_key(document: Any) -> None:
    document["paths"]["/api/v1/series.json"]["get"]["parameters"][0]["required"] = True


def _drop_column(document: Any) -> None:
    del document["components"]["schemas"]["Row"]["properties"]["lower_95"]


def _other_type(document: Any) -> None:
    document["components"]["schemas"]["Row"]["properties"]["unit"]["type"] = "integer"


def _new_default(document: Any) -> None:
    keys = document["paths"]["/api/v1/series.json"]["get"]["parameters"]
    next(key for key in keys if key["name"] == "v")["schema"]["default"] = "total"


def _fewer_words(document: Any) -> None:
    keys = document["paths"]["/api/v1/series.json"]["get"]["parameters"]
    next(key for key in keys if key["name"] == "labels")["schema"]["enum"].remove("es")


@pytest.mark.parametrize(
    "change",
    [
        _drop_path,
        _drop_key,
        _need_key,
        _drop_column,
        _other_type,
        _new_default,
        _fewer_words,
    ],
)
def test_a_break_is_seen(world: World, change: Callable[[Any], None]) -> None:
    before = current(world)
    after = copy.deepcopy(before)
    assert list(breaks(before, after)) == []
    change(after)

    assert list(breaks(before, after))
