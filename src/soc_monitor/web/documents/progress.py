"""Pages of the Initiative's progress: the plan, its objectives, and the registers behind it."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from soc_monitor.web import card, numbers, progress_view, register_map
from soc_monitor.web.client import Client
from soc_monitor.web.documents.data import instant
from soc_monitor.web.documents.pages import Page, origin_of, respond
from soc_monitor.web.i18n import Language, language
from soc_monitor.web.progress_words import (
    GOALS,
    MARKS,
    goal_word,
    rule_points,
    status_meaning,
    status_word,
)
from soc_monitor.web.register_words import field_word, register_word, value_word

MOST_COMPARED = 4
ON_A_PAGE = 50
"""Entries of a list."""
FACETS = {
    "partners": ("country", "kind", "role"),
    "actions": ("countries", "objectives", "state"),
    "tools": ("kind", "scale", "gives", "access", "validation"),
}
KEYS = {"countries": "country", "objectives": "objective"}
"""Keys of the API for fields that hold several."""


def _title(text: str) -> str:
    """Sixty characters at most, with the name of the service where it fits."""
    whole = f"{text} · soc-monitor"
    return whole if len(whole) <= 60 else text[:60]


def _statuses(words: Language) -> list[tuple[str, str, str, str]]:
    return [(s, MARKS[s], status_word(s, words), status_meaning(s, words)) for s in MARKS]


async def overview(request: Request) -> Response:
    """``/{lang}/progress``."""
    words = language(request.path_params["lang"])
    choice = progress_view.read_choice(dict(request.query_params))
    view = await progress_view.overview(request.app.state.client, words, choice)
    page = Page(
        template="progress/overview.html",
        path="/progress",
        title=words.say("Progress of the “4 per 1000” Initiative"),
        description=view["sentence"],
        social=view["card"].social,
    )
    return await respond(
        request,
        words,
        page,
        view=view,
        marks=MARKS,
        statuses=_statuses(words),
        goals=[(goal, goal_word(goal, words)) for goal in GOALS],
        feed=(page.title, f"/atom/progress.atom?labels={words.code}"),
        rule=rule_points(words),
    )


async def objective(request: Request) -> Response:
    """``/{lang}/progress/{objective}``."""
    words = language(request.path_params["lang"])
    asked = request.path_params["objective"]
    rel = progress_view.read_release(request.query_params)
    api: Client = request.app.state.client
    view = await progress_view.objective(api, words, quote(asked, safe=""), rel)
    one = view["one"]
    if asked != one["id"]:
        return RedirectResponse(f"/{words.code}/progress/{one['id']}{view['keep']}", 308)
    drawn = next((kpi["card"] for kpi in view["kpis"] if kpi["drawing"]), None)
    page = Page(
        template="progress/objective.html",
        path=f"/progress/{one['id']}",
        title=f"{one['id']} · {one['label']}"[:60],
        description=view["lines"]["2030"].why,
        social="" if drawn is None else drawn.social,
    )
    return await respond(
        request,
        words,
        page,
        view=view,
        marks=MARKS,
        **linked(view, origin_of(request)),
        feed=(page.title, f"/atom/objectives/{one['id']}.atom?labels={words.code}"),
        rule=rule_points(words),
        register_word=lambda name: register_word(name, words),
        field_word=lambda name: field_word(name, words),
        value_word=lambda field, value: value_word(field, value, words),
    )


def linked(view: dict[str, Any], origin: str) -> dict[str, Any]:
    """The objective's numbers as data sets, for search engines; nothing where none is drawn."""
    found = [card.dataset(kpi["card"], origin) for kpi in view["kpis"] if kpi["drawing"]]
    return {"linked": found} if found else {}


async def partners(request: Request) -> Response:
    """``/{lang}/partners``."""
    return await _register(request, "partners")


async def actions(request: Request) -> Response:
    """``/{lang}/actions``."""
    return await _register(request, "actions")


