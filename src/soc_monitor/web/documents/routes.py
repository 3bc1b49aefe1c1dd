"""Routes of the documents: every page has its own address, and only those exist."""

import logging
from collections.abc import Awaitable, Callable

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from soc_monitor.model import LANGUAGES
from soc_monitor.web import static_files
from soc_monitor.web.client import ApiProblem
from soc_monitor.web.documents import (
    about,
    charts,
    downloads,
    glossary,
    guide,
    history,
    home,
    inflow,
    interface,
    method,
    ops,
    own,
    pages,
    progress,
    queue,
    rankings,
    search,
    service,
    shapes,
    signed,
    sitemap,
    soil,
    station,
    stations,
    subscribe,
    table,
    within,
)
from soc_monitor.web.i18n import negotiate
from soc_monitor.web.kept import stale


class _Code(Convertor[str]):
    """The language in an address."""

    regex = "|".join(LANGUAGES)

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class _Form(_Code):
    """The form of a picture in an address."""

    regex = "svg|png"


log = logging.getLogger(__name__)

register_url_convertor("lang", _Code())
register_url_convertor("form", _Form())

Handler = Callable[[Request], Awaitable[Response]]

LANG = "/{lang:lang}"
HIDDEN = (
    "/api/",
    "/embed/",
    "/ops",
    "/*/ops",
    "/*/own/",
    "/*/provenance/",
    "/*/search",
    "/*/subscribe",
)
ROBOTS = "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in HIDDEN)
"""What search engines leave out."""


def guarded(handler: Handler) -> Handler:
    """A page that says so when its numbers cannot be read."""

    async def guard(request: Request) -> Response:
        token = stale.set([])
        try:
            return await handler(request)
        except ApiProblem as problem:
            if problem.status == 404:
                gone = await search.gone(request)
                return gone or await search.not_found(request)
            return await search.unavailable(request, problem)
        except Exception:
            # The last wall: a reader gets a page in their language, we get the trace.
            log.exception("page failed", extra={"path": request.url.path})
            return await search.unavailable(request, ApiProblem(500, {}))
        finally:
            stale.reset(token)

    return guard


async def _slash(request: Request) -> Response:
    """``/fr`` is ``/fr/``."""
    return RedirectResponse(f"/{request.path_params['lang']}/", 308)


async def _negotiated(request: Request) -> Response:
    """A path without a language: the same in the reader's."""
    code = negotiate(request.cookies.get("lang", ""), request.headers.get("accept-language", ""))
    query = f"?{request.url.query}" if request.url.query else ""
    headers = {"vary": "Accept-Language, Cookie", "cache-control": "no-cache"}
    return RedirectResponse(f"/{code}{request.url.path}{query}", 308, headers)


async def _robots(request: Request) -> Response:
    told = f"Sitemap: {pages.origin_of(request)}/sitemap.xml\n"
    return Response(ROBOTS + told, media_type="text/plain")


def _methods(path: str) -> list[str]:
    """Pages for who has signed in take their own forms, and the one for own areas its shapes."""
    takes = path.startswith(f"{LANG}/ops/") or path in {f"{LANG}/own", f"{LANG}/own/{{key}}"}
    return ["GET", "POST"] if takes else ["GET"]


def routes() -> list[BaseRoute]:
    """Every document, and the static files."""
    listed: list[tuple[str, Handler]] = [
        (f"{LANG}/", home.home),
        (f"{LANG}/soc", soil.explorer),
        (f"{LANG}/soc/{{area}}", soil.area),
        (f"{LANG}/soc/{{area}}/within", within.within),
        (f"{LANG}/compare", soil.compare),
        (f"{LANG}/own", own.own),
        (f"{LANG}/own/{{key}}", own.kept),
        (f"{LANG}/own/made/{{export}}", own.made),
        (f"{LANG}/progress", progress.overview),
        (f"{LANG}/progress/{{objective}}", progress.objective),
        (f"{LANG}/suggest", progress.suggest),
        (f"{LANG}/subscribe", subscribe.subscribe),
        (f"{LANG}/subscribe/{{subscription}}", subscribe.subscription),
        (f"{LANG}/registers", progress.registers),
        (f"{LANG}/partners", progress.partners),
        (f"{LANG}/actions", progress.actions),
        (f"{LANG}/partners/{{key}}", progress.partner),
        (f"{LANG}/actions/{{key}}", progress.action),
        (f"{LANG}/tools", progress.tools),
        (f"{LANG}/tools/{{tool}}", progress.tool),
        (f"{LANG}/ops/sign-in", signed.sign_in),
        (f"{LANG}/ops/queue", signed.signed(queue.queue)),
        (f"{LANG}/ops/registers/{{register}}", signed.signed(queue.entry)),
        (f"{LANG}/ops/registers/{{register}}/table", signed.signed(table.table)),
        (f"{LANG}/status", service.status),
        (f"{LANG}/status/{{job}}", inflow.inflow),
        (f"{LANG}/methods", service.methods),
        (f"{LANG}/methods/{{indicator}}", method.method),
        (f"{LANG}/rankings", rankings.rankings),
        (f"{LANG}/data/stations", stations.stations),
        (f"{LANG}/data/stations/{{feed}}/{{station:path}}", station.station),
        (f"{LANG}/data/files/{{file}}", downloads.prepared),
        (f"{LANG}/api", interface.interface),
        (f"{LANG}/api/notebooks/{{name}}", interface.notebook),
        (f"{LANG}/changes", history.changes),
        (f"{LANG}/glossary", glossary.glossary),
        (f"{LANG}/help", guide.guide),
        (f"{LANG}/accessibility", about.accessibility),
        (f"{LANG}/search", search.search),
        (f"{LANG}/search.json", search.suggestions),
        (f"{LANG}/provenance/{{calculation}}", history.origin),
        (f"{LANG}/ops", ops.overview),
        (f"{LANG}/ops/held", ops.held),
        (f"{LANG}/ops/held/{{hold}}", ops.hold),
        (f"{LANG}/ops/sensors", ops.sensors),
        (f"{LANG}/ops/schedule", ops.schedule),
        (f"{LANG}/ops/rejections", ops.rejections),
        (f"{LANG}/ops/alerts", ops.alerts),
        (f"{LANG}/ops/audit", ops.audit),
        (f"{LANG}/ops/runs/{{run}}", ops.run),
    ]
    bare = [path.removeprefix(LANG) for path, _ in listed[1:]]
    return [
        Route("/static/{tag}/{name}", static_files.serve),
        Route("/outlines/{set}/{level}.{grade}.{code}.geojson", guarded(shapes.outlines)),
        Route("/chart/{chart}/{subject}.{form:form}", guarded(charts.chart)),
        Route("/embed/{chart}/{subject}", guarded(charts.embed)),
        Route("/og/{chart}/{subject}.png", guarded(charts.social)),
        Route("/robots.txt", _robots),
        Route("/sitemap.xml", guarded(sitemap.index)),
        Route("/sitemap-{lang}-{n}.xml", guarded(sitemap.pages)),
        Route("/lite", guarded(about.lite), methods=["POST"]),
        Route("/", home.root),
        Route(LANG, _slash),
        Route(f"{LANG}/data", guarded(downloads.data)),
        Route(f"{LANG}/data", guarded(downloads.order), methods=["POST"]),
        Route("/data", _negotiated),
        *(Route(path, guarded(handler), methods=_methods(path)) for path, handler in listed),
        *(Route(path, _negotiated) for path in bare),
    ]
