"""Catalogues: what the pages say, gathered from code and templates; renews the ``.po`` files.

``python -m soc_monitor.web.catalogue`` adds new messages, without a translation, and drops those
that nothing says any more. A test fails until every message is translated.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from soc_monitor.model import LANGUAGES
from soc_monitor.web.i18n import LOCALE

HEADER = """\
# Renewed by: python -m soc_monitor.web.catalogue
msgid ""
msgstr ""
"Language: {code}\\n"
"Plural-Forms: {plural}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
WEB = Path(__file__).parent
KEYWORDS = {"say": None, "say_n": (1, 2)}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]


def extract() -> Catalog:
    """Every message of the pages, with where it is said."""
    catalogue = Catalog(project="soc-monitor", charset="utf-8")
    options = {"**/templates/**.html": {"trim_blocks": "true", "silent": "false"}}
    found = extract_from_dir(WEB, METHODS, options, keywords=KEYWORDS)
    for name, _line, message, comments, context in found:
        catalogue.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    return catalogue


def catalogue_of(code: str) -> Catalog:
    """The catalogue of a language, as it is on disk; empty where there is none."""
    path = LOCALE / code / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return Catalog(locale=code, project="soc-monitor", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=code)


def renew(code: str) -> int:
    """Bring a catalogue in line with the code; translations that still fit are kept.

    Returns:
        How many messages have no translation.
    """
    catalogue = catalogue_of(code)
    catalogue.update(extract(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    write(code, catalogue)
    return sum(not is_translated(message.string) for message in catalogue if message.id)


def write(code: str, catalogue: Catalog) -> None:
    """Write a catalogue, with a header that changes only when the language does."""
    for message in catalogue:
        # Our places are in braces; "95% interval" is no format of the old kind.
        message.flags.discard("python-format")
    text = io.BytesIO()
    write_po(text, catalogue, width=100, sort_output=True, omit_header=True, include_lineno=False)
    header = HEADER.format(code=code, plural=catalogue.plural_forms).encode()
    (LOCALE / code / "LC_MESSAGES" / "messages.po").write_bytes(header + text.getvalue())


def is_translated(text: object) -> bool:
    """Whether every form of a message has its text."""
    forms = text if isinstance(text, (tuple, list)) else (text,)
    return all(forms)


if __name__ == "__main__":
    for language_code in LANGUAGES[1:]:
        sys.stdout.write(f"{language_code}: {renew(language_code)} to translate\n")
