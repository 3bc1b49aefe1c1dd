"""``/suggestions``: anyone may say what is wrong; it waits in the editors' queue."""

import json
import re
import time
import uuid
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from soc_monitor.api.answers import dump
from soc_monitor.api.bodies.registers import SuggestionBody
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.forms import read_body
from soc_monitor.api.hourly import Hourly
from soc_monitor.errors import BadEntry, SocMonitorError, TooOften
from soc_monitor.progress.registers import SUGGESTION, check
from soc_monitor.store import registers

router = APIRouter(tags=["progress"])

LARGEST_BODY = 16 << 10
"""Bytes."""
OFTEN = 5
"""Suggestions from one address in an hour."""
MOST_WAITING = 500
FORM = "application/x-www-form-urlencoded"
_EXAMPLE = {"about": "/progress/A1", "text": "…", "evidence": "https://example.org/"}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object", "example": _EXAMPLE}},
            FORM: {"schema": {"type": "object"}},
        },
    }
}


async def _body(request: Request) -> bytes:
    return await read_body(request, LARGEST_BODY)


@router.post("/suggestions", response_model=SuggestionBody, status_code=202, openapi_extra=_BODY)
def suggest(request: Request, body: Annotated[bytes, Depends(_body)]) -> Response:
    """Say what is wrong or missing. No account; editors look at it, and nothing changes before."""
    form = request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM
    lang = "en"
    try:
        sent = _read(body, form=form)
        lang = sent.pop("lang", "en") if sent.get("lang") in {"en", "fr", "es"} else "en"
        sent.pop("lang", None)
        key = _keep(request, catalogue_of(request), sent)
    except SocMonitorError as error:
        if not form:
            raise
        said = "often" if isinstance(error, TooOften) else "wrong"
        return RedirectResponse(f"/{lang}/suggest?said={said}", 303)
    if form:
        return RedirectResponse(f"/{lang}/suggest?said=thanks", 303)
    headers = {"Cache-Control": "no-store"}
    return Response(dump({"id": key}), 202, media_type="application/json", headers=headers)


def _read(body: bytes, *, form: bool) -> dict[str, str]:
    try:
        text = body.decode("utf-8")
        pairs: Any = dict(parse_qsl(text)) if form else json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise BadEntry("neither JSON nor a form") from error
    if not isinstance(pairs, Mapping) or not all(isinstance(one, str) for one in pairs.values()):
        raise BadEntry("an object of texts: about, text, evidence")
    return dict(pairs)


def _keep(request: Request, catalogue: Catalogue, sent: Mapping[str, str]) -> str:
    # A web page has no other fields; what fills in more is no reader.
    found = check(SUGGESTION, sent)
    if not re.fullmatch(r"/[\w/~.-]*", found["about"]):
        raise BadEntry("about: the path of a page, such as /progress/A1")
    limit: Hourly = request.app.state.suggestions
    limit.take(request.client.host if request.client else "", time.monotonic())
    if registers.waiting(catalogue.store, SUGGESTION.name) >= MOST_WAITING:
        raise TooOften("the editors' queue is full", hint="Try again in a few days")
    key = uuid.uuid4().hex
    registers.propose(catalogue.store, SUGGESTION.name, [(key, found)], by="a reader")
    return key
