"""Every message is there in every language, with the same places."""

import re
import string

import pytest
from babel.messages.catalog import Message

from soc_monitor.model import LANGUAGES
from soc_monitor.web.catalogue import catalogue_of, extract, is_translated
from soc_monitor.web.documents.pages import TEMPLATES
from soc_monitor.web.i18n import language, negotiate

OTHERS = LANGUAGES[1:]


def forms(text: object) -> list[str]:
    return [str(form) for form in text] if isinstance(text, (tuple, list)) else [str(text)]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", OTHERS)
def test_every_message_is_translated_and_none_is_left_over(code: str) -> None:
    said = {message.id: message for message in extract() if message.id}
    known = {message.id: message for message in catalogue_of(code) if message.id}
    assert set(said) == set(known), "run: python -m soc_monitor.web.catalogue"
    missing = [key for key, message in known.items() if not is_translated(message.string)]
    assert not missing
    assert not [key for key, message in known.items() if message.fuzzy]


@pytest.mark.parametrize("code", OTHERS)
def test_translations_have_the_same_places(code: str) -> None:
    wrong: list[Message] = []
    for message in catalogue_of(code):
        if message.id:
            wanted = set.union(*(places(form) for form in forms(message.id)))
            given = [places(form) for form in forms(message.string)]
            if any(one - wanted for one in given) or given[-1] != wanted:
                wrong.append(message)
    assert not wrong


def test_french_marks_stand_behind_a_space_that_does_not_break() -> None:
    for message in catalogue_of("fr"):
        for form in forms(message.string):
            assert not re.search(r" [;:?!»%]", form), form
            assert "« " not in form, form


def test_what_is_inferred_has_one_word_in_spanish() -> None:
    for message in catalogue_of("es"):
        if "modelled or inferred" in str(message.id):
            assert "modelizada o inferida" in str(message.string), message.id


def test_templates_say_nothing_that_is_not_translated() -> None:
    allowed = {"soc-monitor", "API", "CSV", "JSON", "XLSX", "P", "cm"}
    allowed |= {"register", "import", "worker"}  # verbs of the command
    for path in sorted(TEMPLATES.rglob("*.html")):
        bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(), flags=re.DOTALL)
        bare = re.sub(r"<(script|svg|style).*?</\1>", "", bare, flags=re.DOTALL)
        # Tags first: what is left between them is said to readers.
        words = re.findall(r"[A-Za-z][A-Za-z’'-]+", re.sub(r"<[^>]*>", " ", bare))
        assert set(words) <= allowed, f"{path.name}: {set(words) - allowed}"


def test_markup_in_a_place_is_kept_and_other_places_are_escaped() -> None:
    from markupsafe import Markup  # noqa: PLC0415

    said = language("en").say("{area}: {value}", area="<b>", value=Markup("<i>1</i>"))
    assert said == "&lt;b&gt;: <i>1</i>"


@pytest.mark.parametrize(
    ("cookie", "accept", "code"),
    [
        ("", "", "en"),
        ("es", "fr", "es"),
        ("xx", "fr-CA,en;q=0.5", "fr"),
        ("", "de, es;q=0.3, fr;q=0.7", "fr"),
        ("", "fr;q=0, es;q=0.1", "es"),
        ("", "fr;q=x", "en"),
        ("", "*", "en"),
    ],
)
def test_the_readers_language_is_found(cookie: str, accept: str, code: str) -> None:
    assert negotiate(cookie, accept) == code


def test_a_licence_is_told_in_the_language_of_the_page_and_its_name_stays() -> None:
    from soc_monitor.web.licence_words import licence  # noqa: PLC0415

    for code, said in (("fr", "domaine public"), ("es", "dominio público")):
        told = licence("CC-BY-4.0 AND Public domain", language(code))
        assert told.startswith("CC-BY-4.0")
        assert told.endswith(said)
        assert licence("An operator's own", language(code)) == "An operator's own"
    assert licence("Public domain", language("en")) == "Public domain"
