"""Registers: what each one holds, field by field, and what is wrong with an entry.

Organisations and documents only: no field is for a person.
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from soc_monitor.errors import BadEntry, BadValue, UnknownRecord
from soc_monitor.progress import tools
from soc_monitor.progress.periods import span

FieldKind = Literal[
    "text", "number", "period", "date", "country", "countries", "choice", "url", "ids"
]
LONGEST = 2000
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.IGNORECASE)
_CODE = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of a register."""

    name: str
    kind: FieldKind = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    identity: bool = False
    """Part of what makes two entries the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterSpec:
    """A register and its columns."""

    name: str
    feeds: tuple[str, ...]
    """The kpis that are counted from it."""
    fields: tuple[Field, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the fields, in order."""
        return tuple(field.name for field in self.fields)


def _f(name: str, kind: FieldKind = "text", *choices: str) -> Field:
    """A field from its short form: ``!`` required, ``#`` part of the identity."""
    return Field(
        name=name.strip("!#"),
        kind=kind,
        required="!" in name or "#" in name,
        choices=choices,
        identity="#" in name,
    )


REGIONS = ("africa", "americas", "asia", "europe", "oceania")
_PROOF = (_f("evidence!", "url"), _f("evidence_on", "date"), _f("note"))
_KINDS = (
    "state",
    "regional_authority",
    "research",
    "farmers",
    "ngo",
    "company",
    "finance",
    "international",
    "network",
    "tool_developer",
    "other",
)


def _register(name: str, feeds: tuple[str, ...], *fields: Field) -> RegisterSpec:
    return RegisterSpec(name=name, feeds=feeds, fields=(*fields, *_PROOF))


