"""Importing: a table of any origin, mapped to a register, every row accounted for."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from soc_monitor.errors import BadEntry, BadValue
from soc_monitor.progress import cells
from soc_monitor.progress.cells import Cell, plain
from soc_monitor.progress.registers import Field, RegisterSpec, entry

LEAST_COLUMNS = 2
"""Columns that a row must name to be the header."""
KEY = "key"
"""Header of the column that says which entry a row is, where it is one already."""
Outcome = Literal["ready", "empty", "duplicate", "error"]

_NAMES = {
    "name": ("nom", "nombre", "organisation", "organization", "organización"),
    "title": ("titre", "título", "intitulé"),
    "country": ("pays", "país"),
    "countries": ("pays", "países", "country"),
    "kind": ("type", "tipo", "nature"),
    "role": ("rôle", "rol", "papel", "statut"),
    "since": ("depuis", "desde", "date d’adhésion", "joined"),
    "until": ("jusqu’à", "hasta"),
    "link": ("lien", "enlace", "website", "site web", "sitio web", "url"),
    "evidence": ("preuve", "prueba", "evidence link", "source url"),
    "evidence_on": ("date de la preuve", "fecha de la prueba", "evidence date"),
    "note": ("remarque", "nota", "comment", "commentaire", "comentario"),
    "who": ("qui", "quién", "organisation", "implemented by"),
    "objectives": ("objectifs", "objetivos", "objective"),
    "state": ("état", "estado", "status"),
    "started": ("début", "inicio", "start"),
    "ended": ("fin", "end"),
    "area_ha": ("area", "hectares", "superficie", "superficie (ha)", "total area (ha)"),
    "tco2e": ("carbon balance", "carbon balance (tco2e)", "tco2eq", "bilan carbone"),
    "tco2e_years": ("years", "duration (years)", "années", "años", "accounting duration"),
    "tool": ("outil", "herramienta"),
    "tool_version": ("version", "versión", "tool version"),
}
"""Other headers that people write, by field. EX-ACT's and CBP's own words are among them."""
_CHOICES = {
    "member": ("membre", "miembro"),
    "partner": ("partenaire", "socio", "asociado"),
    "planned": ("prévu", "previsto"),
    "running": ("en cours", "en marcha", "under way", "ongoing"),
    "done": ("fait", "terminé", "hecho", "terminado", "completed"),
    "stopped": ("arrêté", "detenido"),
    "state": ("état", "estado", "country"),
    "research": ("recherche", "investigación"),
    "farmers": ("agriculteurs", "agricultores"),
    "ngo": ("ong", "non-governmental organisation"),
    "company": ("entreprise", "empresa"),
    "finance": ("finances", "finanzas"),
    "international": ("internationale", "internacional"),
    "regional_authority": ("collectivité", "autoridad regional", "regional authority"),
    "other": ("autre", "otro"),
    "yes": ("oui", "sí"),
    "no": ("non",),
}
"""Other words for values that are chosen from a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """What became of one row of a table."""

    row: int
    """Its number in the table, from 1."""
    outcome: Outcome
    key: str = ""
    body: Mapping[str, Any] | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A table as it would be taken."""

    header_row: int
    mapping: Mapping[str, str]
    """Field to the header that it is read from."""
    ignored: tuple[str, ...]
    """Headers that no field is read from."""
    results: tuple[RowResult, ...]
    """One a row below the header, in order."""

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome; together, all of them."""
        return dict(Counter(one.outcome for one in self.results))

    @property
    def entries(self) -> list[tuple[str, Mapping[str, Any]]]:
        """What can be proposed."""
        return [(one.key, one.body) for one in self.results if one.body is not None]


def preview(
    spec: RegisterSpec, table: Sequence[Sequence[Cell]], named: Mapping[str, str] | None = None
) -> Preview:
    """Read a table as entries of a register, and say what each row would be.

    Args:
        spec: the register.
        table: rows of cells, titles and merged headers above the true header among them.
        named: header to field, for headers that are not known.

    Raises:
        BadValue: no row names two fields of the register; a field that there is not.

    Example:
        >>> from soc_monitor.progress.registers import REGISTERS
        >>> found = preview(REGISTERS["good_practices"], [["Title", "Region"], ["Cover", "asia"]])
        >>> found.counts, found.results[0].message
        ({'error': 1}, 'evidence: missing')
    """
    for field in (named or {}).values():
        if field not in spec.columns:
            raise BadValue(f"no field {field!r} in {spec.name}", allowed=spec.columns)
    at, columns = _find_header(spec, table, named or {})
    header = [_text(cell) for cell in table[at]]
    seen: dict[str, int] = {}
    commas = _with_commas(spec, columns, table[at + 1 :])
    results = [
        _row(spec, columns, commas, table[number], number + 1, seen)
        for number in range(at + 1, len(table))
    ]
    ignored = [name for n, name in enumerate(header) if name and n not in columns.values()]
    return Preview(
        header_row=at + 1,
        mapping={field: header[column] for field, column in columns.items()},
        ignored=tuple(ignored),
        results=tuple(results),
    )


