"""``/aoi/shares``: shapes kept because their reader asked for it, and not for ever.

Beside it what a page needs before it asks: the limits, and shapes as they are understood.
"""

import json
from typing import Annotated

import shapely
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from soc_monitor.api import ask
from soc_monitor.api.answers import MOVES, dump
from soc_monitor.api.bodies.files import ExportBody
from soc_monitor.api.bodies.own import OwnAreasBody, ShapeLimitsBody, ShareBody
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.desk import answers
from soc_monitor.api.routes.aoi import (
    BODY,
    FILES,
    TEXTS,
    OwnAreasAsk,
    own_areas,
    own_areas_table,
    read_body,
)
from soc_monitor.api.uploads import LARGEST_BODY, read_upload
from soc_monitor.maps.shapes import (
    LARGE,
    MOST_SHAPES,
    MOST_TOGETHER,
    MOST_VERTICES,
    Bounds,
    Shape,
)
from soc_monitor.store import shares
from soc_monitor.store.exports import KEPT

router = APIRouter(tags=["numbers"])

Id = Annotated[str, Path(max_length=200, description="Id of a share", examples=["x" * 22])]


class ShareAsk(BaseModel):
    """Keys of ``/aoi/shares``: those of the statistics, and for how long."""

    v: ask.Variable = "stock"
    d: ask.Depth = None
    b: ask.BaseYear = None
    src: ask.Product = None
    u: ask.Unit = None
    together: ask.Together = "0"
    days: ask.Days = 30


class ShapesAsk(BaseModel):
    """Keys of ``/aoi/shapes``."""

    together: ask.Together = "0"


@router.post("/aoi/shares", response_model=ShareBody, status_code=201, openapi_extra=BODY)
def share(
    request: Request,
    asked: Annotated[ShareAsk, Query()],
    body: Annotated[bytes, Depends(read_body)],
) -> Response:
    """Keep shapes of your own for some days: who knows the address sees them. They then go."""
    shapes = read_upload(body, Bounds(), together=asked.together == "1")
    given = asked.model_dump(exclude={"days", "together"}, exclude_none=True)
    keys = {key: str(value) for key, value in given.items()}
    found = shares.add(catalogue_of(request).store, as_geojson(shapes), keys, days=asked.days)
    where = f"/api/v1/aoi/shares/{found.id}"
    told = {
        "id": found.id,
        "page": f"/own/{found.id}",
        "self": where,
        "expires_at": found.expires_at.isoformat(),
    }
    return JSONResponse(told, 201, headers={"Location": where, "Cache-Control": "no-store"})


@router.get(
    "/aoi/shares/{share_id}",
    response_class=Response,
    responses={200: {"content": {"application/geo+json": {}}}},
)
def shared(request: Request, share_id: Id) -> Response:
    """Shapes that were shared, as GeoJSON, with what was asked of them."""
    found = shares.find(catalogue_of(request).store, share_id)
    document = json.loads(found.shapes) | {
        "metadata": {"keys": found.keys, "expires_at": found.expires_at.isoformat()}
    }
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    return Response(
        json.dumps(document, ensure_ascii=False),
        media_type="application/geo+json",
        headers=headers,
    )


@router.get(
    "/aoi/shares/{share_id}/statistics.json",
    response_model=OwnAreasBody,
    responses={202: {"model": ExportBody, "description": "It is large: see `Location`"}},
)
def shared_numbers(
    request: Request, share_id: Id, asked: Annotated[OwnAreasAsk, Query()]
) -> Response:
    """The numbers of shared shapes, as long as they are shared."""
    found = shares.find(catalogue_of(request).store, share_id)
    return _unheld(own_areas(request, asked, found.shapes))


@router.get(
    "/aoi/shares/{share_id}/statistics.csv",
    response_class=Response,
    responses=answers("text/csv"),
)
def shared_table(
    request: Request, share_id: Id, asked: Annotated[OwnAreasAsk, Query()]
) -> Response:
    """The same as a table, one line for each shape and period."""
    found = shares.find(catalogue_of(request).store, share_id)
    return _unheld(own_areas_table(request, asked, found.shapes))


def _unheld(answer: Response) -> Response:
    """An answer that nothing on its way may hold: the shapes may be forgotten at any moment."""
    answer.headers[MOVES] = "1"
    return answer


@router.delete("/aoi/shares/{share_id}", status_code=204, response_class=Response)
def unshare(request: Request, share_id: Id) -> Response:
    """Forget shared shapes now: who knows their address may do it."""
    shares.remove(catalogue_of(request).store, share_id)
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


@router.post(
    "/aoi/shapes",
    response_class=Response,
    openapi_extra=BODY,
    responses={200: {"content": {"application/geo+json": {}}}},
)
def read_back(
    asked: Annotated[ShapesAsk, Query()], body: Annotated[bytes, Depends(read_body)]
) -> Response:
    """Shapes as they are understood: GeoJSON in degrees, whatever their form. Nothing is kept."""
    shapes = read_upload(body, Bounds(), together=asked.together == "1")
    headers = {"Cache-Control": "no-store"}
    return Response(as_geojson(shapes), media_type="application/geo+json", headers=headers)


@router.get("/aoi/limits", response_model=ShapeLimitsBody)
def limits() -> Response:
    """How much may be sent as an own area, in which forms, and how long what is kept."""
    told = {
        "bytes": LARGEST_BODY,
        "vertices": MOST_VERTICES,
        "features": MOST_SHAPES,
        "features_together": MOST_TOGETHER,
        "worker_vertices": LARGE.vertices,
        "worker_features": LARGE.shapes,
        "share_days": ask.MOST_DAYS,
        "result_days": KEPT.days,
        "media_types": [*TEXTS, *FILES],
    }
    return Response(
        dump(told), media_type="application/json", headers={"Cache-Control": "max-age=3600"}
    )


def as_geojson(shapes: list[Shape]) -> bytes:
    """Shapes as they were measured.

    Example:
        >>> as_geojson([Shape(geometry=shapely.box(0, 0, 1, 1), name="a")])[:28]
        b'{"type":"FeatureCollection",'
    """
    features = [
        {
            "type": "Feature",
            "id": shape.id,
            "properties": {"name": shape.name},
            "geometry": json.loads(shapely.to_geojson(shape.geometry)),
        }
        for shape in shapes
    ]
    document = {"type": "FeatureCollection", "features": features}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