_ALL = (
    _register(
        "values",
        (),
        _f("kpi#"),
        _f("period#", "period"),
        _f("number", "number"),
        _f("stage"),
        _f("numerator", "number"),
        _f("denominator", "number"),
        _f("data_class!", "choice", "reported", "observed", "modelled", "inferred"),
        _f("source!"),
    ),
    _register(
        "milestones",
        (),
        _f("objective#"),
        _f("text#"),
        _f("due", "period"),
        _f("state!", "choice", "planned", "running", "done", "dropped"),
        _f("done_on", "date"),
    ),
    _register(
        "partners",
        ("e3_developers",),
        _f("name#"),
        _f("country#", "country"),
        _f("kind!", "choice", *_KINDS),
        _f("role!", "choice", "member", "partner"),
        _f("since", "period"),
        _f("until", "period"),
        _f("link", "url"),
    ),
    _register(
        "actions",
        ("a1_parties_mobilised", "a2_projects"),
        _f("title#"),
        _f("who#"),
        _f("countries#", "countries"),
        _f("objectives!", "ids"),
        _f("state!", "choice", "planned", "running", "done", "stopped"),
        _f("started", "period"),
        _f("ended", "period"),
        _f("figures"),
        _f("selected", "choice", "yes", "no"),
        _f("confirmed_on", "date"),
        _f("tool", "choice", "EX-ACT", "CBP", "other"),
        _f("tool_version"),
        _f("area_ha", "number"),
        _f("tco2e", "number"),
        _f("tco2e_years", "number"),
    ),
    _register(
        "ndc_mentions",
        ("a1_ndc_soc_share", "a1_ndc_peat_wetland", "a1_ndc_soc_unlinked"),
        _f("country#", "country"),
        _f("submitted#", "date"),
        _f("mention#", "choice", "target_or_action", "peat_or_wetland", "unlinked", "none"),
        _f("passage"),
        _f("page"),
        _f("assessor!"),
    ),
    _register(
        "strategies",
        ("b1_countries",),
        _f("country#", "country"),
        _f("title#"),
        _f("year!", "period"),
        _f("kind!", "choice", "strategy", "investment_plan"),
        _f("cites_ndc!", "choice", "yes", "no"),
    ),
    _register("good_practices", ("b2_regions",), _f("title#"), _f("region#", "choice", *REGIONS)),
    _register(
        "help_desks",
        ("b3_regions",),
        _f("name#"),
        _f("region#", "choice", *REGIONS),
        _f("countries", "countries"),
        _f("last_answer!", "date"),
    ),
    _register(
        "toolbox_use",
        ("b4_countries", "b4_tools_used"),
        _f("country#", "country"),
        _f("tool#"),
        _f("used_on#", "date"),
    ),
    _register(
        "publications",
        ("a3_reviews", "a4_notes"),
        _f("title#"),
        _f("kind!", "choice", "study", "note"),
        _f("published#", "date"),
    ),
    _register(
        "meetings",
        ("a4_regional_meetings", "a4_global_meetings", "d2_meetings"),
        _f("title#"),
        _f("held#", "date"),
        _f("scope!", "choice", "world", "regional_science", "regional_network"),
        _f("region", "choice", *REGIONS),
    ),
    _register("offset_schemes", ("a5_schemes_presented",), _f("name#"), _f("presented!", "date")),
    _register(
        "networks",
        ("d3_regions", "d3_regions_listed", "d4_partnerships"),
        _f("name#"),
        _f("kind!", "choice", "youth", "senior", "world"),
        _f("region", "choice", *REGIONS),
        _f("state!", "choice", "listed", "contacted", "active", "signed"),
        _f("signed_on", "date"),
    ),
    _register(
        "contacts",
        ("c2_global_companies", "c2_regional_companies", "c3_institutions"),
        _f("name#"),
        _f("country#", "country"),
        _f("kind!", "choice", "institution", "world_company", "regional_company"),
        _f("contacted_on!", "date"),
    ),
    _register(
        "municipalities",
        ("f1_countries", "f1_pilot_municipalities"),
        _f("name#"),
        _f("country#", "country"),
        _f("adopted_on!", "date"),
        _f("pilot", "choice", "yes", "no"),
    ),
    _register(
        "budgets",
        ("f2_budget", "f2_core_budget"),
        _f("year#", "period"),
        _f("total_eur!", "number"),
        _f("core_eur", "number"),
    ),
    _register(
        "adoptions",
        ("e2_bodies_adopted",),
        _f("body#"),
        _f("region", "choice", *REGIONS),
        _f("stated_on!", "date"),
    ),
)
REGISTERS = {spec.name: spec for spec in _ALL}
TOOLS = RegisterSpec(
    name=tools.NAME,
    feeds=("e1_actors",),
    fields=(
        *(
            field
            for name in tools.TOOL_FIELDS
            for field in (
                Field(
                    name=name,
                    kind="choice" if name in tools.CHOICES else "text",
                    choices=tools.CHOICES.get(name, ()),
                    required=name == "name",
                    identity=name == "name",
                ),
                Field(name=f"{name}_source", kind="url"),
                Field(name=f"{name}_read_on", kind="date"),
            )
        ),
        Field(name="link", kind="url"),
    ),
)
"""Tools in a table: three columns a fact; see ``progress.tools`` for how they are stored."""
SUGGESTION = RegisterSpec(
    name="suggestions",
    feeds=(),
    fields=(_f("about#"), _f("text!"), _f("evidence", "url")),
)
"""What readers suggest: it waits in the queue, and is in no list that is published."""


def find_register(name: str) -> RegisterSpec:
    """A register by its name.

    Raises:
        UnknownRecord: there is none.
    """
    if name == TOOLS.name:
        return TOOLS
    if name not in REGISTERS:
        raise UnknownRecord(f"no register {name!r}", allowed=(TOOLS.name, *REGISTERS))
    return REGISTERS[name]


