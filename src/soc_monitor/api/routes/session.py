"""``/session``: sign in with a key, see who has, sign out. For the pages under ``/ops``."""

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from soc_monitor.api import session
from soc_monitor.api.answers import dump
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.forms import language_of, read_form, safe_path
from soc_monitor.errors import NotAllowed
from soc_monitor.store import editors

log = logging.getLogger(__name__)
router = APIRouter(prefix="/session", include_in_schema=False)

Form = Annotated[dict[str, str], Depends(read_form)]
HIDDEN = {"Cache-Control": "no-store"}


@router.get("")
def who(request: Request) -> Response:
    """Who has signed in, what they may do, and the token for their forms."""
    found = session.reader(request)
    sessions: session.Sessions = request.app.state.sessions
    body = {
        "owner": found.owner,
        "role": found.role,
        "registers": list(found.registers),
        "token": sessions.token(request.cookies.get(session.COOKIE, "")),
    }
    return Response(dump(body), media_type="application/json", headers=HIDDEN)


@router.post("")
def sign_in(request: Request, sent: Form) -> Response:
    """Take a key and give a cookie for two hours."""
    session.own_site(request)
    lang = language_of(sent)
    try:
        found = editors.identify(catalogue_of(request).store, sent.get("key", ""))
    except NotAllowed as error:
        log.warning("sign-in refused", extra={"reason": error.detail})
        return RedirectResponse(f"/{lang}/ops/sign-in?said=unknown", 303, HIDDEN)
    log.info("signed in", extra={"key": found.id, "owner": found.owner, "role": found.role})
    room = "ops" if found.role == "operator" else "ops/queue"
    answer = RedirectResponse(safe_path(sent.get("to", ""), f"/{lang}/{room}"), 303, HIDDEN)
    session.keep(request, answer, found.id)
    return answer


@router.post("/end")
def sign_out(request: Request, sent: Form) -> Response:
    """Forget the session in this browser."""
    session.writer(request, sent)
    answer = RedirectResponse(f"/{language_of(sent)}/ops/sign-in?said=out", 303, HIDDEN)
    session.end(request, answer)
    return answer
