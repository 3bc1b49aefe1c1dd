"""Sitemaps: every page that search engines are told of, a file or more for each language."""

import asyncio
import re
from collections.abc import Iterable
from typing import Any, Final

from markupsafe import escape
from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.model import LANGUAGES
from soc_monitor.web.client import ApiProblem, Client
from soc_monitor.web.documents.data import inputs_of
from soc_monitor.web.documents.pages import origin_of
from soc_monitor.web.i18n import language

MOST: Final = 5000
"""Pages in one file."""
AT_ONCE: Final = (
    "/",
    "/data/stations",
    "/methods",
    "/changes",
    "/glossary",
    "/help",
    "/status",
    "/accessibility",
)
"""Pages that are there before anything is published."""
FIXED: Final = (
    *AT_ONCE,
    "/soc",
    "/own",
    "/compare",
    "/rankings",
    "/progress",
    "/registers",
    "/partners",
    "/actions",
    "/tools",
    "/data",
    "/api",
)
"""Pages that are there whatever is published."""


async def index(request: Request) -> Response:
    """``/sitemap.xml``: the files of every language, with the day of the newest release."""
    paths, day = await _pages(request.app.state.client)
    files = range(-(-len(paths) // MOST))
    origin = escape(origin_of(request))
    listed = "".join(
        f"<sitemap><loc>{origin}/sitemap-{code}-{n}.xml</loc>{day}</sitemap>"
        for code in LANGUAGES
        for n in files
    )
    return _xml("sitemapindex", listed)


async def pages(request: Request) -> Response:
    """``/sitemap-{lang}-{n}.xml``: some of the pages of one language."""
    code, n = request.path_params["lang"], request.path_params["n"]
    if code not in LANGUAGES or not re.fullmatch("[0-9]{1,4}", n):
        raise ApiProblem(404, {})
    paths, day = await _pages(request.app.state.client)
    shown = paths[int(n) * MOST : (int(n) + 1) * MOST]
    if not shown:
        raise ApiProblem(404, {})
    origin = escape(origin_of(request))
    listed = "".join(f"<url><loc>{origin}/{code}{escape(path)}</loc>{day}</url>" for path in shown)
    return _xml("urlset", listed)


async def _pages(api: Client) -> tuple[list[str], str]:
    """Paths of all pages, without their language, and the day of the newest release as told."""
    newest = (await api.get("/releases", limit="1"))["data"]
    if not newest:
        return list(AT_ONCE), ""
    areas, indicators, objectives, tools, (inputs, _) = await asyncio.gather(
        api.get("/areas", limit="10000"),
        api.get("/indicators"),
        _plan(api),
        api.get("/tools"),
        inputs_of(api, language("en")),
    )
    found = [
        *(f"/soc/{one['id']}" for one in areas["data"] if one["id"] != "unassigned"),
        *(f"/methods/{one['id']}" for one in indicators["data"]),
        *(f"/progress/{one['id']}" for one in objectives),
        *(f"/tools/{one['key']}" for one in tools["data"]),
        *(f"/status/{one['job_id']}" for one in inputs),
    ]
    return [*FIXED, *found], f"<lastmod>{str(newest[0]['published_at'])[:10]}</lastmod>"


async def _plan(api: Client) -> Iterable[dict[str, Any]]:
    """The objectives; none where no plan is kept."""
    try:
        found: list[dict[str, Any]] = (await api.get("/objectives"))["data"]
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        return []
    return found


def _xml(kind: str, listed: str) -> Response:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</{kind}>'
    )
    return Response(body, media_type="application/xml", headers={"cache-control": "no-cache"})
