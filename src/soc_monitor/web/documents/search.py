"""Search: areas and what else has that name; and the page for an address that is not there."""

import asyncio
from typing import Any
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from soc_monitor.model import LANGUAGES
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.documents import findings
from soc_monitor.web.documents.data import countries
from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.i18n import Language, language, negotiate


async def search(request: Request) -> Response:
    """``/{lang}/search?q=``."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    query = asked_for(request)
    found: list[dict[str, Any]] = []
    others: list[findings.Kind] = []
    if query:
        found, others = await look_for(api, words, query, limit=50)
    page = Page(
        template="search.html",
        path="/search",
        title=words.say("Search · soc-monitor"),
        description=words.say(
            "Find a country or a region by name, in any language; an indicator, an objective, a "
            "partner, a tool."
        ),
        noindex=True,
    )
    listed = [] if found or others else await countries(api, words)
    return await respond(
        request, words, page, query=query, areas=found, others=others, countries=listed
    )


SUGGESTED = 8
"""Suggestions in all: as many as one looks through at a glance."""
LEADING, OTHERS = 4, 3
"""Of them of the first kind, and of each after it, where there is more than one."""


async def suggestions(request: Request) -> Response:
    """``/{lang}/search.json?q=``: the first of what a search would find, by kind."""
    words = language(request.path_params["lang"])
    found: list[findings.Kind] = []
    if query := asked_for(request):
        areas, others = await look_for(request.app.state.client, words, query, limit=SUGGESTED)
        led = tuple(
            findings.Finding(one["name"], f"/{words.code}/soc/{one['id']}") for one in areas
        )
        found = [findings.Kind(words.say("Areas"), len(led), led)] if led else []
        found += others
    kinds: list[dict[str, Any]] = []
    left = SUGGESTED
    for kind in found:
        most = SUGGESTED if len(found) == 1 else OTHERS if kinds else LEADING
        shown = kind.found[: min(most, left)]
        left -= len(shown)
        if shown:
            listed = [{"title": one.title, "href": one.href} for one in shown]
            kinds.append({"heading": kind.heading, "found": listed})
    n = SUGGESTED - left
    said = words.say_n("{n} suggestion", "{n} suggestions", n, n=n)
    headers = {"cache-control": "no-cache", "x-content-type-options": "nosniff"}
    return JSONResponse({"kinds": kinds, "said": said}, headers=headers)


def asked_for(request: Request) -> str:
    """What is searched for; empty: nothing."""
    return request.query_params.get("q", "").strip()[:100]


async def look_for(
    api: Client, words: Language, query: str, limit: int
) -> tuple[list[dict[str, Any]], list[findings.Kind]]:
    """Areas, the best first, and what else has that name.

    Raises:
        ApiProblem: there is no answer.
    """
    answer, others = await asyncio.gather(
        api.get("/areas", q=query, limit=str(limit), labels=words.code),
        findings.gather(api, words, query),
    )
    return [area for area in answer["data"] if area["level"] != "unassigned"], others


def reader_language(request: Request) -> Language:
    """The language of the address, else of the reader."""
    first = request.url.path.strip("/").split("/")[0]
    if first in LANGUAGES:
        return language(first)
    cookie, accept = request.cookies.get("lang", ""), request.headers.get("accept-language", "")
    return language(negotiate(cookie, accept))


async def not_found(request: Request) -> Response:
    """A page that is not there, with what comes nearest."""
    words = reader_language(request)
    path = request.url.path
    asked = unquote(path.rstrip("/").rpartition("/")[2])[:60]
    near = []
    if asked and "/soc/" in path:
        near = await _near(request.app.state.client, asked, words)
    return await respond(
        request,
        words,
        Page(
            template="error.html",
            path="/",
            title=words.say("Not found · soc-monitor"),
            description=words.say("There is no such page."),
            status=404,
        ),
        cacheable=False,
        status=404,
        heading=words.say("There is no such page"),
        lead=words.say("Nothing is kept at {path}.", path=unquote(path)[:120]),
        near=near,
        detail="",
        query=asked if "/soc/" in path else "",
    )


async def gone(request: Request) -> Response | None:
    """The page for an area that a former boundary set had; None: there never was one.

    Its numbers stay where they were: in the releases of its time.
    """
    asked = request.path_params.get("area", "")
    if not asked or "/soc/" not in request.url.path:
        return None
    words, api = reader_language(request), request.app.state.client
    try:
        former = await _former(api, asked, words)
    except ApiProblem:
        return None
    if former is None:
        return None
    area, release = former
    above = [*area["path"], {"id": "WLD", "name": words.say("World")}][-2:]
    near = (await _near(api, area["name"], words)) or above
    return await respond(
        request,
        words,
        Page(
            template="error.html",
            path="/",
            title=words.say("No longer reported · soc-monitor"),
            description=words.say("This area is no longer reported."),
            status=410,
        ),
        cacheable=False,
        status=410,
        heading=words.say("{area} is no longer reported", area=area["name"]),
        lead=words.say(
            "The outlines of areas were renewed. Its numbers stay in release {release}, under the "
            "name that they had.",
            release=release,
        ),
        near=near,
        detail="",
        query="",
    )


async def _former(api: Client, asked: str, words: Language) -> tuple[dict[str, Any], str] | None:
    """An area as the newest release that had it knows it."""
    releases = (await api.get("/releases", limit="1000"))["data"]
    sets = {release["boundaries_id"]: release["name"] for release in reversed(releases)}
    for name in list(sets.values())[:-1][::-1]:
        try:
            found = await api.get(f"/areas/{quote(asked, safe='')}", rel=name, labels=words.code)
        except ApiProblem as problem:
            if problem.status != 404:
                raise
        else:
            return found, name
    return None


async def _near(api: Client, asked: str, words: Language) -> list[dict[str, object]]:
    """Areas whose name or code begins alike: the whole word, then less and less of it."""
    for length in (len(asked), 5, 3, 2):
        if not 2 <= length <= len(asked):
            continue
        try:
            answer = await api.get("/areas", q=asked[:length], limit="6", labels=words.code)
        except ApiProblem:
            return []
        if answer["data"]:
            found: list[dict[str, object]] = answer["data"]
            return found
    return []


async def unavailable(request: Request, problem: ApiProblem) -> Response:
    """A page whose numbers cannot be read now, or never: what is known of the reason."""
    words = reader_language(request)
    if problem.kind == "nothing-published":
        heading = words.say("No release is published yet")
        lead = words.say(
            "The first numbers are being made. This page shows them as soon as they are there."
        )
        code = 503
    elif problem.status >= 500:
        heading = words.say("The numbers cannot be read now")
        lead = words.say("The database does not answer. The pages come back by themselves.")
        code = 503
    elif problem.status == 413:
        heading = words.say("This is too long")
        lead = words.say(
            "What was sent is longer than this form takes, and nothing of it was kept. "
            "Go back, shorten it and send it again."
        )
        code = 413
    else:
        heading = words.say("This cannot be shown")
        lead = words.say("The address asks for something that does not exist.")
        code = problem.status
    answer = await respond(
        request,
        words,
        Page(
            template="error.html",
            path="/",
            title=f"{heading} · soc-monitor"[:60],
            description=lead,
            status=code,
        ),
        cacheable=False,
        status=code,
        heading=heading,
        lead=lead,
        near=[],
        detail=problem.detail if code < 500 else "",
        query="",
    )
    if code == 503:
        answer.headers["retry-after"] = "10"
    return answer
