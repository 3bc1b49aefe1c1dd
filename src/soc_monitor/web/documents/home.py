"""Home: the world in one sentence, one map, and the way to one's own country."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from soc_monitor.model import WORLD
from soc_monitor.web import (
    chart,
    explorer_view,
    home_states,
    progress_view,
    sentences,
    worldmap,
)
from soc_monitor.web.chart_svg import whisker
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.documents.data import countries, freshness
from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.estimate import Shown, show
from soc_monitor.web.i18n import Language, language, negotiate
from soc_monitor.web.outlines import world_shapes
from soc_monitor.web.progress_words import MARKS, status_word
from soc_monitor.web.state import State

DEPTH = "0-30"


async def root(request: Request) -> Response:
    """``/``: to the reader's language."""
    code = negotiate(request.cookies.get("lang", ""), request.headers.get("accept-language", ""))
    headers = {"vary": "Accept-Language, Cookie", "cache-control": "no-cache"}
    return RedirectResponse(f"/{code}/", 302, headers)


async def home(request: Request) -> Response:
    """``/{lang}/``."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    page = Page(
        template="home.html",
        path="/",
        title=words.say("Carbon in the world’s soils · soc-monitor"),
        description=words.say("How much carbon the world’s soils hold, with how sure that is."),
    )
    try:
        view = await explorer_view.gather(api, words, State())
    except ApiProblem as problem:
        if problem.kind not in {"nothing-published", "unknown-indicator"}:
            raise
        view = None
    if view is None:
        return await respond(
            request,
            words,
            page,
            view=None,
            total=None,
            sentence=sentences.world_total(None, "", words),
        )
    states, plan, total, listed, fresh, products = await asyncio.gather(
        home_states.gather(api, words),
        _plan(api, words),
        _total(api, words),
        countries(api, words),
        freshness(api, words),
        api.get("/products", labels=words.code),
    )
    if states is not None and states.assessed:
        shapes = await world_shapes(api, "adm0")
        drawn = worldmap.svg(
            shapes, states.marks, name=words.say("How the stock changes"), summary_id="map-about"
        )
        drawing = [drawn]
    else:
        drawing = await explorer_view.drawing(api, view, words)
    return await respond(
        request,
        words,
        page,
        view=view,
        states=states,
        plan=plan,
        drawing=drawing,
        mean=view.world,
        mean_whisker=_whisker(view.world),
        total=total,
        total_whisker=_whisker(total),
        depth=DEPTH.replace("-", "–"),
        roomy=True,
        sentence=sentences.world_total(total, DEPTH, words),
        change=sentences.change_not_assessed(words),
        countries=listed,
        fresh=fresh,
        products=[p for p in products["data"] if p["indicators"]],
    )


async def _plan(api: Client, words: Language) -> dict[str, Any]:
    """How many objectives of the plan have each status; empty where the API does not say."""
    try:
        view = await progress_view.overview(api, words, progress_view.read_choice({}))
    except ApiProblem:
        return {}
    counts = [(s, MARKS[s], status_word(s, words), view["counts"][s]) for s in MARKS]
    return {"sentence": view["sentence"], "counts": [one for one in counts if one[3]]}


async def _total(api: Client, words: Language) -> Shown | None:
    try:
        answer = await api.get(
            "/series.json", area=WORLD, v="total", d=DEPTH, t="latest", labels=words.code
        )
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        return None
    return show(answer["data"][-1], words) if answer["data"] else None


def _whisker(row: Shown | None) -> str:
    if row is None or row.high is None:
        return ""
    return whisker(chart.point(row, row.name), 0.0, row.high * 1.1)
