"""Problems: errors leave the API as RFC 9457 documents, never with internals."""

import logging
import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from soc_monitor import errors
from soc_monitor.errors import SocMonitorError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPES = "/api/problems/"
RETRY_AFTER_S = 5
FIRST_RELEASE_S = 30
"""When to ask again before there is a first release: it takes minutes."""

STATUS: dict[type[SocMonitorError], int] = {
    errors.UnknownArea: 404,
    errors.UnknownIndicator: 404,
    errors.UnknownProduct: 404,
    errors.UnknownRelease: 404,
    errors.UnknownPeriod: 404,
    errors.UnknownCalculation: 404,
    errors.UnknownTile: 404,
    errors.UnknownJob: 404,
    errors.UnknownRun: 404,
    errors.UnknownObjective: 404,
    errors.UnknownRecord: 404,
    errors.UnknownExport: 404,
    errors.UnknownShare: 404,
    errors.UnknownSubscription: 404,
    errors.UnknownStation: 404,
    errors.NotPassedOn: 403,
    errors.NotAllowed: 403,
    errors.NotSignedIn: 401,
    errors.BadEntry: 422,
    errors.TooOften: 429,
    errors.LockedByAnotherRun: 409,
    errors.BadValue: 422,
    errors.UnitMismatch: 422,
    errors.BodyTooLarge: 413,
    errors.NothingPublished: 503,
    errors.StoreUnavailable: 503,
    errors.BeingMade: 503,
    errors.SchemaMismatch: 503,
    errors.ArrayDamaged: 500,
}
"""What is not here is 500."""

_SAYS_NOTHING = "It is our fault, not yours, and has been written down."
_WORDS: dict[type[SocMonitorError], str] = {
    errors.NothingPublished: "The first numbers are being made, which takes minutes; ask again.",
    errors.StoreUnavailable: "Ask again in a few seconds; the service recovers by itself.",
    errors.BeingMade: "Another reader asked for it just before; ask again in a few seconds.",
    errors.SchemaMismatch: "The database is being brought up; ask again in a while.",
    errors.ArrayDamaged: "Stored pixels cannot be read; the areal numbers are not touched.",
}
"""What readers are told of faults of ours: the message itself may hold internals."""
_FIRST_HINT = (
    "/api/v1/status has the release once there is one, /api/v1/freshness what has come in."
)


def kebab(name: str) -> str:
    """A class's name as it stands in an address.

    Example:
        >>> kebab("UnknownArea")
        'unknown-area'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def problem(
    request: Request,
    status: int,
    detail: str,
    *,
    title: str = "",
    kind: str = "about:blank",
    headers: dict[str, str] | None = None,
    **more: object,
) -> Response:
    """A problem document; members without a value are left out."""
    body: dict[str, Any] = {
        "type": kind,
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
    }
    body |= {key: value for key, value in more.items() if value}
    headers = {"Cache-Control": "no-store", **(headers or {})}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        headers.setdefault("Retry-After", "3600")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.setdefault("Retry-After", str(RETRY_AFTER_S))
    return JSONResponse(body, status, headers=headers, media_type=MEDIA_TYPE)


def from_error(request: Request, error: Exception) -> Response:
    """The answer to an error of the domain."""
    assert isinstance(error, SocMonitorError)
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
    said: dict[str, Any] = {"hint": error.hint, "allowed": list(error.allowed)}
    detail = error.detail
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        if not isinstance(error, errors.NothingPublished | errors.BeingMade):
            # Nothing to read before the first release, or not yet: that is how things are.
            log.error("request failed", extra={"path": request.url.path, "reason": detail})
        detail, said = _WORDS.get(type(error), _SAYS_NOTHING), {}
    kind = TYPES + kebab(type(error).__name__)
    headers = None
    if isinstance(error, errors.TooOften):
        headers = {"Retry-After": str(error.wait_s)}
    if isinstance(error, errors.NothingPublished):
        headers, said = {"Retry-After": str(FIRST_RELEASE_S)}, {"hint": _FIRST_HINT}
    return problem(request, status, detail, title=error.title(), kind=kind, headers=headers, **said)


def from_http(request: Request, error: Exception) -> Response:
    """The answer to an address or a method that is not there."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        methods = methods_of(headers)
        headers = {"Allow": methods}
        if request.method == "OPTIONS":
            headers["Access-Control-Allow-Methods"] = methods
            headers["Access-Control-Allow-Headers"] = "*"
            return Response(status_code=204, headers=headers)
        return problem(request, 405, f"Only {methods} here.", headers=headers)
    detail = error.detail
    if detail == HTTPStatus(error.status_code).phrase:
        detail = "There is nothing at this address."
    return problem(request, error.status_code, detail, headers=headers)


def methods_of(headers: dict[str, str]) -> str:
    """The methods that an address takes: GET brings HEAD with it, and all have OPTIONS.

    Example:
        >>> methods_of({"allow": "GET"})
        'GET, HEAD, OPTIONS'
    """
    named = {key.lower(): value for key, value in headers.items()}.get("allow", "")
    methods = {part.strip() for part in named.split(",") if part.strip()}
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods | {"OPTIONS"}))


def from_validation(request: Request, error: Exception) -> Response:
    """The answer to a parameter that cannot be used."""
    assert isinstance(error, RequestValidationError)
    found = [_one(fault) for fault in error.errors()]
    first = found[0]
    allowed: list[str] = first.pop("allowed")
    return problem(
        request,
        422,
        f"{first['name']}: {first['detail']}",
        title=errors.BadValue.title(),
        kind=TYPES + kebab("BadValue"),
        parameter=first["name"],
        allowed=allowed,
        errors=[{"name": fault["name"], "detail": fault["detail"]} for fault in found],
    )


def _one(fault: dict[str, Any]) -> dict[str, Any]:
    name = ".".join(str(part) for part in fault["loc"][1:]) or str(fault["loc"][0])
    expected = str(fault.get("ctx", {}).get("expected", ""))
    return {"name": name, "detail": fault["msg"], "allowed": re.findall(r"'([^']*)'", expected)}


def from_fault(request: Request, error: Exception) -> Response:
    """The answer to what nobody foresaw; the trace is in the log."""
    log.error("request failed", extra={"path": request.url.path}, exc_info=error)
    return problem(request, 500, _SAYS_NOTHING)


def from_hanging_up(request: Request, _: Exception) -> Response:
    """The answer to who left before the end of their body: for the count of requests alone."""
    return problem(request, 400, "The body has no end.")


def handle_problems(app: FastAPI) -> None:
    """Make every error of an application a problem document."""
    app.add_exception_handler(SocMonitorError, from_error)
    app.add_exception_handler(HTTPException, from_http)
    app.add_exception_handler(RequestValidationError, from_validation)
    app.add_exception_handler(ClientDisconnect, from_hanging_up)
    app.add_exception_handler(Exception, from_fault)
