"""Charts outside of pages: static pictures, embeds, social cards."""

import re
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from soc_monitor.model import LANGUAGES
from soc_monitor.web import card, chart_svg, own_card, picture, plan_card
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.documents.pages import origin_of, reader_of, render
from soc_monitor.web.i18n import Language, language
from soc_monitor.web.state import State, read
from soc_monitor.web.static_files import FOREVER, static_path

SUBJECT = re.compile(r"[A-Za-z0-9~_-]{1,120}")
CHARTS = (*card.CHARTS, *plan_card.CHARTS, own_card.CHART)
FRAMED = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors *"
)
"""An embed may stand on any page, and runs nothing."""
SHORT = "public, max-age=300"


async def _card(request: Request) -> tuple[card.Card, State, Language]:
    subject, kind = request.path_params["subject"], request.path_params["chart"]
    code = request.query_params.get("lang", LANGUAGES[0])
    if code not in LANGUAGES or not SUBJECT.fullmatch(subject) or kind not in CHARTS:
        raise ApiProblem(404, {})
    api: Client = request.app.state.client
    words, state = language(code), read(request.url.query)
    if kind == own_card.CHART:
        made = await own_card.make(api, words, subject, state, reader_of(request))
    else:
        maker = plan_card.make if kind in plan_card.CHARTS else card.make
        made = await maker(api, words, kind, subject, state)
    if not made.spec.has_values:
        raise ApiProblem(404, {"type": "/nothing-to-draw"})
    return made, state, words


def _cache(made: card.Card, state: State) -> dict[str, str]:
    """A picture of a named release never changes; one of kept shapes may be forgotten at once."""
    if made.chart == own_card.CHART:
        return {
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "x-robots-tag": "noindex",
        }
    kept = FOREVER if state.rel not in {"", "latest"} else SHORT
    return {"cache-control": kept, "x-content-type-options": "nosniff"}


async def chart(request: Request) -> Response:
    """``/chart/{chart}/{subject}.{svg|png}``, with the keys of a page and ``lang``."""
    made, state, words = await _card(request)
    form = request.path_params["form"]
    drawn = picture.svg(made, origin_of(request), words)
    headers = _cache(made, state) | {"access-control-allow-origin": "*"}
    headers["content-disposition"] = f'inline; filename="{made.name}.{form}"'
    if form == "svg":
        return Response(drawn, media_type="image/svg+xml", headers=headers)
    about = picture.about(made, origin_of(request))
    png = await run_in_threadpool(picture.png, drawn, about)
    return Response(png, media_type="image/png", headers=headers)


async def embed(request: Request) -> Response:
    """``/embed/{chart}/{subject}``: drawing, table and source, without scripts."""
    made, state, words = await _card(request)
    theme = request.query_params.get("theme", "auto")
    body = render(
        "embed.html",
        words,
        card=made,
        drawing=chart_svg.figure(made.spec, "embed"),
        theme=theme if theme in {"light", "dark"} else "auto",
        frozen=state.rel not in {"", "latest"},
        origin=origin_of(request),
        static=static_path,
        cite=partial(card.cite, words=words),
    )
    headers = {"content-security-policy": FRAMED, "content-language": words.code}
    return HTMLResponse(body, headers=headers | _cache(made, state))


async def social(request: Request) -> Response:
    """``/og/{chart}/{subject}.png``: what a link shows where it is shared."""
    made, state, words = await _card(request)
    drawn = picture.social(made, words)
    png = await run_in_threadpool(picture.png, drawn, {"Title": made.heading})
    return Response(png, media_type="image/png", headers=_cache(made, state))
