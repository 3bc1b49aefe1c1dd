"""Languages: the catalogues, read once at start. Messages are written in English in the code."""

import io
import unicodedata
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from markupsafe import Markup

from soc_monitor.model import LANGUAGES
from soc_monitor.model.typeset import typeset

LOCALE = Path(__file__).parent / "locale"

ENDONYMS = {"en": "English", "fr": "Français", "es": "Español"}
"""What each language calls itself."""


class Language:
    """One language of the pages: says messages, with named places filled.

    Example:
        >>> Language("en").say("Page {n}", n=3)
        'Page 3'
    """

    def __init__(self, code: str) -> None:
        """Read the catalogue; English has none, its messages are the code's."""
        assert code in LANGUAGES
        self.code = code
        self._catalogue = _read(code)
        self._form = Locale(code).plural_form

    def say(self, message: str, /, **places: object) -> str:
        """A message in this language; markup in a place makes the whole of it markup."""
        return _fill(self._catalogue.ugettext(message), places)

    def say_n(self, one: str, many: str, n: float, /, **places: object) -> str:
        """A message that counts; ``{n}`` is left to the caller, who knows how to write numbers.

        Half a year is singular in French and plural in English: catalogues count whole ones alone.

        Example:
            >>> [Language("en").say_n("{n} year", "{n} years", n, n=n) for n in (1, 1.5)]
            ['1 year', '1.5 years']
        """
        count = Decimal(str(n)) if n % 1 else int(n)
        form = 1 if self._form(count) == "one" else 2
        return _fill(self._catalogue.ungettext(one, many, form), places)

    def pick(self, texts: dict[str, str]) -> str:
        """The text of this language out of a table of the model, else the English one."""
        own = texts.get(self.code)
        return typeset(own, self.code) if own else texts.get("en", "")


def _fill(text: str, places: dict[str, object]) -> str:
    if any(isinstance(place, Markup) for place in places.values()):
        return Markup(text).format(**places)  # noqa: S704  # our own catalogue; places are escaped
    return text.format(**places) if places else text


def _read(code: str) -> NullTranslations:
    if code == "en":
        return NullTranslations()
    with (LOCALE / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


@lru_cache(maxsize=len(LANGUAGES))
def language(code: str) -> Language:
    """A language by its code, read once."""
    return Language(code)


def negotiate(cookie: str, accept: str) -> str:
    """The language for a reader: the cookie, else what the browser asks for, else English.

    Example:
        >>> negotiate("", "de;q=0.9, es-MX;q=0.8, en;q=0.1")
        'es'
        >>> negotiate("fr", "en")
        'fr'
    """
    if cookie in LANGUAGES:
        return cookie
    wanted: list[tuple[float, str]] = []
    for part in accept.split(",")[:20]:
        tag, _, weight = part.strip().partition(";q=")
        code = tag.split("-")[0].lower()
        if code in LANGUAGES:
            wanted.append((-_weight(weight), code))
    # sorted() keeps the reader's order among equal weights.
    best = sorted(wanted, key=lambda pair: pair[0])
    return best[0][1] if best and best[0][0] < 0 else LANGUAGES[0]


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def plain(text: str) -> str:
    """Text for comparing and sorting: no accents, no case.

    Example:
        >>> plain("Île-de-France")
        'ile-de-france'
    """
    parts = unicodedata.normalize("NFKD", text)
    return "".join(c for c in parts if not unicodedata.combining(c)).casefold()
