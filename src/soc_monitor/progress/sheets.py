"""Sheets: a register as a table to fill in, and as a workbook; both can be imported as they are."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from soc_monitor.progress import explained
from soc_monitor.progress.registers import Field, RegisterSpec

ROWS = 2000
"""Rows of a template in which a list to choose from opens."""
_LONGEST_LIST = 255
"""Characters of the choices that a spreadsheet keeps in a cell's rule."""
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_WORDS: Mapping[str, tuple[str, str, str]] = {
    "data": ("entries", "entrées", "entradas"),
    "columns": ("columns", "colonnes", "columnas"),
    "column": ("Column", "Colonne", "Columna"),
    "holds": ("What it holds", "Ce qu’elle contient", "Qué contiene"),
    "written": ("How it is written", "Comment l’écrire", "Cómo se escribe"),
    "required": ("Required", "Obligatoire", "Obligatorio"),
    "choices": ("Choices", "Choix", "Opciones"),
    "yes": ("yes", "oui", "sí"),
    "no": ("no", "non", "no"),
    "key": (
        "Leave it empty for a new entry; an export fills it in",
        "La laisser vide pour une nouvelle entrée ; un export la remplit",
        "Déjela vacía para una entrada nueva; una exportación la rellena",
    ),
}


def _say(word: str, lang: str) -> str:
    return _WORDS[word][("en", "fr", "es").index(lang)]


def _about(field: Field, lang: str) -> str:
    """A column in one line: what it holds, how it is written, what there is to choose from."""
    parts = [explained.about(field, lang), explained.shape(field, lang)]
    if field.choices:
        parts[1] = " | ".join(field.choices)
    if field.required:
        parts.append(_say("required", lang))
    return " · ".join(part for part in parts if part)


def template_csv(spec: RegisterSpec, lang: str = "en") -> str:
    """A table to fill in: a line that explains each column, then the header.

    The lines above the header may stay: an import begins below it.

    Example:
        >>> from soc_monitor.progress.registers import REGISTERS
        >>> print(template_csv(REGISTERS["good_practices"]).splitlines()[0])
        "# title: Title, as published · text · Required"
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for field in spec.fields:
        writer.writerow([f"# {field.name}: {_about(field, lang)}"])
    writer.writerow(spec.columns)
    return text.getvalue()


def workbook(
    spec: RegisterSpec, lang: str = "en", rows: Iterable[Mapping[str, Any]] | None = None
) -> bytes:
    """A register as a workbook: a sheet with its entries, and one that explains the columns.

    Args:
        spec: the register.
        lang: language of the explanations; the header is the same in all of them.
        rows: its entries, ``key`` among their columns; None: a table to fill in.
    """
    import xlsxwriter  # noqa: PLC0415  # heavy

    body = io.BytesIO()
    with xlsxwriter.Workbook(body, _OPTIONS) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        # Text that begins like a formula stays text, also when its cell is edited.
        text = book.add_format({"quote_prefix": True})
        entries = book.add_worksheet(_say("data", lang))
        _entries(entries, spec, lang, list(rows or ()), (bold, text))
        _columns(book.add_worksheet(_say("columns", lang)), spec, lang, (bold, wrap))
    return body.getvalue()


def _entries(
    sheet: Any,
    spec: RegisterSpec,
    lang: str,
    rows: list[Mapping[str, Any]],
    formats: tuple[Any, Any],
) -> None:
    bold, text = formats
    names = [*spec.columns, "key"]
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, bold)
        sheet.set_column(column, column, max(12, min(40, len(name) + 6)))
    sheet.freeze_panes(1, 0)
    for column, field in enumerate(spec.fields):
        note = _about(field, lang)
        sheet.write_comment(0, column, note, {"x_scale": 2})
        if field.choices and len(",".join(field.choices)) < _LONGEST_LIST:
            rule = {"validate": "list", "source": list(field.choices), "error_type": "warning"}
            sheet.data_validation(1, column, ROWS, column, rule)
    for number, row in enumerate(rows, 1):
        for column, name in enumerate(names):
            value = row.get(name)
            if isinstance(value, float | int):
                sheet.write_number(number, column, value)
            elif value:
                sheet.write_string(number, column, str(value), text)


def _columns(sheet: Any, spec: RegisterSpec, lang: str, formats: tuple[Any, Any]) -> None:
    bold, wrap = formats
    for column, (word, width) in enumerate(
        (("column", 18), ("holds", 60), ("written", 30), ("required", 12), ("choices", 60))
    ):
        sheet.write_string(0, column, _say(word, lang), bold)
        sheet.set_column(column, column, width)
    for number, field in enumerate(spec.fields, 1):
        cells = (
            field.name,
            explained.about(field, lang),
            explained.shape(field, lang),
            _say("yes" if field.required else "no", lang),
            ", ".join(field.choices),
        )
        for column, cell in enumerate(cells):
            sheet.write_string(number, column, cell, wrap)
    last = len(spec.fields) + 1
    for column, cell in enumerate(("key", _say("key", lang), "", _say("no", lang), "")):
        sheet.write_string(last, column, cell, wrap)
