"""``/subscriptions``: be told of an area or an objective at an address of your own.

No account: what looks after a subscription is its address. A form of a page is answered by the
page, with the secret in a cookie that this page reads once.
"""

import secrets
import time
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import RedirectResponse, Response

from soc_monitor.api import followed, hooks, places
from soc_monitor.api.answers import dump
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.forms import read_body
from soc_monitor.api.hourly import Hourly
from soc_monitor.api.session import is_https, own_site
from soc_monitor.errors import BadValue, SocMonitorError, TooOften
from soc_monitor.feeds.hooks import check, make_secret
from soc_monitor.store import outbox, subscriptions
from soc_monitor.store.messages import Message
from soc_monitor.store.outbox import CHALLENGE, TEST
from soc_monitor.store.subscriptions import Subscription

router = APIRouter(prefix="/subscriptions", tags=["standards"])

LARGEST_BODY = 16 << 10
"""Bytes."""
OFTEN, TESTS = 10, 20
"""Subscriptions and tests of one address in an hour."""
SHOWN_ONCE, SHOWN_FOR_S = "soc_secret", 300
"""The cookie that hands the secret of a form to the page that answers it."""
HIDDEN = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
_EXAMPLE = {
    "url": "https://example.org/soil-news",
    "area": "FRA",
    "lang": "fr",
    "kinds": ["state", "correction"],
}
_BODY = {
    "requestBody": {
        "required": True,
        "description": hooks.ABOUT,
        "content": {
            "application/json": {"schema": {"type": "object", "example": _EXAMPLE}},
            hooks.FORM: {"schema": {"type": "object"}},
        },
    }
}

Capability = Annotated[
    str,
    Path(
        max_length=200,
        description="What `POST /subscriptions` gave to look after it by",
        examples=["x" * 22],
    ),
]


async def _body(request: Request) -> bytes:
    return await read_body(request, LARGEST_BODY)


Body = Annotated[bytes, Depends(_body)]


@router.post("", response_model=hooks.NewBody, status_code=201, openapi_extra=_BODY)
def subscribe(request: Request, body: Body) -> Response:
    """Be told of an area or an objective by webhook: new numbers, states, late inputs, corrections.

    The address is asked to say a challenge back before it is told anything. The secret is in this
    answer and in no other.
    """
    own_site(request)
    form = hooks.is_form(request)
    lang, about = "en", {}
    try:
        asked = hooks.read(body, form=form)
        lang = asked.lang
        about = {"area": asked.area or "", "objective": asked.objective or ""}
        found = _keep(request, catalogue_of(request), asked)
    except SocMonitorError as error:
        if not form:
            raise
        said = "often" if isinstance(error, TooOften) else "wrong"
        query = urlencode({key: value for key, value in about.items() if value} | {"said": said})
        return RedirectResponse(f"/{lang}/subscribe?{query}", 303, HIDDEN)
    told = hooks.tell(found, outbox.sent(catalogue_of(request).store, found.id))
    if not form:
        where = {"Location": told["self"], **HIDDEN}
        return _json(told | {"secret": found.secret}, 201, where)
    answer = RedirectResponse(hooks.page_of(found), 303, HIDDEN)
    # Not in the address: that would stay in the history, and go to wherever the page leads.
    answer.set_cookie(
        SHOWN_ONCE,
        f"{found.id}.{found.secret}",
        max_age=SHOWN_FOR_S,
        path=hooks.page_of(found),
        httponly=True,
        samesite="strict",
        secure=is_https(request),
    )
    return answer


def _keep(request: Request, catalogue: Catalogue, asked: hooks.Asked) -> Subscription:
    release = catalogue.newest()
    if asked.area is not None:
        places.get(catalogue.places(release.boundaries_id), [asked.area])
    if asked.objective is not None:
        followed.check_objective(catalogue, release, asked.objective)
    host = check(asked.url, request.app.state.inside_hosts)
    _count(request, request.app.state.subscribed)
    body = {"challenge": secrets.token_urlsafe(24), **hooks.note(CHALLENGE, asked.lang)}
    return subscriptions.add(
        catalogue.store,
        url=asked.url,
        host=host,
        secret=make_secret(),
        kinds=asked.kinds,
        lang=asked.lang,
        challenge=Message(key=CHALLENGE, kind=CHALLENGE, body=body),
        area=asked.area,
        objective=asked.objective,
    )


def _count(request: Request, limit: Hourly) -> None:
    limit.take(request.client.host if request.client else "", time.monotonic())


@router.get("/{subscription}", response_model=hooks.SubscriptionBody)
def get_subscription(request: Request, subscription: Capability) -> Response:
    """How a subscription stands, and what it was sent lately."""
    store = catalogue_of(request).store
    found = subscriptions.find(store, subscription)
    return _json(hooks.tell(found, outbox.sent(store, found.id)), 200, HIDDEN)


@router.post("/{subscription}/test", response_model=hooks.SubscriptionBody, status_code=202)
def send_test(request: Request, subscription: Capability, body: Body) -> Response:
    """Send a test now; taken, it also switches on what was switched off after failures."""
    return _act(request, subscription, body, _test)


@router.post("/{subscription}/end", response_model=hooks.EndedBody)
def unsubscribe(request: Request, subscription: Capability, body: Body) -> Response:
    """Be told no more: the address, the secret and all that was sent are forgotten."""
    return _act(request, subscription, body, _end)


def _act(
    request: Request,
    capability: str,
    body: bytes,
    act: Callable[[Request, Subscription], dict[str, Any]],
) -> Response:
    """Do something to a subscription; a page's form is led back to its page."""
    own_site(request)
    form = hooks.is_form(request)
    found = subscriptions.find(catalogue_of(request).store, capability)
    lang = hooks.language_of(body) or found.lang
    page = hooks.page_of(found, lang)
    try:
        told = act(request, found)
    except SocMonitorError as error:
        if not form:
            raise
        said = "often" if isinstance(error, TooOften) else "wrong"
        return RedirectResponse(f"{page}?said={said}", 303, HIDDEN)
    if form:
        over = f"/{lang}/subscribe?said=ended"
        return RedirectResponse(over if "ended" in told else f"{page}?said=test", 303, HIDDEN)
    return _json(told, 200 if "ended" in told else 202, HIDDEN)


def _test(request: Request, found: Subscription) -> dict[str, Any]:
    if found.state == "waiting":
        raise BadValue("the address has not said its challenge back yet")
    _count(request, request.app.state.tested)
    store = catalogue_of(request).store
    message = Message(
        key=f"{TEST}/{secrets.token_hex(8)}", kind=TEST, body=hooks.note(TEST, found.lang)
    )
    outbox.put(store, found.id, [message])
    return hooks.tell(found, outbox.sent(store, found.id))


def _end(request: Request, found: Subscription) -> dict[str, Any]:
    subscriptions.end(catalogue_of(request).store, found.id)
    return {"ended": found.id}


def _json(body: dict[str, Any], status: int, headers: dict[str, str]) -> Response:
    return Response(dump(body), status, media_type="application/json", headers=headers)
