"""Registers: what answers about their entries look like."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from soc_monitor.api.bodies.base import Body, ListMeta


class EntryBody(Body):
    """An entry of a register."""

    register_name: str
    key: str
    version: int
    entry: dict[str, Any]
    entered_by: str
    entered_at: datetime
    reviewed_by: str
    reviewed_at: datetime | None
    reason: str
    release: Annotated[str | None, Field(description="The first one that shows it")]
    published_at: datetime | None


class FieldBody(Body):
    """A column of a register."""

    name: str
    kind: str
    required: bool
    choices: list[str]
    about: Annotated[str, Field(description="What it holds, in the language asked for")]
    shape: Annotated[str, Field(description="How a cell of it is written")]


class EntriesMeta(Body):
    """What a list of entries is of."""

    release: str
    published_at: datetime
    register_name: str
    kpis: Annotated[list[str], Field(description="Counted from this register")]
    fields: list[FieldBody]
    total: int
    facets: Annotated[dict[str, dict[str, int]], Field(description="Entries by choice, unfiltered")]
    countries: Annotated[dict[str, int], Field(description="Entries found, by country")]
    regions: Annotated[dict[str, int], Field(description="The same by region of the world (M49)")]
    links: dict[str, str]


class EntriesBody(Body):
    """Entries of a register."""

    meta: EntriesMeta
    data: list[EntryBody]


class SuggestionBody(Body):
    """A suggestion that waits for the editors."""

    id: str


class RegisterRow(Body):
    """A register."""

    name: str
    entries: int
    kpis: list[str]
    fields: list[FieldBody]


class RegistersBody(Body):
    """Every register."""

    meta: ListMeta
    data: list[RegisterRow]
