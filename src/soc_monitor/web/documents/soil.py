"""The soil pages' first layer: the explorer and the area page."""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from babel.core import get_global
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from soc_monitor.web import (
    area_view,
    card,
    chart,
    chart_svg,
    compare_view,
    explorer_view,
    map_card,
    reserve,
    sentences,
)
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.documents.pages import DashParts, Page, Site, origin_of, respond
from soc_monitor.web.estimate import show
from soc_monitor.web.i18n import Language, language, plain
from soc_monitor.web.state import MOST_PICKED, State, read


async def explorer(request: Request) -> Response:
    """``/{lang}/soc``."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    state = read(request.url.query)
    if request.query_params.get("go") and state.areas:
        return RedirectResponse(f"/{words.code}/soc/{quote(state.areas[0])}", 303)
    view = await explorer_view.gather(api, words, state)
    return await respond(
        request,
        words,
        Page(
            template="soc/explorer.html",
            path="/soc",
            title=_title(view.title),
            description=view.sentence,
        ),
        view=view,
        map_card=map_card.of_map(view, words),
        map_age=map_card.age_of(view, words),
        drawing=await explorer_view.drawing(api, view, words),
        here=f"/{words.code}/soc",
        explorer=True,
        cell="",
        refused=False,
        roomy=True,
        **_layers(request, state, "soil_explorer"),
    )


async def area(request: Request) -> Response:
    """``/{lang}/soc/{area}``; ids are found whatever their case, names and alpha-2 lead to them."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    asked, state = request.path_params["area"], read(request.url.query)
    try:
        view = await area_view.gather(api, words, asked, state)
    except ApiProblem as problem:
        if problem.status >= 500 and not problem.is_empty and state.rel == "latest":
            return await _from_reserve(request, words, asked, problem)
        if problem.status != 404 or problem.kind != "unknown-area":
            raise
        found = await find_area(api, asked)
        if found is None:
            raise
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/{words.code}/soc/{found}{query}", 308)
    return await respond(
        request,
        words,
        Page(
            template="soc/area.html",
            path=f"/soc/{view.area}",
            title=_title(words.say("{area}: carbon in the soil", area=view.name)),
            description=view.sentence,
            social=f"/og/areas/{view.area}.png?lang={words.code}",
        ),
        view=view,
        drawing=await area_view.drawing(api, view, words),
        time_svg=chart_svg.figure(view.spec, "time"),
        others_svg=chart_svg.figure(view.others, "others") if view.others else "",
        scenarios_svg=chart_svg.figure(view.scenarios, "scenarios") if view.scenarios else "",
        compare_svg=chart_svg.figure(view.compare, "compare"),
        series_card=card.of_series(view, words),
        areas_card=card.of_areas(view, words),
        linked=card.dataset(card.of_series(view, words), origin_of(request)),
        fixed_page=card.of_series(view, words).fixed_page,
        here=f"/{words.code}/soc/{view.area}",
        feed=(
            words.say("{area}: carbon in the soil", area=view.name),
            f"/atom/areas/{view.area}.atom?labels={words.code}",
        ),
        explorer=False,
        **_layers(request, state, "soil_area"),
    )


async def _from_reserve(
    request: Request, words: Language, asked: str, problem: ApiProblem
) -> Response:
    """The newest number of an area whose page cannot be built now, where it was read ahead."""
    api: Client = request.app.state.client
    found = await reserve.find(api, asked, words.code)
    if found is None:
        raise problem
    own = show(found.row, words)
    title = words.pick(found.indicator["titles"])
    sentence = sentences.finding(own, None, title, found.meta["d"], words)
    return await respond(
        request,
        words,
        Page(
            template="soc/reserve.html",
            path=f"/soc/{own.area}",
            title=_title(words.say("{area}: carbon in the soil", area=own.name)),
            description=sentence,
        ),
        own=own,
        indicator_title=title,
        sentence=sentence,
        meta=found.meta,
        product=found.meta["product"],
    )


async def compare(request: Request) -> Response:
    """``/{lang}/compare?area=FRA~ESP``; ``add`` joins one more: a form can do no better."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    state, more = read(request.url.query), request.query_params.get("add", "")[:100]
    refused = bool(more) and len(state.areas) >= MOST_PICKED
    if more and not refused:
        joined = "~".join([*state.areas, more])
        return RedirectResponse(f"/{words.code}/compare{state.query(area=joined)}", 303)
    view = await compare_view.gather(api, words, state)
    return await respond(
        request,
        words,
        Page(
            template="compare.html",
            path="/compare",
            title=_title(words.say("Compare areas")),
            description=view.sentence,
            social=f"/og/compare/{'~'.join(view.areas)}.png?lang={words.code}",
        ),
        view=view,
        drawing=_drawing(view),
        card=card.of_comparison(view, words),
        fixed_page=card.of_comparison(view, words).fixed_page,
        here=f"/{words.code}/compare",
        refused=refused,
    )


def _drawing(view: compare_view.Comparison) -> Markup:
    """One chart, or one an area on a shared axis."""
    if view.settled.state.shape != "small" or view.spec.kind is not chart.Kind.TIME:
        return chart_svg.figure(view.spec, "compare")
    drawn = [
        Markup('<figure><figcaption class="when">{}</figcaption>{}</figure>').format(
            one.lines[0].name, chart_svg.figure(one, f"compare{index}")
        )
        for index, one in enumerate(chart.small(view.spec) if view.spec.has_values else [])
    ]
    return Markup('<div class="smalls">{}</div>').format(Markup("").join(drawn))


def _title(text: str) -> str:
    """Sixty characters at most, with the name of the service where it fits."""
    whole = f"{text} · soc-monitor"
    return whole if len(whole) <= 60 else text[:60]


def _layers(request: Request, state: State, page: str) -> dict[str, Any]:
    """Whether the app's scripts are on the page, and what stands there when they are not."""
    site: Site = request.app.state.site
    lite = state.lite == "1" or request.cookies.get("lite") == "1"
    lite = lite or request.headers.get("save-data", "").lower() == "on"
    full = replace(state, lite="").query()
    parts: DashParts | None = None if lite else site.dash
    return {
        "dash": parts,
        "dash_page": page,
        "full_version": request.url.path + full,
    }


async def find_area(api: Client, asked: str) -> str | None:
    """The id that a code in any case, an alpha-2 code or a name stands for; None: no such area."""
    wanted = asked.strip()
    upper = wanted.upper()
    for code in _alpha_3().get(upper, [upper]):
        answer = await api.get("/areas", q=code[:100], limit="50")
        for found in answer["data"]:
            if found["id"].upper() == code and found["id"] != asked:
                return str(found["id"])
    answer = await api.get("/areas", q=wanted.replace("-", " ")[:100], limit="50")
    same = _key(wanted)
    for found in answer["data"]:
        if same in {_key(name) for name in found["names"].values()}:
            return str(found["id"])
    return None


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", plain(name)).strip()


@lru_cache(maxsize=1)
def _alpha_3() -> dict[str, list[str]]:
    """ISO 3166-1 alpha-2 to alpha-3, from CLDR's aliases; some have former codes beside it."""
    aliases: dict[str, list[str]] = get_global("territory_aliases")  # type: ignore[assignment]
    found: dict[str, list[str]] = {}
    for three, two in aliases.items():
        if len(three) == 3 and three.isalpha() and len(two) == 1:
            found.setdefault(two[0], []).append(three)
    return found
