"""The editors' pages: what waits for review, and the entry that somebody proposes."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from soc_monitor.web import numbers
from soc_monitor.web.client import ApiProblem
from soc_monitor.web.documents.data import instant
from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.documents.signed import Signed, form_of, query
from soc_monitor.web.i18n import Language
from soc_monitor.web.register_words import field_word, register_word, value_word

_DONE = (
    "accepted", "rejected", "published", "nothing", "nothing_waits", "new", "changed", "gone",
    "same",
)  # fmt: skip
MOST_SHOWN = 50
"""Proposals that are written out; the others follow when these are settled."""
MOST_NAMES = 500
"""Keys that are named where many are accepted at once."""


async def queue(request: Request, words: Language, who: Signed) -> Response:
    """``/{lang}/ops/queue``: review, publish."""
    wrong = ""
    if request.method == "POST":
        sent = await form_of(request)
        path = "/editing/publish" if sent.get("do") == "publish" else "/editing/review"
        try:
            done = await who.send(path, request, sent)
        except ApiProblem as problem:
            if problem.status >= 500:
                raise
            wrong = problem.detail
        else:
            return _back(f"/{words.code}/ops/queue", said=done["outcome"])
    body = await who.get("/editing/queue")
    registers = (await who.api.get("/registers", labels=words.code))["data"]
    orders = {one["name"]: [field["name"] for field in one["fields"]] for one in registers}
    page = Page(
        template="ops/queue.html",
        path="/ops/queue",
        title=words.say("Editors’ queue") + " · soc-monitor",
        description=words.say("What waits for review."),
        private=True,
    )
    said = request.query_params.get("said", "")
    proposed = request.query_params.get("proposed", "")
    told = said_word(said, words) if said in _DONE else ""
    if proposed.isascii() and proposed.isdecimal() and len(proposed) < 7:
        told = proposed_word(int(proposed), words)
    waiting = body["waiting"]
    return await respond(
        request,
        words,
        page,
        who=who,
        wrong=wrong,
        said=told,
        waits=len(waiting),
        waiting=[
            _shown(one, who, words, orders.get(one["register_name"], ()))
            for one in waiting[:MOST_SHOWN]
        ],
        together=_together(waiting, who, words),
        ready=[
            _shown(one, who, words, orders.get(one["register_name"], ())) for one in body["ready"]
        ],
        audit=[{**one, "when": _when(one["at"], words)} for one in body["audit"]],
        registers=[(one["name"], register_word(one["name"], words)) for one in registers],
    )


async def entry(request: Request, words: Language, who: Signed) -> Response:
    """``/{lang}/ops/registers/{register}``: propose, correct, remove, undo."""
    name = request.path_params["register"]
    wrong, sent = "", {}
    if request.method == "POST":
        sent = await form_of(request)
        try:
            done = await who.send(f"/editing/registers/{quote(name, safe='')}", request, sent)
        except ApiProblem as problem:
            if problem.status >= 500 or problem.status == 404:
                raise
            wrong = problem.detail
        else:
            return _back(f"/{words.code}/ops/queue", said=done["outcome"])
    listed = (await who.api.get("/registers", labels=words.code))["data"]
    spec = next((one for one in listed if one["name"] == name), None)
    if spec is None:
        raise ApiProblem(404, {})
    key = sent.get("key", request.query_params.get("key", ""))[:200]
    found = []
    if key:
        path = f"/editing/registers/{quote(name, safe='')}{query(key=key)}"
        found = (await who.get(path))["data"]
    newest = next((one for one in found if one["state"] != "rejected"), None)
    filled = {**(newest["entry"] if newest else {})}
    filled |= {k.removeprefix("f."): v for k, v in sent.items() if k.startswith("f.")}
    page = Page(
        template="ops/entry.html",
        path=f"/ops/registers/{name}",
        title=f"{register_word(name, words)} · soc-monitor"[:60],
        description=words.say("Propose an entry."),
        private=True,
    )
    return await respond(
        request,
        words,
        page,
        who=who,
        name=name,
        key=key,
        wrong=wrong,
        reason=sent.get("reason", ""),
        heading=register_word(name, words),
        fields=[_field(one, filled, words) for one in spec["fields"]],
        versions=[
            _shown(one, who, words, [field["name"] for field in spec["fields"]]) for one in found
        ],
    )


def _back(path: str, *, said: str) -> Response:
    # After a form, a page of its own: reading it again sends nothing twice.
    return RedirectResponse(path + query(said=said), 303, {"cache-control": "no-store"})


def proposed_word(count: int, words: Language) -> str:
    """What became of a table."""
    if not count:
        return words.say("All of it is there already: nothing was changed.")
    return words.say_n(
        "{n} entry is proposed. Another editor reviews it.",
        "{n} entries are proposed. Another editor reviews them.",
        count,
        n=numbers.number(count, words.code, 0),
    )


def said_word(outcome: str, words: Language) -> str:
    """What became of what was sent."""
    return {
        "accepted": words.say("Accepted. The next release shows it."),
        "rejected": words.say("Turned down. It is kept with its reason."),
        "published": words.say("Published: a new release shows it."),
        "nothing": words.say("There was nothing new to publish."),
        "nothing_waits": words.say("None of it waits any more: somebody has settled it."),
        "new": words.say("Proposed. Another editor reviews it."),
        "changed": words.say("The correction is proposed. Another editor reviews it."),
        "gone": words.say("Its removal is proposed. Another editor reviews it."),
        "same": words.say("This is what is there already: nothing was changed."),
    }[outcome]


def state_word(one: Mapping[str, Any], words: Language) -> str:
    """How a version of an entry stands."""
    if one["release"] and not one["until"]:
        return words.say("shown")
    if one["until"]:
        return words.say("shown until {release}", release=one["until"])
    return {
        "proposed": words.say("waits for review"),
        "accepted": words.say("accepted"),
        "rejected": words.say("turned down"),
    }[one["state"]]


def _when(text: str, words: Language) -> str:
    return numbers.instant(instant(text), words.code)


def _text(field: str, value: Any, words: Language) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return ", ".join(value_word(field, str(one), words) for one in value)
    if isinstance(value, float):
        return numbers.number(value, words.code, 0 if value.is_integer() else None)
    if isinstance(value, dict):
        return "; ".join(f"{k}: {v.get('value', '')}" for k, v in value.items())
    return value_word(field, str(value), words)


def _reviewable(one: Mapping[str, Any], who: Signed) -> bool:
    """Whether their key may settle a proposal: never their own."""
    allowed = not who.registers or one["register_name"] in who.registers
    return who.role == "reviewer" and allowed and one["proposed_by"] != who.owner


def _together(
    waiting: Sequence[Mapping[str, Any]], who: Signed, words: Language
) -> list[dict[str, Any]]:
    """What one person has proposed for one register, where it is more than one entry."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in waiting:
        if _reviewable(one, who):
            groups.setdefault((one["register_name"], one["proposed_by"]), []).append(one)
    return [
        {
            "register": register_word(name, words),
            "register_name": name,
            "proposed_by": owner,
            "n": len(some),
            "keys": [one["key"] for one in some[:MOST_NAMES]],
            # The oldest come first; what is proposed later than the last was not looked at.
            "until": some[-1]["proposed_at"],
        }
        for (name, owner), some in groups.items()
        if len(some) > 1
    ]


