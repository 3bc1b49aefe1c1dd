"""``/news`` and ``/atom/progress.atom``: what changed on the Initiative's plan."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from xml.etree import ElementTree as ET

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from soc_monitor.api import ask
from soc_monitor.api.answers import Stamp, as_json, not_modified
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.news import MOST, Kind, News, news
from soc_monitor.api.plain import Wholly
from soc_monitor.model import Release
from soc_monitor.store import verdicts

router = APIRouter(tags=["progress"])
feed = APIRouter(tags=["progress"])

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
TITLES = {
    "en": "Progress of the '4 per 1000' Initiative: what changed",
    "fr": "Progrès de l’Initiative « 4 pour 1000 » : ce qui a changé",
    "es": "Avance de la Iniciativa «4 por 1000»: qué ha cambiado",
}


class NewsAsk(BaseModel):
    """Keys of the news."""

    labels: ask.Lang = "en"
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most"), Wholly] = MOST


class NewsRow(BaseModel):
    """One thing that changed."""

    id: str
    kind: Kind
    at: datetime
    objective_id: str | None
    title: str
    summary: str
    page: str
    release: str | None
    evidence_url: str | None
    status: Annotated[str | None, Field(description="The new one, of a status that changed")]


class NewsMeta(BaseModel):
    """Of which release, and how many."""

    release: str
    total: int


class NewsBody(BaseModel):
    """What changed lately, the newest first."""

    meta: NewsMeta
    data: list[NewsRow]


def _asked(request: Request, asked: NewsAsk) -> tuple[Release, Stamp]:
    catalogue = catalogue_of(request)
    release = ask.find_release(catalogue, "latest")
    # The nightly judgement changes statuses without a release.
    stamp = Stamp(
        path=request.url.path,
        keys={"labels": asked.labels, "limit": str(asked.limit)},
        release=release,
        pinned=False,
        salt=verdicts.newest(catalogue.store),
    )
    return release, stamp


@router.get("/news", response_model=NewsBody)
def list_news(request: Request, asked: Annotated[NewsAsk, Query()]) -> Response:
    """What changed lately on the plan: statuses, values, milestones, entries of registers."""
    release, stamp = _asked(request, asked)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    found = news(catalogue_of(request), release, ask.language(asked.labels), asked.limit)
    meta = {"release": release.name, "total": len(found)}
    return as_json({"meta": meta, "data": [asdict(one) for one in found]}, stamp)


@feed.get(
    "/atom/progress.atom",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}}},
)
def progress_feed(request: Request, asked: Annotated[NewsAsk, Query()]) -> Response:
    """The same as a feed: statuses, values, milestones and entries, the newest first."""
    release, stamp = _asked(request, asked)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    lang = ask.language(asked.labels)
    found = news(catalogue_of(request), release, lang, asked.limit)
    public: str = request.app.state.public_url
    origin = (public or str(request.base_url)).rstrip("/")
    body = _feed(origin, release, found, lang)
    return Response(body, media_type=MEDIA_TYPE, headers=stamp.headers)


def _feed(origin: str, release: Release, found: list[News], lang: str) -> bytes:
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": lang})
    newest = found[0].at if found else release.published_at
    _add(root, "id", f"{origin}/atom/progress.atom")
    _add(root, "title", TITLES[lang])
    _add(root, "updated", newest.isoformat())
    author = ET.SubElement(root, f"{{{ATOM}}}author")
    _add(author, "name", "soc-monitor")
    _link(root, f"{origin}/atom/progress.atom", "self")
    _link(root, f"{origin}/{lang}/progress", "alternate")
    for one in found:
        entry = ET.SubElement(root, f"{{{ATOM}}}entry")
        _add(entry, "id", f"{origin}/api/v1/news#{one.id}")
        _add(entry, "title", one.title)
        _add(entry, "updated", one.at.isoformat())
        ET.SubElement(entry, f"{{{ATOM}}}category", {"term": one.kind})
        _link(entry, f"{origin}/{lang}{one.page}", "alternate")
        if one.evidence_url:
            _link(entry, one.evidence_url, "related")
        _add(entry, "summary", one.summary)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add(parent: ET.Element, name: str, text: str) -> None:
    # XML has no place for most control characters, not even escaped.
    plain = "".join(c for c in text if c >= " " or c in "\t\n")
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = plain


def _link(parent: ET.Element, address: Any, kind: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}link", {"rel": kind, "href": str(address)})
