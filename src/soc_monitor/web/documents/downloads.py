"""Data and downloads: the form, the ready-made files, and files that are being made."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from soc_monitor.web import data_view, numbers
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.controls import FIRST
from soc_monitor.web.documents.bodies import read_body
from soc_monitor.web.documents.data import countries, instant
from soc_monitor.web.documents.pages import Page, origin_of, reader_of, respond
from soc_monitor.web.i18n import Language, language
from soc_monitor.web.wish import Wish, read, settle

RENEWED_S = 2
"""How often the page of a file that is being made looks again."""
_ID = re.compile(r"[0-9a-f]{32}")
_LISTED = ("csv", "xlsx", "parquet", "nc", "gpkg", "zip")
_FORM_KEYS = {"go", "add", "col", "t0", "t1"}


async def data(request: Request) -> Response:
    """``/{lang}/data``; what its form sends is written as one short address."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    wish, wanted = read(request.url.query)
    path = f"/{words.code}/data"
    missed = request.query_params.get("missed", "")[:100]
    sent = _FORM_KEYS & set(request.query_params)
    if sent:
        indicators = (await api.get("/indicators", labels=words.code))["data"]
        if any(one["products"] for one in indicators):
            wish = settle(wish, indicators).wish
    if wanted:
        added = await data_view.add(api, words, wish, wanted)
        tail = wish.query()
        miss = f"{tail}{'&' if tail else '?'}missed={quote(wanted)}"
        return _go(path + (miss if added is None else added.query()), "#form")
    if sent:
        return _go(path + wish.query(), "#form")
    origin = origin_of(request)
    builder = await data_view.gather(api, words, wish, origin, missed)
    listed, regions, ready, grids, releases = await asyncio.gather(
        countries(api, words),
        api.get("/areas", lvl="m49", labels=words.code),
        _ready(api, words),
        _grids(api, words),
        api.get("/releases", limit="5"),
    )
    page = Page(
        template="data/data.html",
        path="/data",
        title=words.say("Data and downloads · soc-monitor"),
        description=words.say(
            "Every number of this service as a file: choose areas, variable, period and form."
        ),
    )
    return await respond(
        request,
        words,
        page,
        b=builder,
        here=path,
        wait=builder.offer is not None and data_view.is_job(builder.offer),
        size=_size(builder, words),
        names=[str(area["name"]) for area in (*listed, *regions["data"])],
        ready=ready,
        grids=grids,
        releases=[_release(one, words) for one in releases["data"]],
        forms=data_view.FORM_WORDS,
        tools=tool_words(words),
        pairs=parse_qsl(builder.wish.query().lstrip("?")),
        linked=_linked(origin, words, ready),
    )


def tool_words(words: Language) -> dict[str, str]:
    """Names of the tools that there are lines for."""
    return {
        "curl": words.say("Shell (curl)"),
        "pandas": words.say("Python, with pandas"),
        "client": words.say("Python, with our client"),
        "python": words.say("Python alone"),
        "r": "R",
        "spreadsheet": words.say("Spreadsheet"),
    }


def _go(address: str, anchor: str = "") -> Response:
    """On to the address that says it shortly."""
    return RedirectResponse(address + anchor, 302, headers={"cache-control": "no-store"})


def _size(builder: data_view.Builder, words: Language) -> str:
    """Rows, length and columns of what would be had."""
    offer = builder.offer
    if offer is None:
        return ""
    said = [
        words.say_n("{n} row", "{n} rows", offer.rows, n=numbers.number(offer.rows, words.code, 0)),
        words.say_n("{n} column", "{n} columns", len(offer.columns), n=len(offer.columns)),
    ]
    if offer.bytes is not None:
        said.insert(1, data_view.bytes_text(offer.bytes, words, exact=offer.exact))
    return " · ".join(said)


async def _ready(api: Client, words: Language) -> list[dict[str, Any]]:
    """Every indicator of every product, for all countries and all periods."""
    indicators, products = await asyncio.gather(
        api.get("/indicators", labels=words.code), api.get("/products", labels=words.code)
    )
    known = {p["id"]: p for p in products["data"]}
    release = str(indicators["meta"]["release"])
    wanted = [
        (one, offer) for one in indicators["data"] for offer in one["products"] if offer["periods"]
    ]
    wanted.sort(key=lambda pair: _place(pair[0]))
    sizes = await asyncio.gather(*(_countries(api, words, one, offer) for one, offer in wanted))
    return [
        _file(one, offer, size, known[offer["product_id"]], words, release)
        for (one, offer), size in zip(wanted, sizes, strict=True)
    ]


def _place(one: dict[str, Any]) -> tuple[int, bool]:
    """What most readers come for stands first."""
    v = one["v"]
    return (FIRST.index(v) if v in FIRST else len(FIRST)), one["d"] != "0-30"


async def _countries(
    api: Client, words: Language, one: dict[str, Any], offer: dict[str, Any]
) -> Any:
    keys = {"area": "WLD", "lvl": "adm0", "v": one["id"], "src": offer["product_id"]}
    return await api.get("/series.size", **keys, labels=words.code)


