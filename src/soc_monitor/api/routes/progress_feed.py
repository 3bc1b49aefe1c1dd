"""``/atom/progress.atom``: what changed on the Initiative's plan, release by release."""

from typing import Annotated, Any
from xml.etree import ElementTree as ET

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask
from soc_monitor.api.answers import Stamp, not_modified
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.progress import NAMES
from soc_monitor.model import Record, Release
from soc_monitor.store import registers

router = APIRouter(tags=["progress"])

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
MOST = 50
TITLES = {
    "en": "Progress of the '4 per 1000' Initiative: what changed",
    "fr": "Progrès de l’Initiative « 4 pour 1000 » : ce qui a changé",
    "es": "Avance de la Iniciativa «4 por 1000»: qué ha cambiado",
}
NAMED = ("kpi", "name", "title", "text", "body", "country")
"""Fields that say what an entry is, the first that it has."""


class FeedAsk(BaseModel):
    """Keys of the feed."""

    labels: ask.Lang = "en"


@router.get(
    "/atom/progress.atom",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}}},
)
def progress_feed(request: Request, asked: Annotated[FeedAsk, Query()]) -> Response:
    """Values, milestones and entries of registers as they were published, newest first."""
    catalogue = catalogue_of(request)
    release = ask.find_release(catalogue, "latest")
    stamp = Stamp(
        path=request.url.path, keys={"labels": asked.labels}, release=release, pinned=False
    )
    same = not_modified(request, stamp)
    if same is not None:
        return same
    names = [name for name in NAMES if name != "objectives"]
    found = registers.changes(catalogue.store, release, names, MOST)
    lang = ask.language(asked.labels)
    body = _feed(str(request.base_url).rstrip("/"), release, found, lang)
    return Response(body, media_type=MEDIA_TYPE, headers=stamp.headers)


def _feed(origin: str, release: Release, found: list[Record], lang: str) -> bytes:
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": lang})
    newest = found[0].published_at if found else release.published_at
    _add(feed, "id", f"{origin}/atom/progress.atom")
    _add(feed, "title", TITLES[lang])
    _add(feed, "updated", (newest or release.published_at).isoformat())
    author = ET.SubElement(feed, f"{{{ATOM}}}author")
    _add(author, "name", "soc-monitor")
    _link(feed, f"{origin}/atom/progress.atom", "self")
    _link(feed, f"{origin}/{lang}/progress", "alternate")
    for record in found:
        entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
        _add(
            entry,
            "id",
            f"{origin}/api/v1/registers/{record.register}/{record.key}#{record.version}",
        )
        _add(entry, "title", f"{record.register}: {_name(record.body)}")
        _add(entry, "updated", (record.published_at or record.proposed_at).isoformat())
        _link(entry, f"{origin}/{lang}{page_of(record)}", "alternate")
        _add(entry, "summary", _summary(record))
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _add(parent: ET.Element, name: str, text: str) -> None:
    # XML has no place for most control characters, not even escaped.
    plain = "".join(c for c in text if c >= " " or c in "\t\n")
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = plain


def _link(parent: ET.Element, address: str, kind: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}link", {"rel": kind, "href": address})


def _name(body: dict[str, Any]) -> str:
    fields = body.get("fields", {})
    told = next((body[one] for one in NAMED if body.get(one)), None)
    return str(told or fields.get("name", {}).get("value", ""))


def page_of(record: Record) -> str:
    """The page, without its language, that shows an entry."""
    if record.register in {"partners", "actions", "tools"}:
        return f"/{record.register}"
    objective = str(record.body.get("objective") or record.body.get("kpi", "")).partition("_")[0]
    return f"/progress/{objective.upper()}" if objective else "/progress"


def _summary(record: Record) -> str:
    body, parts = record.body, []
    if "numerator" in body:
        parts.append(f"{body['numerator']:g} / {body.get('denominator', 0):g}")
    elif "number" in body:
        parts.append(f"{body['number']:g}")
    parts += [str(body[one]) for one in ("stage", "period", "source", "evidence") if one in body]
    return " · ".join([*parts, *([record.reason] if record.reason else [])])
