"""Numbers, dates and units of measure as each language writes them on screen."""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_skeleton

MINUS = "\u2212"
NBSP = "\u00a0"
NNBSP = "\u202f"

_GROUP = {"en": ",", "fr": NNBSP, "es": "."}
_POINT = {"en": ".", "fr": ",", "es": ","}
_LOCALE = {"en": "en_GB", "fr": "fr", "es": "es"}
_UNITS = {
    "t C ha-1": "t C/ha",
    "kg C m-2": "kg C/m²",
    "Pg C": "Gt C",
    "Mt C": "Mt C",
    "t ha-1": "t C/ha",
    "kg m-2": "kg C/m²",
    "Pg": "Gt C",
    "permille": "‰",
    "percent": "%",
    "1e-3 km-2": "/1000 km²",
    "m3 m-3": "m³/m³",
    "degC": "°C",
    "1": "\N{GREEK SMALL LETTER SIGMA}",
}
"""Units of the API to units on screen. One Pg is one Gt, which more people know;
what has no unit is counted in standard deviations."""
_DAYS = {"en": "days", "fr": "jours", "es": "días"}

_A_YEAR = {"en": "a year", "fr": "par an", "es": "al año"}
_KEYS = {
    "t-ha": "t C/ha",
    "kg-m2": "kg C/m²",
    "Pg": "Gt C",
    "Mt": "Mt C",
    "permille": "‰",
    "pct": "%",
}

MAX_DIGITS = 3
"""Significant digits on screen, at most."""


def places(value: float, low: float | None = None, high: float | None = None) -> int:
    """Decimal places: three significant digits, never finer than two digits of the half-width.

    Example:
        >>> places(62.43, 53.2, 71.0), places(62.43, 5.0, 120.0), places(0.0123), places(0.0)
        (1, 0, 4, 0)
    """
    if value == 0 and low is None and high is None:
        return 0
    magnitude = _magnitude(value)
    if low is not None and high is not None:
        # Near zero the interval, not the value, sets the scale.
        magnitude = max(magnitude, _magnitude(max(abs(low), abs(high))) - 1)
    decimals = MAX_DIGITS - 1 - magnitude
    if low is not None and high is not None and high > low:
        decimals = min(decimals, 1 - _magnitude((high - low) / 2))
    return decimals


def _magnitude(value: float) -> int:
    # Through rounding to the digits shown, so that 9.996 counts as 10.0.
    if value == 0 or not math.isfinite(value):
        return 0
    return int(f"{abs(value):.{MAX_DIGITS - 1}e}".partition("e")[2])


def number(
    value: float | None, code: str, decimals: int | None = None, *, signed: bool = False
) -> str:
    """A number in a language; an en dash where there is none.

    Args:
        value: the number.
        code: language.
        decimals: places after the point; negative rounds before it. None: three digits.
        signed: it is a change: a gain has its plus; what rounds to nothing has no sign.

    Example:
        >>> number(1234567.8, "es", 1), number(-6.6, "en", 1), number(1234.0, "es", 0)
        ('1.234.567,8', '−6.6', '1234')
        >>> number(0.9, "fr", 1, signed=True), number(0.04, "en", 1, signed=True)
        ('+0,9', '0.0')
    """
    if value is None or not math.isfinite(value):
        return "–"
    decimals = places(value) if decimals is None else decimals
    rounded = round(value, decimals)
    whole, _, fraction = f"{abs(rounded):.{max(decimals, 0)}f}".partition(".")
    if not (code == "es" and len(whole) < 5):
        whole = f"{int(whole):,}".replace(",", _GROUP[code])
    sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
    return sign + whole + (_POINT[code] + fraction if fraction else "")


def percent(fraction: float | None, code: str) -> str:
    r"""A share as a percentage, no finer than it deserves: 99.7 is 99 %, never a false 100.

    Example:
        >>> percent(0.997, "en"), percent(0.066, "en"), percent(0.0004, "fr")
        ('99%', '7%', '<\xa01\xa0%')
    """
    if fraction is None:
        return "–"
    hundred = 100 * fraction
    gap = "" if code == "en" else NBSP
    if 0 < hundred < 0.5:
        return f"<{NBSP}1{gap}%"
    shown = 99 if 99 < hundred < 99.95 else round(hundred)
    return f"{number(shown, code, 0)}{gap}%"


def unit(text: str, code: str) -> str:
    """A unit of measure for people; a carbon number says C.

    Example:
        >>> unit("t C ha-1", "en"), unit("Pg C", "en"), unit("permille yr-1", "fr")
        ('t C/ha', 'Gt C', '‰ par an')
        >>> unit("d", "fr"), unit("1e-3 km-2", "fr")
        ('jours', '/1000 km²')
    """
    bare = text.removesuffix(" yr-1")
    known = _DAYS[code] if bare == "d" else _UNITS.get(bare, bare)
    return known if bare == text else f"{known} {_A_YEAR[code]}"


def unit_of_key(key: str) -> str:
    """The unit that a page key stands for, for people.

    Example:
        >>> unit_of_key("kg-m2")
        'kg C/m²'
    """
    return _KEYS.get(key, key)


def day(value: date | datetime | None, code: str) -> str:
    """A date: 22 Nov 2026, 22 nov. 2026, 22 nov 2026."""
    if value is None:
        return "–"
    return str(format_skeleton("yMMMd", value, locale=_LOCALE[code], fuzzy=True))


def instant(value: datetime | None, code: str) -> str:
    """An instant in UTC, said so."""
    return "–" if value is None else f"{day(value, code)}, {value:%H:%M} UTC"


def period(text: str, code: str) -> str:
    """A period as people write it: 2010, June 2010, 22 Jun 2010.

    Example:
        >>> period("2010", "fr"), period("2010-06", "fr"), period("2010-06-22", "fr")
        ('2010', 'juin 2010', '22 juin 2010')
    """
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return day(date.fromisoformat(text), code)
    parts = text.split("-")
    if len(parts) == 2 and len(parts[1]) == 2:
        first = date(int(parts[0]), int(parts[1]), 1)
        return str(format_skeleton("yMMMM", first, locale=_LOCALE[code], fuzzy=True))
    return text


@dataclass(frozen=True, slots=True)
class Numbers:
    """The functions of this module with the language given once, for templates."""

    code: str

    def number(self, value: float | None, decimals: int | None = None) -> str:
        """See :func:`number`."""
        return number(value, self.code, decimals)

    def percent(self, fraction: float | None) -> str:
        """See :func:`percent`."""
        return percent(fraction, self.code)

    def unit(self, text: str) -> str:
        """See :func:`unit`."""
        return unit(text, self.code)

    def day(self, value: date | datetime | None) -> str:
        """See :func:`day`."""
        return day(value, self.code)

    def instant(self, value: datetime | None) -> str:
        """See :func:`instant`."""
        return instant(value, self.code)

    def period(self, text: str) -> str:
        """See :func:`period`."""
        return period(text, self.code)
