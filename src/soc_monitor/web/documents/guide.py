"""Guide: how to find a place, read its number and take it along; the page behind "Help"."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.i18n import Language, language


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader may want to do."""

    heading: str
    text: str
    links: tuple[tuple[str, str], ...]
    """(word, path without the language)."""


async def guide(request: Request) -> Response:
    """``/{lang}/help``: it needs no numbers, and stands whatever else does not."""
    words = language(request.path_params["lang"])
    lead = words.say(
        "How to find a place, read its number and take it along, and what to do when something is "
        "wrong."
    )
    page = Page(
        template="help.html",
        path="/help",
        title=words.say("Help · soc-monitor"),
        description=lead,
    )
    answers = (*_reading(words), *_using(words))
    return await respond(request, words, page, lead=lead, answers=answers)


def _reading(words: Language) -> tuple[Answer, ...]:
    return (
        Answer(
            words.say("Find a place"),
            words.say(
                "Type its name or its code into the search field, or choose it on the map. For any "
                "other shape, draw it or send a file."
            ),
            ((words.say("Map"), "/soc"), (words.say("Your own area"), "/own")),
        ),
        Answer(
            words.say("Read a number"),
            words.say(
                "Beside it stand its interval, whether it was observed, modelled or inferred, and "
                "“How do we know?”, which leads back to the files that it was computed from."
            ),
            ((words.say("Glossary"), "/glossary"), (words.say("Methods and sources"), "/methods")),
        ),
        Answer(
            words.say("See a change"),
            words.say(
                "A gain or a loss is named where its chance is above nine in ten. Maps are "
                "stricter: a change is marked “not certain” where zero lies in its 95% interval, "
                "so that an area can be both. “Not assessable” means that the data do not tell, "
                "and not that nothing changes."
            ),
            ((words.say("Glossary"), "/glossary#assessable"),),
        ),
    )


def _using(words: Language) -> tuple[Answer, ...]:
    return (
        Answer(
            words.say("Take numbers along"),
            words.say(
                "Under each chart are its files, its citation and a fixed link whose numbers never "
                "change."
            ),
            (
                (words.say("Data and downloads"), "/data"),
                (words.say("Data interface (API)"), "/api"),
            ),
        ),
        Answer(
            words.say("Be told what is new"),
            words.say("Follow a place or an objective in a feed reader or at your own address."),
            ((words.say("Follow"), "/subscribe"),),
        ),
        Answer(
            words.say("By keyboard, by ear, on a slow line"),
            words.say(
                "Every page can be read and every choice made without scripts; tables have the "
                "numbers of each map and chart."
            ),
            ((words.say("Accessibility"), "/accessibility"),),
        ),
        Answer(
            words.say("Something is wrong"),
            words.say(
                "Status says what is late and what does not work. Else write to whoever runs this "
                "site, and say which page it was."
            ),
            (
                (words.say("Status"), "/status"),
                (words.say("Releases and corrections"), "/changes"),
            ),
        ),
    )
