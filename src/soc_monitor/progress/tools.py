"""Monitoring tools: an entry in which every fact has its own source and the day it was read.

Stored, a tool is ``{"link": …, "fields": {name: {"value", "source", "read_on"}}}``; in a table it
is one row with three columns a fact.
"""

from collections.abc import Mapping
from typing import Any

NAME = "tools"
TOOL_FIELDS = (
    "name",
    "owner",
    "kind",
    "scale",
    "gives",
    "access",
    "validation",
    "method",
    "depth",
    "resolution",
    "time_step",
    "accuracy",
    "cost",
    "licence",
)
"""What an entry of the catalogue of tools may say."""
TOOL_REQUIRED = (
    "name",
    "owner",
    "kind",
    "scale",
    "gives",
    "access",
    "method",
    "resolution",
    "time_step",
    "licence",
)
"""What it must say to count as documented: depth, accuracy, cost and validation do not apply to
every kind of tool, or are published for few."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "kind": ("remote_sensing", "sampling", "sensors", "model", "database", "mrv_platform"),
    "scale": ("plot", "farm", "region", "nation", "world"),
    "gives": ("state", "change", "both", "context"),
    "access": ("open", "free", "paid"),
    "validation": ("independent", "own", "none_found"),
}


def told(tool: Mapping[str, Any], name: str) -> bool:
    """Whether an entry says something of itself."""
    return bool(tool.get("fields", {}).get(name, {}).get("value"))


def filled(tool: Mapping[str, Any]) -> int:
    """How many of the fields of a tool are filled, of 14."""
    return sum(told(tool, name) for name in TOOL_FIELDS)


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """A row as it is stored.

    Example:
        >>> flat = {"name": "RothC", "name_source": "https://a.org", "link": "https://b.org"}
        >>> nest(flat)["fields"]
        {'name': {'value': 'RothC', 'source': 'https://a.org', 'read_on': None}}
    """
    fields = {
        name: {
            "value": flat[name],
            "source": flat.get(f"{name}_source"),
            "read_on": flat.get(f"{name}_read_on"),
        }
        for name in TOOL_FIELDS
        if flat.get(name)
    }
    return {"link": flat.get("link", ""), "fields": fields}


def flatten(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored, as a row; facts that it does not tell are left out."""
    flat: dict[str, Any] = {}
    for name, fact in body.get("fields", {}).items():
        flat[name] = fact.get("value")
        for part in ("source", "read_on"):
            if fact.get(part):
                flat[f"{name}_{part}"] = fact[part]
    if body.get("link"):
        flat["link"] = body["link"]
    return flat


def faults(flat: Mapping[str, Any]) -> list[str]:
    """Facts of a row that have no source."""
    return [
        f"{name}_source: missing, and nothing is taken without one"
        for name in TOOL_FIELDS
        if flat.get(name) and not flat.get(f"{name}_source")
    ]