def entry(spec: RegisterSpec, told: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """An entry from what somebody fills in: its key, and its body as it is stored.

    Raises:
        BadEntry: says every field that is wrong, and how.
    """
    flat = check(spec, told)
    return key_of(spec, flat), tools.nest(flat) if spec is TOOLS else flat


def row(name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """A stored entry as it is filled in: field to value."""
    return tools.flatten(body) if name == TOOLS.name else dict(body)


def key_of(spec: RegisterSpec, body: Mapping[str, Any]) -> str:
    """What makes an entry the same as another: its identity, without case, accents and marks.

    Example:
        >>> key_of(REGISTERS["partners"], {"name": "Société Île-Verte", "country": "FRA"})
        'societe-ile-verte.fra'
    """
    parts = [_slug(body.get(field.name, "")) for field in spec.fields if field.identity]
    return ".".join(parts)[:200]


def _slug(value: object) -> str:
    words = "-".join(str(one) for one in value) if isinstance(value, list) else str(value)
    folded = unicodedata.normalize("NFKD", words.casefold())
    bare = "".join(c for c in folded if not unicodedata.combining(c))
    slug = re.sub(r"[^\w]+", "-", bare).strip("-")
    # Letters that a slug does not keep would make strangers the same.
    return slug or "x" + words.encode().hex()[:40]


def check(spec: RegisterSpec, body: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as it is stored.

    Args:
        spec: the register.
        body: field to value; empty ones may be left out.

    Raises:
        BadEntry: says every field that is wrong, and how.
    """
    wrong = [f"{name}: no such field" for name in body if name not in spec.columns]
    made: dict[str, Any] = {}
    for field in spec.fields:
        value = body.get(field.name)
        if value is None or value in ("", []):
            if field.required:
                wrong.append(f"{field.name}: missing")
            continue
        try:
            made[field.name] = _one(field, value)
        except BadValue as error:
            wrong.append(f"{field.name}: {error.detail}")
    if "since" in made and "until" in made and span(made["until"])[1] < span(made["since"])[0]:
        wrong.append("until: before since")
    if spec is TOOLS:
        wrong += tools.faults(made)
    if spec.name == "values" and not wrong and not _says_something(made):
        wrong.append("number: neither a number, a step, nor a share of a denominator")
    if wrong:
        raise BadEntry("; ".join(wrong))
    return made


def _says_something(value: Mapping[str, Any]) -> bool:
    share = "numerator" in value and value.get("denominator", 0) > 0
    return share or "number" in value or "stage" in value


def _one(field: Field, value: Any) -> Any:
    if field.kind == "number":
        return _number(value)
    if field.kind in {"countries", "ids"}:
        many = value if isinstance(value, list) else re.split(r"[;,~]\s*", str(value))
        codes = [str(one).strip() for one in many if str(one).strip()]
        if field.kind == "countries" and not all(map(_CODE.fullmatch, codes)):
            raise BadValue("countries by their ISO 3166-1 alpha-3 code")
        return sorted(set(codes))
    return _text(field, str(value).strip())


def _number(value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError) as error:
        raise BadValue(f"{value!r} is no number") from error
    if not math.isfinite(found):
        raise BadValue(f"{value!r} is no number")
    return found


def _text(field: Field, value: str) -> str:
    if "\0" in value or len(value) > LONGEST:
        raise BadValue(f"at most {LONGEST} characters of text")
    if _EMAIL.search(value) and field.kind != "url":
        raise BadValue("an e-mail address: registers hold organisations, no persons")
    if field.kind == "choice" and value not in field.choices:
        raise BadValue(f"{value!r} is none of {', '.join(field.choices)}")
    if field.kind == "country" and not _CODE.fullmatch(value):
        raise BadValue(f"{value!r} is no ISO 3166-1 alpha-3 code")
    if field.kind in {"period", "date"}:
        span(value)
        if field.kind == "date" and len(value) != 10:
            raise BadValue(f"{value!r} is no day such as 2026-11-22")
    if field.kind == "url" and not is_web_address(value):
        raise BadValue(f"{value[:80]!r} is no web address")
    return value


def is_web_address(value: str) -> bool:
    """Whether a text may stand behind a link.

    Example:
        >>> is_web_address("https://unfccc.int/NDCREG"), is_web_address("javascript:alert(1)")
        (True, False)
    """
    try:
        found = urlsplit(value)
    except ValueError:
        return False
    plain = not any(c.isspace() or c in '<>"' for c in value)
    return plain and found.scheme in {"http", "https"} and bool(found.hostname)
