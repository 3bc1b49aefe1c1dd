"""Registers: their entries as a release has them, filtered as readers ask."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from soc_monitor.api.catalogue import Catalogue
from soc_monitor.api.places import plain
from soc_monitor.model import Record, Release
from soc_monitor.progress.registers import Field, find_register, row
from soc_monitor.progress.tools import TOOL_FIELDS, TOOL_REQUIRED, filled
from soc_monitor.store import registers

TOOLS = "tools"
TOOL_FACETS = ("kind", "scale", "gives", "access", "validation")
ALIASES = {"objective": "objectives", "country": "countries"}
"""Keys of a query, by fields that hold several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Entries of a register, those that were asked for, and what there is to choose from."""

    name: str
    release: Release
    kpis: tuple[str, ...]
    fields: tuple[Field, ...]
    found: Sequence[Record]
    facets: Mapping[str, Mapping[str, int]]
    countries: Mapping[str, int]
    """Entries found, by country."""


def listing(
    catalogue: Catalogue, release: Release, name: str, wanted: Mapping[str, str]
) -> Listing:
    """The entries of a register that a query asks for, in order of their names.

    Args:
        wanted: field to value; ``q`` is looked for in every text.

    Raises:
        UnknownRecord: there is no such register.
    """
    kpis, fields = _shape(name)
    entries = registers.published(catalogue.store, release, name)
    found = [one for one in entries if _matches(name, one.body, wanted)]
    facets = {
        field: dict(
            sorted(Counter(v for e in entries for v in _values(name, e.body, field)).items())
        )
        for field in _facets(name, fields)
    }
    countries = Counter(code for one in found for code in countries_of(name, one))
    return Listing(
        name=name,
        release=release,
        kpis=kpis,
        fields=fields,
        found=found,
        facets=facets,
        countries=dict(sorted(countries.items())),
    )


def _shape(name: str) -> tuple[tuple[str, ...], tuple[Field, ...]]:
    if name == TOOLS:
        made = tuple(Field(name=one, required=one in TOOL_REQUIRED) for one in TOOL_FIELDS)
        return ("e1_actors",), (*made, Field(name="link", kind="url"))
    spec = find_register(name)
    return spec.feeds, spec.fields


def _facets(name: str, fields: Sequence[Field]) -> list[str]:
    if name == TOOLS:
        return list(TOOL_FACETS)
    kinds = {"choice", "country", "countries", "ids"}
    return [field.name for field in fields if field.kind in kinds]


def _values(name: str, body: Mapping[str, Any], field: str) -> list[str]:
    """The values of a field: one, several, or none."""
    if name == TOOLS:
        found = body["fields"].get(field, {}).get("value")
    else:
        found = body.get(field, body.get(ALIASES.get(field, "")))
    if found in {None, ""} if not isinstance(found, list) else not found:
        return []
    return [str(one) for one in found] if isinstance(found, list) else [str(found)]


def countries_of(name: str, record: Record) -> list[str]:
    """The countries that an entry is of."""
    return _values(name, record.body, "country")


def _matches(name: str, body: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    for field, value in wanted.items():
        if not value:
            continue
        if field == "q":
            if plain(value) not in plain(" ".join(texts(body))):
                return False
        elif value not in _values(name, body, field):
            return False
    return True


def texts(part: object) -> list[str]:
    """Every text in an entry.

    Example:
        >>> texts({"a": "x", "b": ["y", {"c": "z"}], "d": 1})
        ['x', 'y', 'z']
    """
    if isinstance(part, str):
        return [part]
    parts = part.values() if isinstance(part, Mapping) else part if isinstance(part, list) else []
    return [text for one in parts for text in texts(one)]


def entry_body(record: Record) -> dict[str, Any]:
    """An entry as readers get it; a tool also says how complete it is."""
    entry = dict(record.body)
    if record.register == TOOLS:
        entry |= {"filled": filled(entry), "of": len(TOOL_FIELDS)}
    return {
        "register_name": record.register,
        "key": record.key,
        "version": record.version,
        "entry": entry,
        "entered_by": record.proposed_by,
        "entered_at": record.proposed_at,
        "reviewed_by": record.reviewed_by,
        "reviewed_at": record.reviewed_at,
        "reason": record.reason,
        "release": record.from_release,
        "published_at": record.published_at,
    }


def table_rows(listing: Listing) -> tuple[list[str], list[dict[str, Any]]]:
    """Columns and lines of a register as a table: those that an import takes, with the keys."""
    columns = ["key", *find_register(listing.name).columns]
    rows = []
    for one in listing.found:
        flat = row(listing.name, one.body)
        rows.append({"key": one.key, **{n: _joined(flat.get(n)) for n in columns[1:]}})
    return columns, rows


def _joined(value: Any) -> Any:
    return ";".join(map(str, value)) if isinstance(value, list) else value
