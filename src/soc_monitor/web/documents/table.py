"""The editors' page for whole tables: look at what every row would be, then propose them."""

import base64
import binascii
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from soc_monitor.web import numbers
from soc_monitor.web.client import ApiProblem
from soc_monitor.web.documents.pages import Page, respond
from soc_monitor.web.documents.signed import Signed, query
from soc_monitor.web.documents.upload import Upload, read_upload
from soc_monitor.web.i18n import Language
from soc_monitor.web.register_words import field_word, register_word

LARGEST = 2 << 20
"""Bytes of a file on this page: it is carried along in the form until it is proposed."""
MOST_SHOWN = 200
"""Rows that are listed."""
MOST_NAMED = 60
"""Headers that can be said to be a field."""
NAMED = "m."
"""Begins the names of the form's fields for them."""
_LISTED = ("error", "duplicate", "changed", "new", "same")
"""Outcomes of rows, those that need a look first."""


async def table(request: Request, words: Language, who: Signed) -> Response:
    """``/{lang}/ops/registers/{register}/table``: choose a file, look at it, propose it."""
    name = request.path_params["register"]
    listed = (await who.api.get("/registers", labels=words.code))["data"]
    spec = next((one for one in listed if one["name"] == name), None)
    if spec is None:
        raise ApiProblem(404, {})
    sent, body, wrong, found = Upload({}, b"", ""), b"", "", None
    if request.method == "POST":
        try:
            sent = await read_upload(request, LARGEST * 4 // 3 + 4, most_fields=MOST_NAMED + 20)
            body = _body(sent)
            found = await _ask(request, who, name, sent, body)
        except ApiProblem as problem:
            if problem.status >= 500:
                raise
            wrong = problem.detail or words.say("The file is too large for this page.")
        else:
            if found["proposed"]:
                counts = Counter(one["outcome"] for one in found["rows"])
                told = query(proposed=str(counts["new"] + counts["changed"]))
                path = f"/{words.code}/ops/queue{told}"
                return RedirectResponse(path, 303, {"cache-control": "no-store"})
    heading = register_word(name, words)
    page = Page(
        template="ops/table.html",
        path=f"/ops/registers/{name}/table",
        title=f"{heading} · soc-monitor"[:60],
        description=words.say("Propose the rows of a table."),
        private=True,
    )
    return await respond(
        request,
        words,
        page,
        who=who,
        name=name,
        heading=heading,
        wrong=wrong,
        largest=numbers.number(LARGEST >> 20, words.code, 0),
        sheet=sent.fields.get("sheet", ""),
        reason=sent.fields.get("reason", ""),
        file_name=(sent.file_name or sent.fields.get("file_name", ""))[:200],
        held=base64.b64encode(body).decode() if found else "",
        fields=[(one["name"], field_word(one["name"], words)) for one in spec["fields"]],
        seen=None if found is None else _seen(found, sent.fields, words),
    )


def _body(sent: Upload) -> bytes:
    """The bytes of the file: chosen now, or carried along since it was."""
    if sent.file:
        return sent.file
    try:
        return base64.b64decode(sent.fields.get("held", ""), validate=True)
    except binascii.Error:
        return b""


def _named(fields: Mapping[str, str]) -> dict[str, str]:
    """Header to field, as the form says it."""
    return {
        key.removeprefix(NAMED): value
        for key, value in fields.items()
        if key.startswith(NAMED) and value
    }


async def _ask(request: Request, who: Signed, name: str, sent: Upload, body: bytes) -> Any:
    asked = [("sheet", sent.fields.get("sheet", "")), ("reason", sent.fields.get("reason", ""))]
    asked += [("propose", "true")] if sent.fields.get("do") == "propose" else []
    for header, field in _named(sent.fields).items():
        asked += [("header", header), ("field", field)]
    path = f"/editing/registers/{quote(name, safe='')}/table"
    return await who.send_file(path, request, sent.fields.get("token", ""), body, asked)


def _seen(found: Mapping[str, Any], sent: Mapping[str, str], words: Language) -> dict[str, Any]:
    """The answer of the API as the page shows it."""
    named = _named(sent)
    counts = Counter(one["outcome"] for one in found["rows"])
    rows = sorted(
        (one for one in found["rows"] if one["outcome"] in _LISTED),
        key=lambda one: (_LISTED.index(one["outcome"]), one["row"]),
    )
    return {
        "header_row": found["header_row"],
        "mapping": [(head, field_word(field, words)) for field, head in found["mapping"].items()],
        # What was named stays to be seen, and to be named otherwise.
        "unknown": [
            (head, named.get(head, "")) for head in dict.fromkeys([*found["ignored"], *named])
        ][:MOST_NAMED],
        "counts": [(outcome_word(one, words), counts[one]) for one in _LISTED if counts[one]],
        "rows": [{**one, "word": outcome_word(one["outcome"], words)} for one in rows[:MOST_SHOWN]],
        "more": max(0, len(rows) - MOST_SHOWN),
        "ready": counts["new"] + counts["changed"],
        "changed": counts["changed"],
    }


def outcome_word(outcome: str, words: Language) -> str:
    """What a row of a table would be."""
    return {
        "new": words.say("new"),
        "changed": words.say("a correction"),
        "same": words.say("there already"),
        "duplicate": words.say("twice in the table"),
        "error": words.say("not taken"),
    }[outcome]
