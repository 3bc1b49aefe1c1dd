"""App: the one FastAPI application; the server adds pages to it."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from anyio import to_thread
from fastapi import Depends, FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from starlette_compress import CompressMiddleware, add_compress_type

from soc_monitor.api import cuts, premade
from soc_monitor.api.catalogue import open_catalogue
from soc_monitor.api.cuts import Cuts
from soc_monitor.api.desk import EXPORTS, Desk
from soc_monitor.api.door import PREFIXES, Door
from soc_monitor.api.drawing import open_drawing
from soc_monitor.api.holders import Holders
from soc_monitor.api.hourly import Hourly
from soc_monitor.api.known_keys import keys_of, refuse_unknown
from soc_monitor.api.limits import Limits
from soc_monitor.api.newest import Newest
from soc_monitor.api.ogc import PREFIX as OGC
from soc_monitor.api.ogc import Ogc
from soc_monitor.api.openapi import TITLE, describe
from soc_monitor.api.pending import Pending
from soc_monitor.api.premade import Premade
from soc_monitor.api.problems import MEDIA_TYPE, handle_problems
from soc_monitor.api.ready import Ready
from soc_monitor.api.routes import (
    aoi,
    areas,
    baselines,
    distribution,
    documents,
    editing,
    exports,
    feeds,
    freshness,
    grid,
    health,
    indicators,
    map,  # noqa: A004  # the resource is called so
    map_files,
    metrics,
    offers,
    ops,
    other_names,
    outlook,
    point,
    progress,
    progress_feed,
    provenance,
    registers,
    releases,
    runs,
    sdg,
    series,
    series_files,
    session,
    shares,
    sizes,
    stac,
    stations,
    subscriptions,
    suggestions,
    tables,
    tiles,
    vectors,
)
from soc_monitor.api.session import open_sessions
from soc_monitor.api.traffic import Counted, Traffic
from soc_monitor.api.turns import Turns
from soc_monitor.settings import Settings
from soc_monitor.store import editors
from soc_monitor.store.store import Store

API = "/api/v1"
THREADS = 10
"""Of the routes: more would wait for one of the store's connections, and for each other."""
PACKED = (MEDIA_TYPE, "text/csv", "application/csvm+json", vectors.MVT)
"""What is compressed beside what commonly is."""
RESOURCES = (
    series,
    map,
    point,
    areas,
    indicators,
    series_files,
    map_files,
    baselines,
    sizes,
    grid,
    offers,
    exports,
    aoi,
    outlook,
    distribution,
    shares,
    sdg,
    provenance,
    freshness,
    runs,
    releases,
    progress,
    progress_feed,
    registers,
    stations,
    suggestions,
    subscriptions,
    session,
    editing,
    tables,
    ops,
)


def create_api(
    store: Store, settings: Settings, clock: Callable[[], float] = time.monotonic
) -> FastAPI:
    """The application with every route of the API; nothing is read before the first request.

    The database may be down: ``/healthz`` answers, everything else is 503 until it is back.

    Args:
        store: what it serves.
        settings: of the service.
        clock: seconds by which requests of one reader are counted.
    """
    app = FastAPI(
        title=TITLE,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_few_threads,
    )
    app.state.catalogue = open_catalogue(store)
    app.state.drawing = open_drawing(app.state.catalogue)
    app.state.premade = Premade(settings.data / premade.FOLDER)
    app.state.desk = Desk(
        folder=settings.data / EXPORTS, cuts=Cuts(folder=settings.data / cuts.FOLDER)
    )
    app.state.requests_per_minute = settings.requests_per_minute
    app.state.public_url = settings.public_url.rstrip("/")
    app.state.pending = Pending()
    app.state.suggestions = Hourly("suggestions", suggestions.OFTEN)
    app.state.subscribed = Hourly("subscriptions", subscriptions.OFTEN)
    app.state.tested = Hourly("tests", subscriptions.TESTS)
    app.state.inside_hosts = settings.inside_hosts
    app.state.metrics_token = settings.metrics_token
    app.state.sessions = open_sessions(settings.secret)
    # They are looked through in this order, and tiles come by the hundred.
    for resource in (tiles, vectors):
        app.include_router(resource.router)
    for resource in RESOURCES:
        app.include_router(resource.router, prefix=API, dependencies=[Depends(refuse_unknown)])
    # Whoever is led on is told there what keys there are.
    app.include_router(other_names.router, prefix=API)
    for resource in (stac, feeds, health, metrics, documents):
        app.include_router(resource.router)
    app.include_router(progress_feed.feed)
    ways = list(app.router.routes)
    app.state.known_keys = keys_of(way for one in RESOURCES for way in one.router.routes)
    app.state.ogc = Ogc(store, settings.public_url, settings.reader_password)
    app.add_route(OGC, lambda _: RedirectResponse(f"{OGC}/", 307))
    app.mount(OGC, app.state.ogc)
    close(app, ways)
    handle_problems(app)
    for kind in PACKED:
        add_compress_type(kind)
    # Step 5 costs a third more time than step 4, and pages are a sixteenth smaller.
    app.add_middleware(CompressMiddleware, minimum_size=1024, zstd=False, brotli_quality=5)
    app.add_middleware(Ready, newest=Newest(app.state.catalogue.look))
    app.add_middleware(Turns)
    holders = Holders(partial(editors.holder, store))
    app.add_middleware(
        Limits, per_minute=settings.requests_per_minute, holders=holders, clock=clock
    )
    app.add_middleware(Door)
    app.state.traffic = Traffic()
    app.add_middleware(Counted, traffic=app.state.traffic, resources=first_words())
    app.openapi = lambda: describe(app, ways, settings.public_url)  # type: ignore[method-assign]  # as FastAPI's guide has it
    return app


@asynccontextmanager
async def _few_threads(app: FastAPI) -> AsyncIterator[None]:
    """Let no more requests compute at a time than there are connections to the database."""
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield
    await app.state.ogc.close()


def first_words() -> frozenset[str]:
    """The first words of the resources of the API."""
    ways = (way for resource in RESOURCES for way in resource.router.routes)
    paths = (way.path for way in ways if isinstance(way, Route))
    return frozenset(path.strip("/").partition("/")[0].partition(".")[0] for path in paths)


def close(app: FastAPI, ways: list[BaseRoute]) -> None:
    """What no route above takes ends here, and never reaches a page that is added later."""
    for prefix in PREFIXES:
        app.mount(prefix.rstrip("/"), nowhere(ways))


def nowhere(ways: list[BaseRoute]) -> ASGIApp:
    """An application that says what is wrong with an address: its method, or all of it."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
            return
        whole = {**scope, "root_path": scope.get("app_root_path", "")}
        methods = methods_at(ways, whole)
        if methods:
            raise HTTPException(405, headers={"Allow": ", ".join(methods)})
        raise HTTPException(404)

    return answer


def methods_at(ways: list[BaseRoute], scope: Scope) -> list[str]:
    """The methods that an address takes, whatever method was used; none: it is not there.

    The server asks it too, for pages: a mount at the end hides that a method was wrong.
    """
    return [
        method
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        if any(way.matches({**scope, "method": method})[0] is Match.FULL for way in ways)
    ]
