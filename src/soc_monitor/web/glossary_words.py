"""Glossary words: what numbers are told in, and links to it from running text."""

import re
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup, escape

from soc_monitor.web.i18n import Language, language

RUNNING = ("soc", "rate", "base", "interval", "class", "provisional", "nowcast", "assessable",
           "debt", "sdg")  # fmt: skip
"""Terms that are linked where a text says them: the others are words of every day, too."""

FORMS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {"assessable": ("not assessed",)},
    "fr": {"assessable": ("n’est pas évaluable", "ne sont pas évaluables")},
    "es": {"assessable": ("no es evaluable", "no son evaluables")},
}
"""What running text says for a term besides its word and the plural: code -> key -> forms."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word and what it means here."""

    key: str
    """Anchor on the page, the same in every language."""
    word: str
    meaning: str


def terms(words: Language) -> list[Term]:
    """Every term, in the order in which they explain each other."""
    say = words.say
    listed = {
        "soc": (
            say("Soil organic carbon"),
            say("Carbon in what was alive: roots, litter and microbes, and what became of them."),
        ),
        "stock": (
            say("Stock"),
            say("How much of it a hectare holds down to a depth, in tonnes of carbon."),
        ),
        "rate": (
            say("Rate of change"),
            say("Change of the stock in a year, in thousandths (‰) of the stock of the base year."),
        ),
        "four": (
            say("4 per 1000"),
            say("The aspiration of the Initiative: stocks that grow by 4 ‰ a year."),
        ),
        "base": (
            say("Base year"),
            say("The year that a change is counted from."),
        ),
        "interval": (
            say("Interval"),
            say(
                "The true value lies inside it in 95 of 100 such cases. A wide interval is "
                "knowledge too: it says how little has been measured."
            ),
        ),
        "class": (
            say("Data class"),
            say("Whether a number was observed, modelled, inferred from maps, or reported."),
        ),
        "provisional": (
            say("provisional"),
            say("Its inputs may still be revised: the number may move. It is marked P."),
        ),
        "nowcast": (
            say("Nowcast"),
            say("An estimate for the present: a model driven by the weather and plants of now."),
        ),
        "assessable": (
            say("Not assessable"),
            say("Too little is known to tell a change from chance; the reason stands beside it."),
        ),
        "mapped": (
            say("Mapped"),
            say(
                "Share of the land of an area that has a value. Land is all that its outline "
                "holds, with lakes and ice; of the world, Antarctica, too."
            ),
        ),
        "debt": (
            say("Soil carbon debt"),
            say("What soils have lost since people use the land."),
        ),
        "sdg": (
            say("SDG 15.3.1"),
            say("The indicator of the United Nations for the share of land that is degraded."),
        ),
        "release": (
            say("Release"),
            say("All numbers as they were published at one time; each stays under its name."),
        ),
        "input": (
            say("Input"),
            say("A source of data; Status tells how old its newest observation is."),
        ),
    }
    return [Term(key, word[:1].upper() + word[1:], said) for key, (word, said) in listed.items()]


@cache
def _known(code: str) -> dict[str, Term]:
    return {one.key: one for one in terms(language(code))}


@cache
def _pattern(code: str, keys: tuple[str, ...]) -> re.Pattern[str]:
    """Any of some terms as a text has them: in either case and number, whatever its spaces."""
    further = FORMS.get(code, {})
    forms = {key: (_known(code)[key].word, *further.get(key, ())) for key in keys}
    said = "|".join(f"(?P<{key}>{'|'.join(map(_spaced, each))})" for key, each in forms.items())
    return re.compile(rf"(?<!\w)(?:{said})(?:e?s)?(?!\w)", re.IGNORECASE)


def _spaced(form: str) -> str:
    return r"s?\s".join(map(re.escape, form.split()))


class Glossed:
    """A page's way to the glossary: each term is a link where it is said first, and no more."""

    def __init__(self, words: Language) -> None:
        """Begin a page, on which nothing was said yet."""
        self._code = words.code
        self._said: set[str] = set()

    def mark(self, key: str, text: str) -> Markup:
        """A text that is a term, as a link where it is said first; its meaning shows on focus."""
        if key in self._said:
            return escape(text)
        self._said.add(key)
        meaning = _known(self._code)[key].meaning
        return Markup('<a class="term" href="/{}/glossary#{}" title="{}">{}</a>').format(
            self._code, key, meaning, text
        )

    def __call__(self, text: str, *also: str) -> Markup:
        """A text in which terms that were not said before are links.

        Args:
            text: plain; what is Markup already stays as it is.
            also: keys of terms that are no words of every day in this text.

        Example:
            >>> from soc_monitor.web.i18n import language
            >>> told = str(Glossed(language("en"))("Two intervals: an interval is no <b>."))
            >>> told.count("<a "), told[:12], told.endswith("an interval is no &lt;b&gt;.")
            (1, 'Two <a class', True)
        """
        if isinstance(text, Markup):
            return text
        found, at = Markup(), 0
        for hit in _pattern(self._code, (*RUNNING, *also)).finditer(text):
            found += escape(text[at : hit.start()]) + self.mark(str(hit.lastgroup), hit.group())
            at = hit.end()
        return found + escape(text[at:])
