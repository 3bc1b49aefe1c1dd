"""Server: one ASGI application. The API first, then documents, Dash last."""

import asyncio
import gc
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from a2wsgi import WSGIMiddleware
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from soc_monitor.api.app import create_api
from soc_monitor.settings import Settings
from soc_monitor.store.store import Store
from soc_monitor.web import reserve
from soc_monitor.web.app import BEHIND, Shell, create_shell, parts_of
from soc_monitor.web.client import ApiProblem, Client, open_client, serve_with
from soc_monitor.web.documents.pages import Site
from soc_monitor.web.documents.routes import routes
from soc_monitor.web.documents.search import not_found
from soc_monitor.web.kept import Kept
from soc_monitor.web.suites import PREFIX, behind, suites

CALLBACK = "/_dash-update-component"
"""All of Dash itself that readers may reach; the rest are files."""
CALLBACKS = 40
"""Callbacks at the same time in one process."""
SQUARE = b'{"type":"Polygon","coordinates":[[[10,47],[11,47],[11,48],[10,48],[10,47]]]}'
"""An own area, wherever it is: what is loaded for one is there for all."""


def build(store: Store, settings: Settings) -> FastAPI:
    """The application, ready to be served.

    Args:
        store: where the numbers are.
        settings: of this deployment.
    """
    app = create_api(store, settings)
    shell = create_shell(settings.secret or secrets.token_hex())
    parts = parts_of(shell)
    app.state.site = Site(dash=parts, public_url=settings.public_url)
    app.router.routes.extend(routes())
    page, scripts = f"{BEHIND}/{{tag}}/{{page}}", suites(shell.server)
    app.router.routes.extend(
        Route(f"{head}{PREFIX}/{{package}}/{{path:path}}", scripts) for head in ("", page)
    )
    app.router.routes.append(Route(f"{page}/{{name}}", behind(parts.files), methods=["GET"]))
    app.router.routes.append(Mount("/", _rest(app, shell)))
    _with_client(app, Kept(settings.data / "answers"))
    return app


def _with_client(app: FastAPI, kept: Kept) -> None:
    """Open the pages' client when the application starts, beside what the API itself starts."""
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(started: FastAPI) -> AsyncIterator[Any]:
        client = open_client(app, kept)
        app.state.client = client
        try:
            async with inner(started) as state:
                works = (_warm(client), reserve.keep_up(client))
                beside = [asyncio.create_task(work) for work in works]
                yield state
                for task in beside:
                    task.cancel()
        finally:
            await client.http.aclose()

    app.router.lifespan_context = lifespan


async def _warm(client: Client) -> None:
    """Draw what takes seconds the first time, so that no reader waits for it.

    The map of the world, the engine for own areas with its compiled code, which the first
    question loads, and the outlines of all divisions, which one tile needs like all others.
    """
    await client.http.get("/en/")
    await asyncio.to_thread(import_module, "soc_monitor.maps.own_areas")
    try:
        listed = await client.get("/indicators")
    except ApiProblem:
        return
    drawn = next((one for one in listed["data"] if one["products"]), None)
    if drawn is not None:
        product, release = drawn["products"][0], listed["meta"]["release"]
        await client.http.post("/api/v1/aoi/statistics", content=SQUARE)
        where = f"{product['product_id']}/{drawn['id']}/{product['latest'].partition('/')[0]}"
        await client.http.get(f"/tiles/{release}/fill/{where}/adm1/9/0/0.png")
    gc.freeze()  # as for what is loaded at the start: this too stands until the end


def _rest(app: FastAPI, shell: Shell) -> ASGIApp:
    """What no route took: Dash's own addresses, else a page that says so."""
    wsgi: Any = WSGIMiddleware(shell.server, workers=CALLBACKS)

    async def rest(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(f"{BEHIND}/"):
            # Under whichever page: a callback says itself whose it is.
            scope = {**scope, "path": f"/{scope['path'].rpartition('/')[2]}"}
        if scope["type"] != "http" or scope["path"] == CALLBACK:
            # Threads of Dash get a copy of this context.
            if hasattr(app.state, "client"):
                serve_with(app.state.client)
            await wsgi(scope, receive, send)
            return
        methods = _methods(app, scope)
        if methods:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(methods))})
        answer: Response = await not_found(Request(scope, receive))
        await answer(scope, receive, send)

    return rest


def _methods(app: FastAPI, scope: Scope) -> set[str]:
    """The methods that the address takes, when only the method is wrong."""
    whole = {**scope, "root_path": scope.get("app_root_path", "")}
    methods: set[str] = set()
    for route in app.router.routes[:-1]:
        if isinstance(route, Route) and route.matches(whole)[0] is Match.PARTIAL:
            methods |= route.methods or set()
    return methods
