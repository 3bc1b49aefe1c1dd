"""``/releases`` and ``/status``: what is published, and how the service stands."""

import time
from typing import Annotated, Any

import yaml
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask, places
from soc_monitor.api.answers import LATEST_HOLDS, Stamp, as_json, dump, not_modified
from soc_monitor.api.bodies.releases import BroughtsBody, ReleaseBody, ReleasesBody, StatusBody
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.version import version
from soc_monitor.errors import NothingPublished
from soc_monitor.model import WORLD, Release
from soc_monitor.model.period import period_label
from soc_monitor.store import latest, read, schema
from soc_monitor.store.history import Brought
from soc_monitor.store.sources import Source

router = APIRouter(tags=["service"])

CFF = "application/yaml"


class PageAsk(BaseModel):
    """Keys of a list in pages."""

    limit: ask.Limit = 100
    cursor: ask.Cursor = 0


@router.get("/releases", response_model=ReleasesBody)
def list_releases(request: Request, asked: Annotated[PageAsk, Query()]) -> Response:
    """Releases, the newest first."""
    store = catalogue_of(request).store
    found = read.list_releases(store, limit=asked.cursor + asked.limit + 1)[asked.cursor :]
    newest = read.list_releases(store, limit=1)
    seen = latest.standing(store) if newest else None
    stamp = Stamp(
        path=request.url.path,
        keys={"limit": str(asked.limit), "cursor": str(asked.cursor)},
        release=None,
        pinned=False,
        salt=f"{seen.release} {newest[0].published_at.isoformat()}" if seen else "",
    )
    links = {}
    if len(found) > asked.limit:
        following = f"limit={asked.limit}&cursor={asked.cursor + asked.limit}"
        links["next"] = f"{request.url.path}?{following}"
    meta = {
        "release": seen.release if seen else None,
        "total": newest[0].seq if newest else 0,
        "links": links,
    }
    body = {"meta": meta, "data": [release_body(one) for one in found[: asked.limit]]}
    return not_modified(request, stamp) or as_json(body, stamp)


@router.get("/releases/{name}", response_model=ReleaseBody)
def get_release(request: Request, name: ask.Name) -> Response:
    """One release, by its name or ``latest``."""
    release = ask.find_release(catalogue_of(request), name)
    stamp = Stamp(
        path=f"/api/v1/releases/{release.name}",
        keys={},
        release=release,
        pinned=name != read.LATEST,
        named=True,
    )
    return not_modified(request, stamp) or as_json(release_body(release), stamp)


@router.get(
    "/releases/{name}/citation.cff",
    response_class=Response,
    responses={200: {"content": {CFF: {}}}},
)
def get_citation(request: Request, name: ask.Name) -> Response:
    """How a release is quoted, with every product in it, in the Citation File Format."""
    catalogue = catalogue_of(request)
    release = ask.find_release(catalogue, name)
    stamp = Stamp(
        path=f"/api/v1/releases/{release.name}/citation.cff",
        keys={},
        release=release,
        pinned=name != read.LATEST,
        named=True,
    )
    same = not_modified(request, stamp)
    if same is not None:
        return same
    sources = catalogue.sources(release)
    products = sorted({offer.product for offer in catalogue.available(release)})
    body = {
        "cff-version": "1.2.0",
        "message": "Quote the release, and the products that you use.",
        "type": "dataset",
        "title": "soc-monitor: soil organic carbon of the world, its countries and their parts",
        "version": release.name,
        "date-released": release.published_at.date(),
        "authors": [{"name": "soc-monitor"}],
        "references": [_reference(sources[one]) for one in products if one in sources],
    }
    if not body["references"]:
        del body["references"]
    text = yaml.safe_dump(body, allow_unicode=True, sort_keys=False)
    headers = stamp.headers | {"Content-Disposition": 'inline; filename="CITATION.cff"'}
    return Response(text, media_type=CFF, headers=headers)


def _reference(source: Source) -> dict[str, Any]:
    found = {
        "type": "dataset",
        "title": source.title.get("en") or source.id,
        "authors": [{"name": source.citation.partition("(")[0].strip(" .,") or source.id}],
        "notes": source.citation,
    }
    return found | ({"url": source.link} if source.link.startswith("http") else {})


@router.get("/releases/{name}/changes", response_model=BroughtsBody)
def get_changes(request: Request, name: ask.Name) -> Response:
    """What a release brought, and which numbers that had been published it moved, by how much."""
    catalogue = catalogue_of(request)
    release = ask.find_release(catalogue, name)
    stamp = Stamp(
        path=f"/api/v1/releases/{release.name}/changes",
        keys={},
        release=release,
        pinned=name != read.LATEST,
        named=True,
    )
    same = not_modified(request, stamp)
    if same is not None:
        return same
    rows = [_brought(one) for one in catalogue.brought(release)]
    meta = {
        "release": release.name,
        "published_at": release.published_at,
        "note": release.note,
        "numbers": sum(row["numbers"] for row in rows),
        "moved": sum(row["moved"] for row in rows),
    }
    return as_json({"meta": meta, "data": rows}, stamp)


def _brought(one: Brought) -> dict[str, Any]:
    return {
        "calculation_id": str(one.calculation_id),
        "indicator": one.indicator,
        "product_id": one.product,
        "period": period_label(one.period, one.period_end),
        "unit": one.unit,
        "numbers": one.numbers,
        "replaced": one.replaced,
        "moved": one.moved,
        "largest_move": one.largest,
        "largest_move_area": one.area,
    }


@router.get("/status", response_model=StatusBody)
def get_status(request: Request) -> Response:
    """How the service stands: its version, its release and how much there is."""
    catalogue = catalogue_of(request)
    try:
        release = read.find_release(catalogue.store)
    except NothingPublished:
        release = None
    body = {
        "status": "empty" if release is None else "ok",
        "version": version(),
        "schema_version": schema.current(catalogue.store.engine),
        "uptime_s": round(time.monotonic() - catalogue.started, 1),
        "release": None if release is None else release_body(release),
        "held": None if release is None else _held(catalogue),
        "counts": None if release is None else _counts(catalogue, release),
    }
    headers = {"Cache-Control": LATEST_HOLDS}
    return Response(dump(body), media_type="application/json", headers=headers)


def _held(catalogue: Catalogue) -> dict[str, Any] | None:
    found = latest.standing(catalogue.store)
    if found.held_by is None:
        return None
    return {"since": found.held_at, "reason": found.reason, "newest": found.newest}


def release_body(release: Release) -> dict[str, Any]:
    """A release as it is told to readers."""
    return {
        "name": release.name,
        "seq": release.seq,
        "published_at": release.published_at,
        "boundaries_id": release.boundaries_id,
        "note": release.note,
    }


def _counts(catalogue: Catalogue, release: Release) -> dict[str, Any]:
    known = catalogue.places(release.boundaries_id)
    offers = catalogue.available(release)
    return {
        "areas": places.count_below(known, WORLD),
        "indicators": len({offer.indicator for offer in offers}),
        "products": len({offer.product for offer in offers}),
        "periods": len({period for offer in offers for period in offer.periods}),
    }
