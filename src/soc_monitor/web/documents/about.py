"""Pages about the site: how accessible it is, what is on it, and which version a reader wants."""

from datetime import date
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from soc_monitor.web import numbers
from soc_monitor.web.client import Client
from soc_monitor.web.documents.bodies import read_body
from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.i18n import Language, language

CHECKED = date(2026, 11, 26)
"""When the walks of the statement were last made by hand and by machine."""
A_YEAR = 31_536_000


async def accessibility(request: Request) -> Response:
    """``/{lang}/accessibility``: what was tested, and what is not yet as it should be."""
    words = language(request.path_params["lang"])
    page = Page(
        template="accessibility.html",
        path="/accessibility",
        title=words.say("Accessibility · soc-monitor"),
        description=words.say("What was tested, and what is not yet as it should be."),
    )
    api: Client = request.app.state.client
    version = (await api.get("/status"))["version"]
    return await respond(
        request,
        words,
        page,
        lead=words.say(
            "The aim is level AA of the Web Content Accessibility Guidelines 2.2, in three "
            "languages, on small and large screens, in light and in dark."
        ),
        tested=_tested(words),
        known=_known(words),
        ways=_ways(words),
        day=numbers.day(CHECKED, words.code),
        version=version,
        contact=words.say(
            "Write to whoever runs this site and say which page it was and what you use: it will "
            "be answered, and the number you need will be sent in a form that you can read."
        ),
    )


def _tested(words: Language) -> list[str]:
    return [
        words.say(
            "Pages of every kind with axe-core, in each language; what it found was mended. Not "
            "every pair of width and colours has been gone through again since."
        ),
        words.say(
            "By keyboard alone: find a country, read its number and its doubt, change the year, "
            "open the table, download the file."
        ),
        words.say("Without scripts: every page can be read and every choice can be made."),
        words.say("At 320 pixels across no page scrolls sideways; wide tables do, in their box."),
        words.say("Text stands out from its background by 4.5 to 1 or more."),
    ]


def _known(words: Language) -> list[str]:
    return [
        words.say(
            "The interactive chart cannot be read by screen readers. The table under it has the "
            "same numbers."
        ),
        words.say(
            "The interactive map says what is in its middle, not what is around it. The table "
            "beside it has every area."
        ),
        words.say("No walk with a screen reader by someone who depends on it has been made yet."),
        words.say("Notes of the sources and formulas in code are in English where that is so."),
    ]


def _ways(words: Language) -> list[str]:
    return [
        words.say("The light version has no app: “lite=1” in the address, or the link below."),
        words.say("Every table is also a file: CSV or JSON, under “Download”."),
        words.say("The page follows the colours, the text size and the motion set in your device."),
    ]


LARGEST_FORM = 2000
"""Bytes: the path of a page, and one switch."""


async def lite(request: Request) -> Response:
    """``POST /lite``: keep the light version, or leave it; back to where the reader was."""
    form = parse_qs((await read_body(request, LARGEST_FORM)).decode("utf-8", "replace"))
    target = (form.get("to") or ["/"])[0]
    # Only a path of our own: never another site, never a scheme.
    if not target.startswith("/") or target.startswith(("//", "/\\")):
        target = "/"
    answer = RedirectResponse(target, 303)
    if form.get("on") == ["1"]:
        answer.set_cookie("lite", "1", max_age=A_YEAR, samesite="lax", httponly=True)
    else:
        answer.delete_cookie("lite", samesite="lax", httponly=True)
    return answer
