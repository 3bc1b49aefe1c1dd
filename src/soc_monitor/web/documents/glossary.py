"""Glossary: the words that numbers are told in, each with an address of its own."""

from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.glossary_words import terms
from soc_monitor.web.i18n import language


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