async def _listing(request: Request, name: str, words: Language) -> dict[str, Any]:
    """Entries that were asked for, with the facets to choose from."""
    api: Client = request.app.state.client
    asked = {
        key: request.query_params.get(key, "")[:100] for key in ("q", *map(_key, FACETS[name]))
    }
    first = request.query_params.get("from", "")
    cursor = int(first) if first.isascii() and first.isdecimal() and len(first) < 7 else 0
    paged = {} if name == "tools" else {"limit": str(ON_A_PAGE), "cursor": str(cursor)}
    body = await api.get(f"/{name}", labels=words.code, **asked, **paged)
    facets = [
        {
            "key": _key(field),
            "word": field_word(field, words),
            "chosen": asked[_key(field)],
            "options": [
                (value, f"{value_word(field, value, words)} ({n})")
                for value, n in body["meta"]["facets"].get(field, {}).items()
            ],
        }
        for field in FACETS[name]
    ]
    query = urlencode({key: value for key, value in asked.items() if value})
    counts = body["meta"]["countries"]
    title = register_word(name, words)
    total = body["meta"]["total"]
    measures = {} if body["data"] else await _measures(api, words)
    return {
        "measures": [measures.get(one, one) for one in body["meta"]["kpis"]],
        "map": await register_map.draw(api, name, title, body["meta"], words) if counts else None,
        "first": cursor + 1,
        "last": min(cursor + ON_A_PAGE, total),
        "previous": _page(name, asked, cursor - ON_A_PAGE, words) if cursor else "",
        "next": _page(name, asked, cursor + ON_A_PAGE, words) if cursor + ON_A_PAGE < total else "",
        "name": name,
        "entries": body["data"],
        "meta": body["meta"],
        "facets": facets,
        "q": asked["q"],
        "filtered": bool(query),
        "csv": f"/api/v1/{name}.csv" + (f"?{query}" if query else ""),
        "xlsx": f"/api/v1/registers/{name}.xlsx?"
        + urlencode({key: value for key, value in asked.items() if value} | {"labels": words.code}),
        "json": f"/api/v1/{name}" + (f"?{query}" if query else ""),
    }


def _page(name: str, asked: Mapping[str, str], cursor: int, words: Language) -> str:
    """Address of another page of a list."""
    keys = {key: value for key, value in asked.items() if value}
    if cursor > 0:
        keys["from"] = str(cursor)
    return f"/{words.code}/{name}" + (f"?{urlencode(keys)}" if keys else "")


def _key(field: str) -> str:
    return KEYS.get(field, field)


def _words(words: Language) -> dict[str, Any]:
    return {
        "register_word": lambda name: register_word(name, words),
        "field_word": lambda name: field_word(name, words),
        "value_word": lambda field, value: value_word(field, value, words),
    }


async def _register(request: Request, name: str) -> Response:
    words = language(request.path_params["lang"])
    view = await _listing(request, name, words)
    title = register_word(name, words)
    page = Page(
        template="progress/register.html",
        path=f"/{name}",
        title=_title(title),
        description=words.say("{title}: who, where, and for which objectives.", title=title),
    )
    return await respond(request, words, page, view=view, **_words(words))


async def partner(request: Request) -> Response:
    """``/{lang}/partners/{key}``."""
    return await _entry(request, "partners")


async def action(request: Request) -> Response:
    """``/{lang}/actions/{key}``."""
    return await _entry(request, "actions")


