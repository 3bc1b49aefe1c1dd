"""``/aoi/shares``: shapes kept because their reader asked for it, and not for ever."""

import json
from typing import Annotated

import shapely
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from soc_monitor.api import ask
from soc_monitor.api.bodies import ShareBody
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.routes.aoi import BODY, read_body
from soc_monitor.api.uploads import read_upload
from soc_monitor.maps.shapes import Bounds, Shape
from soc_monitor.store import shares

router = APIRouter(tags=["numbers"])

Id = Annotated[str, Path(max_length=200, description="Id of a share", examples=["x" * 22])]


class ShareAsk(BaseModel):
    """Keys of ``/aoi/shares``: those of the statistics, and for how long."""

    v: ask.Variable = "stock"
    d: ask.Depth = None
    src: ask.Product = None
    u: ask.Unit = None
    together: ask.Together = "0"
    days: ask.Days = 30


@router.post("/aoi/shares", response_model=ShareBody, status_code=201, openapi_extra=BODY)
def share(
    request: Request,
    asked: Annotated[ShareAsk, Query()],
    body: Annotated[bytes, Depends(read_body)],
) -> Response:
    """Keep shapes of your own for some days: who knows the address sees them. They then go."""
    shapes = read_upload(body, Bounds(), together=asked.together == "1")
    keys = asked.model_dump(exclude={"days", "together"}, exclude_none=True)
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
