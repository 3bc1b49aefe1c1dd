"""Console of the operators: for who has signed in with the key of one; nothing of it is kept."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.web import numbers
from soc_monitor.web.client import ApiProblem
from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.documents.service import state_words
from soc_monitor.web.documents.signed import Signed, signed
from soc_monitor.web.documents.stations import page_of
from soc_monitor.web.i18n import Language
from soc_monitor.web.ops_words import (
    alert_word,
    found_word,
    hold_word,
    rule_word,
    run_look,
    run_word,
    verb_word,
)
from soc_monitor.web.station_words import variable_word


def _page(
    template: str, path: str, title: Callable[[Language], str]
) -> Callable[[Request], Awaitable[Response]]:
    """A page of the console over what the API says under ``/ops`` + ``path``."""

    async def page(request: Request, words: Language, who: Signed) -> Response:
        asked = {key: quote(str(v), safe="") for key, v in request.path_params.items()}
        try:
            body = await who.get(f"/ops{path.format(**asked)}")
        except ApiProblem as problem:
            if problem.status != 403:
                raise
            return await _closed(request, words, who)
        known = {state: word for state, word, _ in state_words(words)}
        return await respond(
            request,
            words,
            _of(request, words, f"ops/{template}.html", title(words)),
            body=body,
            who=who,
            said=request.query_params.get("said", "")[:20],
            why=request.query_params.get("why", "")[:400],
            heading=title(words),
            rooms=_rooms(words),
            at=partial(_at, words=words),
            run_word=partial(run_word, words=words),
            run_look=run_look,
            alert_word=partial(alert_word, words=words),
            found_word=partial(found_word, words=words),
            rule_word=partial(rule_word, words=words),
            hold_word=partial(hold_word, words=words),
            station_page=partial(page_of, words=words),
            variable_word=partial(variable_word, words=words),
            verb_word=partial(verb_word, words=words),
            state_word=lambda state: known.get(state, state),
        )

    return signed(page)


def _of(request: Request, words: Language, template: str, title: str, status: int = 200) -> Page:
    return Page(
        template=template,
        path=request.url.path.removeprefix(f"/{words.code}"),
        title=f"{title} · soc-monitor"[:60],
        description=words.say("For the operators of this service."),
        private=True,
        status=status,
    )


async def _closed(request: Request, words: Language, who: Signed) -> Response:
    """For who has signed in with another key than an operator's."""
    heading = words.say("Operations")
    page = _of(request, words, "ops/closed.html", heading, 403)
    return await respond(request, words, page, who=who, heading=heading)


def _rooms(words: Language) -> list[tuple[str, str]]:
    return [
        ("/ops", words.say("Runs")),
        ("/ops/held", words.say("Held")),
        ("/ops/sensors", words.say("Sensors")),
        ("/ops/schedule", words.say("Schedule")),
        ("/ops/rejections", words.say("Rejections")),
        ("/ops/alerts", words.say("Alerts")),
        ("/ops/audit", words.say("Who did what")),
    ]


def _at(text: str | None, words: Language) -> str:
    return numbers.instant(datetime.fromisoformat(text), words.code) if text else "–"


overview = _page("overview", "", lambda words: words.say("Operations"))
"""``/{lang}/ops``: what runs, what waits, what is wrong."""

run = _page("run", "/runs/{run}", lambda words: words.say("A run"))
"""``/{lang}/ops/runs/{run}``: one run and what it says, live."""

held = _page("held", "/holds", lambda words: words.say("Held"))
"""``/{lang}/ops/held``: what waits for a word."""

hold = _page("hold", "/holds/{hold}", lambda words: words.say("A slice that waits"))
"""``/{lang}/ops/held/{hold}``: what would change, and the two buttons."""

schedule = _page("schedule", "/schedule", lambda words: words.say("Schedule"))
"""``/{lang}/ops/schedule``: when jobs run, and the form of a backfill."""

sensors = _page("sensors", "/sensors", lambda words: words.say("Sensors"))
"""``/{lang}/ops/sensors``: those that jumped, are silent or stand still."""

rejections = _page("rejections", "/rejections", lambda words: words.say("Rejections"))
"""``/{lang}/ops/rejections``: what was not taken."""

alerts = _page("alerts", "/alerts", lambda words: words.say("Alerts"))
"""``/{lang}/ops/alerts``: what is wrong, and was."""

audit = _page("audit", "/audit", lambda words: words.say("Who did what"))
"""``/{lang}/ops/audit``: who did what."""
