"""Cells: what people write into tables, read as what a register takes, or refused in words."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

from babel import Locale
from babel.core import get_global

from soc_monitor.errors import BadValue
from soc_monitor.model import LANGUAGES

Cell = str | float | int | bool | date | datetime | timedelta | None
EPOCH = date(1899, 12, 30)
"""Day 0 of spreadsheets."""
_COMMA = re.compile(r"-?(\d{1,3}(\.\d{3})+,\d+|\d+,(\d{1,2}|\d{4,}))")
"""A number whose comma can only be a decimal one."""
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_WORDED = re.compile(
    r"(?:(\d{1,2})(?:er|st|nd|rd|th)?\.?\s+)?(?:de\s+)?([^\W\d_]+)\.?,?\s+(?:de\s+)?(\d{4})"
)


def plain(text: str) -> str:
    """Text for comparing: no accents, no case, no marks.

    Example:
        >>> plain("  Côte d’Ivoire ")
        'cote d ivoire'
    """
    parts = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in parts if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", bare))


_FORMER = frozenset(
    {"BUR", "DDR", "FXX", "ROM", "SUN", "TMP", "YMD", "YUG", "ZAR", "SCG", "ANT", "QUU"}
)
"""Codes that CLDR keeps beside the present ones."""


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Names in every language of ours, and both ISO codes, to the alpha-3 code."""
    aliases: dict[str, list[str]] = get_global("territory_aliases")  # type: ignore[assignment]  # as babel ships it
    threes = {
        two[0]: three
        for three, two in aliases.items()
        if re.fullmatch("[A-Z]{3}", three) and len(two) == 1 and three not in _FORMER
    }
    found = {}
    for code in LANGUAGES:
        for two, name in Locale(code).territories.items():
            if two in threes:
                found[plain(name)] = threes[two]
    for two, three in threes.items():
        found |= {two.casefold(): three, three.casefold(): three}
    return found


def country(text: str) -> str:
    """A country's ISO 3166-1 alpha-3 code, from a code or a name in en, fr or es.

    Raises:
        BadValue: no such country.

    Example:
        >>> country("Allemagne"), country("Alemania"), country("de"), country("DEU")
        ('DEU', 'DEU', 'DEU', 'DEU')
    """
    found = _countries().get(plain(text))
    if found is None:
        raise BadValue(f"{text!r} is no country that is known by this name")
    return found


def has_comma(column: Iterable[Cell]) -> bool:
    """Whether some number of a column is written with a decimal comma.

    Example:
        >>> has_comma(["1.234", "12,5"]), has_comma(["1.234", "1,234.5", 12.5])
        (True, False)
    """
    return any(isinstance(cell, str) and _COMMA.fullmatch(_bare(cell)) for cell in column)


def _bare(text: str) -> str:
    return re.sub(r"[\s€%\u00a0\u202f]", "", text).replace("−", "-")  # a minus sign


def number(cell: Cell, *, comma: bool = False) -> float:
    """A number, however it is grouped.

    Args:
        cell: of a table.
        comma: other cells of its column have a decimal comma: a point may group thousands.

    Raises:
        BadValue: no number, or one that can be read in two ways.

    Example:
        >>> number("1 234,5"), number("1,234.5"), number("12 %")
        (1234.5, 1234.5, 12.0)
    """
    if isinstance(cell, bool) or not isinstance(cell, str | float | int):
        raise BadValue(f"{cell!r} is no number")
    if not isinstance(cell, str):
        return float(cell)
    text = _bare(cell)
    if re.fullmatch(r"-?\d{1,3},\d{3}", text):
        raise BadValue(f"{cell!r} can be read in two ways: write it without a comma")
    if comma and re.fullmatch(r"-?\d{1,3}\.\d{3}", text):
        raise BadValue(
            f"{cell!r} can be read in two ways beside numbers with a comma: write it without a dot"
        )
    if "," in text and "." in text:
        last = max(text.rindex(","), text.rindex("."))
        text = re.sub("[,.]", "", text[:last]) + "." + text[last + 1 :]
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise BadValue(f"{cell!r} is no number") from error


def day(cell: Cell, *, whole: bool) -> str:
    """A day, or with ``whole`` false also a month or a year, as ISO 8601 has it.

    Raises:
        BadValue: no date, or one that can be read in two ways.

    Example:
        >>> day("5 mars 2024", whole=True), day("25/03/2024", whole=True), day(2024, whole=False)
        ('2024-03-05', '2024-03-25', '2024')
    """
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return _serial(float(cell), whole=whole)
    text = str(cell).strip()
    found = _from_text(text)
    if whole and len(found) < 10:
        raise BadValue(f"{text!r} is no day: write it as 2024-03-05")
    return found


def _serial(value: float, *, whole: bool) -> str:
    if 1900 <= value <= 2100 and value.is_integer() and not whole:
        return str(int(value))
    if 20_000 <= value <= 80_000:
        return (EPOCH + timedelta(days=int(value))).isoformat()
    raise BadValue(f"{value:g} is no date")


def _from_text(text: str) -> str:
    if re.fullmatch(r"\d{4}(-\d{2}){0,2}", text):
        return text
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}[T ].*", text):
        return text[:10]
    slashed = _SLASHED.fullmatch(text)
    if slashed is not None:
        first, second, year = (int(part) for part in slashed.groups())
        if first <= 12 and second <= 12 and first != second:
            raise BadValue(f"{text!r} can be read in two ways: write it as {year}-MM-DD")
        month, its_day = (second, first) if second <= 12 else (first, second)
        return _iso(year, month, its_day, text)
    worded = _WORDED.fullmatch(text)
    named = None if worded is None else _months().get(plain(worded[2]))
    if worded is None or named is None:
        raise BadValue(f"{text!r} is no date: write it as 2024-03-05")
    if worded[1] is None:
        return f"{worded[3]}-{named:02}"
    return _iso(int(worded[3]), named, int(worded[1]), text)


def _iso(year: int, month: int, its_day: int, text: str) -> str:
    try:
        return date(year, month, its_day).isoformat()
    except ValueError as error:
        raise BadValue(f"{text!r} is no date: {error}") from error


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """Names of months, long and short, in every language of ours."""
    return {
        plain(name): number
        for code in LANGUAGES
        for width in ("wide", "abbreviated")
        for number, name in Locale(code).months["format"][width].items()
    }
