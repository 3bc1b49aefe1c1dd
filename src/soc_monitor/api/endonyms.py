"""Endonyms: what each country is called in its own languages, so that a search finds it.

The names are CLDR's, kept as a small table beside this module: reading two hundred languages at
the start would take seconds. ``python -m soc_monitor.api.endonyms`` writes the table anew.
"""

import json
from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("endonyms.json")


@lru_cache(maxsize=1)
def endonyms() -> dict[str, list[str]]:
    """ISO 3166-1 alpha-3 to the names of a country in its own languages.

    Example:
        >>> endonyms()["DEU"], endonyms()["FIN"]
        (['Deutschland'], ['Suomi', 'Finland'])
    """
    found: dict[str, list[str]] = json.loads(TABLE.read_text("utf-8"))
    return found


def from_cldr() -> dict[str, list[str]]:
    """The same, from CLDR; names that English, French and Spanish have too are in it."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415  # for the table alone
    from babel.core import get_global  # noqa: PLC0415
    from babel.languages import get_official_languages  # noqa: PLC0415

    found: dict[str, list[str]] = {}
    for three, twos in sorted(get_global("territory_aliases").items()):
        two = str(twos[0])
        if not (len(three) == 3 and three.isalpha() and len(twos) == 1 and len(two) == 2):
            continue
        names: dict[str, None] = {}
        for code in get_official_languages(two, regional=False, de_facto=True):
            try:
                name = Locale.parse(code).territories.get(two)
            except UnknownLocaleError:
                continue  # CLDR has no texts in some languages of small countries.
            if name:
                names[name] = None
        if names:
            found[three] = list(names)
    return found


if __name__ == "__main__":
    lines = (
        f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in from_cldr().items()
    )
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
