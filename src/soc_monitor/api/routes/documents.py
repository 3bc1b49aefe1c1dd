"""``/api/openapi.json``, ``/api/docs`` and the kinds of problems."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from soc_monitor.api import ask
from soc_monitor.api.answers import LATEST_HOLDS
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.docs import POLICY, docs_page
from soc_monitor.api.problems import STATUS, TYPES, kebab
from soc_monitor.api.samples import sample_section
from soc_monitor.errors import SocMonitorError
from soc_monitor.store import read

router = APIRouter(prefix="/api", include_in_schema=False)


@router.get("/openapi.json")
def get_document(request: Request) -> Response:
    """The OpenAPI document."""
    return JSONResponse(_document(request), headers={"Cache-Control": LATEST_HOLDS})


@router.get("/docs")
def get_docs(request: Request) -> Response:
    """The OpenAPI document as a page."""
    catalogue = catalogue_of(request)
    lines = _lines(request, catalogue)
    page = docs_page(_document(request), _some_product(catalogue), lines)
    headers = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": LATEST_HOLDS,
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(page, headers=headers)


@router.get("/problems/{name}")
def get_kind(name: ask.Name) -> dict[str, Any]:
    """What a kind of problem is: where ``type`` of a problem points to."""
    for kind, status in STATUS.items():
        if kebab(kind.__name__) == name:
            return {"type": TYPES + name, "title": kind.title(), "status": status}
    raise HTTPException(404)


def _document(request: Request) -> dict[str, Any]:
    document: dict[str, Any] = request.app.openapi()
    return document


def _lines(request: Request, catalogue: Catalogue) -> str:
    """Lines to begin with; none before there is a release."""
    try:
        release = read.find_release(catalogue.store).name
    except SocMonitorError:
        return ""
    origin = request.app.state.public_url or str(request.base_url)
    return sample_section(origin.rstrip("/"), release)


def _some_product(catalogue: Catalogue) -> str | None:
    try:
        offers = catalogue.available(read.find_release(catalogue.store))
    except SocMonitorError:
        return None  # The page stands without examples, even without a database.
    return offers[0].product if offers else None