async def _entry(request: Request, name: str) -> Response:
    """One entry: what it says, its evidence, and every version that was shown."""
    words = language(request.path_params["lang"])
    key = request.path_params["key"]
    api: Client = request.app.state.client
    body = await api.get(f"/{name}/{quote(key, safe='')}")
    told = await api.get(f"/registers/{name}/{quote(key, safe='')}/history")
    entry = body["entry"]
    heading = str(entry.get("name") or entry.get("title"))
    lines = [
        (field, field_word(field, words), entry[field])
        for field in await _order(api, name)
        if field in entry and field not in {"name", "title"}
    ]
    page = Page(
        template="progress/entry.html",
        path=f"/{name}/{key}",
        title=_title(heading),
        description=words.say("{name}: what is recorded of it, with evidence.", name=heading),
    )
    return await respond(
        request,
        words,
        page,
        name=name,
        heading=heading,
        lines=lines,
        record=body,
        versions=[
            {**one, "when": numbers.instant(instant(one["published_at"]), words.code)}
            for one in told
        ],
        **_words(words),
    )


async def _order(api: Client, name: str) -> list[str]:
    """The fields of a register in its own order."""
    listed = (await api.get("/registers"))["data"]
    return [field["name"] for one in listed if one["name"] == name for field in one["fields"]]


async def registers(request: Request) -> Response:
    """``/{lang}/registers``: what each register holds, and the table to fill in for it."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    listed = await api.get("/registers", labels=words.code)
    page = Page(
        template="progress/registers.html",
        path="/registers",
        title=_title(words.say("Registers of the plan")),
        description=words.say("What each register holds, and the table to fill in for it."),
    )
    measures = await _measures(api, words)
    return await respond(
        request, words, page, listed=listed["data"], measures=measures, **_words(words)
    )


async def _measures(api: Client, words: Language) -> dict[str, str]:
    """What the measures of the plan are called, by id."""
    return {one["id"]: one["label"] for one in (await api.get("/kpis", labels=words.code))["data"]}


async def tools(request: Request) -> Response:
    """``/{lang}/tools``; up to four beside each other with ``compare``."""
    words = language(request.path_params["lang"])
    view = await _listing(request, "tools", words)
    chosen = request.query_params.getlist("compare")
    keys = list(dict.fromkeys("~".join(chosen).split("~")))
    whole = (await request.app.state.client.get("/tools"))["data"] if any(keys) else []
    known = {one["key"]: one for one in whole}
    compared = [known[key] for key in keys if key in known]
    view["compared"] = compared[:MOST_COMPARED]
    view["too_many"] = len(compared) > MOST_COMPARED
    page = Page(
        template="progress/tools.html",
        path="/tools",
        title=_title(register_word("tools", words)),
        description=words.say(
            "What is used to follow soil carbon, each fact with its source and the day it was read."
        ),
    )
    return await respond(request, words, page, view=view, **_words(words))


async def tool(request: Request) -> Response:
    """``/{lang}/tools/{key}``: every field with its source and the day that it was read."""
    words = language(request.path_params["lang"])
    key = request.path_params["tool"]
    body = await request.app.state.client.get(f"/tools/{quote(key, safe='')}")
    listed = await request.app.state.client.get("/tools")
    names = [field["name"] for field in listed["meta"]["fields"] if field["name"] != "link"]
    entry = body["entry"]
    name = entry["fields"].get("name", {}).get("value", key)
    page = Page(
        template="progress/tool.html",
        path=f"/tools/{key}",
        title=_title(name),
        description=words.say(
            "{name}: each fact with its source and the day it was read.", name=name
        ),
    )
    return await respond(
        request, words, page, record=body, entry=entry, fields=names, heading=name, **_words(words)
    )


async def suggest(request: Request) -> Response:
    """``/{lang}/suggest``: a form whose text waits in the editors' queue."""
    words = language(request.path_params["lang"])
    about = request.query_params.get("about", "/progress")
    page = Page(
        template="progress/suggest.html",
        path="/suggest",
        title=_title(words.say("Suggest a correction")),
        description=words.say("Tell the editors what is wrong or missing."),
        noindex=True,
    )
    return await respond(
        request,
        words,
        page,
        about=about if re.fullmatch(r"/[\w/~.-]{0,100}", about) else "/progress",
        said=request.query_params.get("said", ""),
    )