def _file(
    one: dict[str, Any],
    offer: dict[str, Any],
    size: dict[str, Any],
    product: dict[str, Any],
    words: Language,
    release: str,
) -> dict[str, Any]:
    src = "" if offer["recommended"] else str(offer["product_id"])
    wish = Wish(lvl="adm0", v=str(one["v"]), d=str(one["d"]), src=src)
    periods = [numbers.period(t, words.code) for t in offer["periods"]]
    address = str(size["address"])
    return {
        "title": words.pick(one["titles"]),
        "about": words.pick(one["helps"]),
        "product": str(offer["title"]),
        "data_class": offer["data_class"],
        "span": periods[0] if len(periods) == 1 else f"{periods[0]} – {periods[-1]}",
        "count": len(periods),
        "rows": numbers.number(size["rows"], words.code, 0),
        "size": data_view.bytes_text(size["bytes"], words, exact=size["exact"]),
        "licence": product["licence"],
        "citation": product["citation"],
        "link": product["link"],
        "href": f"/{words.code}/data{wish.query()}#form",
        "files": {form: address.replace("/series.csv", f"/series.{form}") for form in _LISTED},
        "unit": one["unit"],
        "release": release,
    }


async def _grids(api: Client, words: Language) -> list[dict[str, Any]]:
    """Every map that can be had cell by cell."""
    grids, indicators = await asyncio.gather(
        api.get("/grids"), api.get("/indicators", labels=words.code)
    )
    known = {one["id"]: one for one in indicators["data"]}
    offers = {
        (one["id"], offer["product_id"]): str(offer["title"])
        for one in indicators["data"]
        for offer in one["products"]
    }
    release = grids["meta"]["release"]
    return [
        {
            **one,
            "title": words.pick(known[one["indicator"]]["titles"]),
            "product": offers.get((one["indicator"], one["product_id"]), one["product_id"]),
            "newest": numbers.period(one["periods"][-1], words.code),
            "count": len(one["periods"]),
            "resolution": f"{numbers.number(one['resolution_deg'], words.code)}°",
            "size": data_view.bytes_text(one["bytes"], words, exact=False),
            "tiles": f"/tiles/{release}/grid/{one['product_id']}/{one['indicator']}/"
            f"{one['periods'][-1]}/tile.json",
        }
        for one in sorted(grids["data"], key=lambda one: _place(known[one["indicator"]]))
    ]


def _release(one: dict[str, Any], words: Language) -> dict[str, Any]:
    return {**one, "published": numbers.day(instant(one["published_at"]), words.code)}


def _linked(origin: str, words: Language, ready: list[dict[str, Any]]) -> dict[str, Any]:
    """What search engines are told: a catalogue of schema.org, and every table of it."""
    return {
        "@context": "https://schema.org",
        "@type": "DataCatalog",
        "name": "soc-monitor",
        "description": words.say("Carbon in the world’s soils"),
        "url": f"{origin}/{words.code}/data",
        "inLanguage": words.code,
        "dataset": [
            {
                "@type": "Dataset",
                "name": f"{one['title']} – {one['product']}",
                "description": one["about"],
                "url": origin + one["href"].partition("#")[0],
                "license": one["licence"],
                "version": one["release"],
                "temporalCoverage": one["span"],
                "spatialCoverage": "World",
                "isBasedOn": one["link"] or one["citation"],
                "creator": {"@type": "Organization", "name": "soc-monitor"},
                "distribution": [
                    {
                        "@type": "DataDownload",
                        "encodingFormat": kind,
                        "contentUrl": origin + one["files"][form],
                    }
                    for form, kind in (
                        ("csv", "text/csv"),
                        ("parquet", "application/vnd.apache.parquet"),
                    )
                ],
            }
            for one in ready
        ],
    }


LARGEST_WISH = 20_000
"""Bytes."""


async def order(request: Request) -> Response:
    """``POST /{lang}/data``: have the file made, and go to where it is told how far it is."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    body = (await read_body(request, LARGEST_WISH)).decode("utf-8", "replace")
    wish, _ = read(body)
    told = await api.order(
        f"/series.{wish.form}", reader=reader_of(request), **wish.asked(words.code)
    )
    headers = {"cache-control": "no-store"}
    return RedirectResponse(f"/{words.code}/data/files/{told['id']}", 303, headers=headers)


async def prepared(request: Request) -> Response:
    """``/{lang}/data/files/{id}``: how far a file is, and where it is when it is done."""
    words = language(request.path_params["lang"])
    api: Client = request.app.state.client
    asked = request.path_params["file"]
    if not _ID.fullmatch(asked):
        raise ApiProblem(404, {})
    told = await api.get(f"/exports/{asked}")
    page = Page(
        template="data/file.html",
        path=f"/data/files/{asked}",
        title=words.say("Your file · soc-monitor"),
        description=words.say("How far a file is that was asked for."),
        noindex=True,
    )
    waiting = told["state"] in {"waiting", "running"}
    return await respond(
        request,
        words,
        page,
        cacheable=False,
        file=told,
        waiting=waiting,
        state=_state(told, words),
        until=numbers.day(instant(told["expires_at"]), words.code),
        days=max(0, ceil((_when(told["expires_at"]) - datetime.now(UTC)) / timedelta(days=1))),
        size=data_view.bytes_text(told["bytes"], words, exact=True) if told["bytes"] else "",
        every=RENEWED_S,
    )


def _when(text: str) -> datetime:
    found = instant(text)
    assert found is not None
    return found


def _state(told: dict[str, Any], words: Language) -> str:
    """How far it is, in a sentence."""
    done, total = (numbers.number(told[key], words.code, 0) for key in ("done", "total"))
    match told["state"]:
        case "done":
            return words.say("The file is ready.")
        case "failed":
            return words.say("The file could not be made.")
        case "waiting":
            return words.say("It waits for its turn, and begins by itself.")
    left = told["eta_seconds"]
    if left is None:
        return words.say("Being made: {done} of {total} rows.", done=done, total=total)
    minutes = max(1, round(left / 60))
    return words.say_n(
        "Being made: {done} of {total} rows, about {n} minute left.",
        "Being made: {done} of {total} rows, about {n} minutes left.",
        minutes,
        done=done,
        total=total,
        n=minutes,
    )
