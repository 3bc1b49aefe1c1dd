"""Pages about what was published: releases, corrections, what went into each."""

import asyncio
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.web import numbers
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.documents.data import instant
from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.documents.service import provenance
from soc_monitor.web.i18n import Language, language

A_PAGE = 25
RELEASE = re.compile(r"\d{4}\.\d{2}\.\d{1,6}")


async def origin(request: Request) -> Response:
    """``/{lang}/provenance/{release or calculation}``."""
    asked = request.path_params["calculation"]
    return await (release if RELEASE.fullmatch(asked) else provenance)(request)


async def release(request: Request) -> Response:
    """A release: every calculation that began with it, and what its products rest on."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    name = request.path_params["calculation"]
    found, listed, products = await asyncio.gather(
        api.get(f"/releases/{name}/changes"),
        api.get("/indicators", labels=words.code),
        api.get("/products", labels=words.code, rel=name),
    )
    meta = found["meta"]
    titles = {i["id"]: words.pick(i["titles"]) for i in listed["data"]}
    named = {p["id"]: str(p["title"]) for p in products["data"]}
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in found["data"]:
        product = named.get(row["product_id"], row["product_id"])
        rows.setdefault(product, []).append(_line(row, titles, words))
    page = Page(
        template="release.html",
        path=f"/provenance/{name}",
        title=words.say("Release {name} · soc-monitor", name=name),
        description=words.say("What went into a release, and which numbers it moved."),
    )
    return await respond(
        request,
        words,
        page,
        meta=meta,
        rows=rows,
        lead=_lead(meta, words),
        published=numbers.instant(instant(meta["published_at"]), words.code),
        products=[p for p in products["data"] if p["indicators"]],
    )


def _lead(meta: dict[str, Any], words: Language) -> str:
    said = numbers.number(meta["numbers"], words.code, 0)
    if not meta["moved"]:
        return words.say_n(
            "It brought {n} number and moved none that had been published.",
            "It brought {n} numbers and moved none that had been published.",
            meta["numbers"],
            n=said,
        )
    return words.say_n(
        "It brought {n} numbers and corrected {moved} that had been published.",
        "It brought {n} numbers and corrected {moved} that had been published.",
        meta["moved"],
        n=said,
        moved=numbers.number(meta["moved"], words.code, 0),
    )


def _line(row: dict[str, Any], titles: dict[str, str], words: Language) -> dict[str, Any]:
    largest = ""
    if row["largest_move"] is not None:
        size = numbers.number(row["largest_move"], words.code)
        largest = f"{size} {numbers.unit(row['unit'], words.code)} ({row['largest_move_area']})"
    return {
        **row,
        "title": titles.get(row["indicator"], row["indicator"]),
        "period": numbers.period(row["period"], words.code),
        "largest": largest,
    }


async def changes(request: Request) -> Response:
    """``/{lang}/changes``: releases and corrections, newest first."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    asked = request.query_params.get("cursor", "0")
    start = int(asked) if asked.isdigit() and len(asked) < 7 else 0
    listed, status = await asyncio.gather(
        api.get("/releases", limit=str(A_PAGE), cursor=str(start)), api.get("/status")
    )
    found = await asyncio.gather(*(_release(api, one, words) for one in listed["data"]))
    more = f"/{words.code}/changes?cursor={start + A_PAGE}" if listed["meta"]["links"] else ""
    page = Page(
        template="changes.html",
        path="/changes",
        title=words.say("Releases and corrections · soc-monitor"),
        description=words.say("What was published when, and which numbers were corrected."),
    )
    feed = (page.title, f"/atom/releases.atom?labels={words.code}")
    held = _held(status, words)
    return await respond(request, words, page, releases=found, more=more, feed=feed, held=held)


def _held(status: dict[str, Any], words: Language) -> str:
    """That readers see an older release than the newest, and why; empty: they do not."""
    held = status["held"]
    if held is None:
        return ""
    return words.say(
        "Since {when} readers are shown release {name}, and newer ones wait: {reason}",
        when=numbers.instant(instant(held["since"]), words.code),
        name=status["release"]["name"],
        reason=held["reason"],
    )


async def _release(api: Client, one: dict[str, Any], words: Language) -> dict[str, Any]:
    try:
        meta = (await api.get(f"/releases/{one['name']}/changes"))["meta"]
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        meta = {"numbers": None, "moved": 0}
    moved = meta["moved"]
    return {
        **one,
        "published": numbers.instant(instant(one["published_at"]), words.code),
        "numbers": numbers.number(meta["numbers"], words.code, 0),
        "corrected": words.say_n(
            "{n} number corrected",
            "{n} numbers corrected",
            moved,
            n=numbers.number(moved, words.code, 0),
        )
        if moved
        else "–",
    }
