"""``/editing``: the registers' queue, for who has signed in: propose, review, publish, undo.

Two people stand behind everything that readers see: nobody reviews what they have proposed.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from soc_monitor.api import session
from soc_monitor.api.answers import dump
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.forms import read_form
from soc_monitor.errors import BadEntry, NothingPublished
from soc_monitor.model import Record
from soc_monitor.progress.registers import SUGGESTION, entry, find_register, row
from soc_monitor.runs.registers import publish_registers
from soc_monitor.store import editors, read, registers

router = APIRouter(prefix="/editing", include_in_schema=False)

Form = Annotated[dict[str, str], Depends(read_form)]
Register = Annotated[str, Path(max_length=40)]
LONGEST_KEY = 200
Key = Annotated[str, Query(max_length=LONGEST_KEY)]
HIDDEN = {"Cache-Control": "no-store"}
PREFIX = "f."
"""Begins the names of the fields of an entry in a form."""


def _answer(body: object) -> Response:
    return Response(dump(body), media_type="application/json", headers=HIDDEN)


def _version(record: Record, shown: dict[tuple[str, str], Record]) -> dict[str, Any]:
    known = shown.get((record.register, record.key))
    return {
        "register_name": record.register,
        "key": record.key,
        "version": record.version,
        "entry": row(record.register, record.body),
        "published": None if known is None else row(record.register, known.body),
        "state": record.state,
        "gone": record.gone,
        "reason": record.reason,
        "proposed_by": record.proposed_by,
        "proposed_at": record.proposed_at,
        "reviewed_by": record.reviewed_by,
        "reviewed_at": record.reviewed_at,
        "release": record.from_release,
        "until": record.until_release,
    }


def _shown(catalogue: Catalogue, found: list[Record]) -> dict[tuple[str, str], Record]:
    """What readers see now of some entries."""
    try:
        release = read.find_release(catalogue.store)
    except NothingPublished:
        return {}
    names = {one.register for one in found}
    listed = registers.published(catalogue.store, release, *names) if names else []
    return {(one.register, one.key): one for one in listed}


@router.get("/queue")
def queue(request: Request) -> Response:
    """What waits for review, and what is accepted and waits for a release."""
    session.reader(request)
    catalogue = catalogue_of(request)
    waiting, ready = registers.queue(catalogue.store), registers.accepted(catalogue.store)
    shown = _shown(catalogue, [*waiting, *ready])
    audit = registers.list_audit(catalogue.store, limit=30)
    return _answer(
        {
            "waiting": [_version(one, shown) for one in waiting],
            "ready": [_version(one, shown) for one in ready],
            "audit": [
                {key: line[key] for key in ("at", "actor", "verb", "subject", "detail")}
                for line in audit
            ],
        }
    )


@router.get("/registers/{register}")
def versions(request: Request, register: Register, key: Key) -> Response:
    """Every version of one entry, the newest first."""
    session.reader(request)
    find_register(register)
    store = catalogue_of(request).store
    found = registers.history(store, register, key)
    return _answer({"data": [_version(one, {}) for one in found]})


@router.post("/registers/{register}")
def propose(request: Request, register: Register, sent: Form) -> Response:
    """Propose an entry, a correction, that it goes, or an older version of it.

    Fields of the entry begin with ``f.``; ``do`` is ``propose``, ``remove`` or ``undo``.
    """
    found = editors.allow(session.writer(request, sent), register=register)
    store, key, reason = catalogue_of(request).store, sent.get("key", ""), sent.get("reason", "")
    if len(key) > LONGEST_KEY:
        raise BadEntry(f"key: more than {LONGEST_KEY} characters")
    do = sent.get("do", "propose")
    if do == "undo":
        version = _number(sent)
        done = registers.undo(store, register, key, version, by=found.owner, reason=reason)
    elif do == "remove":
        done = registers.propose(
            store, register, [(key, {})], by=found.owner, reason=reason, gone=True
        )[key]
    else:
        spec = find_register(register)
        told = {name[len(PREFIX) :]: v for name, v in sent.items() if name.startswith(PREFIX)}
        own, body = entry(spec, told)
        key = key or own
        done = registers.propose(store, register, [(key, body)], by=found.owner, reason=reason)[key]
    return _answer({"key": key, "outcome": done})


def _number(sent: dict[str, str]) -> int:
    text = sent.get("version", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise BadEntry("version: no number")
    return int(text)


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadEntry("until: no instant") from error
    if found.tzinfo is None:
        raise BadEntry("until: without its time zone")
    return found


@router.post("/review")
def review(request: Request, sent: Form) -> Response:
    """Accept or turn down what another has proposed.

    ``do`` is ``accept`` or ``reject`` for one version; ``accept_all`` for all that ``proposed_by``
    has proposed for the register up to ``until``.
    """
    register, key = sent.get("register", ""), sent.get("key", "")
    found = editors.allow(session.writer(request, sent), register=register, reviews=True)
    if sent.get("do") == "accept_all":
        count = registers.accept_all(
            catalogue_of(request).store,
            register,
            sent.get("proposed_by", ""),
            _instant(sent.get("until", "")),
            by=found.owner,
            shown=register != SUGGESTION.name,
        )
        return _answer({"count": count, "outcome": "accepted" if count else "nothing_waits"})
    accept = sent.get("do") == "accept"
    registers.review(
        catalogue_of(request).store,
        register,
        key,
        _number(sent),
        by=found.owner,
        accept=accept,
        reason=sent.get("reason", ""),
        shown=register != SUGGESTION.name,
    )
    return _answer({"key": key, "outcome": "accepted" if accept else "rejected"})


@router.post("/publish")
def publish(request: Request, sent: Form) -> Response:
    """Show readers what was accepted, as a new release."""
    found = editors.allow(session.writer(request, sent), reviews=True)
    name = publish_registers(catalogue_of(request).store, by=found.owner)
    return _answer({"release": name, "outcome": "published" if name else "nothing"})
