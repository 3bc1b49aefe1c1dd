"""Pages for who wants to be told: follow an area or an objective, and look after it."""

import re
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from soc_monitor.web import numbers
from soc_monitor.web.client import Client
from soc_monitor.web.documents.data import instant
from soc_monitor.web.documents.pages import Page, origin_of, respond
from soc_monitor.web.i18n import Language, language

SHOWN_ONCE = "soc_secret"
"""The cookie that brings a new subscription's secret, to be shown once."""
KINDS = ("release", "state", "correction", "late")
VERIFY = """\
import base64, hashlib, hmac, time

def is_from_soc_monitor(headers, body, secret):
    number, at = headers["webhook-id"], headers["webhook-timestamp"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    told = hmac.new(key, f"{number}.{at}.".encode() + body, hashlib.sha256).digest()
    wanted = "v1," + base64.b64encode(told).decode()
    fresh = abs(time.time() - int(at)) < 300
    return fresh and hmac.compare_digest(wanted, headers["webhook-signature"])
"""
"""How a receiver checks a message; a test does it so."""


async def subscribe(request: Request) -> Response:
    """``/{lang}/subscribe?area=FRA`` or ``?objective=A1``; with neither, what can be followed."""
    words = language(request.path_params["lang"])
    target = await _target(
        request.app.state.client,
        words,
        request.query_params.get("area", ""),
        request.query_params.get("objective", ""),
    )
    title = words.say("Follow {name}", name=target["name"]) if target else words.say("Follow")
    named: dict[str, Any] = {"feed": (title, target["feed"])} if target else {}
    page = Page(
        template="subscribe.html",
        path="/subscribe",
        title=f"{title} · soc-monitor",
        description=words.say(
            "Be told what is new: new numbers, a likely change, a correction, a late "
            "input. No account."
        ),
        noindex=True,
    )
    return await respond(
        request,
        words,
        page,
        heading=title,
        target=target,
        said=request.query_params.get("said", ""),
        kinds=[(kind, kind_word(kind, words)) for kind in KINDS if _fits(kind, target)],
        verify=VERIFY,
        **named,
    )


def _fits(kind: str, target: dict[str, str] | None) -> bool:
    return kind != "late" or target is None or target["key"] == "area"


async def _target(api: Client, words: Language, area: str, objective: str) -> dict[str, str] | None:
    """What is to be followed; None: nothing was named yet.

    Raises:
        ApiProblem: there is no such area or objective.
    """
    if area:
        found = await api.get(f"/areas/{quote(area, safe='')}", labels=words.code)
        key, name = "area", str(found["name"])
        page = f"/{words.code}/soc/{found['id']}"
    elif objective:
        body = await api.get(f"/objectives/{quote(objective, safe='')}", labels=words.code)
        found, key = body["data"], "objective"
        name = f"{found['id']} · {found['label']}"
        page = f"/{words.code}/progress/{found['id']}"
    else:
        return None
    feed = f"/atom/{key}s/{found['id']}.atom?labels={words.code}"
    return {"key": key, "id": str(found["id"]), "name": name, "page": page, "feed": feed}


async def subscription(request: Request) -> Response:
    """``/{lang}/subscribe/{capability}``: how it stands, a test, and the end of it."""
    words = language(request.path_params["lang"])
    asked = request.path_params["subscription"]
    api: Client = request.app.state.client
    # Nothing of it is kept by the pages: it is somebody's own.
    found = await api.as_signed_in(f"/subscriptions/{quote(asked, safe='')}", "")
    target = await _target(api, words, found["area"] or "", found["objective"] or "")
    number, _, secret = request.cookies.get(SHOWN_ONCE, "").partition(".")
    page = Page(
        template="subscription.html",
        path=f"/subscribe/{asked}",
        title=words.say("Your subscription · soc-monitor"),
        description=words.say("How it stands, a test, and how to end it."),
        private=True,
    )
    answer = await respond(
        request,
        words,
        page,
        found=found,
        target=target,
        secret=secret if number == found["id"] else "",
        here=f"{origin_of(request)}/{words.code}/subscribe/{asked}",
        state=state_word(found["state"], words),
        kinds=[kind_word(kind, words) for kind in KINDS if kind in found["kinds"]],
        sent=[_sent(one, words) for one in found["sent"]],
        said=request.query_params.get("said", ""),
        verify=VERIFY,
    )
    if number:
        answer.delete_cookie(SHOWN_ONCE, path=request.url.path, httponly=True, samesite="strict")
    return answer


def _sent(one: dict[str, Any], words: Language) -> dict[str, Any]:
    return {
        "when": numbers.instant(instant(one["created_at"]), words.code),
        "kind": kind_word(one["kind"], words),
        "state": sent_word(one["state"], words),
        "tries": numbers.number(one["tries"], words.code, 0),
        "answer": answer_word(one["answer"], words),
    }


# --- words -------------------------------------------------------------------------------------


def kind_word(kind: str, words: Language) -> str:
    """What a message is about."""
    return {
        "release": words.say("New numbers"),
        "state": words.say("A change with a chance above nine in ten"),
        "correction": words.say("A correction"),
        "late": words.say("An input that is late"),
        "challenge": words.say("The challenge"),
        "test": words.say("A test"),
    }[kind]


def state_word(state: str, words: Language) -> str:
    """How a subscription stands."""
    return {
        "waiting": words.say("Waiting: your address has not said the challenge back yet."),
        "on": words.say("On: your address has confirmed."),
        "off": words.say(
            "Switched off: your address took nothing for ten hours. Send a test; once it is "
            "taken, messages go on."
        ),
    }[state]


def sent_word(state: str, words: Language) -> str:
    """How a message stands."""
    return {
        "waiting": words.say("waiting"),
        "taken": words.say("taken"),
        "lost": words.say("not taken"),
    }[state]


def answer_word(answer: str, words: Language) -> str:
    """What came of the newest try."""
    if re.fullmatch(r"http-\d{3}", answer):
        return words.say("answered {status}", status=answer.removeprefix("http-"))
    return {
        "": "–",
        "taken": words.say("taken"),
        "confirmed": words.say("said the challenge back"),
        "no-challenge": words.say("answered without the challenge"),
        "too-long": words.say("answered with more than 64 KiB"),
        "unreachable": words.say("not reached, or not at a public address"),
    }.get(answer, answer)
