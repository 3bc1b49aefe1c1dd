"""Glossary: the words that numbers are told in, each with an address of its own."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.i18n import Language, language


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
            say("Share of the land of an area that has a value."),
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


async def glossary(request: Request) -> Response:
    """``/{lang}/glossary``: it needs no numbers, and stands whatever else does not."""
    words = language(request.path_params["lang"])
    page = Page(
        template="glossary.html",
        path="/glossary",
        title=words.say("Glossary · soc-monitor"),
        description=words.say("The words that numbers are told in, and what they mean here."),
    )
    return await respond(request, words, page, terms=terms(words))
