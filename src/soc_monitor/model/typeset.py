"""Typesetting: spaces that do not break, where a language asks for them."""

import re
from collections.abc import Mapping

_BEFORE, _AFTER = re.compile(" (?=[:;?!%»])"), re.compile("(?<=«) ")
_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"


def typeset(text: str, lang: str) -> str:
    r"""A text of ours as its language sets it; never for words that are quoted as they stand.

    Example:
        >>> typeset("le régime « 4 pour 1000 » : l'aide", "fr")
        'le régime «\xa04 pour 1000\xa0»\xa0: l’aide'
        >>> typeset("a : b", "en")
        'a : b'
    """
    if lang != "fr":
        return text
    text = _AFTER.sub("\N{NO-BREAK SPACE}", _BEFORE.sub("\N{NO-BREAK SPACE}", text))
    return text.replace("'", _APOSTROPHE)


def typeset_all(texts: Mapping[str, str]) -> dict[str, str]:
    """A text in several languages, each as its language sets it."""
    return {lang: typeset(text, lang) for lang, text in texts.items()}


def in_language(texts: Mapping[str, str], lang: str) -> str:
    """A text in a language, in English where it is not there, else in any.

    Example:
        >>> in_language({"en": "Rice", "fr": "Riz"}, "fr"), in_language({"en": "Rice"}, "es")
        ('Riz', 'Rice')
    """
    own = texts.get(lang)
    return typeset(own, lang) if own else texts.get("en") or next(iter(texts.values()), "")