def _shown(
    one: Mapping[str, Any], who: Signed, words: Language, order: Sequence[str]
) -> dict[str, Any]:
    """A version with what it would change, field by field, in the order of its register."""
    now, before = one["entry"], one["published"] or {}
    lines = [
        {
            "word": field_word(field, words),
            "was": _text(field, before.get(field), words),
            "now": "" if one["gone"] else _text(field, now.get(field), words),
            "link": now.get(field) if field in {"evidence", "link"} else "",
        }
        for field in dict.fromkeys([*order, *now, *before])
        if field in now or field in before
    ]
    for line in lines:
        line["moved"] = bool(one["published"]) and line["was"] != line["now"]
    own = one["proposed_by"] == who.owner
    known = one["register_name"] != "suggestions"
    return {
        **one,
        "register": register_word(one["register_name"], words),
        "lines": lines,
        "own": own,
        "reviewable": _reviewable(one, who),
        "when": _when(one["proposed_at"], words),
        "reviewed": _when(one["reviewed_at"], words) if one["reviewed_at"] else "",
        "state_word": state_word(one, words),
        "page": f"/{words.code}/ops/registers/{one['register_name']}" + query(key=one["key"])
        if known
        else "",
    }


def _field(field: Mapping[str, Any], filled: Mapping[str, Any], words: Language) -> dict[str, Any]:
    value = filled.get(field["name"])
    if isinstance(value, list):
        value = ";".join(map(str, value))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return {
        **field,
        "word": field_word(field["name"], words),
        "value": "" if value is None else str(value),
        "options": [(one, value_word(field["name"], one, words)) for one in field["choices"]],
        "long": field["name"] in {"note", "passage", "figures", "text", "source"},
    }