def _with_commas(
    spec: RegisterSpec, columns: Mapping[str, int], rows: Sequence[Sequence[Cell]]
) -> frozenset[str]:
    """The fields in whose columns some number has a decimal comma."""
    held = (
        (f.name, columns[f.name]) for f in spec.fields if f.kind == "number" and f.name in columns
    )
    return frozenset(
        name for name, at in held if cells.has_comma(row[at] for row in rows if at < len(row))
    )


def _text(cell: Cell) -> str:
    text = "" if cell is None else str(cell).strip()
    # Our own tables put an apostrophe before what a spreadsheet would run.
    return text[1:] if re.match(r"'[=+\-@\t\r＝＋－＠]", text) else text  # noqa: RUF001  # as it is written


def _find_header(
    spec: RegisterSpec, table: Sequence[Sequence[Cell]], named: Mapping[str, str]
) -> tuple[int, dict[str, int]]:
    best: tuple[int, dict[str, int]] = (0, {})
    for number, row in enumerate(table[:50]):
        columns: dict[str, int] = {}
        for column, cell in enumerate(row):
            field = _field_of(spec, _text(cell), named)
            if field and field not in columns:
                columns[field] = column
        if len(columns) > len(best[1]):
            best = (number, columns)
    if len(best[1]) < LEAST_COLUMNS:
        raise BadValue(
            f"no row names the columns of {spec.name}",
            hint="Name the header's columns, or map them: --map 'Nom du projet=title'",
            allowed=spec.columns,
        )
    return best


def _field_of(spec: RegisterSpec, header: str, named: Mapping[str, str]) -> str | None:
    if header in named:
        return named[header]
    wanted = plain(header.replace("_", " "))
    if not wanted:
        return None
    if wanted == KEY:
        return KEY
    for field in spec.columns:
        if wanted == plain(field.replace("_", " ")):
            return field
    for field in spec.columns:
        if wanted in {plain(one) for one in _NAMES.get(field, ())}:
            return field
    return None


def _row(
    spec: RegisterSpec,
    columns: Mapping[str, int],
    commas: frozenset[str],
    row: Sequence[Cell],
    number: int,
    seen: dict[str, int],
) -> RowResult:
    if all(_text(cell) == "" for cell in row):
        return RowResult(row=number, outcome="empty")
    body: dict[str, Any] = {}
    wrong = []
    for field in spec.fields:
        column = columns.get(field.name)
        cell = row[column] if column is not None and column < len(row) else None
        if _text(cell) == "":
            continue
        try:
            body[field.name] = _value(field, cell, comma=field.name in commas)
        except BadValue as error:
            wrong.append(f"{field.name}: {error.detail}")
    try:
        made_key, made = entry(spec, body) if not wrong else ("", {})
    except BadEntry as error:
        wrong.append(error.detail)
    if wrong:
        return RowResult(row=number, outcome="error", message="; ".join(wrong))
    key = _own_key(row, columns) or made_key
    if key in seen:
        message = f"the same entry as row {seen[key]}"
        return RowResult(row=number, outcome="duplicate", key=key, message=message)
    seen[key] = number
    return RowResult(row=number, outcome="ready", key=key, body=made)


def _own_key(row: Sequence[Cell], columns: Mapping[str, int]) -> str:
    """The key in the row itself, as an export has it: the entry keeps it under another name."""
    column = columns.get(KEY)
    text = _text(row[column]) if column is not None and column < len(row) else ""
    return text if re.fullmatch(r"[\w.-]{1,200}", text) else ""


def _value(field: Field, cell: Cell, *, comma: bool) -> Any:
    if field.kind == "number":
        return cells.number(cell, comma=comma)
    if field.kind in {"period", "date"}:
        return cells.day(cell, whole=field.kind == "date")
    text = f"{cell:g}" if isinstance(cell, float) else _text(cell)
    if field.kind == "country":
        return cells.country(text)
    if field.kind == "countries":
        return [cells.country(part) for part in re.split("[;,\n]", text) if part.strip()]
    if field.kind == "choice":
        return _choice(field, text)
    return text


def _choice(field: Field, text: str) -> str:
    wanted = plain(text.replace("_", " "))
    for choice in field.choices:
        known = {plain(choice.replace("_", " ")), *(plain(one) for one in _CHOICES.get(choice, ()))}
        if wanted in known:
            return choice
    return text
