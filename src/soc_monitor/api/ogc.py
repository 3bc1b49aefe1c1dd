"""``/ogc``: OGC API Features and Tiles by tipg, over views that a role of its own may read.

Made at the first request: its libraries take a second to load, which no start waits for.
"""

import asyncio
import hashlib
import importlib
import re
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from soc_monitor.api.answers import LATEST_HOLDS
from soc_monitor.api.filters import check_filter
from soc_monitor.api.newest import of_request
from soc_monitor.api.plain import whole
from soc_monitor.api.problems import from_error, handle_problems, problem
from soc_monitor.api.version import version
from soc_monitor.errors import BadValue, NothingPublished, StoreUnavailable, UnknownTile
from soc_monitor.store import views
from soc_monitor.store.store import Store

PREFIX = "/ogc"
DOCS = "/api/docs"
DEEPEST = 14
"""Greatest zoom of vector tiles."""
TITLE = "soc-monitor: areas and their newest numbers"


class Ogc:
    """The application behind ``/ogc``."""

    def __init__(self, store: Store, public_url: str, password: str = "") -> None:
        """Nothing is loaded or opened yet.

        Args:
            store: whose views are read.
            public_url: the address that readers use; empty: the one they asked.
            password: of the role that reads them; empty: made from that of the store.
        """
        self._store, self._public = store, urlsplit(public_url)
        self._password = password
        self._app: FastAPI | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opening = asyncio.Lock()
        self._release = ""

    async def close(self) -> None:
        """Give the connections back."""
        app, self._app = self._app, None
        if app is not None:
            await app.state.pool.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, in JSON whatever the reader would like better."""
        if scope["type"] != "http":
            await WebSocketClose()(scope, receive, send)
            return
        if scope["method"] != "GET":
            raise HTTPException(405, headers={"Allow": "GET"})
        request = Request(scope, receive)
        scope = {**scope, "query_string": refuse(request)}
        now = of_request.get()
        if now is None:
            raise NothingPublished("there is no release yet")
        release = now.release
        app = await self._ready(release.name)
        inner = self._inside(scope)
        tag = hashlib.sha256(f"{version()} {release.published_at} {request.url}".encode())

        async def reply(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Cache-Control"] = LATEST_HOLDS
                if message["status"] == 200:
                    headers["X-Release"] = release.name
                    headers["ETag"] = f'"{tag.hexdigest()[:32]}"'
            await send(message)

        await app(inner, receive, reply)

    def _inside(self, scope: Scope) -> Scope:
        # Links are made from the place of this application, not of the one that it is part of.
        inner = {**scope, "app_root_path": scope["root_path"], "headers": list(scope["headers"])}
        inner.pop("router", None)
        headers = MutableHeaders(scope=inner)
        if "text/html" in headers.get("accept", "") or "accept" not in headers:
            headers["accept"] = "application/json"
        if self._public.netloc:
            headers["host"] = self._public.netloc
            inner["scheme"] = self._public.scheme
        return inner

    async def _ready(self, release: str) -> FastAPI:
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._app, self._loop, self._opening = None, loop, asyncio.Lock()
        async with self._opening:
            if self._app is None:
                modules = await asyncio.to_thread(_load)
                app = _make(modules)
                factory = modules["database"].connection_factory([views.SCHEMA], "pg_temp")
                engine = self._store.engine
                app.state.pool = await views.open_pool(engine, factory, self._password)
                self._app, self._release = app, ""
            if self._release != release:
                # What a collection spans is looked up again when there is something new.
                settings = _load()["settings"].DatabaseSettings(schemas=[views.SCHEMA])
                with views.our_errors():
                    await _load()["collections"].register_collection_catalog(self._app, settings)
                self._release = release
            return self._app


# Numbers as JSON writes them: one box, and one answer, stands under one address.
_BOX = re.compile(r"-?(0|[1-9]\d{0,2})(\.\d+)?(,-?(0|[1-9]\d{0,8})(\.\d+)?){3}")
_COARSE = re.compile(r"(0|[1-9]\d?)(\.\d{1,12})?")


def refuse(request: Request) -> bytes:
    """What the library would answer with a fault or a page of another host.

    Returns:
        The query that the library is given.

    Raises:
        BadValue: a page is asked for, or a filter or a number cannot be taken.
        UnknownTile: too deep.
    """
    if any("html" in one for one in request.query_params.getlist("f")):
        raise BadValue("f: there are no pages here", allowed=("json", "geojson", "csv"))
    deep = re.search(r"/tiles/[^/]+/(-?\d+)/", request.url.path)
    if deep is not None and not (len(deep[1]) < 3 and 0 <= int(deep[1]) <= DEEPEST):
        raise UnknownTile(f"no tile of zoom {deep[1]}", hint=f"z is 0 to {DEEPEST}")
    for box in request.query_params.getlist("bbox"):
        if not _BOX.fullmatch(box):
            raise BadValue("bbox: west, south, east, north", hint="bbox=-5,42,9,51")
    for coarse in request.query_params.getlist("simplify"):
        if not _COARSE.fullmatch(coarse):
            raise BadValue("simplify: degrees, 0 or more and below 100", hint="simplify=0.05")
    _refuse_pages(request)
    asked = request.query_params.multi_items()
    given = [(key, check_filter(one) if key == "filter" else one) for key, one in asked]
    query: bytes = request.scope["query_string"]
    return query if given == asked else urlencode(given).encode()


def _refuse_pages(request: Request) -> None:
    for key in ("limit", "offset"):
        for asked in request.query_params.getlist(key):
            try:
                whole(asked)
            except ValueError as error:
                raise BadValue(f"{key}: {error}", hint=f"{key}=10") from error


def _load() -> dict[str, Any]:
    names = ("collections", "database", "errors", "factory", "settings")
    return {name: importlib.import_module(f"tipg.{name}") for name in names}


def _make(modules: dict[str, Any]) -> FastAPI:
    app = FastAPI(title=TITLE, openapi_url="/api", docs_url=None, redoc_url=None)
    made = modules["factory"].Endpoints(title=TITLE, with_tiles_viewer=False)
    app.include_router(made.router)
    # The landing page names it; a page that needs no other host is there already.
    app.add_route("/api.html", lambda _: RedirectResponse(DOCS), name="swagger_ui_html")
    handle_problems(app)
    for kind, status in modules["errors"].DEFAULT_STATUS_CODES.items():
        if status < 500:
            app.add_exception_handler(kind, _refusal(status))
    for kind in (ValueError, modules["errors"].MissingDatetimeColumn):
        app.add_exception_handler(kind, _refusal(422))
    for kind, status in views.STATUS.items():
        app.add_exception_handler(kind, _refused if status < 500 else _unavailable)
    for kind, said in views.BY_FILTER.items():
        app.add_exception_handler(kind, _by_filter(said))
    return app


def _by_filter(said: str) -> Any:
    def answer(request: Request, error: Exception) -> Response:
        if "filter" in request.query_params:
            return problem(request, 422, f"filter: {said}")
        return _unavailable(request, error)

    return answer


def _refusal(status: int) -> Any:
    def answer(request: Request, error: Exception) -> Response:
        return problem(request, status, str(error) or "cannot be answered")

    return answer


def _refused(request: Request, error: Exception) -> Response:
    said = (words for kind, words in views.SAID.items() if isinstance(error, kind))
    return problem(request, 422, next(said, views.REFUSED))


def _unavailable(request: Request, error: Exception) -> Response:
    return from_error(request, StoreUnavailable(str(error)))
