"""Dash's scripts and layouts: compressed once, and Plotly's small bundle in place of the whole."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from threading import Lock

import flask
from dash.fingerprint import check_fingerprint
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.web.static_files import FOREVER, Packed, answer, pack

PREFIX = "/_dash-component-suites"
BASIC = Path(__file__).parent / "vendor" / "plotly-basic.min.js"
SUBSTITUTES = {("plotly", "package_data/plotly.min.js"): BASIC}
"""Charts use scatter and bar alone: a fourth of the whole bundle."""


LONGEST = 200
"""Characters of a path."""


def suites(server: flask.Flask) -> Callable[[Request], Awaitable[Response]]:
    """The route that serves Dash's scripts, compressed once a process.

    Args:
        server: Dash's, whose list of allowed files is kept.
    """
    kept: dict[tuple[str, str], Packed] = {}
    lock = Lock()

    def find(package: str, path: str) -> Packed | None:
        with lock:
            found = kept.get((package, path)) or _read(server, package, path)
            if found is not None:  # Names that are not there must not fill the memory.
                kept[package, path] = found
            return found

    async def serve(request: Request) -> Response:
        package, path = request.path_params["package"], request.path_params["path"]
        if len(path) > LONGEST:
            return Response("not found", 404, media_type="text/plain")
        plain, hashed = check_fingerprint(path)  # type: ignore[no-untyped-call]
        packed = kept.get((package, plain)) or await run_in_threadpool(find, package, plain)
        if packed is None:
            return Response("not found", 404, media_type="text/plain")
        return answer(request, packed, FOREVER if hashed else "no-cache")

    return serve


def behind(
    files: Mapping[tuple[str, str, str], Packed],
) -> Callable[[Request], Awaitable[Response]]:
    """The route that serves what Dash reads before it draws; browsers keep it for ever.

    Args:
        files: by tag, page and name.
    """

    async def serve(request: Request) -> Response:
        asked = request.path_params
        packed = files.get((asked["tag"], asked["page"], asked["name"]))
        if packed is None:
            return Response("not found", 404, media_type="text/plain")
        return answer(request, packed, FOREVER)

    return serve


def _read(server: flask.Flask, package: str, path: str) -> Packed | None:
    substitute = SUBSTITUTES.get((package, path))
    if substitute is not None:
        return pack(substitute.read_bytes(), "text/javascript; charset=utf-8")
    found = server.test_client().get(f"{PREFIX}/{package}/{path}")
    if found.status_code != 200:
        return None
    return pack(found.data, found.content_type)
