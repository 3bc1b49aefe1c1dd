"""``/stac``: a static STAC catalogue of the published slices."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from soc_monitor.api import ask, stac
from soc_monitor.api.answers import GEOJSON, Stamp, as_json, not_modified
from soc_monitor.api.catalogue import catalogue_of
from soc_monitor.api.periods import parse_span, within
from soc_monitor.errors import UnknownProduct
from soc_monitor.model import Release, Slice
from soc_monitor.store import read

router = APIRouter(prefix="/stac", tags=["standards"])

MOST_RELEASES = 1000
Named = Annotated[str, Path(max_length=ask.LONGEST, examples=["latest"])]
CubeId = Annotated[str, Path(max_length=ask.LONGEST, examples=["ipcc_tier1.soc_stock_0_30cm"])]
When = Annotated[str, Path(max_length=ask.LONGEST, examples=["latest"])]


@router.get("/catalog.json", response_model=dict[str, Any])
def get_root(request: Request) -> Response:
    """All releases, the newest first."""
    catalogue = catalogue_of(request)
    newest = catalogue.newest()
    stamp = Stamp(path=request.url.path, keys={}, release=newest, pinned=False, named=True)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    return as_json(stac.root(read.list_releases(catalogue.store, limit=MOST_RELEASES)), stamp)


@router.get("/{release}/catalog.json", response_model=dict[str, Any])
def get_release_catalog(request: Request, release: Named) -> Response:
    """One release: a collection for each gridded variable."""
    found, stamp = _resolve(request, release, "catalog.json")
    same = not_modified(request, stamp)
    if same is not None:
        return same
    return as_json(stac.catalog(found, catalogue_of(request).pieces(found)), stamp)


@router.get("/{release}/{cube}/collection.json", response_model=dict[str, Any])
def get_collection(request: Request, release: Named, cube: CubeId) -> Response:
    """One gridded variable: where its cells lie, and each of its periods."""
    found, stamp = _resolve(request, release, f"{cube}/collection.json")
    pieces = _pieces(request, found, cube)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    return as_json(stac.collection(found, pieces, catalogue_of(request).sources(found)), stamp)


@router.get("/{release}/{cube}/{period}.json", response_model=dict[str, Any])
def get_item(request: Request, release: Named, cube: CubeId, period: When) -> Response:
    """One period of it, with its checksum, and the addresses of its tiles."""
    found, stamp = _resolve(request, release, f"{cube}/{period}.json")
    pieces = _pieces(request, found, cube)
    (shown, *_) = within(parse_span(period), [(p.period, p.period_end) for p in pieces])
    piece = next(p for p in pieces if (p.period, p.period_end) == shown)
    same = not_modified(request, stamp)
    if same is not None:
        return same
    indicator = stac.drawn_as(piece.cube)
    offers = catalogue_of(request).available(found)
    drawn = any(
        (one.indicator, one.product) == (indicator, piece.cube.product) and shown in one.periods
        for one in offers
    )
    return as_json(stac.item(found, piece, drawn=drawn), stamp, GEOJSON)


def _resolve(request: Request, name: str, tail: str) -> tuple[Release, Stamp]:
    found = ask.find_release(catalogue_of(request), name)
    stamp = Stamp(
        path=f"/stac/{found.name}/{tail}",
        keys={},
        release=found,
        pinned=name != read.LATEST,
        named=True,
    )
    return found, stamp


def _pieces(request: Request, release: Release, cube: str) -> Sequence[Slice]:
    every = catalogue_of(request).pieces(release)
    found = [piece for piece in every if piece.cube.id == cube]
    if not found:
        known = sorted({piece.cube.id for piece in every})
        raise UnknownProduct(f"release {release.name} has no {cube!r}", allowed=tuple(known))
    return found
