"""``/areas`` and ``/outlines``: the places that numbers are reported for."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from soc_monitor.api import ask, places
from soc_monitor.api.answers import GEOJSON, Stamp, as_json, dump, not_modified
from soc_monitor.api.bodies.places import AreasBody, FeatureCollection, OneAreaBody
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.meta import page
from soc_monitor.errors import UnknownArea
from soc_monitor.model import Area, Level
from soc_monitor.store import read, read_areas

router = APIRouter(tags=["areas"])

GEOJSON_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {GEOJSON: {"schema": FeatureCollection.model_json_schema()}}}
}


class AreasAsk(BaseModel):
    """Keys of ``/areas``."""

    lvl: ask.MaybeLevel = None
    parent: ask.Parent = None
    q: ask.Search = None
    rel: ask.Rel = "latest"
    labels: ask.Lang = "en"
    limit: ask.Limit = 1000
    cursor: ask.Cursor = 0


class OutlinesAsk(BaseModel):
    """Keys of ``/outlines.geojson``."""

    lvl: ask.LevelKey = Level.ADM0
    parent: ask.Parent = None
    set: Annotated[
        str | None,
        Query(max_length=ask.LONGEST, description="Boundary set: with it the answer is for ever"),
    ] = None
    labels: ask.Lang = "en"


class AreaAsk(BaseModel):
    """Keys of ``/areas/{id}``."""

    rel: ask.Rel = "latest"
    labels: ask.Lang = "en"


@router.get("/areas", response_model=AreasBody)
def list_areas(request: Request, asked: Annotated[AreasAsk, Query()]) -> Response:
    """Areas from the whole to the parts, or those that a search finds, the best first."""
    catalogue = catalogue_of(request)
    release = ask.find_release(catalogue, asked.rel)
    keys = {
        "lvl": asked.lvl.value if asked.lvl else "",
        "parent": asked.parent or "",
        "q": asked.q or "",
        "labels": asked.labels,
        **ask.paging(asked),
    }
    stamp = ask.stamp_of(request, release, asked.rel, keys)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    known = catalogue.places(release.boundaries_id)
    found = places.pick(known, asked.lvl, asked.parent)
    if asked.q:
        allowed = {area.code for area in found}
        found = [area for area in places.search(known, asked.q) if area.code in allowed]
    bodies = [area_body(area, asked.labels) for area in found]
    shown, following = page(bodies, stamp, asked.limit, asked.cursor)
    meta = {
        "release": release.name,
        "boundaries_id": release.boundaries_id,
        "total": len(found),
        "links": {"pinned": stamp.location, **following},
    }
    return as_json({"meta": meta, "data": shown}, stamp)


@router.get("/areas/{area_id}", response_model=OneAreaBody)
def get_area(request: Request, area_id: ask.Code, asked: Annotated[AreaAsk, Query()]) -> Response:
    """One area, what it is a part of, and how many areas are below it."""
    catalogue = catalogue_of(request)
    release = ask.find_release(catalogue, asked.rel)
    known = catalogue.places(release.boundaries_id)
    (area,) = places.get(known, [area_id])
    stamp = ask.stamp_of(request, release, asked.rel, {"labels": asked.labels})
    path = [area_body(above, asked.labels) for above in places.ancestors(known, area)]
    counts = places.count_below(known, area.code)
    body = {**area_body(area, asked.labels), "path": path, "children_count": counts}
    return not_modified(request, stamp) or as_json(body, stamp)


@router.get("/areas/{area_id}/outline.geojson", response_class=Response, responses=GEOJSON_ANSWER)
def get_outline(
    request: Request, area_id: ask.Code, asked: Annotated[AreaAsk, Query()]
) -> Response:
    """The simplified outline of one area."""
    catalogue = catalogue_of(request)
    release = ask.find_release(catalogue, asked.rel)
    (area,) = places.get(catalogue.places(release.boundaries_id), [area_id])
    stamp = ask.stamp_of(request, release, asked.rel, {"labels": asked.labels})
    return not_modified(request, stamp) or _outlines(
        catalogue, release.boundaries_id, [area], asked.labels, stamp
    )


@router.get("/outlines.geojson", response_class=Response, responses=GEOJSON_ANSWER)
def list_outlines(request: Request, asked: Annotated[OutlinesAsk, Query()]) -> Response:
    """The simplified outlines of a level, for maps."""
    catalogue = catalogue_of(request)
    boundaries_id = asked.set or ask.find_release(catalogue, read.LATEST).boundaries_id
    known = catalogue.places(boundaries_id)
    if not known.by_code:
        raise UnknownArea(f"no boundary set {boundaries_id!r}", hint="See boundaries_id in meta")
    keys = {
        "lvl": asked.lvl.value,
        "parent": asked.parent or "",
        "set": boundaries_id,
        "labels": asked.labels,
    }
    stamp = Stamp(path=request.url.path, keys=keys, release=None, pinned=bool(asked.set))
    same = not_modified(request, stamp)
    if same is not None:
        return same
    areas = places.pick(known, asked.lvl, asked.parent)
    return _outlines(catalogue, boundaries_id, areas, asked.labels, stamp)


def area_body(area: Area, labels: str) -> dict[str, Any]:
    """An area as it is told to readers."""
    return {
        "id": area.code,
        "level": area.level.value,
        "parent": area.parent,
        "name": area.name(ask.language(labels)),
        "names": {"en": area.name_en, "fr": area.name_fr, "es": area.name_es},
        "area_km2": area.area_km2,
        "bbox": None if area.bbox is None else list(area.bbox),
    }


def _outlines(
    catalogue: Catalogue, boundaries_id: str, areas: Sequence[Area], labels: str, stamp: Stamp
) -> Response:
    shapes = read_areas.outlines(catalogue.store, boundaries_id, [area.code for area in areas])
    text = "".join(_collection(areas, shapes, ask.language(labels)))
    return Response(text, media_type=GEOJSON, headers=stamp.headers)


def _collection(areas: Sequence[Area], shapes: dict[str, str], language: str) -> Iterator[str]:
    yield '{"type":"FeatureCollection","features":['
    glue = ""
    for area in areas:
        if area.code not in shapes:
            continue
        about = {"id": area.code, "name": area.name(language), "level": area.level.value}
        about["parent"] = area.parent or ""
        yield f'{glue}{{"type":"Feature","id":{dump(area.code)},"properties":{dump(about)},'
        yield f'"geometry":{shapes[area.code]}}}'
        glue = ","
    yield "]}"
