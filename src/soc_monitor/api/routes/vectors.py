"""``/tiles/areas``: outlines of a boundary set as vector tiles. A set never changes."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from soc_monitor.api import ask
from soc_monitor.api.answers import LATEST_HOLDS, Stamp, as_json, not_modified
from soc_monitor.api.catalogue import Catalogue, catalogue_of
from soc_monitor.api.plain import Whole
from soc_monitor.errors import UnknownArea
from soc_monitor.maps.mercator import check_tile
from soc_monitor.model import Level
from soc_monitor.store import places, read, read_areas

router = APIRouter(prefix="/tiles/areas", tags=["tiles"])

MVT = "application/vnd.mapbox-vector-tile"
DEEPEST = 14
"""Greatest zoom."""
FIELDS = {
    "id": "Id of the area",
    "level": "Its level",
    "parent": "Id of the area that it is part of",
    "name_en": "Name in English",
    "name_fr": "Name in French",
    "name_es": "Name in Spanish",
    "area_km2": "Its extent [km2]",
}
BoundarySet = Annotated[
    str,
    Path(
        max_length=ask.LONGEST,
        description="`boundaries_id` of a release, or `latest`",
        examples=["latest"],
    ),
]
TILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {MVT: {"schema": {"type": "string", "format": "binary"}}}},
    307: {"description": "`latest` is redirected to the set that it stands for"},
}


class VectorLayer(BaseModel):
    """A layer of a vector tile."""

    id: str
    description: str
    fields: dict[str, str]


class VectorTileJson(BaseModel):
    """TileJSON 3.0.0."""

    tilejson: str
    name: str
    version: str
    scheme: str
    tiles: list[str]
    minzoom: int
    maxzoom: int
    bounds: list[float]
    vector_layers: list[VectorLayer]


@router.get("/{boundaries_id}/{level}/tile.json", response_model=VectorTileJson)
def get_areas_tilejson(request: Request, boundaries_id: BoundarySet, level: Level) -> Response:
    """TileJSON of the areas of a level: where their tiles are, and what is told of each area."""
    known = _resolve(catalogue_of(request), boundaries_id)
    stamp = _stamp(f"{known}/{level.value}/tile.json", pinned=known == boundaries_id)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    origin = request.app.state.public_url or str(request.base_url).rstrip("/")
    body = {
        "tilejson": "3.0.0",
        "name": f"Areas, {level.value}",
        "version": "1.0.0",
        "scheme": "xyz",
        "tiles": [f"{origin}/tiles/areas/{known}/{level.value}/{{z}}/{{x}}/{{y}}.mvt"],
        "minzoom": 0,
        "maxzoom": DEEPEST,
        "bounds": [-180.0, -85.0511, 180.0, 85.0511],
        "vector_layers": [
            {"id": places.LAYER, "description": "Simplified outlines", "fields": FIELDS}
        ],
    }
    return as_json(body, stamp)


@router.get("/{boundaries_id}/{level}/{z}/{x}/{y}.mvt", response_class=Response, responses=TILE)
def get_areas_tile(
    request: Request, boundaries_id: BoundarySet, level: Level, z: Whole, x: Whole, y: Whole
) -> Response:
    """The simplified outlines of the areas of a level, as a Mapbox Vector Tile."""
    check_tile(z, x, y, deepest=DEEPEST)
    catalogue = catalogue_of(request)
    known = _resolve(catalogue, boundaries_id)
    stamp = _stamp(f"{known}/{level.value}/{z}/{x}/{y}.mvt", pinned=True)
    if known != boundaries_id:
        return RedirectResponse(stamp.path, 307, headers={"Cache-Control": LATEST_HOLDS})
    same = not_modified(request, stamp)
    if same is not None:
        return same
    content = places.vector_tile(catalogue.store, known, level, (z, x, y))
    return Response(content, media_type=MVT, headers=stamp.headers)


def _resolve(catalogue: Catalogue, boundaries_id: str) -> str:
    if boundaries_id == read.LATEST:
        return catalogue.newest().boundaries_id
    if boundaries_id not in read_areas.boundary_sets(catalogue.store):
        raise UnknownArea(f"no boundary set {boundaries_id!r}", hint="See boundaries_id in meta")
    return boundaries_id


def _stamp(path: str, *, pinned: bool) -> Stamp:
    return Stamp(path=f"/tiles/areas/{path}", keys={}, release=None, pinned=pinned)
